"""Which clause is believed where: rules with rare exceptions, of which the rules in words say nothing."""

import numpy as np
import pytest

import agent
import envs
from agent.belief.structured.wording.believed import believed
from agent.reports.views.world_maps import TELEVISION, channels_of
from tests.support.structure import Structure


@pytest.fixture(scope="module")
def watcher():
    """Rules of a grid with televisions, whether each known state is one, and what is believed in all of them."""
    world = envs.make("grid")
    explorer = agent.make_agent("curious", world, seed=3, prior="structured")
    for _ in agent.interact(world, explorer, num_steps=2000, seed=3):
        pass
    mdp = envs.true_mdp(world)
    assert mdp is not None
    states = explorer.model.known_states()
    is_screen = channels_of(envs.as_states(world), mdp)[states] == TELEVISION
    return explorer.model, is_screen, believed(explorer.model, states)


def test_an_exception_that_is_too_rare_to_be_told_is_believed_where_it_holds(watcher):
    """To watch turns channels on before a television alone, which are two of a hundred places and more."""
    model, is_screen, found = watcher
    assert found.words == model.rules_in_words()
    assert "channel +" not in found.words[4]
    clause, weight = found.clause[:, 4], found.weight[:, 4]
    (rule,), (exception,) = set(clause[~is_screen].tolist()), set(clause[is_screen].tolist())
    assert is_screen.sum() == 2
    assert found.clauses[4][rule].what == "channel becomes 0"
    assert found.clauses[4][exception].what.startswith("channel + ")
    assert found.clauses[4][exception].share < 0.02
    assert (weight > 0.9).all()


def test_the_likeliest_clause_weighs_no_less_than_an_equal_share_and_no_more_than_all(watcher):
    _, _, found = watcher
    for action, those in enumerate(found.clauses):
        assert sum(clause.share for clause in those) == pytest.approx(1.0)
        assert (found.weight[:, action] * len(those) >= 1 - 1e-9).all()
        assert (found.weight[:, action] <= 1 + 1e-9).all()


def test_where_nothing_is_known_no_clause_is_believed():
    found = believed(Structure([(0,), (1,)], 2).model, np.array([0]))
    assert found.clauses == [[], []]
    assert found.clause.tolist() == [[-1, -1]]
    assert found.weight.tolist() == [[0.0, 0.0]]
