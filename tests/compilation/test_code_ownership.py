"""Kept machine code: files and directories that are not ours alone are not used."""

import os
import pickle
import sys
import tempfile

import numba
import pytest

from agent.compilation import code_cache
from agent.compilation.code_cache import CodeCache
from agent.compilation.compiled import INTERPRETED
from tests.support.kept_code import STRANGER, Planted, hits, needs_root, noted, owned, tripled

pytestmark = pytest.mark.skipif(INTERPRETED, reason="nothing is kept where compilation is off")


def plant(path, function, mark):
    """Write what would be executed if it were loaded: its digest is right."""
    cache = CodeCache(function, path.parent)
    made = numba.njit(function)
    key = cache._key((numba.float64,), made.targetctx.codegen())
    assert cache._path(key) == path
    payload = pickle.dumps(Planted(mark))
    path.write_bytes(code_cache._digest(key, payload) + payload)


def test_what_is_planted_would_be_executed(kept, tmp_path_factory):
    """The tests below would notice: the digest protects from damage, not from people."""
    mark = tmp_path_factory.mktemp("marks") / "executed"
    plant(kept, tripled, mark)
    assert hits(tripled, kept.parent) == 0
    assert mark.is_dir()


@owned
@pytest.mark.parametrize("mode", [0o666, 0o620, 0o602])
def test_a_file_that_others_may_write_is_not_loaded(kept, mode, tmp_path_factory, capsys):
    mark = tmp_path_factory.mktemp("marks") / "executed"
    plant(kept, tripled, mark)
    kept.chmod(mode)
    assert hits(tripled, kept.parent) == 0
    assert not mark.exists()
    assert len(noted(capsys)) == 1
    assert hits(tripled, kept.parent) == 1


@needs_root
def test_a_file_of_another_is_not_loaded(kept, tmp_path_factory):
    mark = tmp_path_factory.mktemp("marks") / "executed"
    plant(kept, tripled, mark)
    os.chown(kept, STRANGER, STRANGER)
    assert hits(tripled, kept.parent) == 0
    assert not mark.exists()


@owned
def test_a_link_is_not_followed(kept, tmp_path_factory):
    mark = tmp_path_factory.mktemp("marks") / "executed"
    plant(kept, tripled, mark)
    elsewhere = kept.with_name("elsewhere")
    kept.rename(elsewhere)
    kept.symlink_to(elsewhere)
    assert hits(tripled, kept.parent) == 0
    assert not mark.exists()


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Where code is kept below a temporary directory, the user's own cache directory being none."""
    code_cache._note.cache_clear()
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", os.devnull)
    monkeypatch.setenv("LOCALAPPDATA", os.devnull)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return code_cache.directory.__wrapped__


@owned
def test_directories_are_made_for_us_alone(place, tmp_path, monkeypatch):
    before = os.umask(0o002)
    try:
        temporary = place()
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        users = place()
        monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "numba"))
        numbas = place()
    finally:
        os.umask(before)
    assert temporary.parent == tmp_path / f"blackswan-rl-{os.geteuid()}"
    assert users.parent == tmp_path / "cache" / "blackswan-rl"
    assert numbas.parent == tmp_path / "numba" / "blackswan-rl"
    for path in (temporary, users, numbas):
        assert path.stat().st_mode & 0o777 == path.parent.stat().st_mode & 0o777 == 0o700


@owned
@pytest.mark.parametrize("level", [0, 1], ids=["the version's", "the one above"])
@pytest.mark.parametrize("mode", [0o770, 0o707, 0o1777, 0o720])
def test_a_directory_that_others_may_write_is_not_used(place, level, mode, capsys):
    directory = place()
    refused = [directory, directory.parent][level]
    refused.chmod(mode)
    assert place() is None
    [line] = noted(capsys)
    assert str(refused) in line
    refused.chmod(0o700)
    assert place() == directory
    assert noted(capsys) == []


@needs_root
@pytest.mark.parametrize("level", [0, 1], ids=["the version's", "the one above"])
def test_a_directory_of_another_is_not_used(place, level, capsys):
    directory = place()
    os.chown([directory, directory.parent][level], STRANGER, STRANGER)
    assert place() is None
    assert len(noted(capsys)) == 1


@owned
@pytest.mark.parametrize("level", [0, 1], ids=["the version's", "the one above"])
def test_a_linked_directory_is_not_used(place, level):
    directory = place()
    linked = [directory, directory.parent][level]
    elsewhere = linked.with_name("elsewhere")
    linked.rename(elsewhere)
    linked.symlink_to(elsewhere)
    assert place() is None


@owned
def test_the_next_place_is_taken_where_one_is_refused(place, tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "shared"))
    shared = place()
    shared.parent.chmod(0o777)
    assert place().parent == tmp_path / f"blackswan-rl-{os.geteuid()}"


def test_without_any_place_all_is_compiled_in_memory(place, monkeypatch):
    def none():
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    assert place() is None


def test_where_owners_are_not_told_the_temporary_directory_is_left_out(place, tmp_path, monkeypatch):
    monkeypatch.setattr(code_cache, "HAS_OWNERS", False)
    assert place() is None
    monkeypatch.setenv("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME", str(tmp_path / "user"))
    assert place().parent == tmp_path / "user" / "blackswan-rl"
