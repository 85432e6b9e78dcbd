"""`agent.reproduce`: experiments as data, lived through as the Python loop would, beside what was published."""

import inspect
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agent import interact, make_agent, registry, reproduce
from agent.agents.rng import seed_streams
from agent.experiments import command_line
from agent.experiments.comparisons.surveys import SURVEYS
from agent.experiments.papers import EXPERIMENTS
from agent.experiments.reproduction import lived, points_of
from agent.experiments.setup import make_world
from agent.parts import AGENT, MEASURE, chosen
from agent.reports.papers import verdicts
from agent.reports.papers.page import page
from agent.results import storage
from agent.simulation import measures
from agent.simulation.scoring import Truth
from agent.simulation.simulate import simulate
from agent.statistics import seed_statistics
from envs import WORLDS, true_mdp
from tests.support.interruptions import interrupt_after

NAME, SETTING, SEEDS = "little-sommer-2013", "one-two-three", 3
SETTINGS = [(name, label) for name, experiment in EXPERIMENTS.items() for label in experiment.settings]


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory):
    out = tmp_path_factory.mktemp("reproductions")
    assert reproduce.main([NAME, "--seeds", str(SEEDS), "--out", str(out), "--quiet"]) == 0
    (directory,) = out.glob("reproduce-*")
    return directory


def config_of(setting):
    return {"env": setting.env, "env_kwargs": setting.env_kwargs, "map": None, "bins": None}


@pytest.mark.parametrize(("name", "label"), SETTINGS)
def test_an_experiment_is_data_that_fits(name, label):
    setting = EXPERIMENTS[name].settings[label]
    assert setting.env in WORLDS
    assert chosen(MEASURE, setting.measure).name in registry.MEASURES
    assert list(setting.checkpoints) == sorted(set(setting.checkpoints))
    assert setting.checkpoints[0] > 0
    env = make_world(config_of(setting), 0)
    assert next(iter(setting.arms.values())).agent is not None  # ours comes first
    for arm in setting.arms.values():
        assert set(arm.published) <= set(setting.checkpoints)
        assert all(len(numbers) in (1, 2) for numbers in arm.published.values())
        assert arm.agent is not None or (arm.published and not arm.options)
        assert set(arm.options) <= set(inspect.signature(make_agent).parameters)
        if arm.agent is not None:
            assert chosen(AGENT, arm.agent).name in registry.AGENTS
            make_agent(arm.agent, env, 0, **arm.options)
    for finding in setting.findings:
        assert {finding.better, finding.worse} <= set(setting.arms)
        assert finding.at in setting.checkpoints
        assert all(
            setting.arms[arm].agent or finding.at in setting.arms[arm].published
            for arm in (finding.better, finding.worse)
        )
    points = points_of(setting).tolist()
    assert set(setting.checkpoints) <= set(points)
    assert points[-1] == setting.checkpoints[-1]


def test_a_result_has_the_promised_form(reproduced):
    assert reproduced.name.startswith(f"reproduce-{NAME}-")
    assert sorted(path.name for path in reproduced.iterdir()) == [
        "config.json", "curves.npz", "figures", "reproduction.json",
    ]  # fmt: skip
    assert max(reproduced.iterdir(), key=lambda path: path.stat().st_mtime_ns).name == "reproduction.json"
    assert (reproduced / "figures" / "reproduction.png").is_file()
    told = json.loads((reproduced / "reproduction.json").read_text())
    assert (told["experiment"], told["seeds"], list(told["settings"])) == (NAME, SEEDS, [SETTING])
    setting, arms = told["settings"][SETTING], EXPERIMENTS[NAME].settings[SETTING].arms
    assert (setting["label"], setting["unit"], setting["more_is_better"]) == (
        "missing information (bits)",
        "steps",
        False,
    )
    assert list(setting["arms"]) == list(arms)
    for label, row in setting["arms"].items():
        assert list(row) == ["100", "200", "1000"]
        for statistics in row.values():
            assert set(statistics) >= {"mean", "median", "ci95", "published"}
            assert (statistics["mean"] is None) == (arms[label].agent is None)
    assert setting["arms"]["curious"]["200"]["published"] == [19.7]


def test_its_numbers_are_those_of_its_curves(reproduced):
    told, curves = (
        storage.read_json(reproduced / "reproduction.json")["settings"][SETTING],
        storage.read_arrays(reproduced / "curves.npz"),
    )
    for label in ("curious", "greedy", "random"):
        assert curves[f"{SETTING}/{label}"].shape == (SEEDS, len(curves[f"{SETTING}/step"]))
        for step in (100, 200, 1000):
            (place,) = np.flatnonzero(curves[f"{SETTING}/step"] == step)
            described = seed_statistics.describe(curves[f"{SETTING}/{label}"][:, place].tolist())
            assert {key: told["arms"][label][str(step)][key] for key in described} == described


