"""What the files of a result hold: columns and their types, and the version of the whole layout."""

SCHEMA = 1
"""Version of the layout of a result's directory; a reader refuses any other."""

STEP_COLUMNS = {
    "state": "int32",
    "action": "int32",
    "next_state": "int32",
    "reward": "float64",
    "terminated": "bool",
    "truncated": "bool",
    "information_gain_nats": "float64",
    "expected_information_gain_nats": "float64",
    "missing_information_nats": "float64",
    "coverage": "float64",
    "planning_loss_bound_nats": "float64",
}
"""The trace's columns of one entry a step."""

REWARD_COLUMNS = {
    "reward_information_gain_nats": "float64",
    "expected_reward_information_gain_nats": "float64",
}
"""Further columns of one entry a step, where rewards teach something by the belief about them."""

BESIDE_COLUMNS = {
    "expected_missing_information_nats": "float64",
    "concentration": "float64",
}
"""What is recorded of every step besides, for the metrics, and not in the trace."""

BELIEF_ARRAYS = (
    "final_state",
    "final_visits",
    "final_expected_gain_nats",
    "final_q_nats",
    "final_value_nats",
)
"""The trace's arrays of one row a known state, in order of first sight."""

METRICS = (
    "step",
    "coverage",
    "missing_information_nats",
    "missing_information_fraction",
    "expected_missing_information_nats",
    "information_gain_nats",
    "expected_information_gain_nats",
    "concentration",
    "planning_loss_bound_nats",
)
"""The columns of `metrics.csv`."""
