"""Help, lists, and options that survive being stored."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import envs
from agent import registry, run
from agent.experiments import command_line, config
from agent.experiments.options import CompareOptions, RunOptions
from agent.results import directory_names, storage

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("module", "example"),
    [("agent.run", "--env grid"), ("agent.compare", "--env grid"), ("agent.reproduce", "little-sommer-2013")],
)
def test_help_teaches_by_examples_and_imports_nothing_heavy(module, example):
    code = (
        f"import sys, {module} as command\n"
        "try:\n    command.main(['--help'])\nexcept SystemExit as stop:\n    assert not stop.code\n"
        "heavy = {'numpy', 'numba', 'scipy', 'matplotlib', 'gymnasium', 'envs', 'rich', 'typeguard'}\n"
        "heavy &= set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"python -m {module} {example}" in done.stdout


def test_list_names_everything(capsys):
    status = run.main(["--list"])
    lines = capsys.readouterr().out.splitlines()
    listed = {line.split()[0] for line in lines if line.startswith("  ")}
    assert status == 0
    first = registry.AGENTS, registry.PRIORS, registry.REWARD_BELIEFS
    tables = *first, registry.BONUSES, registry.PLANNERS, registry.MEASURES
    assert listed == {*envs.WORLDS, *(name for table in tables for name in table)}


def test_output_that_nobody_reads_is_no_error():
    command = [sys.executable, "-m", "agent.run", "--list"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_options_survive_being_stored(tmp_path):
    options = RunOptions(
        env="lock", steps=12, env_kwargs=("slip=0.1", "name=x", 'text="0.5"', "flag=True", "list=[1, 2]"), bonus="count"
    )
    stored = config.resolved(options, 12, None)
    assert stored["env_kwargs"] == {"slip": 0.1, "name": "x", "text": "0.5", "flag": True, "list": [1, 2]}
    storage.write_json(tmp_path / "config.json", {"schema": 1, **stored, "versions": {}})
    back = config.read(tmp_path / "config.json", RunOptions)
    assert config.resolved(back, 12, None) == stored
    assert directory_names.digest(config.resolved(back, 12, None)) == directory_names.digest(stored)


def test_the_digest_is_of_what_matters():
    def digest(**changes):
        return directory_names.digest(config.resolved(RunOptions(**changes), changes.get("steps", 100), "#S#\n"))

    assert digest(out="elsewhere", force=True, quiet=True, config="x.json", map="x.txt") == digest()
    changes = [{"seed": 1}, {"agent": "random"}, {"baseline": "none"}, {"discount": 0.9}, {"env_kwargs": ("slip=0",)}]
    assert len({digest(), *(digest(**change) for change in changes)}) == 1 + len(changes)
    assert len(digest()) == 8
    int(digest(), 16)


def test_names_of_directories():
    options = RunOptions(env="module:Space/World-v0", seed=3)
    name = directory_names.directory_name(config.resolved(options, 10, None))
    assert name.startswith("module-Space-World-v0-curious-s3-")
    name = directory_names.directory_name(config.resolved(CompareOptions(env=("a/b",)), 10, None))
    assert re.fullmatch("compare-a-b-[0-9a-f]{8}", name)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seed": 3, "steps": 7, "out": "x", "baseline": "none"}, "grid-curious-s3"),
        ({"discount": 0.9, "prior": "symmetric:10"}, "grid-curious-s0-symmetric-10-discount-0.9"),
        ({"env_kwargs": ("kind=maze", "size=13", "x=true")}, "grid-curious-s0-maze-size-13-x"),
        ({"map": "/a/my map.txt", "baseline": "count"}, "grid-curious-s0-map-beside-count"),
        ({"trace_every": 10, "score_states": ("0-48", "$(x)")}, "grid-curious-s0-0-48+-x-trace-every-10"),
        ({"env_kwargs": (f"kind={'../é ' * 100}",)}, "grid-curious-s0"),
        ({"planner": "finite-horizon:30," * 9}, f"grid-curious-s0-{('finite-horizon-30,' * 9)[:59]}"),
    ],
)
def test_a_run_is_named_by_what_differs_from_the_defaults(changes, words):
    name = directory_names.directory_name(config.resolved(RunOptions(**changes), 10, None))
    assert re.fullmatch(r"[A-Za-z0-9_.,=+-]{1,100}", name)
    assert name[:-9] == words


def test_a_comparison_is_named_by_what_differs_from_the_defaults():
    asked = CompareOptions(env=("lock",), agents=("curious", "curious:discount=.9"), seeds=5, measures=("model-error",))
    name = directory_names.directory_name(config.resolved(asked, 10, None))
    assert name[:-9] == "compare-lock-curious+curious-discount=.9-seeds-5-model-error"


@pytest.mark.parametrize("kind", [RunOptions, CompareOptions])
def test_names_know_the_defaults_of_the_options(kind):
    resolved = config.resolved(kind(env=("grid",) if kind is CompareOptions else "grid"), 10, None)
    assert {name: value for name, value in resolved.items() if name not in directory_names.NOT_NAMED} == {
        name: value for name, value in directory_names.DEFAULTS.items() if name in resolved
    }


@pytest.mark.parametrize("drawn", [True, False])
def test_the_parser_s_box_becomes_one_line(drawn):
    corner, side, rule = ("╭─", "│", "─" * 30) if drawn else (" ", " ", "-" * 30)
    box = [
        f"{corner} Unrecognized options {'─' * 8 + '╮' if drawn else ''}",
        *([] if drawn else [f" {rule}"]),
        f"{side} Unrecognized options: --stps, 3 {side}",
        f"{side} {rule} {side}",
        f"{side} Perhaps you meant: {side}",
        f"{side}     --steps N {side}",
        f"{side} {rule} {side}",
        f"{side} For full helptext, run prog --help {side}",
    ]
    assert command_line._one_line("\n".join(box)) == "Unrecognized options: --stps, 3; perhaps you meant --steps N"
    assert command_line._one_line("") == "the command line cannot be read; --help shows all options"
    assert command_line._one_line("Something else.") == "Something else; --help shows all options"


def test_a_result_is_found_again_by_later_versions_however_it_is_made():
    """The name is that of version 0.4.0: what was added since is not in it, unless it is asked for."""
    from agent import run
    from agent.experiments.options import RunOptions

    asked = ["--env", "grid", "--steps", "2000"]
    for more in ([], ["--yes", "--checkpoint-seconds", "5", "--quiet", "--force", "--figure-format", "pdf"]):
        jobs = run.prepare(command_line.parse(RunOptions, [*asked, *more], "run", ""))
        assert [job.directory.name for job in jobs] == ["grid-curious-s0-34a35963", "grid-random-s0-6f27473c"]
