"""The commands as a person meets them: results found again, bad input told in one line, Ctrl-C losing nothing."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import envs
from agent import command_line, compare, config, load_run, metrics, names, report, run, storage
from agent.options import CompareOptions, RunOptions

ROOT = Path(__file__).parents[1]
MAP = "#####\n#S..#\n#.#.#\n#..T#\n#####\n"

SUMMARY_KEYS = {
    "steps", "coverage", "missing_information_nats", "missing_information_fraction",
    "expected_missing_information_nats", "information_gain_nats", "expected_information_gain_nats",
    "steps_to_fraction", "planning_loss_bound", "agent_seconds", "env_seconds", "steps_per_second", "peak_memory_mb",
}  # fmt: skip
"""What scripts rely on."""

COSTS = ("start_seconds", "agent_seconds", "env_seconds", "steps_per_second", "peak_memory_mb")
"""Entries of a summary that differ between two runs of the same configuration."""


@pytest.fixture
def call(capsys):
    """Run a command in this process: gives its status, the lines of its output, and those of its errors."""

    def call(command, *arguments):
        status = command.main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return status, printed.out.splitlines(), printed.err.splitlines()

    return call


def played(call, out, *arguments):
    """Run quietly and give the directory."""
    status, lines, errors = call(run, "--out", out, "--quiet", *arguments)
    assert (status, len(lines), errors) == (0, 1, [])
    return Path(lines[0])


# ---------------------------------------------------------------------------------------------------- agent.run


SMALL = ("--env", "four-rooms", "--steps", "150")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The directory of a small run, drawn and all."""
    out = tmp_path_factory.mktemp("runs")
    assert run.main([*SMALL, "--out", str(out), "--quiet"]) == 0
    (directory,) = out.glob("four-rooms-curious-*")
    return directory


def test_a_run_leaves_everything_that_was_promised(small):
    assert sorted(path.name for path in small.iterdir()) == [
        "config.json", "figures", "metrics.csv", "summary.json", "trace.npz",
    ]  # fmt: skip
    assert {path.suffix for path in (small / "figures").iterdir()} == {".png", ".gif"}
    newest = max((path for path in small.iterdir()), key=lambda path: path.stat().st_mtime_ns)
    assert newest.name == "summary.json"
    summary = json.loads((small / "summary.json").read_text())
    assert set(summary) >= SUMMARY_KEYS
    assert set(summary["steps_to_fraction"]) == {"0.5", "0.25", "0.1", "0.05", "0.02"}
    assert summary["steps"] == 150
    baseline = [path for path in small.parent.iterdir() if path != small]
    assert [path.name.rsplit("-", 1)[0] for path in baseline] == ["four-rooms-random-s0"]
    assert load_run(baseline[0]).complete


def test_the_trace_is_a_walk_through_the_world(small):
    run_ = load_run(small)
    trace, mdp = run_.trace, envs.true_mdp(envs.make("four-rooms"))
    assert mdp is not None
    follows = np.concatenate([[trace["reset_state"][0]], trace["next_state"][:-1]])
    follows[trace["reset_step"]] = trace["reset_state"]
    np.testing.assert_array_equal(trace["state"], follows)
    pair = trace["state"].astype(int) * mdp.num_actions + trace["action"]
    assert all(mdp.transition[p, s] > 0 for p, s in zip(pair, trace["next_state"], strict=True))
    np.testing.assert_array_equal(trace["world_position"], mdp.position)


def test_the_final_belief_is_that_of_the_trace(small):
    trace = load_run(small).trace
    visits = np.zeros((68, 4), dtype=int)
    np.add.at(visits, (trace["state"], trace["action"]), 1)
    np.testing.assert_array_equal(trace["final_visits"], visits[trace["final_state"]])
    seen = dict.fromkeys(np.stack([trace["state"], trace["next_state"]], axis=1).ravel().tolist())
    assert trace["final_state"].tolist() == list(seen)  # in order of first sight
    np.testing.assert_allclose(trace["final_value_nats"], trace["final_q_nats"].max(axis=1), rtol=0.02)
    assert (trace["final_q_nats"] > trace["final_expected_gain_nats"]).all()  # more is to come than at once