@pytest.mark.parametrize(("label", "seed"), [("curious", 1), ("greedy", 2), ("random", 0)])
def test_a_life_is_that_of_the_python_loop(reproduced, label, seed):
    setting = EXPERIMENTS[NAME].settings[SETTING]
    arm, env = setting.arms[label], make_world(config_of(setting), seed)
    world_seed, agent_seed = seed_streams(seed)
    agent = make_agent(arm.agent, env, agent_seed, **arm.options)
    truth, mdp = [], true_mdp(env)
    scored = Truth(agent.model, mdp)
    for _ in interact(env, agent, 1000, world_seed):
        scored.update()
        truth.append(scored.missing_information / math.log(2))
    curves = storage.read_arrays(reproduced / "curves.npz")
    points = curves[f"{SETTING}/step"]
    assert curves[f"{SETTING}/{label}"][seed].tolist() == np.array(truth)[points - 1].tolist()


def test_checkpoints_may_count_episodes():
    """After k episodes of a path whose steps cost 1, what was lost is the steps made beyond k of the best."""
    setting = replace(EXPERIMENTS["ssp-2023"].settings["shortest-path"], checkpoints=(20, 50), episodes=3000)
    told = lived(setting, setting.arms["curious"], 4)
    (life,) = simulate(make_world(config_of(setting), 4), "curious", 3000, [4], **setting.arms["curious"].options)
    ends = np.flatnonzero(life.steps["terminated"]) + 1
    best = 1 / measures.optimal_gain(true_mdp(make_world(config_of(setting), 4)))
    episodes = points_of(setting)
    np.testing.assert_allclose(told, ends[episodes - 1] - best * episodes, atol=1e-6)
    with pytest.raises(ValueError, match=r"\d+ episodes in 300 steps, not 50"):
        lived(replace(setting, episodes=300), setting.arms["curious"], 4)


def cell(mean=None, low=None, high=None, published=None):
    return {"mean": mean, "ci95": [low, high], "published": published}


def told_of(ours, more_is_better=False, factor=1.0):
    """An experiment of one setting: ours, a rival, and a bound, of which the last two are published."""
    arms = {"curious": {"10": ours}, "theirs": {"10": cell(published=[5.0])}, "bound": {"10": cell(published=[1.0])}}
    finding = {"better": "curious", "worse": "theirs", "at": 10, "factor": factor}
    setting = {
        "arms": arms, "bounds": ["bound"], "findings": [finding], "more_is_better": more_is_better, "unit": "steps",
        "label": "errors",
    }  # fmt: skip
    about = dict.fromkeys(("source", "read", "claim", "differs"), "so")
    return {"experiment": "made-up", "seeds": 4, "settings": {"here": setting}, **about}


@pytest.mark.parametrize(
    ("interval", "less", "more"),
    [((3, 4), "ahead", "behind"), ((4, 6), "even", "even"), ((6, 7), "behind", "ahead"), ((None, None), "", "")],
)
def test_ours_is_ahead_where_its_interval_is(interval, less, more):
    for more_is_better, verdict in ((False, less), (True, more)):
        told = told_of(cell(4.5, *interval), more_is_better)
        setting = told["settings"]["here"]
        expected = verdicts.Rival("theirs", 5.0, verdict)  # a bound is no rival
        assert verdicts.best_published(setting, "10") == expected
        row = next(line for line in page([told]).splitlines() if line.startswith("| here"))
        assert row.endswith(f"| {'**behind**' if verdict == 'behind' else verdict} |")


def test_a_claim_held_if_all_its_comparisons_did():
    assert verdicts.said(told_of(cell(4.5))) == "The claim held, in all 1 comparisons of it."
    missed = "here, 10 steps: curious is not better than theirs (5.5 beside 5)"
    assert verdicts.unseen(told_of(cell(5.5))) == [missed]
    assert verdicts.said(told_of(cell(5.5))).startswith("The claim held in 0 comparisons of 1; not: here")
    assert verdicts.unseen(told_of(cell(5.5), factor=1.2)) == []
    assert verdicts.unseen(told_of(cell(5.5), more_is_better=True)) == []
    assert verdicts.unseen(told_of(cell(4.5), more_is_better=True, factor=1.2)) == []


