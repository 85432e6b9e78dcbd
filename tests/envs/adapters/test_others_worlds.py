"""What other people's worlds get wrong, or seem to: named where it is, or taken as it is meant."""

import sys
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Tuple

import envs
from agent import CuriosityReward
from agent.experiments.error_origin import explained
from envs import as_states

WORLD = """
import gymnasium
from gymnasium.spaces import Discrete
{imports}

class Old(gymnasium.Env):
    observation_space, action_space = Discrete(5), Discrete(2)

    def __init__(self, made=True):
        if not made:
            raise {error}("no\\nway")

    def reset(self, *, seed=None, options=None):  # line 13
        return {reset}

    def step(self, action):  # line 16
        return {step}

gymnasium.register("own/{name}-v0", "{name}:Old", max_episode_steps={limit})
"""


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Write a world; gives its file and its id."""
    monkeypatch.syspath_prepend(tmp_path)

    def written(name, imports="", error="ValueError", reset="0, {}", step="0, 0.0, False, {}", limit=None):
        path = tmp_path / f"{name}.py"
        values = {"imports": imports, "error": error, "reset": reset, "step": step, "limit": limit, "name": name}
        text = WORLD
        for key, value in values.items():
            text = text.replace(f"{{{key}}}", str(value))
        path.write_text(text)
        return path, f"{name}:own/{name}-v0"

    return written


def failure(env, method="step"):
    try:
        env.reset(seed=0)
        env.step(0)
    except Exception as error:
        return explained(error)
    raise AssertionError("it went well")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("limit", [None, 10])
@pytest.mark.parametrize("checked", [True, False])
def test_an_old_step_is_named_by_its_file_and_line(written, limit, checked):
    path, name = written(f"old{limit}{checked}", limit=limit)
    said = failure(as_states(envs.make(name, disable_env_checker=not checked)))
    assert f"{path}, line 1" in said
    assert said.endswith((f"{path}, line 16)", f"{path}, line 17)"))
    assert "got 4" in said or "gave 4 values, expected the five of Gymnasium: observation, reward, term" in said


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("reset", "gave"), [("0", "int"), ("(0, {}, 1)", "3 values"), ("'ab'", "str")])
def test_an_old_reset_is_named_by_its_file_and_line(written, reset, gave):
    path, name = written(f"reset{len(reset)}", reset=reset)
    said = failure(as_states(gymnasium.make(name, disable_env_checker=True)))
    assert said == f"own/{path.stem}-v0's reset gave {gave}, expected the two of Gymnasium: observation, info " + (
        f"({path}, line 13)"
    )


@pytest.mark.parametrize("step", ["1 / 0", "[][0]", "int('x')", "gymnasium.spaces.Discrete(0)", "float(self)"])
def test_an_error_in_a_worlds_own_code_is_named_by_its_file_and_line(written, step):
    path, name = written("failing" + str(abs(hash(step))), step=step)
    said = failure(as_states(envs.make(name, disable_env_checker=True)))
    assert said.endswith(f"({path}, line 17)")
    assert said.partition(":")[0].endswith("Error")


@pytest.mark.parametrize("error", ["ValueError", "TypeError", "KeyError", "RuntimeError"])
def test_a_world_that_cannot_be_made_is_named_by_its_file_and_line(written, error):
    from agent.experiments.setup import make_world

    path, name = written(f"unmade{error}", error=error)
    config = {"env": name, "env_kwargs": {"made": False}, "map": None, "bins": None}
    with pytest.raises(ValueError, match="cannot make world") as raised:
        make_world(config, 0)
    assert f"({path}, line 11)" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_refusal_of_ours_is_told_as_it_is():
    env = as_states(envs.make("lock"))
    env.reset(seed=0)
    with pytest.raises(ValueError, match="action is 99") as raised:
        env.step(99)
    assert explained(raised.value) == str(raised.value)


def test_a_missing_module_is_named_and_no_distribution_is_made_of_it(written, monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    _, name = written("needing", imports="import yaml")
    with pytest.raises(ValueError, match=r"the module yaml is missing; install what provides it$"):
        envs.make(name)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("envs:blackswan/Lok-v0", "'envs:blackswan/Lock-v0'"),
        ("gymnasium.envs.toy_text:FrozenLak-v1", "'gymnasium.envs.toy_text:FrozenLake-v1'"),
        ("lokc", "'lock'"),
    ],
)
def test_what_was_probably_meant_keeps_its_module(name, meant):
    with pytest.raises(ValueError, match=f"did you mean {meant}\\? known are"):
        envs.make(name)


class Showing(gymnasium.Env):
    action_space = Discrete(2)

    def __init__(self, space, observation):
        self.observation_space, self.observation = space, observation

    def reset(self, *, seed=None, options=None):
        return self.observation, {}

    def step(self, action):
        return self.observation, 0.0, False, False, {}


ONE = np.array([1])
WIDER = {
    "a box": (Box(0, 9, (1,), np.int32), np.array([1])),
    "an unsigned box": (Box(0, 9, (2,), np.uint8), np.array([1, 9], np.uint64)),
    "a box of truths": (Box(0, 1, (1,), np.bool_), np.array([1])),
    "several numbers": (MultiDiscrete([3, 4], dtype=np.int16), np.array([2, 3])),
    "bits": (MultiBinary(2), np.array([1, 0])),
    "a tuple": (Tuple([Box(0, 9, (1,), np.int8), Discrete(3)]), (np.array([1]), 2)),
    "a dictionary": (Dict(a=MultiBinary(1), b=Dict(c=Box(0, 1, (1,), np.int8))), {"a": ONE, "b": {"c": ONE}}),
}


@pytest.mark.parametrize("case", WIDER)
def test_a_wider_type_is_accepted_for_what_it_holds(case):
    space, observation = WIDER[case]
    env = as_states(Showing(space, observation))
    assert env.reset()[0] == env.step(0)[0] == 0


@pytest.mark.parametrize("value", [10, -1, 2**32 + 1, 256 + 1])
def test_a_wider_type_is_not_accepted_for_what_the_space_does_not_hold(value):
    env = as_states(Showing(Box(0, 9, (1,), np.uint8), np.array([value])))
    with pytest.raises(ValueError, match="gave the observation"):
        env.reset()


def test_actions_of_a_wider_type_are_known():
    class Acting(Showing):
        action_space = MultiDiscrete([2, 3], dtype=np.int8)

    env = as_states(Acting(Discrete(2), 0))
    assert env.action_of(np.array([1, 2])) == 5


def minigrid(*names, world="MiniGrid-Empty-5x5-v0"):
    wrappers = pytest.importorskip("minigrid.wrappers", reason="needs the extra [minigrid]")
    env = gymnasium.make(world)
    for name in names:
        env = getattr(wrappers, name)(env)
    return env


@pytest.mark.parametrize(
    "names",
    [("FullyObsWrapper",), ("FullyObsWrapper", "ImgObsWrapper"), ("RGBImgObsWrapper", "ImgObsWrapper"),
     ("SymbolicObsWrapper", "ImgObsWrapper"), ("FullyObsWrapper", "DictObservationSpaceWrapper")],
)  # fmt: skip
def test_a_grid_that_is_seen_as_a_whole_is_no_cause_for_a_warning(names):
    env = minigrid(*names)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if "image" in getattr(env.observation_space, "spaces", {}) and "mission" in env.observation_space.spaces:
            env = gymnasium.wrappers.FilterObservation(env, ["image"])
        assert CuriosityReward(env).model.num_actions == env.action_space.n


@pytest.mark.parametrize(
    ("names", "world"),
    [
        (("ImgObsWrapper",), "MiniGrid-Empty-5x5-v0"),
        (("ImgObsWrapper",), "MiniGrid-LavaGapS7-v0"),  # as large as what is seen of it
        (("RGBImgPartialObsWrapper", "ImgObsWrapper"), "MiniGrid-LavaGapS7-v0"),
        (("FullyObsWrapper", "ViewSizeWrapper", "ImgObsWrapper"), "MiniGrid-LavaGapS7-v0"),
    ],
)
def test_a_part_of_a_grid_is(names, world):
    env = minigrid(*names, world=world)
    with pytest.warns(UserWarning, match="shows a part of the grid only"):
        CuriosityReward(env)
