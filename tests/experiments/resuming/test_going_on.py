"""What a run goes on from: a shorter run, a checkpoint before a damaged one, what was moved; and what it refuses."""

import json
import shutil

import gymnasium
import numpy as np
import pytest

from agent import load_run, run
from agent.checkpoints import files
from agent.experiments.resuming import living, saving
from agent.results import recorder
from agent.results.recording import blocks
from tests.support.cut_lives import assert_same, job, lived, written

pytestmark = pytest.mark.slow

GRID = "--env", "grid", "--env-kwargs", "size=9"


@pytest.fixture(autouse=True)
def _may_be_cut_anywhere(monkeypatch):
    monkeypatch.setattr(living, "CHUNK", 1)
    monkeypatch.setattr(living, "FEWEST", 1)


@pytest.fixture
def short_blocks(monkeypatch):
    monkeypatch.setattr(recorder, "BLOCK", 32)


def in_one_piece(asked, tmp_path):
    """What a life leaves, led elsewhere."""
    elsewhere = run.Job(asked.config, tmp_path / "elsewhere" / asked.directory.name)
    return written(elsewhere, lived(elsewhere), tmp_path / "whole")


@pytest.mark.parametrize("world", [GRID, ("--env", "FrozenLake-v1")])
@pytest.mark.parametrize("cut", [None, 70])
def test_a_longer_run_goes_on_from_a_shorter_one(world, cut, tmp_path, call):
    short = job(tmp_path, *world, "--steps", 100)
    if cut is None:
        assert call(run, *world, "--steps", 100, "--baseline", "none", "--quiet", "--out", tmp_path)[0] == 0
    else:
        lived(short, cut)
        (short.directory / "config.json").write_text(config_of(short))
    longer, told = job(tmp_path, *world, "--steps", 300), []
    got = written(longer, lived(longer, tell=told.append), tmp_path / "got")
    assert got == in_one_piece(longer, tmp_path)
    assert f"going on from step {cut or 100} of 300" in told[0]
    assert str(short.directory) in told[0]


def config_of(asked):
    return json.dumps({"schema": 1, **asked.config, "versions": {}})


def test_a_run_that_depends_on_its_length_is_not_made_longer(tmp_path, call):
    arguments = *GRID, "--planner", "remaining-horizon", "--baseline", "none", "--out", tmp_path
    assert call(run, *arguments, "--steps", 50)[0] == 0
    status, _, errors = call(run, *arguments, "--steps", 80)
    assert status == 0
    assert errors == ["curious: a run of 50 steps cannot be made longer: it depends on how long it is to be"]


def test_a_run_goes_on_where_it_was_moved_to(tmp_path):
    asked = job(tmp_path / "there", *GRID, "--steps", 100)
    lived(asked, 40)
    shutil.move(tmp_path / "there", tmp_path / "here")
    moved, told = job(tmp_path / "here", *GRID, "--steps", 100), []
    assert written(moved, lived(moved, tell=told.append), tmp_path / "got") == in_one_piece(asked, tmp_path)
    assert len(told) == 1


def two_checkpoints(tmp_path, *more):
    asked = job(tmp_path / "runs", *GRID, "--steps", 100, *more)
    lived(asked, 40)
    lived(asked, 60)
    newer, older = files.names(asked.directory / files.FOLDER)
    return asked, newer, older


def flipped(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 4
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [flipped, lambda path: path.write_bytes(path.read_bytes()[:-1])])
def test_the_checkpoint_before_a_damaged_one_is_taken(damage, tmp_path):
    asked, newer, _ = two_checkpoints(tmp_path)
    damage(newer)
    told = []
    assert written(asked, lived(asked, tell=told.append), tmp_path / "got") == in_one_piece(asked, tmp_path)
    assert told[0].startswith(f"{newer}: damaged")
    assert "going on from step 40 of 100" in told[1]


def test_where_all_are_damaged_a_run_starts_from_nothing(tmp_path):
    asked, newer, older = two_checkpoints(tmp_path)
    flipped(newer)
    flipped(older)
    told = []
    assert written(asked, lived(asked, tell=told.append), tmp_path / "got") == in_one_piece(asked, tmp_path)
    assert [line.partition(":")[0] for line in told] == [str(newer), str(older)]


