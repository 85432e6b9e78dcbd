"""MiniGrid's worlds: as a whole, with a fixed layout, and walked through."""

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import envs
from envs import as_states, enumerate_mdp, true_mdp

pytest.importorskip("minigrid", reason="needs the extra [minigrid]")
gymnasium = pytest.importorskip("gymnasium")
wrappers = pytest.importorskip("minigrid.wrappers")


@pytest.mark.parametrize(
    ("name", "num_states"),
    [("Empty-5x5", 34), ("Empty-8x8", 142), ("Empty-16x16", 782), ("DoorKey-5x5", 270), ("LavaCrossingS9N1", 183)],
)
def test_as_many_states_as_are_known(name, num_states):
    """Counts of grid + position + direction + carried object, seed 0: worlds made for this project's reference."""
    mdp = true_mdp(envs.make(f"MiniGrid-{name}-v0"))
    assert mdp.num_states == num_states
    assert mdp.reachable_states().all()
    assert mdp.start[0] == 1


def test_a_world_is_walked_through_once():
    env = as_states(envs.make("MiniGrid-Empty-5x5-v0"))
    assert true_mdp(env) is true_mdp(env)
    assert env.num_states == 34


@pytest.mark.parametrize("name", ["MiniGrid-DoorKey-5x5-v0", "MiniGrid-UnlockPickup-v0", "MiniGrid-Fetch-5x5-N2-v0"])
def test_it_sees_what_minigrid_says_is_there(name):
    """Against the package's own full view, along a random walk that opens, carries and drops."""
    env = envs.make(name, world_seed=3)
    actions = np.random.default_rng(0).choice([0, 1, 2, 2, 3, 4, 5], size=3000).tolist()
    env.reset(seed=0)
    carried = 0
    for action in actions:
        seen, _, terminated, truncated, _ = env.step(action)
        world = env.unwrapped
        np.testing.assert_array_equal(seen[6:].reshape(world.width, world.height, 3), world.grid.encode())
        assert seen[:3].tolist() == [*world.agent_pos, world.agent_dir]
        assert seen[3:6].tolist() == list(world.carrying.encode() if world.carrying else (0, 0, 0))
        carried += world.carrying is not None
        if terminated or truncated:
            env.reset()
    assert carried > 0


@pytest.mark.filterwarnings(r"ignore:[\s\S]*is different from the unwrapped version")
def test_it_is_a_clean_gymnasium_world():
    check_env(envs.make("MiniGrid-DoorKey-5x5-v0"), skip_render_check=True)


def test_the_walked_world_does_what_its_process_says():
    """DoorKey with its time limit: every step of a random walk, ends and resets included."""
    env = as_states(envs.make("MiniGrid-DoorKey-5x5-v0", world_seed=1, max_steps=60))
    mdp = true_mdp(env)
    successor = mdp.transition.toarray().argmax(axis=1).reshape(mdp.num_states, -1)
    actions = np.random.default_rng(1).integers(env.num_actions, size=20_000).tolist()
    state, ends, limits = env.reset(seed=5)[0], 0, 0
    for action in actions:
        assert mdp.start[state] == 1 or not mdp.terminal[state]
        reached, _, terminated, truncated, _ = env.step(action)
        assert reached == successor[state, action]
        assert terminated == mdp.terminal[reached]
        ends, limits = ends + terminated, limits + truncated
        state = env.reset()[0] if terminated or truncated else reached
    assert ends > 0
    assert limits > 0


def test_a_layout_is_drawn_by_its_seed_and_stays():
    def layouts(seed):
        env = envs.make("MiniGrid-DoorKey-8x8-v0", world_seed=seed)
        return [env.reset(seed=number)[0].tobytes() for number in (1, 2)] + [env.reset()[0].tobytes()]

    assert len(set(layouts(0))) == len(set(layouts(1))) == 1
    assert layouts(0) == layouts(0) != layouts(1)