def test_planning_earns_what_was_published_in_river_swim(tmp_path):
    """MBIE-EB: 3.079 +- .142 millions there; ours are within 15 % on ten seeds, and a random walk earns a hundredth."""
    assert reproduce.main(["river-swim-2008", "--seeds", "10", "--out", str(tmp_path), "--quiet"]) == 0
    (directory,) = tmp_path.glob("reproduce-*")
    arms = storage.read_json(directory / "reproduction.json")["settings"]["river-swim"]["arms"]
    for label in ("curious", "root-count (MBIE-EB)"):
        assert arms[label]["5000"]["mean"] == pytest.approx(3_079_000, rel=0.15)
    assert arms["random"]["5000"]["mean"] < 50_000


def test_a_finished_result_is_found_and_a_damaged_one_done_again(call, reproduced):
    arguments = NAME, "--seeds", SEEDS, "--out", reproduced.parent
    status, lines, errors = call(reproduce, *arguments)
    assert (status, lines[-1]) == (0, str(reproduced))
    assert errors == ["found the finished reproduction of this very experiment (--force: do it again)"]
    assert any("published" in line for line in lines)
    before = storage.read_arrays(reproduced / "curves.npz")
    (reproduced / "curves.npz").write_bytes(b"no archive")
    status, lines, errors = call(reproduce, *arguments, "--quiet")
    assert (status, lines) == (0, [str(reproduced)])
    assert "cannot be read" in errors[0]
    after = storage.read_arrays(reproduced / "curves.npz")
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_ctrl_c_keeps_what_was_finished(call, tmp_path, monkeypatch):
    interrupt_after(2, monkeypatch)
    status, lines, errors = call(reproduce, NAME, "--seeds", 2, "--out", tmp_path)
    assert status == 130
    assert "2 of the lives were finished, and kept in" in errors[-1]
    directory = Path(lines[-1])
    assert sorted(path.name for path in directory.iterdir()) == ["config.json", "partial.json"]
    partial = storage.read_json(directory / "partial.json")
    assert partial["partial"] is True
    assert partial["finished"] == {SETTING: 2}
    assert partial["settings"][SETTING]["arms"]["random"]["100"]["mean"] is None
    monkeypatch.undo()
    status, lines, _ = call(reproduce, NAME, "--seeds", 2, "--out", tmp_path, "--quiet")
    assert (status, lines) == (0, [str(directory)])
    assert not (directory / "partial.json").exists()


def test_ctrl_c_does_not_spoil_a_finished_result(call, reproduced, monkeypatch):
    interrupt_after(0, monkeypatch)
    status, lines, errors = call(reproduce, NAME, "--seeds", SEEDS, "--out", reproduced.parent, "--force")
    assert (status, lines, errors[-1]) == (130, [], "interrupted: none of the lives was finished, nothing was written")
    assert (reproduced / "reproduction.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "unknown experiment ''. Known: storck-1995"),
        (["sun-2012"], "Did you mean 'sun-2011'?"),
        ([NAME, "--seeds", "0"], "--seeds: got 0, expected at least 1"),
        ([NAME, "--seeds", "3", "--quick"], "--quick: it takes 2 seeds, and --seeds 3 was given"),
        ([NAME, "--workers", "0"], "--workers: got 0, expected at least 1"),
        ([NAME, "--env", "grid"], "--env"),
    ],
)
def test_bad_input_is_told_in_one_line(call, tmp_path, arguments, message):
    status, lines, errors = call(reproduce, *arguments, "--out", tmp_path / "new")
    assert (status, lines, len(errors)) == (command_line.BAD_INPUT, [], 1)
    assert message in errors[0]
    assert not (tmp_path / "new").exists()


def test_all_of_them_make_a_page(call, tmp_path, monkeypatch):
    few = {name: EXPERIMENTS[name] for name in (NAME, "sun-2011")}
    for module in ("agent.reproduce", "agent.experiments.papers"):
        monkeypatch.setattr(f"{module}.EXPERIMENTS", few)
    status, lines, _ = call(reproduce, "all", "--quick", "--out", tmp_path, "--quiet")
    assert (status, lines[-1]) == (0, str(tmp_path / "literature.md"))
    written = (tmp_path / "literature.md").read_text(encoding="utf-8")
    made = [storage.read_json(path) for path in tmp_path.glob("*/reproduction.json")]
    assert {told["experiment"]: told["seeds"] for told in made} == dict.fromkeys(few, 2)
    assert written == page(sorted(made, key=lambda told: list(few).index(told["experiment"])))
    assert "| one-two-three | 200 | " in written


def test_the_list_names_all(call):
    status, lines, _ = call(reproduce, "--list")
    assert status == 0
    assert [line for line in lines if not line.startswith(" ")] == [*EXPERIMENTS, *SURVEYS]