def test_the_checkpoint_of_another_version_is_not_used(tmp_path, monkeypatch):
    asked, newer, _ = two_checkpoints(tmp_path)
    monkeypatch.setattr(saving, "digest_of_code", lambda: "another")
    told = []
    lived(asked, tell=told.append)
    assert told == [f"{newer}: another version of the code made it; starting again"]


def test_force_starts_from_nothing(tmp_path):
    asked, _, _ = two_checkpoints(tmp_path)
    told = []
    lived(asked, 10, is_renewed=True, tell=told.append)
    assert told == []
    assert len(files.names(asked.directory / files.FOLDER)) == 1


@pytest.mark.parametrize("world", [GRID, ("--env", "FrozenLake-v1")])
def test_blocks_are_counted_and_gone_on_with(world, tmp_path, short_blocks):
    asked = job(tmp_path / "runs", *world, "--steps", 300)
    assert_same(asked, (31, 32, 33, 64, 200), tmp_path)
    assert len(list((asked.directory / files.FOLDER).glob("*.rows"))) == 9


def test_blocks_do_not_change_a_run(tmp_path, monkeypatch):
    asked = job(tmp_path / "runs", *GRID, "--steps", 300)
    whole = in_one_piece(asked, tmp_path)
    monkeypatch.setattr(recorder, "BLOCK", 32)
    assert written(asked, lived(asked), tmp_path / "got") == whole


def test_a_damaged_block_is_noticed(tmp_path, short_blocks):
    asked, _, _ = two_checkpoints(tmp_path)
    flipped(asked.directory / files.FOLDER / "000000.rows")
    told = []
    assert written(asked, lived(asked, tell=told.append), tmp_path / "got") == in_one_piece(asked, tmp_path)
    assert len(told) == 1
    assert "000000.rows: damaged" in told[0]


class Fickle(gymnasium.Env):
    """A world that answers as it was told to before it was made."""

    observation_space = gymnasium.spaces.Discrete(5)
    action_space = gymnasium.spaces.Discrete(2)
    late = 1000

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.made = 0
        return 0, {}

    def step(self, action):
        self.made += 1
        return (self.made + action + (self.made >= self.late)) % 5, 0.0, False, False, {}


gymnasium.register("test-resuming/Fickle-v0", Fickle)


def test_a_world_that_answers_otherwise_is_refused(tmp_path, monkeypatch):
    asked = job(tmp_path, "--env", "test-resuming/Fickle-v0", "--steps", 100)
    lived(asked, 60)
    monkeypatch.setattr(Fickle, "late", 31)
    with pytest.raises(ValueError, match=r"step 31 is not what it was: the world answered .*; --force starts again"):
        lived(asked)


class Sweeper:
    """An agent of a user's own, which takes actions in turn."""

    def __init__(self, num_actions):
        self.num_actions, self.made = num_actions, 0

    def begin(self, state):
        pass

    def act(self, state):
        self.made += 1
        return self.made // Sweeper.patience % self.num_actions

    def observe(self, transition):
        pass

    patience = 1


OWN = "--agent", f"{__name__}:Sweeper"


@pytest.mark.parametrize("world", [GRID, ("--env", "FrozenLake-v1")])
def test_an_agent_of_ones_own_lives_again(world, tmp_path, monkeypatch):
    asked = job(tmp_path / "runs", *world, *OWN, "--steps", 100)
    lived(asked, 40)
    told = []
    assert written(asked, lived(asked, tell=told.append), tmp_path / "got") == in_one_piece(asked, tmp_path)
    assert "living again step 40 of 100" in told[0]


def test_an_agent_that_acts_otherwise_is_refused(tmp_path, monkeypatch):
    asked = job(tmp_path / "runs", *GRID, *OWN, "--steps", 100)
    lived(asked, 40)
    monkeypatch.setattr(Sweeper, "patience", 2)
    with pytest.raises(ValueError, match=r"step 1 is not what it was: got .*'action'.* was recorded; --force"):
        lived(asked)


def test_where_no_checkpoint_can_be_written_a_run_goes_on(tmp_path):
    asked, told = job(tmp_path / "runs", *GRID, "--steps", 100), []
    asked.directory.mkdir(parents=True)
    (asked.directory / files.FOLDER).write_text("in the way")
    assert lived(asked, seconds=0.0, tell=told.append).complete
    assert len(told) == 1
    assert "no checkpoint can be written" in told[0]


def test_blocks_are_as_long_as_the_page_says():
    assert blocks.BLOCK == 262_144


