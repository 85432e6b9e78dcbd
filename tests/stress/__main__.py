"""All stress tests at the size that is asked of a release: `python -m tests.stress`."""

import sys

from tests.stress import corruptions, kills

if __name__ == "__main__":
    sys.exit(corruptions.main(["--corruptions", "3000"]) or kills.main(["--kills", "200"]))