def test_the_figures_follow_from_the_trace_and_the_truth(small):
    """Missing information and coverage, anew from counts: dense, by the definitions."""
    run_ = load_run(small)
    trace, summary, mdp = run_.trace, run_.summary, envs.true_mdp(envs.make("four-rooms"))
    assert mdp is not None
    counts = np.zeros((68 * 4, 68))
    np.add.at(counts, (trace["state"].astype(int) * 4 + trace["action"], trace["next_state"]), 1)
    prior = summary["concentration"]
    predictive = (counts + prior / 68) / (counts.sum(axis=1, keepdims=True) + prior)
    true = mdp.transition.toarray()
    with np.errstate(divide="ignore", invalid="ignore"):
        missing = np.where(true > 0, true * np.log(true / predictive), 0).sum()
        yardstick = np.where(true > 0, true * np.log(true * 68), 0).sum()
    assert summary["missing_information_nats"] == pytest.approx(missing, rel=1e-9)
    assert summary["missing_information_fraction"] == pytest.approx(missing / yardstick, rel=1e-9)
    assert summary["coverage"] == pytest.approx((counts.sum(axis=1) > 0).mean())
    assert summary["information_gain_nats"] == pytest.approx(trace["information_gain_nats"].sum())
    assert trace["missing_information_nats"][-1] == summary["missing_information_nats"]


def test_the_same_again_is_found_and_said(small, call):
    stamp = (small / "trace.npz").stat().st_mtime_ns
    status, lines, errors = call(run, *SMALL, "--out", small.parent)
    assert status == 0
    assert lines[-1] == str(small)
    assert any("coverage" in line for line in lines)
    assert len(errors) == 1
    assert "found the finished run" in errors[0]
    assert (small / "trace.npz").stat().st_mtime_ns == stamp


def test_the_config_given_back_is_the_same_run(small, call):
    assert played(call, small.parent, "--config", small / "config.json") == small
    assert played(call, small.parent, "--config", small) == small  # its directory will do
    other = played(call, small.parent, "--config", small / "config.json", "--seed", 5, "--steps", 20)
    assert other.name.startswith("four-rooms-curious-s5-")
    assert load_run(other).config["steps"] == 20


def test_the_same_seed_gives_the_same_bytes(small, call, tmp_path):
    again = played(call, tmp_path, *SMALL)
    assert again.name == small.name
    for name in ("trace.npz", "metrics.csv", "config.json"):
        assert (again / name).read_bytes() == (small / name).read_bytes()
    first, second = (json.loads((path / "summary.json").read_text()) for path in (small, again))
    assert {k: v for k, v in first.items() if k not in COSTS} == {k: v for k, v in second.items() if k not in COSTS}


def test_another_seed_gives_another_life(small, call):
    other = load_run(played(call, small.parent, *SMALL, "--seed", 1, "--baseline", "none"))
    assert (other.trace["state"] != load_run(small).trace["state"]).any()


def test_the_baseline_is_a_run_of_its_own(small, call):
    alone = played(call, small.parent, *SMALL, "--agent", "random", "--baseline", "none")
    assert alone == next(small.parent.glob("four-rooms-random-s0-*"))
    assert played(call, small.parent, *SMALL, "--agent", "random") == alone  # its own baseline: none
    assert (alone / "figures").is_dir()


def test_force_does_it_again(small, call):
    stamp = (small / "trace.npz").stat().st_mtime_ns
    assert played(call, small.parent, *SMALL, "--force") == small
    assert (small / "trace.npz").stat().st_mtime_ns > stamp