@pytest.mark.parametrize("world", [GRID, ("--env", "FrozenLake-v1")])
@pytest.mark.parametrize("every", [0, 7])
def test_a_thinned_trace_is_gone_on_with(world, every, tmp_path, short_blocks):
    assert_same(job(tmp_path / "runs", *world, "--steps", 200, "--trace-every", every), (31, 64, 150), tmp_path)


def test_a_thinned_trace_has_rows_of_the_whole_one(tmp_path, call):
    traces, summaries = {}, {}
    for every in (1, 7, 0):
        arguments = *GRID, "--steps", 100, "--baseline", "none", "--out", tmp_path, "--trace-every", every
        status, lines, errors = call(run, *arguments)
        assert (status, errors) == (0, [])
        loaded = load_run(lines[-1])
        traces[every], summaries[every] = loaded.trace, loaded.summary
        assert (loaded.directory / "figures" / "belief_maps.png").exists() == (every == 1)
    assert traces[7]["step"].tolist() == list(range(0, 100, 7))
    np.testing.assert_array_equal(traces[7]["state"], traces[1]["state"][::7])
    np.testing.assert_array_equal(traces[7]["reset_step"], traces[1]["reset_step"])
    assert "state" not in traces[0]
    np.testing.assert_array_equal(traces[0]["final_visits"], traces[1]["final_visits"])
    assert all(summary["reward"] == summaries[1]["reward"] for summary in summaries.values())


def test_a_run_without_rows_is_not_made_longer(tmp_path, call):
    arguments = *GRID, "--trace-every", 0, "--baseline", "none", "--out", tmp_path
    assert call(run, *arguments, "--steps", 50)[0] == 0
    status, _, errors = call(run, *arguments, "--steps", 80)
    assert (status, errors) == (
        0,
        ["curious: a run of 50 steps cannot be made longer: it did not keep all that it recorded"],
    )


@pytest.mark.parametrize(
    ("world", "block"), [((*GRID, "--reward-belief", "gaussian"), 32), (("--env", "FrozenLake-v1"), 1000)]
)
def test_a_finished_run_holds_its_steps_once_and_is_made_longer(world, block, tmp_path, call, monkeypatch):
    monkeypatch.setattr(recorder, "BLOCK", block)
    words = *world, "--baseline", "none", "--quiet", "--out"
    assert call(run, *words, tmp_path / "a", "--steps", 100)[0] == 0
    (folder,) = (tmp_path / "a").glob("*/checkpoints")
    assert sorted(path.suffix for path in folder.iterdir()) == [".npz", ".rest"]
    (only,) = files.names(folder)
    assert not any(name.startswith(saving.ROWS) for name in files.read(only).arrays)
    status, _, (told,) = call(run, *words[:-2], *words[-1:], tmp_path / "a", "--steps", 300)
    assert (status, "going on from step 100 of 300" in told) == (0, True)
    assert call(run, *words, tmp_path / "b", "--steps", 300)[0] == 0
    (whole,) = (tmp_path / "b").glob("[!.]*")
    for name in ("trace.npz", "metrics.csv"):
        assert (tmp_path / "a" / whole.name / name).read_bytes() == (whole / name).read_bytes()


@pytest.mark.parametrize("name", ["../trace.npz", "000001.rest"])
def test_a_finished_run_whose_steps_were_damaged_is_not_made_longer(name, tmp_path, call):
    words = *GRID, "--baseline", "none", "--quiet", "--out", tmp_path
    assert call(run, *words, "--steps", 100)[0] == 0
    (folder,) = tmp_path.glob("*/checkpoints")
    (folder / name).write_bytes((folder / name).read_bytes()[:-100])
    assert call(run, *words, "--steps", 300)[::2] == (0, [])


def test_a_killed_command_s_finished_run_is_settled_by_the_next(tmp_path, call, monkeypatch):
    from agent.experiments.resuming import settled

    words = *GRID, "--baseline", "none", "--quiet", "--out", tmp_path, "--steps", 50
    with monkeypatch.context() as patched:
        patched.setattr(settled, "settle", lambda _: None)
        assert call(run, *words)[0] == 0
    assert not list(tmp_path.glob("*/checkpoints/*.rest"))
    assert call(run, *words)[0] == 0
    assert len(list(tmp_path.glob("*/checkpoints/*.rest"))) == 1
