"""The results kept under `runs/reference/`: `python -m tests.reference` marks them anew, over the files that are there.

They are excerpts: copy what is to be kept of a result's directory (its mark, `config.json`, a figure) and run this. It
changes nothing but the digests in the marks.
"""

from pathlib import Path

from agent.results import marks

REFERENCE = Path(__file__).parent.parent / "runs" / "reference"
MARKS = {
    path: mark
    for mark in ("summary.json", "comparison.json", "reproduction.json")
    for path in REFERENCE.glob("*")
    if (path / mark).is_file()
}
"""Directory -> the name of its mark."""

if __name__ == "__main__":
    for directory, mark in MARKS.items():
        marks.seal(directory, mark)
        print(directory.relative_to(REFERENCE.parent))