def test_a_damaged_run_is_done_again(call, tmp_path):
    arguments = ("--env", "lock", "--steps", 30, "--baseline", "none")
    directory = played(call, tmp_path, *arguments)
    (directory / "trace.npz").write_bytes(b"rubbish")
    status, lines, errors = call(run, *arguments, "--out", tmp_path, "--quiet")
    assert (status, lines) == (0, [str(directory)])
    assert len(errors) == 1
    assert "not an .npz file" in errors[0]
    assert load_run(directory).complete


def test_missing_figures_are_drawn_from_the_finished_run(call, tmp_path):
    arguments = ("--env", "lock", "--steps", 30)
    directory = played(call, tmp_path, *arguments)
    stamp = (directory / "trace.npz").stat().st_mtime_ns
    for path in (directory / "figures").iterdir():
        path.unlink()
    (directory / "figures").rmdir()
    assert played(call, tmp_path, *arguments) == directory
    assert (directory / "figures" / "exploration.gif").is_file()
    assert (directory / "trace.npz").stat().st_mtime_ns == stamp


def test_a_map_is_known_by_its_content(call, tmp_path):
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_text(MAP)
    two.write_text(MAP)
    arguments = ("--steps", 20, "--baseline", "none", "--map")
    directory = played(call, tmp_path / "runs", *arguments, one)
    assert played(call, tmp_path / "runs", *arguments, two) == directory
    stored = json.loads((directory / "config.json").read_text())
    assert stored["map"] == str(one)
    assert stored["map_text"] == MAP
    two.write_text(MAP.replace("T", "."))
    assert played(call, tmp_path / "runs", *arguments, two) != directory
    one.unlink()  # the stored text is enough
    assert played(call, tmp_path / "runs", "--config", directory / "config.json") == directory
    again = load_run(played(call, tmp_path / "runs", "--config", directory / "config.json", "--seed", 3))
    assert again.config["map_text"] == MAP


def test_arguments_of_the_world(call, tmp_path):
    arguments = (*SMALL[:2], "--steps", 20, "--baseline", "none", "--env-kwargs")
    directory = played(call, tmp_path, *arguments, "slip=0")
    assert load_run(directory).config["env_kwargs"] == {"slip": 0}
    assert played(call, tmp_path, "--config", directory / "config.json") == directory
    assert played(call, tmp_path, *arguments, "slip=0.3") != directory


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


def test_a_foreign_world_with_and_without_a_known_truth(call, tmp_path):
    lake = load_run(played(call, tmp_path, "--env", "FrozenLake-v1", "--steps", 300, "--baseline", "none"))
    assert lake.directory.name.startswith("FrozenLake-v1-curious-s0-")
    assert 0 < lake.summary["coverage"] <= 1
    assert lake.summary["episodes"] > 0
    arguments = ("--env", "Blackjack-v1", "--steps", 20)
    status, _, (error,) = call(run, *arguments, "--out", tmp_path / "none")
    assert status == 2
    assert "Discrete" in error


def test_a_namespaced_world_is_named_by_dashes(call, tmp_path):
    directory = played(call, tmp_path, "--env", "envs:blackswan/Lock-v0", "--steps", 10, "--baseline", "none")
    assert directory.name.startswith("envs-blackswan-Lock-v0-curious-s0-")


@pytest.mark.parametrize("name", names.AGENTS)
def test_every_agent_runs(call, tmp_path, name):
    directory = played(call, tmp_path, "--env", "lock", "--steps", 20, "--agent", name, "--baseline", "none")
    assert load_run(directory).complete


def test_the_table_sets_agent_and_baseline_side_by_side(call, tmp_path):
    status, lines, errors = call(run, "--env", "lock", "--steps", 40, "--out", tmp_path)
    assert (status, errors) == (0, [])
    heading = next(line for line in lines if "curious" in line)
    assert "random" in heading
    assert any("missing information (nats)" in line for line in lines)
    assert Path(lines[-1]).is_dir()