def test_what_is_random_goes_on_and_has_no_truth():
    def walk(seed):
        env = envs.make("MiniGrid-Dynamic-Obstacles-8x8-v0")
        seen = [env.reset(seed=seed)[0].tobytes()]
        for _ in range(3):
            seen += [env.step(0)[0].tobytes() for _ in range(3)]
            env.reset()
        return seen

    assert walk(0) == walk(0)
    assert walk(0)[0] == walk(1)[0]
    assert walk(0) != walk(1)
    first = walk(0)
    assert first[1:4] != first[4:7]  # episodes differ
    assert true_mdp(envs.make("MiniGrid-Dynamic-Obstacles-8x8-v0")) is None
    with pytest.raises(ValueError, match="drew random numbers"):
        enumerate_mdp(envs.make("MiniGrid-Dynamic-Obstacles-8x8-v0"))


def test_a_partial_view_is_warned_about():
    with pytest.warns(UserWarning, match="MiniGrid-Empty-8x8-v0 shows a part of the grid only"):
        env = as_states(gymnasium.make("MiniGrid-Empty-8x8-v0"))
    assert true_mdp(env) is None
    whole = as_states(wrappers.FullyObsWrapper(gymnasium.make("MiniGrid-Empty-8x8-v0")))
    assert whole.reset(seed=0)[0] == 0
    assert whole.step(1)[0] == 1


def test_a_layout_that_changes_is_refused():
    env = as_states(wrappers.FullyObsWrapper(gymnasium.make("MiniGrid-DoorKey-8x8-v0")))
    env.reset(seed=0)
    with pytest.raises(ValueError, match=r"the layout of MiniGrid-DoorKey-8x8-v0 changed at a reset.*ReseedWrapper"):
        env.reset()
    fixed = as_states(wrappers.ReseedWrapper(wrappers.FullyObsWrapper(gymnasium.make("MiniGrid-DoorKey-8x8-v0"))))
    assert fixed.reset()[0] == fixed.reset()[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["MiniGrid-Fetch-5x5-N2-v0", "BabyAI-OpenRedBlueDoorsDebug-v0", "BabyAI-PutNextS5N2Carrying-v0"],
)
def test_what_was_saved_is_restored_with_all_that_it_remembers(name):
    """The same random walk twice, the second time with excursions that are taken back."""
    plain, straying = envs.make(name, world_seed=1, max_steps=10_000), envs.make(name, world_seed=1, max_steps=10_000)
    walk, excursion = np.random.default_rng(0), np.random.default_rng(1)
    actions, ends = [0, 1, 2, 2, 2, 3, 4, 5], 0
    plain.reset(seed=0)
    straying.reset(seed=0)
    for action in walk.choice(actions, size=1500).tolist():
        saved = straying.save()
        for stray in excursion.choice(actions, size=5).tolist():
            if straying.step(stray)[2]:
                break
        straying.restore(saved)
        seen, reward, terminated, _, _ = plain.step(action)
        again, paid, ended, _, _ = straying.step(action)
        assert (seen.tobytes(), terminated, reward > 0) == (again.tobytes(), ended, paid > 0)
        ends += terminated
        if terminated:
            plain.reset()
            straying.reset()
    assert ends > 0


def test_an_instruction_of_several_parts_leaves_no_truth_to_tell():
    """What was done first is not shown: a door that is open may have been opened in time or too late."""
    env = envs.make("BabyAI-OpenRedBlueDoorsDebug-v0")
    with pytest.raises(ValueError, match="several parts: which of them are done is not observed"):
        enumerate_mdp(env)
    assert true_mdp(env) is None


def test_boxes_differ_by_what_is_in_them():
    from minigrid.core.world_object import Box, Key

    env = envs.make("MiniGrid-Empty-5x5-v0")
    env.reset()
    world, seen = env.unwrapped, set()
    for content in (None, Key("red"), Key("blue")):
        world.grid.set(2, 2, Box("green", content))
        seen.add(env.observation().tobytes())
        world.carrying = Box("green", content)
        seen.add(env.observation().tobytes())
        world.carrying = None
    assert len(seen) == 6


def test_layouts_that_are_rejected_are_not_talked_about(capsys):
    envs.make("BabyAI-UnblockPickup-v0").reset()
    assert capsys.readouterr().out == ""
