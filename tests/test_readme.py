"""The README, taken literally: its Python runs, its world works, its table is what the reference results say."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agent.reports import formatting
from tests.benchmarks import real_worlds

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
OURS, THEIRS = re.split(r"^## In other people's worlds\n", README, flags=re.MULTILINE)
THEIRS = THEIRS.partition("\n## ")[0]
BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


def run(arguments, directory):
    done = subprocess.run([sys.executable, *arguments], cwd=directory, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


RING = next(block for block in BLOCKS if "class Ring" in block)
PARTS = [
    next(block for block in BLOCKS if part in block)
    for part in ("def rare", "class Nearby", "class Lookahead", "class Sweeper")
]
LINE = next(block for block in BLOCKS if '".ring:Ring"' in block)


@pytest.mark.parametrize("number", [n for n, block in enumerate(BLOCKS) if block not in (RING, LINE)])
def test_python_blocks_run(number, tmp_path):
    (tmp_path / "my_module.py").write_text("\n".join(PARTS), encoding="utf-8")
    run(["-W", "error", "-c", BLOCKS[number]], tmp_path)


@pytest.mark.slow
def test_a_world_of_ones_own_works_as_told(tmp_path):
    (tmp_path / "ring.py").write_text(RING, encoding="utf-8")
    command = re.search(r"`python (-m agent\.run --env ring:\S+ --steps \d+)`", README)
    assert command
    directory = tmp_path / run([*command[1].split(), "--quiet"], tmp_path).split()[-1]
    summary = json.loads((directory / "summary.json").read_text(encoding="utf-8"))
    assert summary["coverage"] == 1.0


@pytest.mark.parametrize("part", [RING, *PARTS])
def test_a_part_takes_less_than_fifteen_lines(part):
    code = part[: part.find("gymnasium.register")] if part is RING else part
    assert sum(1 for line in code.splitlines() if line.strip()) < 15


@pytest.mark.slow
def test_parts_of_ones_own_work_as_told(tmp_path):
    (tmp_path / "ring.py").write_text(RING, encoding="utf-8")
    (tmp_path / "my_module.py").write_text("\n".join(PARTS), encoding="utf-8")
    commands = re.findall(r"^python (-m agent\..*my_module.*?)(?:  #.*)?$", README, re.MULTILINE)
    told = [run(command.split(), tmp_path) for command in commands]
    assert len(told) == 4
    assert all((tmp_path / lines.split()[-1] / "config.json").is_file() for lines in told[:3])
    assert all(words in told[3] for words in ("rate = 0.1", "each `depth` times", "horizon = 30", "num_states"))


@pytest.mark.slow
def test_a_world_is_kept_by_one_file_and_one_line(tmp_path):
    """In a copy of the project: it runs, is compared, drawn, listed, and tested by the tests of all worlds."""
    for part in ("agent", "envs", "tests/envs", "pyproject.toml"):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        (tmp_path / part).parent.mkdir(exist_ok=True)
        copy(ROOT / part, tmp_path / part)
    (tmp_path / "envs" / "ring.py").write_text(RING[: RING.index("gymnasium.register")], encoding="utf-8")
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


@pytest.mark.parametrize("row", [line for line in OURS.splitlines() if re.match(r"\| `[\w-]+` \|.* to ", line)])
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
    assert len(re.findall(r"^\| `[\w-]+` \|.* \(.* to .*\)", OURS, re.MULTILINE)) == 7


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


@pytest.mark.parametrize("path", re.findall(r"\]\(((?!http)[^)]+)\)|`((?:agent|envs|runs|notebooks)/[\w/.]+)`", README))
def test_what_it_names_is_there(path):
    assert (ROOT / "".join(path)).exists()