def test_list_names_everything(call):
    status, lines, _ = call(run, "--list")
    listed = {line.split()[0] for line in lines if line.startswith("  ")}
    assert status == 0
    assert listed == {*envs.WORLDS, *names.AGENTS, *names.PRIORS, *names.BONUSES, *names.PLANNERS}


def test_output_that_nobody_reads_is_no_error():
    command = [sys.executable, "-m", "agent.run", "--list"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_a_full_disk_is_told_in_one_line_and_leaves_no_finished_run(call, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "write_arrays", full)
    status, output, errors = call(run, "--env", "lock", "--steps", 20, "--out", tmp_path)
    assert (status, output, len(errors)) == (1, [], 1)
    assert "No space left on device" in errors[0]
    (directory,) = tmp_path.iterdir()
    with pytest.raises(ValueError, match="no finished run"):
        load_run(directory)


# ---------------------------------------------------------------------------------------------------- bad input


def bad_map(text):
    def write(directory):
        (directory / "map.txt").write_text(text)
        return ["--map", directory / "map.txt"]

    return write


def bad_config(text):
    def write(directory):
        (directory / "config.json").write_text(text)
        return ["--config", directory / "config.json"]

    return write


def below_a_file(directory):
    (directory / "file").write_text("")
    return ["--out", directory / "file" / "runs"]


BAD_INPUT = {
    "unknown world": (["--env", "gird"], "'grid'"),
    "unknown gymnasium id": (["--env", "FrozenLak-v1"], "FrozenLak"),
    "outdated gymnasium id": (["--env", "Taxi-v3"], "Taxi"),
    "unknown package": (["--env", "no_such_package:World-v0"], "no_such_package"),
    "world of boxes": (["--env", "CartPole-v1"], "Discrete"),
    "continuous actions": (["--env", "Pendulum-v1"], "Discrete"),
    "unknown agent": (["--agent", "curios"], "'curious'"),
    "unknown baseline": (["--baseline", "rndom"], "'random'"),
    "unknown prior": (["--prior", "empirical-bays"], "'empirical-bayes'"),
    "unknown bonus": (["--bonus", "cuont"], "'count'"),
    "unknown bonus of one who does not plan": (["--agent", "random", "--bonus", "cuont"], "'count'"),
    "unknown planner": (["--planner", "value-itration"], "'value-iteration'"),
    "missing map": (["--map", "nowhere.txt"], "nowhere.txt"),
    "map without a start": (bad_map("###\n#.#\n###\n"), "start"),
    "unknown sign in a map": (bad_map("####\n#S?#\n####\n"), "line 2, column 3"),
    "map that is no text": (["--map", sys.executable], "UTF-8"),
    "map for a world without one": (lambda d: ["--env", "lock", *bad_map(MAP)(d)], "lock"),
    "negative steps": (["--steps", "-5"], "--steps: got -5"),
    "no steps": (["--steps", "0"], "--steps: got 0"),
    "steps that are no number": (["--steps", "abc"], "error: --steps: got 'abc', expected a whole number"),
    "negative seed": (["--seed", "-1"], "--seed: got -1"),
    "discount of one": (["--discount", "1"], "--discount: got 1.0"),
    "discount of zero": (["--discount", "0"], "--discount: got 0.0"),
    "discount that is no number": (["--discount", "nan"], "--discount: got nan"),
    "negative tolerance": (["--tolerance", "-1"], "--tolerance: got -1.0"),
    "infinite weight": (["--reward-weight", "inf"], "--reward-weight: got inf"),
    "unknown argument of the world": (["--env-kwargs", "slipp=0.1"], "Did you mean 'slip'?"),
    "bad argument of the world": (["--env-kwargs", "slip=2"], "slip"),
    "argument of the world of a wrong type": (["--env-kwargs", "slip=much"], "slip"),
    "argument without a value": (["--env-kwargs", "slip"], "expected name=value"),
    "foreign world that fails": (["--env", "FrozenLake-v1", "--env-kwargs", "map_name=9x9"], "FrozenLake-v1"),
    "unknown flag": (["--stps", "3"], "--steps"),
    "stray word": (["grid"], "grid"),
    "flag without its value": (["--env"], "--env"),
    "missing config": (["--config", "nowhere.json"], "nowhere.json"),
    "config that is no JSON": (bad_config("{"), "config.json"),
    "config that is a list": (bad_config("[]"), "JSON object"),
    "config with an unknown option": (bad_config('{"evn": "grid"}'), "'evn'"),
    "config with a wrong type": (bad_config('{"steps": "many"}'), "steps: got 'many', expected a whole number"),
    "config with a wrong number": (bad_config('{"discount": 2}'), "--discount: got 2.0"),
    "config of another schema": (bad_config('{"schema": 2}'), "schema 2"),
    "results below a file": (below_a_file, "--out"),
}


def arguments_of(case, directory):
    arguments, _ = BAD_INPUT[case]
    arguments = arguments(directory) if callable(arguments) else arguments
    return ["--steps", "50", "--out", directory / "runs", *arguments]


def check_refusal(case, status, output, errors):
    assert status == 2
    assert output == []
    assert len(errors) == 1, errors
    assert errors[0].startswith("error: ")
    assert BAD_INPUT[case][1] in errors[0]


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_told_in_one_line_and_leaves_nothing(call, case, tmp_path):
    check_refusal(case, *call(run, *arguments_of(case, tmp_path)))
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    "case",
    [
        "unknown world", "outdated gymnasium id", "unknown agent", "missing map", "map without a start",
        "unknown sign in a map", "negative steps", "steps that are no number", "results below a file", "world of boxes",
    ],
)  # fmt: skip
def test_bad_input_from_a_shell(case, tmp_path):
    command = [sys.executable, "-m", "agent.run", *map(str, arguments_of(case, tmp_path))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    check_refusal(case, done.returncode, done.stdout.splitlines(), done.stderr.splitlines())
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--agents"], "expected at least one"),
        (["--agents", "curious", "rndom"], "'random'"),
        (["--agents", "random", "random"], "more than once"),
        (["--seeds", "0"], "--seeds: got 0"),
        (["--first-seed", "-1"], "--first-seed: got -1"),
        (["--workers", "0"], "--workers: got 0"),
        (["--seeds", "few"], "--seeds: got 'few'"),
        (["--agent", "random"], "--agents"),
        (["--env", "gird"], "'grid'"),
        (["--env", "CartPole-v1"], "Discrete"),
        (bad_config('{"agent": "curious"}'), "not a configuration of this command"),
        (below_a_file, "--out"),
    ],
)
def test_bad_input_of_compare(call, arguments, expected, tmp_path):
    arguments = arguments(tmp_path) if callable(arguments) else arguments
    status, output, errors = call(compare, "--steps", 50, "--out", tmp_path / "runs", *arguments)
    assert (status, output, len(errors)) == (2, [], 1)
    assert expected in errors[0]
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("module", ["agent.run", "agent.compare"])
def test_help_teaches_by_examples_and_imports_nothing_heavy(module):
    code = (
        f"import sys, {module} as command\n"
        "try:\n    command.main(['--help'])\nexcept SystemExit as stop:\n    assert not stop.code\n"
        "heavy = {'numpy', 'numba', 'scipy', 'matplotlib', 'gymnasium', 'envs', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"python -m {module} --env grid" in done.stdout


# ---------------------------------------------------------------------------------------------------- options


def test_options_survive_being_stored(tmp_path):
    options = RunOptions(
        env="lock", steps=12, env_kwargs=("slip=0.1", "name=x", 'text="0.5"', "flag=True", "list=[1, 2]"), bonus="count"
    )
    stored = config.resolved(options, 12, None)
    assert stored["env_kwargs"] == {"slip": 0.1, "name": "x", "text": "0.5", "flag": True, "list": [1, 2]}
    storage.write_json(tmp_path / "config.json", {"schema": 1, **stored, "versions": {}})
    back = config.read(tmp_path / "config.json", RunOptions)
    assert config.resolved(back, 12, None) == stored
    assert config.digest(config.resolved(back, 12, None)) == config.digest(stored)


def test_the_digest_is_of_what_matters():
    def digest(**changes):
        return config.digest(config.resolved(RunOptions(**changes), changes.get("steps", 100), "#S#\n"))

    assert digest(out="elsewhere", force=True, quiet=True, config="x.json", map="x.txt") == digest()
    changes = [{"seed": 1}, {"agent": "random"}, {"baseline": "none"}, {"discount": 0.9}, {"env_kwargs": ("slip=0",)}]
    assert len({digest(), *(digest(**change) for change in changes)}) == 1 + len(changes)
    assert len(digest()) == 8
    int(digest(), 16)


def test_names_of_directories():
    options = RunOptions(env="module:Space/World-v0", seed=3)
    name = config.directory_name(config.resolved(options, 10, None))
    assert name.startswith("module-Space-World-v0-curious-s3-")
    name = config.directory_name(config.resolved(CompareOptions(env="a/b"), 10, None))
    assert name.startswith("compare-a-b-")


# ---------------------------------------------------------------------------------------------------- agent.compare


COMPARE = ("--env", "river-swim", "--agents", "curious", "random", "--seeds", 3, "--steps", 400)


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    out = tmp_path_factory.mktemp("comparisons")
    assert compare.main([*map(str, COMPARE), "--out", str(out), "--quiet"]) == 0
    (directory,) = out.iterdir()
    return directory


def test_a_comparison_has_the_promised_form(compared):
    assert compared.name.startswith("compare-river-swim-")
    assert sorted(path.name for path in compared.iterdir()) == [
        "comparison.json", "config.json", "curves.npz", "figures",
    ]  # fmt: skip
    newest = max((path for path in compared.iterdir()), key=lambda path: path.stat().st_mtime_ns)
    assert newest.name == "comparison.json"
    comparison = json.loads((compared / "comparison.json").read_text())
    assert (comparison["env"], comparison["steps"], comparison["seeds"]) == ("river-swim", 400, 3)
    assert list(comparison["agents"]) == ["curious", "random"]
    for agent in comparison["agents"].values():
        assert set(agent) >= SUMMARY_KEYS
        for key in SUMMARY_KEYS - {"steps_to_fraction"}:
            assert set(agent[key]) == {"mean", "median", "ci95"}
        for level in ("0.5", "0.25", "0.1", "0.05", "0.02"):
            assert set(agent["steps_to_fraction"][level]) == {"mean", "median", "ci95", "reached"}
    assert list(comparison["ratios"]) == ["random"]
    assert set(comparison["ratios"]["random"]["0.1"]) == {"mean", "ci95"}
    assert any((compared / "figures").iterdir())


def test_a_comparison_is_made_of_the_very_runs(compared, call, tmp_path):
    """Same lives in a worker as in `agent.run`: the mean over its seeds is the mean over these runs."""
    comparison, curves = storage.read_json(compared / "comparison.json"), storage.read_arrays(compared / "curves.npz")
    runs = [
        load_run(played(call, tmp_path, "--env", "river-swim", "--steps", 400, "--seed", seed, "--baseline", "none"))
        for seed in range(3)
    ]
    for key in ("coverage", "missing_information_nats", "information_gain_nats", "reward"):
        mean = np.mean([run_.summary[key] for run_ in runs])
        assert comparison["agents"]["curious"][key]["mean"] == pytest.approx(mean, rel=1e-12)
    steps = [run_.summary["steps_to_fraction"]["0.5"] or 400 for run_ in runs]
    assert comparison["agents"]["curious"]["steps_to_fraction"]["0.5"]["mean"] == pytest.approx(np.mean(steps))
    np.testing.assert_array_equal(curves["seed"], [0, 1, 2])
    for i, run_ in enumerate(runs):
        np.testing.assert_array_equal(curves["step"], run_.metrics["step"])
        np.testing.assert_array_equal(curves["curious/coverage"][i], run_.metrics["coverage"])


def test_a_comparison_is_found_again(compared, call):
    status, lines, errors = call(compare, *COMPARE, "--out", compared.parent)
    assert status == 0
    assert lines[-1] == str(compared)
    assert any("ratio" in line for line in lines)
    assert len(errors) == 1
    assert "found the finished comparison" in errors[0]
    status, lines, _ = call(compare, "--config", compared / "config.json", "--out", compared.parent, "--quiet")
    assert (status, lines) == (0, [str(compared)])


def test_one_worker_gives_what_two_give(compared, call, tmp_path):
    status, lines, _ = call(compare, *COMPARE, "--workers", 1, "--out", tmp_path, "--quiet")
    assert status == 0
    assert Path(lines[-1]).name == compared.name
    assert (Path(lines[-1]) / "curves.npz").read_bytes() == (compared / "curves.npz").read_bytes()


def test_the_table_marks_bounds_and_significance(capsys):
    def summary(steps):
        return {"coverage": 0.5, "missing_information_fraction": 0.3, "steps_to_fraction": {"0.5": steps, "0.1": None}}

    steps = {"quick": [100, 110, 90, 105], "alike": [110, 90, 105, 100], "slow": [900, None, 800, 950]}
    summaries = {name: [summary(step) for step in column] for name, column in steps.items()}
    report.print_comparison(metrics.comparison("test", 1000, summaries))
    rows = [line.split("│")[1:-1] for line in capsys.readouterr().out.splitlines() if line.startswith("│")]
    cells = {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rows}
    assert cells["coverage (% of reachable pairs)"][0].startswith("50 (")
    quick, alike, slow = cells["steps to 50 % missing"]
    assert quick.startswith("101 (")  # (100 + 110 + 90 + 105) / 4 = 101.25
    assert slow.startswith(">= 912 (")  # (900 + 1000 + 800 + 950) / 4 = 912.5
    assert slow.endswith("75 % got there")
    first, alike, slow = cells["ratio of steps to 50 % missing"]
    assert first == "1"
    assert alike.endswith("no significant difference")
    assert slow.startswith(">= 9.01 (")  # 912.5 / 101.25
    assert slow.endswith(", significant")
    assert cells["ratio of steps to 10 % missing"][1:] == ["unknown", "unknown"]


def test_a_bound_proves_a_difference_only_in_its_own_direction():
    assert report._differs([1.1, 2.0], 0.5, 1.0)  # at least 1.1
    assert not report._differs([1.1, 2.0], 1.0, 0.5)  # at most something above 1
    assert report._differs([0.2, 0.8], 1.0, 0.5)  # at most .8
    assert not report._differs([0.2, 0.8], 0.5, 1.0)  # at least something below 1
    assert not report._differs([0.9, 1.1], 1.0, 1.0)
    assert not report._differs([None, None], 1.0, 1.0)


# ---------------------------------------------------------------------------------------------------- Ctrl-C


def interrupted(module, arguments, sign):
    """Run a command on a terminal, press Ctrl-C once a sign appears; gives status, output and the terminal's text."""
    import pty

    terminal, side = pty.openpty()
    command = [sys.executable, "-m", module, *map(str, arguments)]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "160"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=side) as process:
        os.close(side)
        seen, deadline = "", time.monotonic() + 120
        while sign not in seen:
            assert time.monotonic() < deadline, seen[-2000:]
            seen += shown(terminal)
        process.send_signal(signal.SIGINT)
        while process.poll() is None:
            assert time.monotonic() < deadline, seen[-2000:]
            seen += shown(terminal)
        assert process.stdout is not None
        output = process.stdout.read().decode().splitlines()
        while rest := shown(terminal):
            seen += rest
    os.close(terminal)
    return process.returncode, output, seen


