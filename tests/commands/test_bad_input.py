"""Bad input is told in one line on the standard error stream, with status 2, and leaves nothing behind."""

import subprocess
import sys
from pathlib import Path

import pytest

from agent import compare, run

ROOT = Path(__file__).parents[2]
MAP = "#####\n#S..#\n#.#.#\n#..T#\n#####\n"


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
    "world of boxes": (["--env", "CartPole-v1"], "--bins N"),
    "bins without limits": (["--env", "CartPole-v1", "--bins", "3"], '--bounds "-4.8:4.8,LOW:HIGH,'),
    "bounds without bins": (["--env", "CartPole-v1", "--bounds", "-2:2"], "--bounds: got '-2:2' without --bins"),
    "bounds that are none": (
        ["--env", "CartPole-v1", "--bins", "3", "--bounds", "-2"],
        "--bounds: got '-2', expected LOW",
    ),
    "bounds of too few": (
        ["--env", "CartPole-v1", "--bins", "3", "--bounds", "-2:2,0:1"],
        "--bounds: got 2 pairs, exp",
    ),
    "bins of too few": (
        ["--env", "MountainCar-v0", "--bins", "3,3,3"],
        "--bins: got 3 numbers of bins, expected a whole",
    ),
    "bins of too many kinds": (
        ["--env", "MountainCar-v0", "--bins", "3,x"],
        "--bins: got 'x', expected a whole number",
    ),
    "one bin of several": (["--env", "MountainCar-v0", "--bins", "3,1"], "--bins: got 1, expected at least 2"),
    "bins of numbers": (["--env", "FrozenLake-v1", "--bins", "3"], "not real ones"),
    "one bin": (["--env", "MountainCar-v0", "--bins", "1"], "--bins: got 1, expected at least 2"),
    "continuous actions": (["--env", "MountainCarContinuous-v0"], "--bins N"),
    "unknown agent": (["--agent", "curios"], "'curious'"),
    "unknown baseline": (["--baseline", "rndom"], "'random'"),
    "unknown prior": (["--prior", "empirical-bays"], "'empirical-bayes'"),
    "unknown bonus": (["--bonus", "cuont"], "'count'"),
    "unknown bonus of one who does not plan": (["--agent", "random", "--bonus", "cuont"], "'count'"),
    "unknown planner": (["--planner", "value-itration"], "'value-iteration'"),
    "missing map": (["--map", "nowhere.txt"], "nowhere.txt"),
    "map without a name": (["--map", ""], "--map: got '', no name; expected the name of a file"),
    "map that is a directory": (["--map", str(ROOT)], "a directory; expected the name of a file"),
    "config without a name": (["--config", ""], "--config: got ''"),
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
    "config without an option": (bad_config("{}"), "got no option, expected some by name"),
    "config of a schema alone": (bad_config('{"schema": 1}'), "got no option, expected some by name"),
    "config of another schema": (bad_config('{"schema": 2}'), "schema 2"),
    "results below a file": (below_a_file, "--out"),
    "results in a file": (["--out", __file__], "a file; expected a directory"),
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


@pytest.mark.slow
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
        (["--env", "CartPole-v1"], "--bins N"),
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
