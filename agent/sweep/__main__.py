"""`python -m agent.sweep`."""

from ..interruption import end
from . import main

if __name__ == "__main__":
    end(main())
