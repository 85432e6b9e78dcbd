"""Whatever is typed: one line that says what was got and what is expected, status 2, and nothing left behind.

The tables hold, by name, what is added to a small command and a part of the line that it ends with.
"""

import json
from types import SimpleNamespace

import pytest

from agent import compare, reproduce, run
from agent.experiments import command_line
from agent.experiments.options import CompareOptions, RunOptions
from envs import memory

LONG = "x" * 5000
DIGITS = "9" * 250
LAST_SEED = 2**63 - 1

NUMBERS = {
    "a fraction of a step": (["--steps", "1.5"], "--steps: got '1.5', expected a whole number"),
    "an expression": (["--steps", "10**30"], "--steps: got '10**30', expected a whole number"),
    "hexadecimal steps": (["--steps", "0x10"], "--steps: got '0x10', expected a whole number"),
    "blank steps": (["--steps", " "], "--steps: got ' ', expected a whole number"),
    "no steps": (["--steps="], "--steps: got '', expected a whole number"),
    "steps that are not a number": (["--steps", "nan"], "--steps: got 'nan', expected a whole number"),
    "infinite steps": (["--steps", "inf"], "--steps: got 'inf', expected a whole number"),
    "steps with 1e9 digits": (["--steps", "1e999999999"], "expected a whole number of at most 300 digits"),
    "a tiny step": (["--steps", "1e-999999999"], "expected a whole number"),
    "steps of a zero byte": (["--steps", "\0"], r"--steps: got '\x00'"),
    "steps of half a letter": (["--steps", "\ud800"], r"--steps: got '\ud800'"),
    "long steps": (["--steps", LONG], "(5002 characters), expected a whole number"),
    "no step": (["--steps", "0e5"], "--steps: got 0, expected at least 1"),
    "more steps than fit": (["--steps", "1e30"], "a step takes some 130 bytes of disk, and a run some 1.3e+23 GB"),
    "far more steps than fit": (["--steps", DIGITS], "(250 characters); a step takes some 130 bytes"),
    "seed of 250 digits": (["--seed", DIGITS], f"(250 characters), expected 0 to {LAST_SEED}"),
    "seed after the last": (["--seed", str(LAST_SEED + 1)], f"got {LAST_SEED + 1}, expected 0 to {LAST_SEED}"),
    "seed of 5000 digits": (["--seed", "9" * 5000], "expected a whole number of at most 300 digits"),
    "fraction of a seed": (["--seed", "0.5"], "--seed: got '0.5', expected a whole number"),
    "negative bins": (["--bins", "-1"], "--bins: got -1, expected at least 2"),
    "no bins": (["--bins", "0"], "--bins: got 0, expected at least 2"),
    "bins beyond counting": (["--bins", "1e10"], "--bins: got 10000000000, expected 2 to 2147483647"),
    "too many states": (
        ["--env", "MountainCar-v0", "--bins", "1e9"],
        "each of the 2 numbers of an observation make 1000000000**2 states; expected at most",
    ),
    "discount of a little more than one": (["--discount", "1.0000001"], "--discount: got 1.0000001, expected"),
    "discount that is text": (["--discount", "high"], "--discount: got 'high', expected a number"),
    "long discount": (["--discount", LONG], "(5002 characters), expected a number"),
    "no tolerance": (["--tolerance", "0"], "--tolerance: got 0.0, expected a positive number"),
    "infinite tolerance": (["--tolerance", "inf"], "--tolerance: got inf, expected a positive number"),
    "tolerance that is not a number": (["--tolerance", "nan"], "--tolerance: got nan"),
    "weight that is not a number": (["--curiosity-weight", "nan"], "--curiosity-weight: got nan, expected a finite"),
    "weight beyond all numbers": (["--curiosity-weight", "1e400"], "--curiosity-weight: got inf"),
    "infinite weight": (["--reward-weight", "-inf"], "--reward-weight: got -inf, expected a finite number"),
}

