"""Records of finished results with one damage: refused in a line, or read as written; and mended by doing it again."""

import contextlib
import io
import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from agent import compare, load_run, run
from tests.stress.kinds.drawing import Rng, damaged, odd_json, one
from tests.stress.kinds.judging import Refused, attempt, describe, expect, expect_equal

RUN, COMPARISON = "run", "comparison"
FILES = {
    RUN: ("config.json", "summary.json", "metrics.csv", "trace.npz"),
    COMPARISON: ("config.json", "comparison.json", "curves.npz"),
}
MEASURED = ("start_seconds", "agent_seconds", "env_seconds", "steps_per_second", "peak_memory_mb")
SHARE_DONE_AGAIN = 0.03  # of the damaged results: it takes a second


def check(rng: Rng, directory: Path) -> None:
    """Damage one file of a record; read it, or do the same again."""
    is_done_again = rng.random() < SHARE_DONE_AGAIN
    kind = COMPARISON if is_done_again and rng.random() < 0.7 else RUN
    result, contents = recorded(kind)
    file = one(rng, FILES[kind])
    to_json = file.endswith("json") and rng.random() < 0.4
    content = edited(rng, contents[file]) if to_json else damaged(rng, contents[file])
    describe(result=result, file=file, content=content[:1500])
    _write(directory / result, contents | {file: content})
    if kind == RUN:
        check_loaded(attempt(load_run, directory / result))
    if is_done_again:
        check_done_again(kind, directory, result)


def check_loaded(loaded: Any) -> None:
    """What is loaded is what was written."""
    if not isinstance(loaded, Refused):
        for what in ("config", "summary", "metrics", "trace"):
            expect_equal(_flat(getattr(loaded, what)), _flat(getattr(original(), what)), f"damage was loaded: {what}")


def check_done_again(kind: str, directory: Path, result: str) -> None:
    """The same command ends well, if need be by force, and leaves what the first one left."""
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors):
        status = command(kind, directory)
        if status != 0:  # what looks like another version's or another configuration's is not replaced unasked
            expect("--force" in errors.getvalue(), "doing it again fails")
            status = command(kind, directory, "--force")
    expect(status == 0, "doing it again by force fails")
    expect(all(line.strip() for line in errors.getvalue().splitlines()), "an error that is not one line")
    contents = recorded(kind)[1]
    for file in FILES[kind][1:]:
        content = (directory / result / file).read_bytes()
        same = (
            _unmeasured(content) == _unmeasured(contents[file]) if file.endswith("json") else content == contents[file]
        )
        expect(same, f"doing it again leaves another {file}")


def _unmeasured(content: bytes) -> Any:
    """JSON without what differs from time to time."""

    def without(values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        return {name: without(value) for name, value in values.items() if name not in MEASURED and name != "sha256"}

    try:
        return without(json.loads(content))
    except ValueError:
        return content


def _flat(content: Any) -> dict[str, Any]:
    return {name: json.dumps(value) if isinstance(value, dict | list) else value for name, value in content.items()}


def edited(rng: Rng, content: bytes) -> bytes:
    """JSON that is still JSON, with another value, a key less, or a key more."""
    values = json.loads(content)
    inner = one(rng, [values, *(value for value in values.values() if isinstance(value, dict) and value)])
    name = one(rng, list(inner))
    if rng.random() < 0.4:
        del inner[name]
    else:
        inner[one(rng, (name, "more"))] = odd_json(rng)
    return json.dumps(values, indent=2).encode()


def command(kind: str, directory: Path, *more: str) -> int:
    """Run the command whose results are damaged."""
    words = ["--env", "chain", "--steps", "60", "--out", str(directory), "--quiet", *more]
    if kind == RUN:
        return run.main([*words, "--baseline", "none"])
    return compare.main([*words, "--seeds", "2", "--workers", "1"])


@cache
def recorded(kind: str) -> tuple[str, dict[str, bytes]]:
    """The name of a finished result, and its files as a command leaves them."""
    with tempfile.TemporaryDirectory() as directory:
        expect(command(kind, Path(directory)) == 0, "a command fails")
        [result] = Path(directory).glob("[!.]*")
        files = {str(path.relative_to(result)): path.read_bytes() for path in result.rglob("*") if path.is_file()}
        return result.name, files


@cache
def original() -> Any:
    """The run as it was written."""
    with tempfile.TemporaryDirectory() as directory:
        result, contents = recorded(RUN)
        _write(Path(directory) / result, contents)
        return load_run(Path(directory) / result)


def _write(directory: Path, contents: dict[str, bytes]) -> None:
    for file, content in contents.items():
        (directory / file).parent.mkdir(parents=True, exist_ok=True)
        (directory / file).write_bytes(content)
