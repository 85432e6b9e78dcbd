"""The planner that mends its plan after every step, and proves how good it is: `planner.Incremental`."""
