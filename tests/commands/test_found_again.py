"""A finished result is found again: as it is, damaged, made by other versions, or by others."""

import errno
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from agent import compare, run
from agent.experiments.comparisons import making
from agent.experiments.options import CompareOptions, RunOptions
from agent.reports import terminal
from agent.results import directory_names, marks, provenance, replacement, storage
from tests.stress.limits import disks
from tests.support.interruptions import interrupt_after
from tests.support.small_commands import COMMANDS, COMPARE, mark_of

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_force_on_a_full_disk_leaves_the_old_result(call, result, monkeypatch, command):
    directory = result(command)
    before = {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "write_arrays", full)
    status, output, errors = call(command, *COMMANDS[command], "--force", "--out", directory.parent)
    assert (status, output, len(errors)) == (1, [], 1)
    assert "No space left on device" in errors[0]
    assert {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()} == before


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_result_of_other_versions_says_so_and_is_kept(call, result, monkeypatch, command):
    directory = result(command)
    here = provenance.versions("lock")
    monkeypatch.setattr(provenance, "versions", lambda _: here | {"blackswan-rl": "9.0.0"})
    stamp = (directory / mark_of(command)).stat().st_mtime_ns
    for more in ([], ["--quiet"]):
        status, lines, (error,) = call(command, *COMMANDS[command], *more, "--out", directory.parent)
        assert (status, lines[-1]) == (0, str(directory))
        assert f"made with blackswan-rl {here['blackswan-rl']} (here 9.0.0); --force" in error
        assert "this very" not in error
    assert (directory / mark_of(command)).stat().st_mtime_ns == stamp
    status, _, errors = call(command, *COMMANDS[command], "--force", "--quiet", "--out", directory.parent)
    assert (status, errors) == (0, [])
    stored = marks.load(directory, mark_of(command))
    assert stored.config["versions"]["blackswan-rl"] == "9.0.0"
    status, _, (error,) = call(command, *COMMANDS[command], "--out", directory.parent)
    assert "of this very" in error


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_result_of_another_schema_or_configuration_is_replaced_by_force_alone(call, result, command):
    directory, mark = result(command), mark_of(command)
    kept = (directory / "config.json").read_bytes()
    for change, told in (({"schema": 7}, "got schema 7"), ({"discount": 0.5, "seeds": 77}, "another configuration")):
        storage.write_json(directory / "config.json", json.loads(kept) | change)
        marks.seal(directory, mark)  # it is whole, and not what the directory's name says
        status, output, (error,) = call(command, *COMMANDS[command], "--out", directory.parent)
        assert (status, output) == (1, [])
        assert told in error
        assert error.endswith("; --force replaces it")
    assert call(command, *COMMANDS[command], "--quiet", "--force", "--out", directory.parent)[0] == 0
    assert (directory / "config.json").read_bytes() == kept


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_mark_that_lacks_a_key_is_told_and_made_again(call, result, command):
    directory = result(command)
    mark = directory / mark_of(command)
    content = json.loads(mark.read_text())
    key = next(iter(content))
    del content[key]
    mark.write_text(json.dumps(content))
    status, _, (error,) = call(command, *COMMANDS[command], "--quiet", "--out", directory.parent)
    assert status == 0
    assert error == f"{mark}: damaged: its SHA-256 is not the recorded one; doing it again"
    assert key in json.loads(mark.read_text())


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_pictures_that_are_missing_or_damaged_are_drawn_from_what_is_stored(call, result, command):
    directory = result(command)
    data = next(path for path in directory.iterdir() if path.suffix == ".npz")
    stamp, pictures = data.stat().st_mtime_ns, sorted((directory / "figures").iterdir())
    drawn = {path: path.read_bytes() for path in pictures}
    for damage in (lambda: shutil.rmtree(directory / "figures"), lambda: pictures[0].write_bytes(b"half")):
        damage()
        assert not replacement.is_drawn(directory, mark_of(command))
        assert call(command, *COMMANDS[command], "--quiet", "--out", directory.parent)[0] == 0
        assert {path: path.read_bytes() for path in sorted((directory / "figures").iterdir())} == drawn
        assert data.stat().st_mtime_ns == stamp


