"""Kept machine code: loaded as it was written and by us alone, otherwise compiled anew."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from agent.compilation import code_cache
from agent.compilation.compiled import INTERPRETED
from tests.support.kept_code import STRANGER, Planted, dispatcher, halved, hits, needs_root, noted, owned, tripled

pytestmark = pytest.mark.skipif(INTERPRETED, reason="nothing is kept where compilation is off")
ROOT = Path(__file__).parents[2]


def test_signatures_have_a_file_each_for_us_alone(tmp_path):
    made = dispatcher(tripled, tmp_path)
    assert (made(2.0), made(2), made(np.float32(2))) == (6.0, 6.0, 6.0)
    files = list(tmp_path.iterdir())
    assert len(files) == 3
    assert all(path.suffix == ".nbc" for path in files)
    if code_cache.HAS_OWNERS:
        assert all(path.stat().st_mode & 0o777 == 0o600 for path in files)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:20],
        lambda content: content[:-1],
        lambda content: content + b"\0",
        lambda content: bytes(len(content)),
        lambda content: content[:4096] + bytes(512) + content[4608:],
        lambda content: content[32:],
        lambda content: b"no machine code\n",
        lambda content: pickle.dumps("0.61.0") + pickle.dumps((b"stamp", {})),
    ],
    ids=[
        "emptied",
        "cut",
        "one byte short",
        "one byte long",
        "zeroed",
        "a sector zeroed",
        "no digest",
        "text",
        "index",
    ],
)
def test_damage_is_compiled_anew_with_one_note(kept, damage, capsys):
    content = kept.read_bytes()
    kept.write_bytes(damage(content))
    assert hits(tripled, kept.parent) == 0
    [line] = noted(capsys)
    assert "damaged" in line
    assert str(kept.parent) in line
    assert hits(tripled, kept.parent) == 1
    assert noted(capsys) == []


def test_no_flipped_bit_is_loaded(kept, monkeypatch):
    """Unpickling would be the first to see it: it must never come to that."""
    content = kept.read_bytes()
    made = dispatcher(tripled, kept.parent)
    monkeypatch.setattr(pickle, "loads", lambda payload: pytest.fail("damaged code was unpickled"))
    places = np.random.default_rng(0).choice(8 * len(content), 500, replace=False)
    for place in [0, 8 * len(content) - 1, *places]:
        flipped = bytearray(content)
        flipped[place // 8] ^= 1 << place % 8
        kept.write_bytes(flipped)
        assert made._cache.load_overload((numba.float64,), made.targetctx) is None


def test_the_code_of_another_function_is_not_loaded(kept, capsys):
    assert hits(halved, kept.parent, 1.0) == 0
    [other] = set(kept.parent.iterdir()) - {kept}
    kept.write_bytes(other.read_bytes())
    assert hits(tripled, kept.parent) == 0
    assert len(noted(capsys)) == 1


def test_what_is_no_file_is_put_aside(kept, capsys):
    kept.unlink()
    (kept / "within").mkdir(parents=True)
    assert hits(tripled, kept.parent) == 0
    assert len(noted(capsys)) == 1
    assert hits(tripled, kept.parent) == 1
    assert kept.with_suffix(".damaged").is_dir()
    kept.unlink()
    (kept / "within").mkdir(parents=True)  # there is no place to put it any more: it works without
    assert hits(tripled, kept.parent) == 0
    assert all(str(kept.parent) in line for line in noted(capsys))


@owned
def test_nothing_waits_for_a_pipe(kept, capsys):
    kept.unlink()
    os.mkfifo(kept)
    assert hits(tripled, kept.parent) == 0
    assert hits(tripled, kept.parent) == 1


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch, capsys):
    def full(*_):
        raise OSError(28, "No space left on device")

    code_cache._note.cache_clear()
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        assert hits(tripled, tmp_path) == 0
    [line] = noted(capsys)
    assert "No space left on device" in line
    assert list(tmp_path.iterdir()) == []
    assert hits(tripled, tmp_path) == 0
    assert hits(tripled, tmp_path) == 1


def test_an_interrupted_write_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        hits(tripled, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_writer_left_is_nothing_kept(kept, monkeypatch):
    monkeypatch.setattr(code_cache, "directory", lambda: kept.parent)
    assert not code_cache.is_empty()
    kept.rename(kept.with_suffix(".tmp"))
    assert code_cache.is_empty()


def test_addresses_of_this_process_are_not_kept(tmp_path):
    """A large global array is compiled in by its address."""
    table = np.zeros(200_000)
    namespace = {"table": table}
    path = tmp_path / "source.py"
    path.write_text("def entry(i):\n    return table[i]\n")
    exec(compile(path.read_text(), str(path), "exec"), namespace)
    made = dispatcher(namespace["entry"], tmp_path)
    assert made(3) == 0.0
    assert [path.name for path in tmp_path.iterdir()] == ["source.py"]


def test_functions_of_no_file_or_of_other_values_are_not_kept():
    namespace = {}
    exec("def typed(x):\n    return x", namespace)
    assert code_cache.cache_of(namespace["typed"]) is None
    offset = 2.0
    assert code_cache.cache_of(lambda x: x + offset) is None


def test_an_edit_makes_the_kept_code_another(tmp_path):
    for factor in (3.0, 4.0):
        source = tmp_path / "source.py"
        source.write_text(f"def entry(x):\n    return {factor} * x\n")
        namespace = {"__name__": "source"}
        exec(compile(source.read_text(), str(source), "exec"), namespace)
        assert hits(namespace["entry"], tmp_path, 2 * factor) == 0
        assert hits(namespace["entry"], tmp_path, 2 * factor) == 1


# Ownership


# Whole processes

SCRIPT = """
from agent.information.special import excess_drop, predicted_gain
print(excess_drop(2.0, 1.0) + predicted_gain(2.0, 3.0))
"""


def start(cache, **more):
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    environment |= {"XDG_CACHE_HOME": str(cache), "LOCALAPPDATA": str(cache)} | more
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-W", "error", "-c", SCRIPT], env=environment, cwd=ROOT, **pipes)


def answer(process):
    """What a process printed and noted; it ended well."""
    out, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return float(out), errors.splitlines()


@pytest.mark.slow
def test_processes_share_a_cache_and_survive_its_damage(tmp_path):
    right = answer(start(tmp_path))[0]
    files = sorted(tmp_path.rglob("*.nbc"))
    contents = [path.read_bytes() for path in files]
    for path, content in zip(files, contents, strict=True):
        path.write_bytes(content[: len(content) // 2] + bytes(len(content) - len(content) // 2))
    together = [start(tmp_path) for _ in range(2)]
    for value, notes in map(answer, together):
        assert value == right
        assert len(notes) <= 1  # the other may have been faster
    assert answer(start(tmp_path)) == (right, [])
    assert sorted(tmp_path.rglob("*.nbc")) == files


@pytest.mark.slow
@needs_root
def test_a_process_does_not_execute_what_others_planted(tmp_path):
    """The user's cache directory cannot be written, the one below the temporary directory is another's."""
    temporary, mark = tmp_path / "temporary", tmp_path / "executed"
    temporary.mkdir()
    nowhere = {"cache": os.devnull, "TMPDIR": str(temporary)}
    right, notes = answer(start(**nowhere))
    assert notes == []
    files = [path for path in temporary.rglob("*") if path.is_file()]
    assert files
    payload = pickle.dumps(Planted(mark))
    for path in files:
        path.write_bytes(payload)
        path.with_suffix(".nbi").write_bytes(payload)
    for path in [*temporary.rglob("*")]:
        os.chown(path, STRANGER, STRANGER)
    before = sorted(temporary.rglob("*"))
    value, notes = answer(start(**nowhere))
    assert value == right
    assert len(notes) == 1
    assert not mark.exists()
    assert sorted(temporary.rglob("*")) == before
