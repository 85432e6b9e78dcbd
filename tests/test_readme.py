"""The pages, taken literally: their Python runs, their parts work, their tables are what the reference results say."""

import ast
import json
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import envs
from agent.experiments.comparisons.surveys import SURVEYS
from agent.experiments.papers import EXPERIMENTS
from agent.reports import formatting
from agent.reports.papers import page as literature
from tests.benchmarks import priors, real_worlds, strategies

ROOT = Path(__file__).parent.parent
PAGES = {
    name: (ROOT / name).read_text(encoding="utf-8")
    for name in ("README.md", "CONTRIBUTING.md", "agent/README.md", "envs/README.md", "runs/README.md")
}
README = PAGES["README.md"]
THEIRS = re.split(r"^## In other people's worlds\n", PAGES["runs/README.md"], flags=re.MULTILINE)[1].partition("\n## ")[
    0
]
BLOCKS = [
    block
    for name, page in PAGES.items()
    if name != "runs/README.md"  # whose block reads a run by a name that only stands for one
    for block in re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
]


def run(arguments, directory):
    done = subprocess.run([sys.executable, *arguments], cwd=directory, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


RING = next(block for block in BLOCKS if "class Ring" in block)
PARTS = next(block for block in BLOCKS if "class Sweeper" in block)
LINE = next(block for block in BLOCKS if '"ring": World(' in block)


@pytest.mark.parametrize("number", [n for n, block in enumerate(BLOCKS) if block not in (RING, LINE)])
def test_python_blocks_run(number, tmp_path):
    run(["-W", "error", "-c", BLOCKS[number]], tmp_path)


@pytest.mark.parametrize("block", [RING, PARTS])
def test_a_part_takes_less_than_fifteen_lines(block):
    parts = [node for node in ast.parse(block).body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    assert len(parts) == (4 if block is PARTS else 1)
    assert all(part.end_lineno - part.lineno + 1 < 15 for part in parts)


def test_the_front_page_stays_one():
    assert len(README.splitlines()) <= 170


@pytest.mark.slow
def test_parts_of_ones_own_work_as_told(tmp_path):
    """From the commands, and from Python: each part is used."""
    (tmp_path / "my_module.py").write_text(PARTS, encoding="utf-8")
    commands = re.findall(r"^python (-m agent\..*my_module.*?)(?:  #.*)?$", README, re.MULTILINE)
    told = " ".join(commands)
    assert all(
        part in told for part in ("my_module:rare", "my_module:Nearby", "my_module:Lookahead", "my_module:Sweeper")
    )
    for command in commands:
        directory = tmp_path / run([*command.split(), "--quiet"], tmp_path).split()[-1]
        assert (directory / "config.json").is_file()
    listed = run(["-m", "agent.run", "--list", "my_module:Sweeper"], tmp_path)
    assert "depth = 1" in listed
    python = (
        "import agent, envs; env = envs.make('lock'); "
        "agent.make_agent('my_module:Sweeper:depth=3', env, prior='my_module:Nearby'); "
        "agent.simulate(env, 'my_module:Sweeper', num_steps=100, seeds=2); "
        "agent.CuriosityReward(env, bonus='my_module:rare:weight=0.2')"
    )
    run(["-W", "error", "-c", python], tmp_path)


@pytest.mark.slow
def test_a_world_of_ones_own_works_as_told(tmp_path):
    (tmp_path / "ring.py").write_text(RING, encoding="utf-8")
    command = re.search(r"`python (-m agent\.run --env ring:\S+ --steps \d+)`", README)
    assert command
    directory = tmp_path / run([*command[1].split(), "--quiet"], tmp_path).split()[-1]
    summary = json.loads((directory / "summary.json").read_text(encoding="utf-8"))
    assert summary["coverage"] == 1.0


@pytest.mark.slow
def test_a_world_is_kept_by_one_file_and_one_line(tmp_path):
    """In a copy of the project: it runs, is compared, drawn, listed, and tested by the tests of all worlds."""
    for part in ("agent", "envs", "tests/envs", "pyproject.toml"):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        (tmp_path / part).parent.mkdir(exist_ok=True)
        copy(ROOT / part, tmp_path / part)
    place = re.search(r"`(envs/[\w/]+/)` \(there without its last line\)", PAGES["CONTRIBUTING.md"])
    assert place
    (tmp_path / place[1] / "ring.py").write_text(RING[: RING.index("gymnasium.register")], encoding="utf-8")
    table = tmp_path / "envs" / "worlds.py"
    head, mark, tail = table.read_text(encoding="utf-8").partition("WORLDS: Mapping[str, World] = {\n")
    table.write_text(head + mark + LINE + tail, encoding="utf-8")
    run_directory = run(["-m", "agent.run", "--env", "ring", "--quiet"], tmp_path).split()[-1]
    assert (tmp_path / run_directory / "figures" / "exploration.gif").is_file()
    compared = run(["-m", "agent.compare", "--env", "ring", "--seeds", "2", "--steps", "300", "--quiet"], tmp_path)
    comparison = json.loads((tmp_path / compared.split()[-1] / "comparison.json").read_text(encoding="utf-8"))
    assert comparison["agents"].keys() == {"curious", "random"}
    assert "rooms in a ring" in run(["-m", "agent.run", "--list"], tmp_path)
    drawn = "import envs; e = envs.make('ring', render_mode='rgb_array'); e.reset(seed=0); print(e.render().shape)"
    assert re.match(r"\(\d+, \d+, 3\)", run(["-c", drawn], tmp_path))
    tested = run(["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/envs", "-k", "ring"], tmp_path)
    assert int(re.search(r"(\d+) passed", tested)[1]) >= 8


@pytest.mark.parametrize("row", [line for line in README.splitlines() if re.match(r"\| `[\w-]+` \|.* to ", line)])
def test_the_table_shows_the_reference_results(row):
    world, _, seeds, budget, *told = (cell.strip() for cell in row.strip("|").split(" | "))
    kept = ROOT / "runs" / "reference" / f"compare-{world.strip('`')}"
    comparison = json.loads((kept / "comparison.json").read_text(encoding="utf-8"))
    config = json.loads((kept / "config.json").read_text(encoding="utf-8"))
    assert comparison["env"] == config["env"] == world.strip("`")
    assert (comparison["steps"], comparison["seeds"]) == (int(budget.replace(" ", "")), int(seeds))
    curious, random = (comparison["agents"][name]["steps_to_fraction"]["0.1"] for name in ("curious", "random"))
    ratio = formatting.format_ratio(comparison["ratios"]["random"]["0.1"], random["reached"], curious["reached"])
    assert told == [*(real_worlds.told(steps, comparison["seeds"]) for steps in (curious, random)), ratio]
    assert curious["reached"] == 1
    assert comparison["seeds"] >= 20


def test_the_table_has_all_worlds():
    assert len(re.findall(r"^\| `[\w-]+` \|.* \(.* to .*\)", README, re.MULTILINE)) == 7


def test_the_literature_is_that_of_the_stored_results():
    """The page that `agent.reproduce all` writes, of as many seeds as each experiment asks for."""
    kept = {name: ROOT / "runs" / "reference" / f"reproduce-{name}" / "reproduction.json" for name in EXPERIMENTS}
    told = {name: json.loads(path.read_text(encoding="utf-8")) for name, path in kept.items()}
    assert literature.page(list(told.values())).strip() in PAGES["runs/README.md"]
    for name, experiment in EXPERIMENTS.items():
        assert told[name]["seeds"] == experiment.seeds
        for text in ("source", "read", "claim", "differs"):
            assert told[name][text] == getattr(experiment, text)


def test_other_peoples_worlds_are_those_of_the_stored_results():
    kept = json.loads((ROOT / "runs" / "reference" / "real-worlds.json").read_text(encoding="utf-8"))
    assert list(kept) == list(real_worlds.BUDGETS)
    assert [line for line in THEIRS.splitlines() if line.startswith("| `")] == [
        real_worlds.row(name, result) for name, result in kept.items()
    ]
    for name, result in kept.items():
        assert result["steps"] == real_worlds.BUDGETS[name]
        assert result["agents"]["curious"]["reached"] == 1
        assert (result["ratio"]["ci95"][1] or result["ratio"]["mean"]) > 1  # nowhere significantly worse


def test_the_strategies_are_those_of_the_stored_result():
    kept = json.loads((ROOT / "runs" / "reference" / "strategies.json").read_text(encoding="utf-8"))
    survey = SURVEYS["strategies"]
    assert {env: world["steps"] for env, world in kept["worlds"].items()} == survey.worlds
    assert all(tuple(world["agents"]) == survey.agents for world in kept["worlds"].values())
    assert kept["seeds"] == 50
    assert "\n".join(strategies.rows(kept)) in PAGES["runs/README.md"]


def test_what_rules_are_worth_is_what_was_measured():
    """All rows, in order; and nowhere a mean that is a twentieth above that of empirical Bayes.

    Of one-two-three 20 seeds say too little; the page says what 200 do.
    """
    kept = json.loads((ROOT / "runs" / "reference" / "priors.json").read_text(encoding="utf-8"))
    assert set(kept) <= set(priors.BUDGETS)
    lines = [row for name in priors.BUDGETS if name in kept for row in priors.rows(name, kept[name])]
    assert [line for line in PAGES["runs/README.md"].splitlines() if line in set(lines)] == lines
    assert all(result["seeds"] == 20 for result in kept.values())
    for name in kept.keys() - {"one-two-three"}:
        for level in priors.LEVELS:
            ours, theirs = (kept[name]["agents"][prior]["steps_to_fraction"][level]["mean"] for prior in priors.PRIORS)
            assert ours <= 1.05 * theirs


def test_the_front_page_says_what_rules_are_worth():
    kept = json.loads((ROOT / "runs" / "reference" / "priors.json").read_text(encoding="utf-8"))
    assert "\n".join(priors.front_row(name, kept[name]) for name in priors.FRONT) in README


def test_rules_are_measured_in_every_world_that_tells_its_truth():
    assert not set(priors.BUDGETS) & set(priors.MORE)
    assert {name for name in envs.WORLDS if name not in priors.ALL} == set(priors.LEFT_OUT)
    for name in priors.LEFT_OUT:
        assert envs.true_mdp(envs.make(name)) is None


NAMED = r"\]\(((?!http|#)[^)#]+)[^)]*\)|`((?:agent|envs|runs|notebooks|tests|\.ci)/[\w/.-]*)`|`(\w[\w/]*\.py)`"
PATHS = sorted({(page, "".join(found)) for page, text in PAGES.items() for found in re.findall(NAMED, text)})


@pytest.mark.parametrize(("page", "path"), [each for each in PATHS if each[1] not in ("ring.py", "my_module.py")])
def test_what_it_names_is_there(page, path):
    """Links are relative to the page; other paths to the project or, in a folder's page, to the folder."""
    assert (ROOT / page).parent.joinpath(path).exists() or (ROOT / path).exists()


@pytest.mark.parametrize(
    "module", sorted({each for text in PAGES.values() for each in re.findall(r"-m ((?:agent|tests)\.[\w.]*\w)", text)})
)
def test_the_commands_it_names_are_there(module):
    assert find_spec(module) is not None


def test_the_citation_is_of_this_version():
    versions = [
        re.search(r'^version\s*[:=]\s*"?([\d.]+)', (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
        for name in ("CITATION.cff", "pyproject.toml")
    ]
    assert versions[0]
    assert versions[1]
    assert versions[0][1] == versions[1][1]


FUNCTIONS = re.findall(r"`([\w/]+\.py)`,? `(\w+)`", PAGES["agent/README.md"])


@pytest.mark.parametrize(("path", "name"), sorted(set(FUNCTIONS)))
def test_what_the_map_of_the_code_names_is_defined_there(path, name):
    code = (ROOT / "agent" / path).read_text(encoding="utf-8")
    assert re.search(rf"^\s*(?:def|class) {name}\b|^(?:\w+, )*{name}\b[\w, ]*(?::.*)? = ", code, re.MULTILINE)
