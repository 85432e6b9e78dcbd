"""The browser that pages are tried in."""

import pytest

from tests.support.browsers import chromium


@pytest.fixture(scope="package")
def browser():
    with chromium() as each:
        yield each