@pytest.mark.parametrize("command", COMMANDS)
def test_a_finished_result_is_found_where_nothing_can_be_written(call, result, monkeypatch, command):
    def refuse(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    directory = result(command)
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    monkeypatch.setattr(storage, "whole_file", refuse)
    words = (*COMMANDS[command], "--quiet", "--out", directory.parent)
    assert call(command, *words) == (0, [str(directory)], [])
    status, lines, (error,) = call(command, *words, "--force")
    assert (status, lines) == (2, [])
    assert error == f"error: --out: cannot write to {str(directory)!r}: Read-only file system"


@pytest.mark.slow
def test_finished_results_are_found_on_a_disk_that_is_read_only(kept):
    if reason := disks.why_not():
        pytest.skip(f"there are no real disks here: {reason}")
    commands = {command.__name__: (*COMMANDS[command], "--out", kept / command.__name__) for command in COMMANDS}
    words = {name: [*map(str, words)] for name, words in commands.items()}
    script = (
        "import importlib, os\n"
        f"assert not os.access({str(kept)!r}, os.W_OK)\n"
        f"for name, words in {words!r}.items():\n"
        "    command = importlib.import_module(name)\n"
        "    assert command.main([*words, '--quiet']) == 0\n"
        "assert command.main([*words, '--force']) == 2\n"
    )
    mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
    disk = (*disks.NAMESPACE, "sh", "-c", mount, kept)
    done = subprocess.run([*disk, sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.splitlines() == [str(next((kept / name).glob("[!.]*"))) for name in words]
    assert "Read-only file system" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("more", [[], ["--force"]])
@pytest.mark.parametrize("command", [run, compare])
def test_what_could_not_be_stored_in_the_end_is_refused_before_anything_is_played(
    call, tmp_path, monkeypatch, command, more
):
    monkeypatch.setattr("agent.experiments.single_run.play", None)
    (job, *_) = run.prepare(RunOptions(env="lock", steps=60, baseline="none"))
    config = making.prepare(CompareOptions(env=("lock",), steps=60, seeds=2))[0]
    directory = tmp_path / (job.directory.name if command is run else directory_names.directory_name(config))
    for name in ("config.json", mark_of(command), ".curves.npz.incoming"):
        (directory / name / "of-a-person").mkdir(parents=True)
        status, output, errors = call(command, *COMMANDS[command], *more, "--out", tmp_path)
        told = f"error: {directory / name}: could not be written: a directory is in its place; move it away"
        assert (status, output, errors) == (1, [], [told])
        shutil.rmtree(directory)
    directory.mkdir()
    (directory / "figures").touch()
    told = f"error: {directory / 'figures'}: could not be written: a file is in its place; move it away"
    assert call(command, *COMMANDS[command], *more, "--out", tmp_path) == (1, [], [told])
    shutil.rmtree(directory)
    directory.touch()
    status, output, (error,) = call(command, *COMMANDS[command], *more, "--out", tmp_path)
    assert (status, output) == (2, [])
    assert f"got {str(directory)!r}, a file; expected a directory" in error


@pytest.mark.parametrize("command", [run, compare])
def test_a_result_with_fewer_levels_is_shown_and_drawn_as_it_is(call, result, command):
    """Those of earlier versions have five, and tell nothing of the coverage there."""
    directory, five = result(command), ["0.5", "0.25", "0.1", "0.05", "0.02"]
    mark = directory / mark_of(command)
    content = storage.read_json(mark)
    for figures in content["agents"].values() if command is compare else [content]:
        del figures["coverage_at_fraction"]
        figures["steps_to_fraction"] = {level: figures["steps_to_fraction"][level] for level in five}
    for agent in content.get("ratios", {}):
        content["ratios"][agent] = {level: content["ratios"][agent][level] for level in five}
    storage.write_json(mark, content)
    if command is compare:
        curves = storage.read_arrays(directory / "curves.npz")
        kept = {name: array for name, array in curves.items() if not name.endswith("/coverage_at_fraction")}
        five_only = {name: array[:, :5] for name, array in kept.items() if name.endswith("/steps_to_fraction")}
        storage.write_arrays(directory / "curves.npz", kept | five_only)
    shutil.rmtree(directory / "figures")
    marks.seal(directory, mark.name)
    status, lines, _ = call(command, *COMMANDS[command], "--out", directory.parent)
    assert (status, lines[-1]) == (0, str(directory))
    assert [line.split("│")[1].strip() for line in lines if line.startswith("│ steps to")] == [
        f"steps to {level} % missing" for level in (50, 25, 10, 5, 2)
    ]
    assert not any("coverage then (%)" in line for line in lines)
    assert replacement.is_drawn(directory, mark.name)
    told = storage.read_json(mark)
    told.pop("sha256")
    assert told == {key: value for key, value in content.items() if key != "sha256"}  # it was not made again


def test_runs_side_by_side_show_the_levels_that_both_have(capsys):
    def told(levels, **more):
        steps = dict.fromkeys(levels, 40)
        summary = {"steps": 60, "missing_information_fraction": 0.2, "steps_to_fraction": steps, **more}
        return SimpleNamespace(summary=summary, config={"env": "lock", "seed": 0})

    terminal.print_runs({"new": told(["0.5", "0.01"], coverage_at_fraction={"0.5": 0.375}), "old": told(["0.5"])})
    rows = [line.split("│")[1:-1] for line in capsys.readouterr().out.splitlines() if line.startswith("│")]
    cells = {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rows}
    assert cells["steps to 50 % missing"] == ["40", "40"]
    assert cells["coverage then (%)"] == ["37.5", ""]
    assert "steps to 1 % missing" not in cells


def test_interrupted_comparisons_do_not_replace_larger_ones(call, tmp_path, monkeypatch):
    for number, kept in ((2, 2), (1, 2), (3, 3)):
        interrupt_after(number, monkeypatch)
        status, lines, (error,) = call(compare, *COMPARE, "--out", tmp_path, "--force")
        assert status == 130
        directory = Path(lines[-1])
        assert making.KIND.num_finished(marks.load(directory, "partial.json").content) == kept
        assert ("longer partial comparison" in error) is (number < kept)


def test_the_package_of_a_world_of_others_is_among_the_versions():
    assert "minigrid" in provenance.versions("MiniGrid-Empty-5x5-v0")
    assert provenance.versions("numpy.random:own/World-v0") == provenance.versions("lock")  # numpy is among them anyway
    assert "pytest" in provenance.versions("pytest:own/World-v0")
    assert provenance.made_otherwise({"env": "lock", "versions": provenance.versions("lock")}) == ""
    assert "blackswan-rl ? (here" in provenance.made_otherwise({"env": "lock"})


def test_the_digest_of_a_stored_configuration_is_that_of_the_one_asked_for(kept):
    for command in COMMANDS:
        (directory,) = (kept / command.__name__).glob("[!.]*")
        assert directory.name.endswith(directory_names.digest(storage.read_json(directory / "config.json")))
