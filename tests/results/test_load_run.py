"""Nothing that is half written, damaged or foreign passes for a run: one line says why it is refused."""

import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from agent.results import storage
from agent.results.run_directory import Run, load_run
from tests.support.synthetic_life import written

WRITE_FOREVER = """
    import sys
    from pathlib import Path
    sys.path.insert(0, {root!r})
    from tests.support.synthetic_life import Life, written
    print("ready", flush=True)
    while True:
        written(Path(sys.argv[1]), life=Life(2000))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_killed_writer_leaves_a_whole_run_or_none(tmp_path):
    code = textwrap.dedent(WRITE_FOREVER.format(root=str(Path(__file__).parents[2])))
    whole = 0
    for attempt in range(6):
        directory = tmp_path / str(attempt)
        with subprocess.Popen([sys.executable, "-c", code, directory], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.15 + 0.013 * attempt)
            process.send_signal(signal.SIGKILL)
        try:
            run = load_run(directory)
        except ValueError as error:
            assert "neither" in str(error) or "no such run directory" in str(error)  # noqa: PT017
        else:
            assert run.summary["steps"] == 2000
            whole += 1
    print(f"{whole} of 6 were whole")


@pytest.fixture
def directory(tmp_path):
    written(tmp_path / "run")
    return tmp_path / "run"


def refusal(directory):
    with pytest.raises(ValueError, match=str(directory)) as caught:
        load_run(directory)
    message = str(caught.value)
    assert "\n" not in message
    assert str(directory) in message
    return message


def test_refuses_what_is_not_there(tmp_path):
    assert "no such run directory" in refusal(tmp_path / "nowhere")
    assert "no finished run" in refusal(tmp_path)


@pytest.mark.parametrize("name", ["config.json", "metrics.csv", "trace.npz"])
def test_refuses_a_run_without_one_of_its_files(directory, name):
    (directory / name).unlink()
    assert f"{name}: there is no such file" in refusal(directory)


@pytest.mark.parametrize("name", ["config.json", "metrics.csv", "trace.npz", "summary.json"])
@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe garbage", b"[]", b'{"steps": '])
def test_refuses_foreign_content(directory, name, content):
    (directory / name).write_bytes(content)
    assert name in refusal(directory)


@pytest.mark.parametrize("name", ["config.json", "metrics.csv", "trace.npz", "summary.json"])
def test_refuses_truncated_files(directory, name):
    content = (directory / name).read_bytes()
    for share in (0.1, 0.5, 0.9):
        (directory / name).write_bytes(content[: int(share * len(content))])
        refusal(directory)


def test_refuses_every_damaged_trace_or_reads_it_unharmed(directory):
    path = directory / "trace.npz"
    content = path.read_bytes()
    original = storage.read_arrays(path)
    draw = random.Random(0)
    refused = 0
    for _ in range(150):
        damaged = bytearray(content)
        damaged[draw.randrange(len(damaged))] ^= 1 << draw.randrange(8)
        path.write_bytes(damaged)
        try:
            run = load_run(directory)
        except ValueError:
            refused += 1
        else:  # a bit that carries nothing: a time stamp, an attribute
            for name, array in original.items():
                np.testing.assert_array_equal(run.trace[name], array)
    assert refused > 100


def test_refuses_pickles(directory):
    np.savez(directory / "trace.npz", state=np.array([SimpleNamespace()], dtype=object))
    assert "pickle" in refusal(directory)


def test_refuses_other_schemas(directory):
    for schema, reason in ((2, "got schema 2, expected 1"), (None, "no schema number"), ("1", "no schema number")):
        storage.write_json(directory / "config.json", {"schema": schema})
        assert reason in refusal(directory)


def test_refuses_files_that_do_not_belong_together(directory, tmp_path):
    other = tmp_path / "other"
    written(other, steps=30)
    for name, reason in (("trace.npz", "expected the 50 steps"), ("metrics.csv", "does not end at step 50")):
        kept = (directory / name).read_bytes()
        shutil.copy(other / name, directory / name)
        assert reason in refusal(directory)
        (directory / name).write_bytes(kept)


@pytest.mark.parametrize("name", ["state", "reset_step", "final_visits"])
def test_refuses_a_trace_that_lacks_an_array(directory, name):
    trace = storage.read_arrays(directory / "trace.npz")
    del trace[name]
    storage.write_arrays(directory / "trace.npz", trace)
    assert f"it lacks {name}" in refusal(directory)


def test_refuses_columns_of_another_type_or_length(directory):
    trace = storage.read_arrays(directory / "trace.npz")
    storage.write_arrays(directory / "trace.npz", trace | {"reward": trace["reward"].astype(np.int32)})
    assert "unexpected type" in refusal(directory)
    storage.write_arrays(directory / "trace.npz", trace | {"final_value_nats": np.zeros(2)})
    assert "differ in length" in refusal(directory)


def test_a_run_is_what_load_run_says_it_is(directory):
    run = load_run(str(directory))
    assert isinstance(run, Run)
    assert run.metrics["step"].dtype == np.int64
