"""A result is whole at every moment: the old one until the new one is, whoever is killed and whatever is full."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from agent.results import marks, replacement, run_directory, storage
from agent.results.run_directory import load_run
from tests.support.synthetic_life import a_run, written

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs os.fork")

KILLED_AT_EVERY_CALL = """
    import os, shutil, sys
    from pathlib import Path
    sys.path.insert(0, {root!r})
    from tests.support.synthetic_life import written
    from agent.results.run_directory import load_run

    def die_at(number):
        count = 0
        def counted(real):
            def call(*arguments, **named):
                nonlocal count
                count += 1
                if count == number:
                    os._exit(9)
                return real(*arguments, **named)
            return call
        for name in ("replace", "fsync", "unlink", "mkdir", "open"):
            setattr(os, name, counted(getattr(os, name)))

    place, kind, steps = Path(sys.argv[1]), sys.argv[2], set()
    for number in range(1, 1000):
        run = place / str(number)
        if kind != "nothing":
            written(run, steps=20, complete=kind == "finished")
        child = os.fork()
        if child == 0:
            die_at(number)
            written(run, steps=50)
            os._exit(0)
        is_done = os.waitpid(child, 0)[1] == 0
        try:
            steps.add(load_run(run).summary["steps"])
        except ValueError as error:
            assert kind == "nothing" and ("neither" in str(error) or "no such" in str(error)), error
        written(run, steps=30)
        assert load_run(run).summary["steps"] == 30
        assert not [path.name for path in run.iterdir() if path.name.startswith(".")]
        shutil.rmtree(run)
        if is_done:
            break
    print(number, *sorted(steps))
"""


@pytest.mark.slow
@posix
@pytest.mark.parametrize(("kind", "left"), [("finished", {"20", "50"}), ("partial", {"20", "50"}), ("nothing", {"50"})])
def test_a_writer_killed_at_any_call_leaves_the_old_result_or_the_new(tmp_path, kind, left):
    code = textwrap.dedent(KILLED_AT_EVERY_CALL.format(root=str(Path(__file__).parents[2])))
    done = subprocess.run([sys.executable, "-c", code, tmp_path, kind], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    number, *steps = done.stdout.split()
    assert int(number) > 15  # so many calls can a kill come before
    assert set(steps) == left


@pytest.mark.parametrize("name", ["replace", "fsync"])
def test_a_disk_that_is_full_at_any_call_leaves_the_old_result_or_the_new(tmp_path, name):
    real = getattr(os, name)
    for number in range(100):
        written(tmp_path / "run", steps=20)
        left = number

        def full(*arguments):
            nonlocal left
            left -= 1
            if left == -1:
                raise OSError(28, "No space left on device")
            return real(*arguments)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, name, full)
            try:
                written(tmp_path / "run", steps=50)
                failed = False
            except OSError:
                failed = True
        assert load_run(tmp_path / "run").summary["steps"] in ((20, 50) if failed else (50,))
        if left >= 0:
            break
    assert number > 3


def test_a_full_disk_leaves_no_files_beside_the_old_result(tmp_path, monkeypatch):
    written(tmp_path / "run", steps=20)
    names = sorted(path.name for path in (tmp_path / "run").iterdir())

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "write_table", full)
    with pytest.raises(OSError, match="No space"):
        written(tmp_path / "run", steps=50)
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == names


def test_a_partial_run_takes_the_place_of_a_shorter_or_damaged_one_alone(tmp_path):
    directory = tmp_path / "run"
    for steps, expected in ((20, 20), (10, 20), (20, 20), (30, 30)):
        written(directory, steps=steps, complete=False)
        assert load_run(directory).summary["steps"] == expected
    (directory / "metrics.csv").write_text("rubbish")
    assert run_directory.keep(a_run(directory, steps=5, complete=False)) is None
    assert load_run(directory).summary["steps"] == 5
    written(directory)
    assert run_directory.keep(a_run(directory, steps=49, complete=False)) == "summary.json"
    assert load_run(directory).complete
    (directory / "trace.npz").write_bytes(b"rubbish")
    assert run_directory.keep(a_run(directory, steps=6, complete=False)) is None
    assert load_run(directory).summary["steps"] == 6


def test_files_of_others_stay(tmp_path):
    written(tmp_path / "run", steps=20)
    (tmp_path / "run" / "notes.txt").write_text("mine")
    (tmp_path / "run" / ".notes").write_text("mine")
    written(tmp_path / "run", steps=50)
    assert (tmp_path / "run" / "notes.txt").read_text() == (tmp_path / "run" / ".notes").read_text() == "mine"


def test_figures_take_the_places_of_our_own_alone(tmp_path):
    """A person's file stays; what was drawn of an older result goes with it, unless somebody changed it."""
    directory, figures, mark = tmp_path / "run", tmp_path / "run" / "figures", "summary.json"

    def there():
        return {path.name: path.read_text() for path in figures.iterdir()}

    def drawn(**content):
        def paint(folder):
            for name, text in content.items():
                (folder / f"{name}.png").write_text(text)

        replacement.draw(directory, mark, paint)
        assert replacement.is_drawn(directory, mark, ["png"])
        load_run(directory)

    written(directory, steps=20)
    drawn(curves="old", maps="old", film="old")
    (figures / "mine.png").write_text("mine")
    (figures / "film.png").write_text("changed")
    assert not replacement.is_drawn(directory, mark)
    drawn(curves="new")
    assert there() == {"curves.png": "new", "film.png": "changed", "mine.png": "mine"}
    (figures / "mine.png").write_text("mine, too")
    assert replacement.is_drawn(directory, mark)
    for steps in (40, 50):  # the second takes the place of one that was not drawn
        written(directory, steps=steps)
        assert not replacement.is_drawn(directory, mark)
    assert there() == {"curves.png": "new", "film.png": "changed", "mine.png": "mine, too"}
    drawn(maps="newer")
    assert there() == {"maps.png": "newer", "film.png": "changed", "mine.png": "mine, too"}


def test_a_mark_names_no_figures_elsewhere(tmp_path):
    written(tmp_path / "run", steps=20)
    (tmp_path / "mine.txt").write_text("mine")
    content = storage.read_json(tmp_path / "run" / "summary.json")
    del content["sha256"]
    outside = {"figures/../../mine.txt": storage.digest(tmp_path / "mine.txt")}
    marks.write_mark(tmp_path / "run", "summary.json", content, outside)
    replacement.draw(tmp_path / "run", "summary.json", lambda folder: (folder / "new.png").touch())
    assert (tmp_path / "mine.txt").read_text() == "mine"


WRITE_BOTH = """
    import sys
    from pathlib import Path
    sys.path.insert(0, {root!r})
    from tests.support.synthetic_life import Life, written
    for steps in range(int(sys.argv[2]), 400, 2):
        written(Path(sys.argv[1]), life=Life(steps), complete=steps % 5 > 0)
"""


@pytest.mark.slow
@posix
def test_two_writers_and_a_reader_do_not_disturb_each_other(tmp_path):
    code = textwrap.dedent(WRITE_BOTH.format(root=str(Path(__file__).parents[2])))
    written(tmp_path / "run")
    command = [sys.executable, "-c", code, str(tmp_path / "run")]
    with subprocess.Popen([*command, "301"]) as one, subprocess.Popen([*command, "302"]) as other:
        reads = 0
        while one.poll() is None or other.poll() is None:
            assert load_run(tmp_path / "run").complete
            reads += 1
    assert (one.returncode, other.returncode) == (0, 0)
    assert reads > 3
    assert load_run(tmp_path / "run").summary["steps"] in (399, 398, 397)