NAMES = {
    "long name of an agent": (["--agent", LONG], "(5002 characters). Known: curious"),
    "blank agent": (["--agent", " "], "unknown agent ' '. Known: curious"),
    "zero byte in a baseline": (["--baseline", "a\0b"], r"unknown baseline 'a\x00b'"),
    "agent with a parameter": (["--agent", "curious:"], "unknown bonus ''. Known: expected"),
    "empty world": (["--env", ""], "cannot make world ''"),
    "world without a module": (["--env", ":chain"], "cannot make world ':chain'"),
    "world of a zero byte": (["--env", "a\0b"], "a\\x00b"),
    "long name of a world": (["--env", LONG], "there is no world 'xxx"),
    "prior with an empty parameter": (["--prior", "symmetric:"], "'symmetric:': got '', expected a number; write for"),
    "prior with a blank parameter": (["--prior", "symmetric: "], "'symmetric: ': got ' ', expected a number"),
    "prior of nan": (["--prior", "symmetric:nan"], "concentration must be positive, from 1e-09 to 1e+15, got nan"),
    "negative prior": (["--prior", "symmetric:-1"], "concentration must be positive, from 1e-09 to 1e+15, got -1.0"),
    "prior of nothing": (["--prior", "symmetric:0"], "concentration must be positive, from 1e-09 to 1e+15, got 0.0"),
    "infinite prior": (["--prior", "symmetric:1e400"], "concentration must be positive, from 1e-09 to 1e+15, got inf"),
    "prior of two numbers": (["--prior", "symmetric:1:2"], "got '1:2', expected a number"),
    "local prior of an empty parameter": (["--prior", "local:"], "'local:': got '', expected a number"),
    "prior without a name": (["--prior", ":1"], "unknown prior ':1'"),
    "planner with an empty parameter": (["--planner", "finite-horizon:"], "got '', expected a whole number; write for"),
    "planner of a fraction": (["--planner", "finite-horizon:1.5"], "got '1.5', expected a whole number; write for"),
    "planner of no steps": (
        ["--planner", "finite-horizon:0"],
        "a whole number of steps from 1 to 1000000, got 0",
    ),
    "planner of a raised three": (["--planner", "finite-horizon:³"], "got '³', expected a whole number"),
    "planner that takes no number": (["--planner", "greedy:"], "planner greedy has no parameters"),
    "planner that nobody asks": (["--agent", "random", "--planner", "finite-horizon:x"], "got 'x', expected a whole"),
    "bonus with a parameter": (["--bonus", "count:3"], "bonus count has no parameters, got '3'"),
    "bonus named None": (["--bonus", "None"], "unknown bonus 'None'"),
}

WORLDS = {
    "argument twice": (["--env-kwargs", "slip=0", "slip=1"], "got slip more than once, expected each argument once"),
    "argument twice, apart": (["--env-kwargs", "slip=0", "--env_kwargs=slip=1"], "got slip more than once"),
    "argument of text": (["--env-kwargs", "slip=abc"], "slip is 'abc', expected 0 to 1"),
    "argument that is not a number": (["--env-kwargs", "slip=nan"], "slip is 'nan', expected 0 to 1"),
    "argument of a list": (["--env-kwargs", "slip=[0.1]"], "slip is [0.1], expected 0 to 1"),
    "argument of null": (["--env-kwargs", "num_states=null"], "num_states is None, expected at least 2"),
    "argument of a truth": (["--env-kwargs", "num_states=True"], "num_states is True, expected at least 2"),
    "argument of half a state": (["--env-kwargs", "num_states=2.5"], "num_states is 2.5, expected at least 2"),
    "argument that is too large": (["--env-kwargs", "num_states=1e9"], "num_states is 1000000000, which would take"),
    "argument without a name": (["--env-kwargs", "=1"], "got '=1', expected name=value"),
    "argument of another name": (["--env-kwargs", "a.b=1"], "got 'a.b=1', expected name=value"),
    "long argument": (["--env-kwargs", LONG], "(5002 characters), expected name=value"),
    "long value": (["--env-kwargs", "slip=" + LONG], "expected 0 to 1 (arguments: slip='xxx"),
    "map with a zero byte": (["--map", "a\0b"], "cannot read the map file"),
    "map of a long name": (["--map", LONG], "cannot read the map file"),
    "map without an end": (["--env", "grid", "--map", "/dev/zero"], "it is no regular file"),
    "results without a name": (["--out", ""], "--out: got '', no name; expected the name of a directory"),
    "results of a zero byte": (["--out", "a\0b"], r"--out: cannot write to 'a\x00b'"),
    "results of a long name": (["--out", LONG], "--out: cannot write to"),
    "results in a device": (["--out", "/dev/null"], "a file; expected a directory"),
    "config of a long name": (["--config", LONG], "there is no such file"),
    "config of a zero byte": (["--config", "a\0b"], "there is no such file"),
    "config in an empty directory": (["--config", "/dev"], "there is no such file"),
}


def refused(call, command, directory, arguments, expected):
    status, output, errors = call(command, "--out", directory / "runs", *arguments)
    assert (status, output, len(errors)) == (2, [], 1), (status, output, errors)
    assert errors[0].startswith("error: ")
    assert expected in errors[0]
    assert len(errors[0]) < 640
    assert list(directory.glob("runs")) == []


