"""`agent.run` in worlds from maps, with arguments, drawn by a seed, and of other packages."""

import json

import numpy as np

import envs
from agent import load_run, run
from agent.options import RunOptions

SMALL = ("--env", "four-rooms", "--steps", "150")
MAP = "#####\n#S..#\n#.#.#\n#..T#\n#####\n"


def test_a_map_is_known_by_its_content(played, tmp_path):
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_text(MAP)
    two.write_text(MAP)
    arguments = ("--steps", 20, "--baseline", "none", "--map")
    directory = played(tmp_path / "runs", *arguments, one)
    assert played(tmp_path / "runs", *arguments, two) == directory
    stored = json.loads((directory / "config.json").read_text())
    assert stored["map"] == str(one)
    assert stored["map_text"] == MAP
    two.write_text(MAP.replace("T", "."))
    assert played(tmp_path / "runs", *arguments, two) != directory
    one.unlink()  # the stored text is enough
    assert played(tmp_path / "runs", "--config", directory / "config.json") == directory
    again = load_run(played(tmp_path / "runs", "--config", directory / "config.json", "--seed", 3))
    assert again.config["map_text"] == MAP


def test_arguments_of_the_world(played, tmp_path):
    arguments = (*SMALL[:2], "--steps", 20, "--baseline", "none", "--env-kwargs")
    directory = played(tmp_path, *arguments, "slip=0")
    assert load_run(directory).config["env_kwargs"] == {"slip": 0}
    assert played(tmp_path, "--config", directory / "config.json") == directory
    assert played(tmp_path, *arguments, "slip=0.3") != directory


def test_a_drawn_world_is_drawn_by_the_seed_unless_told():
    def world(*arguments):
        from agent.playing import make_world, resolve

        options = RunOptions(env="dense", env_kwargs=arguments)
        return envs.true_mdp(make_world(resolve(options, [], 3), 3))

    drawn, told = world(), world("world_seed=4")
    for mdp, world_seed in ((drawn, 3), (told, 4)):
        expected = envs.true_mdp(envs.make("dense", world_seed=world_seed))
        assert mdp is not None
        assert expected is not None
        np.testing.assert_array_equal(mdp.transition.toarray(), expected.transition.toarray())


def test_a_foreign_world_with_and_without_a_known_truth(call, played, tmp_path):
    lake = load_run(played(tmp_path, "--env", "FrozenLake-v1", "--steps", 300, "--baseline", "none"))
    assert lake.directory.name.startswith("FrozenLake-v1-curious-s0-")
    assert 0 < lake.summary["coverage"] <= 1
    assert lake.summary["episodes"] > 0
    arguments = ("--env", "Blackjack-v1", "--steps", 20)
    status, _, (error,) = call(run, *arguments, "--out", tmp_path / "none")
    assert status == 2
    assert "Discrete" in error


def test_a_namespaced_world_is_named_by_dashes(played, tmp_path):
    directory = played(tmp_path, "--env", "envs:blackswan/Lock-v0", "--steps", 10, "--baseline", "none")
    assert directory.name.startswith("envs-blackswan-Lock-v0-curious-s0-")
