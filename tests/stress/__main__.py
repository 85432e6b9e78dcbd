"""All stress tests at the size that is asked of a release: `python -m tests.stress`."""

import sys

from tests.stress import corruptions, fuzz, kills

if __name__ == "__main__":
    failed = [
        fuzz.main(["--inputs", "20000"]),
        corruptions.main(["--corruptions", "3000"]),
        kills.main(["--kills", "200"]),
    ]
    sys.exit(any(failed))
