"""Settings shared by all tests."""

import sys

import pytest
from hypothesis import settings

from tests.support.own_parts import MODULE

settings.register_profile("default", deadline=None, derandomize=True)  # compilation must not fail a test
settings.load_profile("default")


def pytest_collection_modifyitems(items):
    """Let groups of tests that take minutes begin first, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A directory with a module of a user's own, which is the current one."""
    (tmp_path / "own_parts.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "broken.py").write_text("def broken(:\n", encoding="utf-8")
    (tmp_path / "needy.py").write_text("import nothing_of_this_name\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in ("own_parts", "broken", "needy"):
        sys.modules.pop(name, None)


@pytest.fixture(autouse=True)
def _prints_the_same_everywhere(monkeypatch):
    """However slow a machine is, no line of progress comes between; however wide its terminal, tables are the same."""
    from agent.reports import terminal

    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(terminal, "SECONDS_BETWEEN_LINES", float("inf"))
    monkeypatch.delenv("COLUMNS", raising=False)  # which pytest-xdist sets
