"""`agent.compare --measures`: what is told is what the measures themselves say of the same lives."""

from pathlib import Path

import numpy as np
import pytest

import agent
import envs
from agent import compare
from agent.results import storage
from agent.simulation import measures

pytestmark = pytest.mark.slow

ASKED = {
    "value-error:horizon=9,discount=.9": lambda *life: measures.value_error(*life, horizon=9, discount=0.9),
    "model-error": measures.model_error,
    "largest-model-error": measures.largest_model_error,
    "regret": measures.regret,
    "own_measures:Visited": None,
}
COMPARE = "--env", "river-swim", "--agents", "curious", "random", "--steps", "1500", "--seeds", "3", "--first-seed", "5"


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    path = tmp_path_factory.mktemp("measured")
    (path / "own_measures.py").write_text(
        "import numpy as np\n\n\ndef Visited(steps, points, state: int = 1):\n"
        "    return np.append(0, np.cumsum(steps['state'] == state))[points]\n",
        encoding="utf-8",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(path)
        assert compare.main([*COMPARE, "--measures", *ASKED, "--out", str(path / "runs"), "--quiet"]) == 0
    (directory,) = (path / "runs").glob("[!.]*")
    return directory


def test_curves_and_final_values_are_those_of_the_lives(compared):
    env = envs.make("river-swim")
    told, curves = storage.read_json(compared / "comparison.json"), storage.read_arrays(compared / "curves.npz")
    assert told["measures"] == list(ASKED)
    points = curves["step"]
    for name in ("curious", "random"):
        for i, life in enumerate(agent.simulate(env, name, 1500, range(5, 8))):
            for measure, of in ASKED.items():
                values = np.append(0, np.cumsum(life.steps["state"] == 1))[points]
                values = values if of is None else of(life.steps, points, envs.true_mdp(env))
                np.testing.assert_array_equal(curves[f"{name}/{measure}"][i], values)
        for measure in ASKED:
            final = curves[f"{name}/{measure}"][:, -1]
            assert told["agents"][name][measure]["mean"] == pytest.approx(final.mean())
    assert "own_measures" in storage.read_json(compared / "config.json")["own_files"]
    assert (compared / "figures" / "measures.png").is_file()


def test_the_table_has_a_row_for_each(call, tmp_path):
    asked = "--seeds", 2, "--steps", 100, "--env", "lock", "--measures", "model-error", "steps-lost", "reward"
    status, lines, _ = call(compare, *asked, "--out", tmp_path)
    assert status == 0
    for name in ("model-error", "steps-lost"):
        assert any(line.startswith(f"│ {name} ") for line in lines)


def test_what_needs_no_truth_is_told_where_there_is_none(call, tmp_path):
    """Missing information does, and is unknown; rewards do not."""
    asked = "--env", "Blackjack-v1", "--steps", 60, "--seeds", 2, "--measures", "missing", "reward"
    status, lines, _ = call(compare, *asked, "--out", tmp_path, "--quiet")
    assert status == 0
    agents = storage.read_json(Path(lines[-1]) / "comparison.json")["agents"]
    assert all(agent["missing"]["mean"] is None for agent in agents.values())
    assert all(agent["reward"]["mean"] is not None for agent in agents.values())


@pytest.mark.parametrize(
    ("env", "asked", "message"),
    [
        ("lock", ("model-eror",), "Did you mean 'model-error'?"),
        ("lock", ("value-error:horizon=0",), "horizon must be a whole number of steps, at least 1, got 0"),
        ("lock", ("value-error:depth=3",), "has no parameter 'depth'"),
        ("cliques", ("steps-lost",), "the best strategy earns 0 a step"),
        ("lock", ("reward", "reward"), "--measures: got 'reward' more than once"),
        ("lock", ("math:sin",), "takes x by position"),
        ("Blackjack-v1", ("value-error",), "compares with the true process, which is not known of this world"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_anything_is_lived(call, tmp_path, env, asked, message):
    status, lines, errors = call(compare, "--env", env, "--measures", *asked, "--out", tmp_path / "new")
    assert (status, lines, len(errors)) == (2, [], 1)
    assert message in errors[0]
    assert not (tmp_path / "new").exists()