@pytest.mark.parametrize("case", NUMBERS | NAMES | WORLDS)
def test_hostile_input_of_run(call, case, tmp_path):
    arguments, expected = (NUMBERS | NAMES | WORLDS)[case]
    refused(call, run, tmp_path, ["--env", "chain", "--steps", 20, *arguments], expected)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--agents", "a", "b", "--agents", "c"], "unknown agent 'a'"),
        (["--agents", "curious", "--agents", "curious"], "got 'curious' more than once"),
        (["--agents", ""], "unknown agent ''"),
        (["--agents", LONG], "(5002 characters). Known"),
        (["--seeds", "1.5"], "--seeds: got '1.5', expected a whole number"),
        (["--seeds", "1e9"], "the results of a life take some 100 kB, and all would take some 2e+05 GB of memory"),
        (["--seeds", DIGITS], "which leads beyond the last seed"),
        (["--first-seed", DIGITS], f"(250 characters), expected 0 to {LAST_SEED}"),
        (["--first-seed", str(LAST_SEED), "--seeds", "2"], "--seeds: got 2, which leads beyond the last seed"),
        (["--workers", "1e9"], "--workers: got 1000000000, expected 1 to 1000"),
        (["--workers", "-1"], "--workers: got -1, expected at least 1"),
        (["--steps", "1e15", "--workers", "2"], "and 2 lives at once would take some 6e+08 GB of memory"),
        (["--env-kwargs", "slip=0", "--env-kwargs", "slip=1"], "got slip more than once"),
        (["--prior", "symmetric:"], "got '', expected a number"),
    ],
)
def test_hostile_input_of_compare(call, arguments, expected, tmp_path):
    refused(call, compare, tmp_path, ["--env", "chain", "--steps", 20, "--seeds", 2, *arguments], expected)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([""], "unknown experiment ''. Known: storck-1995"),
        ([LONG], "(5002 characters). Known: storck-1995"),
        (["sun-2011", "x"], "Unrecognized options: x"),
        (["sun-2011", "--seeds", "0"], "--seeds: got 0, expected at least 1"),
        (["sun-2011", "--seeds", "1e9"], "all would take some 1e+05 GB of memory"),
        (["sun-2011", "--workers", "1e9"], "--workers: got 1000000000, expected 1 to 1000"),
        (["sun-2011", "--out", ""], "--out: got '', no name"),
        (["sun-2011", "--out", "/dev/null"], "a file; expected a directory"),
    ],
)
def test_hostile_input_of_reproduce(call, arguments, expected, tmp_path):
    refused(call, reproduce, tmp_path, arguments, expected)


CONFIGS = {
    "a number": (b"5", "expected a JSON object, got int"),
    "null": (b"null", "expected a JSON object, got NoneType"),
    "nothing": (b"", "cannot be read: Expecting value"),
    "bytes": (bytes(range(256)), "cannot be read: 'utf-8' codec"),
    "UTF-16": ('{"seed": 1}'.encode("utf-16"), "cannot be read: 'utf-8' codec"),
    "cut short": (b'{"env": "cha', "cannot be read: Unterminated string"),
    "deep": (b"[" * 100_000, "cannot be read: maximum recursion depth exceeded"),
    "the same twice": (b'{"seed": 5, "seed": 7}', "cannot be read: 'seed' comes more than once"),
    "an argument twice": (b'{"env_kwargs": {"slip": 0, "slip": 1}}', "'slip' comes more than once"),
    "nan": (b'{"discount": NaN}', "cannot be read: NaN is no number of JSON"),
    "infinity": (b'{"tolerance": Infinity}', "cannot be read: Infinity is no number of JSON"),
    "nan as an argument": (b'{"env_kwargs": {"slip": NaN}}', "NaN is no number of JSON"),
    "a number beyond all": (b'{"discount": 1' + b"0" * 400 + b"}", "(401 characters), expected a number"),
    "too many steps": (b'{"steps": 1' + b"0" * 400 + b"}", "a step takes some 130 bytes"),
    "infinite steps": (b'{"steps": 1e400}', "1e400 is no number of JSON"),
    "half a step": (b'{"steps": 1.5}', "steps: got 1.5, expected a whole number or null"),
    "a truth for a number": (b'{"seed": true}', "seed: got True, expected a whole number"),
    "a negative seed": (b'{"seed": -1}', "--seed: got -1, expected at least 0"),
    "no agent": (b'{"agent": null}', "agent: got None, expected text"),
    "an unknown option": (b'{"sed": 1}', "unknown option 'sed': not a configuration of this command. Did you mean 'se"),
    "a long option": (json.dumps({LONG: 1}).encode(), "unknown option 'xxx"),
    "an argument that has no name": (b'{"env_kwargs": {"a=b": 1}}', "env_kwargs: got 'a=b', expected the name"),
    "arguments that are a number": (b'{"env_kwargs": 5}', "env_kwargs: got 5, expected a list of texts"),
    "an argument of lists": (b'{"env_kwargs": {"slip": [[]]}}', "slip is [[]], expected 0 to 1"),
    "a map without a name": (b'{"map": ""}', "--map: got '', no name; expected the name of a file"),
    "a map that is a directory": (b'{"map": "/"}', "--map: got '/', a directory"),
    "schema of a truth": (b'{"schema": true}', "got schema True, expected 1"),
    "schema of a list": (b'{"schema": [1]}', "got schema [1], expected 1"),
}  # fmt: skip


