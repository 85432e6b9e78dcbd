"""Some inputs of every kind; `python -m tests.stress.fuzz` judges as many as one likes."""

import pytest

from agent.compilation.compiled import INTERPRETED
from tests.stress.fuzz import SHARES, search

pytestmark = pytest.mark.slow

SHARE = 3 if INTERPRETED else 15


@pytest.mark.parametrize("kind", SHARES)
def test_inputs_give_what_is_promised_or_are_refused_in_a_line(kind):
    found = [each for each in search(kind, range(SHARE * SHARES[kind]), seed=0) if each is not None]
    assert not found, "\n\n".join(f"{each.kind}:{each.number} {each.what}\n{each.detail}" for each in found[:5])
