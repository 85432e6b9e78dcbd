"""All stress tests at the size that is asked of a release: `python -m tests.stress`."""

import argparse
import sys

from tests.stress import corruptions, fuzz, kills

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.stress", description=f"{__doc__} It takes hours.")
    parser.parse_args()
    failed = [
        fuzz.main(["--inputs", "20000"]),
        corruptions.main(["--corruptions", "3000"]),
        kills.main(["--kills", "200"]),
    ]
    sys.exit(any(failed))