def shown(terminal):
    """What a terminal shows within a moment; nothing if nobody writes to it any more."""
    try:
        return os.read(terminal, 65536).decode(errors="replace") if select.select([terminal], [], [], 0.05)[0] else ""
    except OSError:
        return ""


posix = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")


@posix
def test_ctrl_c_keeps_a_readable_partial_run(tmp_path):
    arguments = ("--env", "lock", "--agent", "random", "--baseline", "curious", "--out", tmp_path)
    status, output, seen = interrupted("agent.run", [*arguments, "--steps", 10**9], "steps/s")
    assert status == 130
    assert "Traceback" not in seen
    assert "coverage" in seen  # the bar shows what matters
    directory = Path(output[-1])
    assert f"kept as a partial run in {directory}" in " ".join(seen.split())
    assert not (directory / "summary.json").exists()
    partial = load_run(directory)
    assert not partial.complete
    assert partial.summary["partial"] is True
    assert 0 < partial.summary["steps"] == len(partial.trace["state"]) < 10**9
    assert partial.trace["final_visits"].sum() == partial.summary["steps"]
    assert [path.name for path in tmp_path.iterdir()] == [directory.name]  # the baseline was not begun


@posix
def test_a_partial_run_is_not_taken_for_a_finished_one(tmp_path, call, monkeypatch):
    arguments = ("--env", "lock", "--steps", 40, "--baseline", "none")
    monkeypatch.setattr(command_line.Interruption, "requested", True, raising=False)
    monkeypatch.setattr(command_line.Interruption, "__init__", lambda self: setattr(self, "_previous", None))
    status, lines, errors = call(run, *arguments, "--out", tmp_path)
    assert status == 130
    assert "after 1 steps" in errors[-1]
    assert not load_run(lines[-1]).complete
    monkeypatch.undo()
    assert str(played(call, tmp_path, *arguments)) == lines[-1]
    assert load_run(lines[-1]).complete
    assert not (Path(lines[-1]) / "partial.json").exists()


