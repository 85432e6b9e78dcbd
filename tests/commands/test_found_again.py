"""A finished result is found again: as it is, damaged, made by other versions, or by others."""

import json
import shutil
from pathlib import Path

import pytest

from agent import compare
from agent.results import directory_names, marks, provenance, replacement, storage
from tests.support.small_commands import COMMANDS, COMPARE, mark_of


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
    directory = result(command)
    kept = (directory / "config.json").read_bytes()
    for change, told in (({"schema": 7}, "got schema 7"), ({"discount": 0.5, "seeds": 77}, "another configuration")):
        storage.write_json(directory / "config.json", json.loads(kept) | change)
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


def test_interrupted_comparisons_do_not_replace_larger_ones(call, tmp_path, monkeypatch):
    from agent.experiments import executors

    def stop_after(number):
        def some(futures, _):
            wanted = list(futures)[:number]
            for future in wanted:
                future.result()
            return wanted

        monkeypatch.setattr(executors, "as_finished", some)

    for number, kept in ((2, 2), (1, 2), (3, 3)):
        stop_after(number)
        status, lines, (error,) = call(compare, *COMPARE, "--out", tmp_path)
        assert status == 130
        directory = Path(lines[-1])
        assert compare.KIND.num_finished(marks.load(directory, "partial.json").content) == kept
        assert ("longer partial comparison" in error) is (number < kept)


def test_the_package_of_a_world_of_others_is_among_the_versions():
    assert "minigrid" in provenance.versions("MiniGrid-Empty-5x5-v0")
    assert provenance.versions("numpy.random:own/World-v0") == provenance.versions("lock")  # numpy is among them anyway
    assert "pytest" in provenance.versions("pytest:own/World-v0")
    assert provenance.made_otherwise({"env": "lock", "versions": provenance.versions("lock")}) == ""
    assert "blackswan-rl ? (here" in provenance.made_otherwise({"env": "lock"})


def test_the_digest_of_a_stored_configuration_is_that_of_the_one_asked_for(kept):
    for command in COMMANDS:
        (directory,) = (kept / command.__name__).iterdir()
        assert directory.name.endswith(directory_names.digest(storage.read_json(directory / "config.json")))
