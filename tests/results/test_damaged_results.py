"""Damaged and foreign results are noticed and told in one line."""

import io
import json
import shutil
import zipfile

import numpy as np
import pytest
from reference import MARKS, REFERENCE

from agent.results import directory_names, marks, storage
from agent.results.run_directory import load_run
from tests.support.synthetic_life import written


def edited(directory, name, **values):
    """Change values in a JSON file, as an editor would."""
    content = json.loads((directory / name).read_text())
    (directory / name).write_text(json.dumps(content | values, indent=2))


@pytest.mark.parametrize("complete", [True, False])
def test_a_changed_value_is_noticed_in_every_file(tmp_path, complete):
    mark = "summary.json" if complete else "partial.json"
    for name in ("config.json", mark):
        written(tmp_path / "run", complete=complete)
        edited(tmp_path / "run", name, seed=8)
        with pytest.raises(ValueError, match=f"{name}: damaged: its SHA-256 is not the recorded one"):
            load_run(tmp_path / "run")
    written(tmp_path / "run", complete=complete)
    table = tmp_path / "run" / "metrics.csv"
    rows = table.read_text().splitlines(keepends=True)
    table.write_text("".join([*rows[:20], rows[20].replace("0.25", "0.26").replace("1", "2"), *rows[21:]]))
    with pytest.raises(ValueError, match=r"metrics\.csv: damaged"):
        load_run(tmp_path / "run")


def test_a_missing_key_of_the_figures_is_one_line(tmp_path):
    written(tmp_path / "run")
    content = json.loads((tmp_path / "run" / "summary.json").read_text())
    for key in content:
        rest = {name: value for name, value in content.items() if name != key}
        (tmp_path / "run" / "summary.json").write_text(json.dumps(rest))
        with pytest.raises(ValueError, match=str(tmp_path)) as caught:
            load_run(tmp_path / "run")
        assert "\n" not in str(caught.value)


def test_another_runs_files_are_noticed(tmp_path):
    asked = {"env": "test", "agent": "life", "seed": 7}
    directory = tmp_path / f"test-life-s7-{directory_names.digest(asked)}"
    written(directory)
    assert load_run(directory).complete
    other = tmp_path / "test-life-s8-00000000"
    written(other, steps=49)
    with pytest.raises(marks.ForeignError, match="it holds the result of another configuration"):
        load_run(other)
    edited(directory, "config.json", seed=8)  # as a changed byte does: the mark knows better
    with pytest.raises(ValueError, match=r"config\.json: damaged: its SHA-256 is not the recorded one") as damaged:
        load_run(directory)
    assert not isinstance(damaged.value, marks.ForeignError)
    written(directory)
    for name in ("metrics.csv", "trace.npz", "summary.json"):
        kept = (directory / name).read_bytes()
        shutil.copy(other / name, directory / name)
        with pytest.raises(ValueError, match=name.replace(".", r"\.") if name != "summary.json" else "metrics|trace"):
            load_run(directory)
        (directory / name).write_bytes(kept)


def test_results_without_digests_name_the_version_that_wrote_them(tmp_path):
    written(tmp_path / "run")
    edited(tmp_path / "run", "config.json", versions={"blackswan-rl": "0.0.1"})
    content = json.loads((tmp_path / "run" / "summary.json").read_text())
    del content["sha256"]
    (tmp_path / "run" / "summary.json").write_text(json.dumps(content))
    with pytest.raises(marks.ForeignError, match=r"no sha256 of its files: an earlier blackswan-rl 0\.0\.1 wrote it"):
        load_run(tmp_path / "run")


def test_an_archive_is_checked_before_anything_is_allocated_for_it(tmp_path):
    path = tmp_path / "arrays.npz"
    np.savez_compressed(path, a=np.zeros(10))
    content = path.read_bytes()
    storage.parse_arrays(content)

    def archive(shape, claimed):
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": shape})
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as zipped:
            zipped.writestr("a.npy", header.getvalue() + bytes(claimed))
        return file.getvalue()

    assert storage.parse_arrays(archive((10,), 80))["a"].tolist() == [0.0] * 10
    with pytest.raises(ValueError, match=r"a\.npy claims 8000000000000000 bytes and has 80"):
        storage.parse_arrays(archive((10**15,), 80))
    bomb = bytearray(archive((10,), 80))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):  # the size that the archive claims
        at = bomb.index(signature) + offset
        bomb[at : at + 4] = b"\xfe\xff\xff\xff"
    with pytest.raises((ValueError, MemoryError), match=r"claims 80 bytes and has 4294967|more than the"):
        storage.parse_arrays(bytes(bomb))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": NaN}', "NaN is no number"),
        ('{"a": 1e999}', "1e999 is no number"),
        ('{"a": 1, "a": 2}', "comes more than once"),
        ('{"a": {"b": 1, "b": 1}}', "comes more than once"),
        ("[" * 100_000, "recursion"),
        ("[]", "expected a JSON object, got list"),
        ('{"a": ' + "1" * 10_000 + "}", "digits"),
    ],
)
def test_odd_json_is_one_line(tmp_path, text, reason):
    (tmp_path / "odd.json").write_text(text)
    with pytest.raises(ValueError, match=reason) as caught:
        storage.read_json(tmp_path / "odd.json")
    assert "\n" not in str(caught.value)


def test_a_mark_of_byte_order_is_read_over(tmp_path):
    (tmp_path / "a.json").write_bytes(b'\xef\xbb\xbf{"a": 1}')
    assert storage.read_json(tmp_path / "a.json") == {"a": 1}


def test_what_is_no_file_is_one_line(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "directory").mkdir()
    for name in ("loop", "directory", "none", "x" * 5000):
        with pytest.raises(ValueError, match=name[:100]):
            storage.read_json(tmp_path / name)


@pytest.mark.parametrize("directory", MARKS, ids=lambda path: path.name)
def test_reference_results_are_what_their_marks_stand_for(directory):
    mark = MARKS[directory]
    marks.load(directory, mark).check()
    digests = json.loads((directory / mark).read_text(encoding="utf-8"))["sha256"]
    there = {path.name for path in directory.iterdir()}
    assert digests.keys() == there
    assert all(storage.digest(directory / name) == digests[name] for name in there - {mark})


def test_reference_results_are_all_marked():
    assert {path for path in REFERENCE.iterdir() if path.is_dir()} == MARKS.keys()


def test_sealing_changes_nothing_but_the_digests(tmp_path):
    shutil.copytree(REFERENCE / "grid", tmp_path / "grid")
    before = (tmp_path / "grid" / "summary.json").read_bytes()
    marks.seal(tmp_path / "grid", "summary.json")
    assert (tmp_path / "grid" / "summary.json").read_bytes() == before
