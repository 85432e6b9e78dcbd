import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import envs
from envs import worlds


def test_importing_the_package_is_cheap():
    code = "import envs, sys; print([m for m in ('scipy', 'matplotlib', 'numba') if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_public_names_are_found_lazily():
    for name in envs.__all__:
        assert getattr(envs, name) is not None
    assert set(envs.__all__) <= set(dir(envs))
    with pytest.raises(AttributeError, match="no attribute 'Gird'"):
        envs.Gird  # noqa: B018


def test_any_gymnasium_id_is_made_with_its_own_time_limit():
    assert envs.make("FrozenLake-v1", is_slippery=False).spec.max_episode_steps == 100


def test_a_module_prefix_imports_the_module():
    assert envs.make("envs:blackswan/RiverSwim-v0").unwrapped.mdp.num_states == 20


def test_arguments_reach_the_world():
    assert envs.make("lock", num_states=7, num_actions=3).unwrapped.mdp.reward.shape == (7, 3)
    drawn = [envs.make("cliques", world_seed=seed).unwrapped.mdp.transition.toarray() for seed in (0, 0, 1)]
    assert (drawn[0] == drawn[1]).all()
    assert (drawn[0] != drawn[2]).any()


@pytest.mark.parametrize(
    ("name", "kwargs", "message"),
    [
        ("gird", {}, "no world 'gird'; did you mean 'grid'\\? known are grid, four-rooms"),
        ("Nothing-v0", {}, "no world 'Nothing-v0'"),
        ("Taxi-v3", {}, "use `Taxi-v4`"),
        ("nomodule:World-v0", {}, "the module nomodule is missing; install what provides it, or correct the name"),
        (
            "envs.nomodule:World-v0",
            {},
            "the module envs.nomodule is missing; install what provides it, or correct the name",
        ),
        ("grid", {"slipp": 0.1}, "unexpected keyword argument 'slipp'"),
        ("grid", {"slip": 0.6}, "slip is 0.6, expected"),
        ("grid", {"slip": float("nan")}, "slip is nan, expected"),
        ("grid", {"channels": 0}, "channels is 0, expected at least 1"),
        ("grid", {"render_mode": "svg"}, "render_mode is 'svg', expected one of"),
        ("river-swim", {"num_states": 1}, "num_states is 1, expected at least 2"),
        ("lock", {"num_actions": 1}, "expected at least 2 of each"),
        ("noisy-tv", {"channels": 0}, "expected at least 1"),
        ("dense", {"num_states": 0}, "expected at least 1 of each"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*render_mode")
def test_what_cannot_be_made_is_one_clear_line(name, kwargs, message):
    with pytest.raises(ValueError, match=message) as error:
        envs.make(name, **kwargs)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["MiniGrid-Nothing-v0", "BabyAI-Nothing-v0", "minigrid:MiniGrid-Nothing-v0"])
def test_a_package_that_is_an_extra_is_advised_as_one(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "minigrid", None)  # as if it were not installed
    with pytest.raises(ValueError, match=r"pip install -e '\.\[minigrid\]'$"):
        envs.make(name)


def test_extras_are_those_of_the_package():
    extras = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert set(worlds.EXTRAS) <= set(extras["optional-dependencies"])