@pytest.mark.parametrize("case", CONFIGS)
def test_hostile_configs(call, case, tmp_path):
    content, expected = CONFIGS[case]
    (tmp_path / "config.json").write_bytes(content)
    arguments = [] if "steps" in case or "step" in case else ["--steps", 20]
    refused(call, run, tmp_path, ["--env", "chain", *arguments, "--config", tmp_path / "config.json"], expected)


def test_what_does_not_fit_is_told_with_an_estimate(call, tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 2e9)
    expected = (
        "--steps: got 10000000; a step takes some 300 bytes, and a life would take some 3 GB of memory, "
        "and 2 GB are available; ask for fewer steps"
    )
    arguments = ["--env", "chain", "--steps", "1e7", "--workers", "1"]
    refused(call, compare, tmp_path, arguments, expected)


@pytest.mark.parametrize(
    ("free", "told"), [(2e10, "and 17 minutes or more; --yes does it"), (2e9, "and 2 GB are free")]
)
def test_a_run_that_takes_much_of_the_disk_is_asked_about(call, tmp_path, monkeypatch, free, told):
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free))
    expected = f"--steps: got 100000000; a step takes some 130 bytes of disk, and a run some 13 GB, {told}"
    refused(call, run, tmp_path, ["--env", "chain", "--steps", "1e8"], expected)


def parsed(*arguments, kind=RunOptions):
    return command_line.parse(kind, [str(argument) for argument in arguments], "prog", "what it does")


@pytest.mark.parametrize("text", ["20", "2e1", "20.0", "2_0", "+20", " 20 ", "200e-1"])
def test_whole_numbers_as_people_write_them(text):
    assert parsed("--steps", text).steps == 20
    assert type(parsed("--steps", text).steps) is int


def test_lists_given_in_several_pieces_add_up():
    pieces = (
        "--env-kwargs",
        "kind=maze",
        "--steps",
        20,
        "--env_kwargs=size=13",
        "--env-kwargs",
        "slip=0.1",
        "channels=3",
    )
    assert parsed(*pieces).env_kwargs == ("kind=maze", "size=13", "slip=0.1", "channels=3")
    assert parsed(*pieces).steps == 20
    agents = parsed("--agents", "a", "b", "--seeds", 2, "--agents=c", "--quiet", kind=CompareOptions)
    assert (agents.agents, agents.seeds, agents.quiet) == (("a", "b", "c"), 2, True)


def test_of_an_option_given_twice_the_last_counts():
    assert parsed("--steps", 10, "--steps", 20).steps == 20


def test_arguments_beside_a_config_add_up_with_its_own(tmp_path):
    path = tmp_path / "config.json"
    path.write_text('{"env_kwargs": {"slip": 0.1, "num_states": 4}}')
    assert parsed("--config", path).env_kwargs == ("slip=0.1", "num_states=4")
    assert parsed("--config", path, "--env-kwargs", "slip=0.3").env_kwargs == ("num_states=4", "slip=0.3")
    assert parsed("--config", path, "--env-kwargs").env_kwargs == ()


def test_a_config_as_editors_write_it(tmp_path):
    content = b'\xef\xbb\xbf{"steps": 2e1,\r\n\t"env": "chain"}'
    (tmp_path / "config.json").write_bytes(content)
    options = parsed("--config", tmp_path / "config.json")
    assert (options.steps, options.env) == (20, "chain")


def test_the_largest_seed_is_played(played, tmp_path):
    small = "--env", "chain", "--baseline", "none", "--steps", 20, "--seed", LAST_SEED
    assert played(tmp_path / "runs", *small).is_dir()