def test_ctrl_c_while_drawing_loses_nothing(tmp_path, call, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    arguments = ("--env", "lock", "--steps", 40)
    monkeypatch.setattr("agent.figures.write_run_figures", interrupted)
    status, _, errors = call(run, *arguments, "--out", tmp_path)
    assert (status, errors) == (130, ["interrupted"])
    directories = list(tmp_path.iterdir())
    assert [load_run(directory).complete for directory in directories] == [True, True]
    assert not any((directory / "figures").exists() for directory in directories)
    monkeypatch.undo()
    assert (played(call, tmp_path, *arguments) / "figures" / "belief_maps.png").is_file()


@posix
def test_ctrl_c_does_not_spoil_a_finished_run(tmp_path, call, monkeypatch):
    arguments = ("--env", "lock", "--steps", 40, "--baseline", "none")
    directory = played(call, tmp_path, *arguments)
    monkeypatch.setattr(command_line.Interruption, "requested", True, raising=False)
    monkeypatch.setattr(command_line.Interruption, "__init__", lambda self: setattr(self, "_previous", None))
    status, _, errors = call(run, *arguments, "--force", "--out", tmp_path)
    assert status == 130
    assert "left as it was" in errors[-1]
    assert load_run(directory).complete


@posix
def test_ctrl_c_stops_the_workers_and_keeps_finished_seeds(tmp_path):
    arguments = ("--env", "lock", "--agents", "random", "--seeds", 1000, "--steps", 5000, "--out", tmp_path)
    status, output, seen = interrupted("agent.compare", arguments, "on seed")
    assert status == 130
    assert "Traceback" not in seen
    directory = Path(output[-1])
    assert sorted(path.name for path in directory.iterdir()) == ["config.json", "partial.json"]
    partial = json.loads((directory / "partial.json").read_text())
    assert partial["partial"] is True
    assert 0 < len(partial["agents"]["random"]) < 1000
    assert all(summary["steps"] == 5000 for summary in partial["agents"]["random"].values())
