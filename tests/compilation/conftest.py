"""Machine code that was kept."""

import pytest

from agent.compilation import code_cache
from tests.support.kept_code import hits, tripled


@pytest.fixture
def kept(tmp_path):
    """A file of kept code."""
    code_cache._note.cache_clear()
    assert hits(tripled, tmp_path) == 0
    [path] = tmp_path.iterdir()
    assert hits(tripled, tmp_path) == 1
    return path
