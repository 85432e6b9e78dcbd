"""What people install: the wheel and the editable install, in fresh environments, beside what bears our names.

The environments see the dependencies of this one, so that nothing is downloaded.
"""

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = [block for block in re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL) if "import" in block]
SCRIPTS = "Scripts" if os.name == "nt" else "bin"

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("installed")]


class Place:
    """An environment, a directory to start programs in and, if it is not the usual one, that of compiled code."""

    def __init__(self, environment, directory, cache=None):
        self.scripts, self.directory, self.cache = environment / SCRIPTS, directory, cache
        directory.mkdir(exist_ok=True)

    def run(self, program, *arguments):
        hidden = ("PYTHONPATH", "NUMBA_CACHE_DIR")
        env = {name: value for name, value in os.environ.items() if name not in hidden}
        env |= {"PYTHONWARNINGS": "error"} | ({} if self.cache is None else {"XDG_CACHE_HOME": str(self.cache)})
        command = [str(self.scripts / program), *map(str, arguments)]
        done = subprocess.run(command, cwd=self.directory, env=env, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr + done.stdout
        assert "Warning" not in done.stderr
        return done.stdout

    def python(self, *lines):
        return self.run("python", "-c", "\n".join(lines))


def installed(directory, target):
    """Build what is to be installed, install it into a fresh environment and show that the dependencies."""
    pytest.importorskip("hatchling", reason="hatchling, which builds wheels, is missing (extra [dev])")
    wheels, environment = directory / "wheels", directory / "environment"
    wheel = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(wheels)]
    subprocess.run(wheel, cwd=ROOT, check=True, capture_output=True)
    venv.create(environment, with_pip=True)
    install = [environment / SCRIPTS / "python", "-m", "pip", "install", "-q", "--no-index", "--no-deps"]
    subprocess.run([*install, *wheels.glob("*.whl")], check=True)
    show = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.run([environment / SCRIPTS / "python", "-c", show], capture_output=True, text=True)
    shared = [place for place in sys.path if place.endswith(("site-packages", "dist-packages"))]
    Path(packages.stdout.strip(), "zz_dependencies.pth").write_text("\n".join(shared))
    return environment


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return installed(tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def plain(wheel, cache, tmp_path):
    return Place(wheel, tmp_path / "plain", cache)


def hostile_place(environment, directory, cache=None):
    place = Place(environment, directory, cache)
    (directory / "envs").mkdir()
    (directory / "envs" / "__init__.py").write_text("THEIRS = True\n")
    (directory / "agent.py").write_text("raise SystemExit('somebody else\\'s agent')\n")
    return place


@pytest.fixture
def hostile(wheel, cache, tmp_path):
    return hostile_place(wheel, tmp_path / "hostile", cache)


WHAT_OTHERS_DO = (
    "import blackswan, sys",
    "assert not {'numpy', 'numba', 'gymnasium'} & set(sys.modules)",
    "import gymnasium",
    "assert gymnasium.make('blackswan/Lock-v0').unwrapped.spec.id == 'blackswan/Lock-v0'",
    "import envs",
    "assert envs.THEIRS",
    "world = blackswan.make('lock')",
    "life, = blackswan.simulate(world, 'least-taken', num_steps=100)",
    "assert life.agent.model.steps == 100",
    "assert blackswan.CuriosityReward(world) and blackswan.dirichlet.bayesian_surprise([1, 8], 0) > 0",
    "assert isinstance(world.unwrapped, blackswan.TabularEnv)",
)


def test_it_works_beside_what_bears_our_names(hostile):
    hostile.python(*WHAT_OTHERS_DO)
    directory = hostile.directory / hostile.run("blackswan", "run", "--env", "lock", "--steps", 200, "--quiet").strip()
    assert (directory / "summary.json").is_file()
    page = hostile.directory / hostile.run("blackswan", "replay", directory, "--quiet").strip()
    assert "class Plan {" in page.read_text(encoding="utf-8")
    ring = next(block for block in BLOCKS if "class Ring" in block).replace("from envs import", "from blackswan import")
    (hostile.directory / "ring.py").write_text(ring, encoding="utf-8")
    hostile.run("blackswan", "run", "--env", "ring:own/Ring-v0", "--steps", 100, "--quiet")
    many = ("compare", "--env", "FrozenLake-v1", "--steps", 300, "--seeds", 2, "--workers", 2, "--quiet")
    directory = hostile.directory / hostile.run("python", "-m", "blackswan", *many).strip()
    assert (directory / "comparison.json").is_file()
    assert "little-sommer-2013" in hostile.run("blackswan", "reproduce", "--list")


SAME = (
    "assert agent is blackswan.agent and envs is blackswan.envs",
    "import agent.belief.world_model, blackswan.agent.belief.world_model, blackswan.envs.families.grid",
    "real = blackswan.agent.belief.world_model",
    "assert agent.belief.world_model is real and agent.WorldModel is blackswan.WorldModel is real.WorldModel",
    "assert envs.families.grid is blackswan.envs.families.grid",
    "assert real.__spec__.name == real.__name__ and sys.modules[real.__name__] is real",
    "world, = (key for key in gymnasium.registry if key == 'blackswan/Grid-v0')",
    "assert gymnasium.registry[world].entry_point == f'{envs.__name__}.families.grid:Grid'",
    "assert len([key for key in gymnasium.registry if key.startswith('blackswan/')]) == len(envs.WORLDS)",
    "assert isinstance(gymnasium.make(world).unwrapped, envs.TabularEnv)",
    "assert pickle.loads(pickle.dumps(agent.WorldModel(2))).num_actions == 2",
)
IMPORTS = ("import agent, envs, blackswan", "import blackswan, agent, envs", "import gymnasium, envs, agent, blackswan")


@pytest.mark.parametrize("imports", IMPORTS)
def test_all_names_are_of_the_same_modules(plain, imports):
    plain.python("import pickle, sys", imports, "import gymnasium", *SAME)


def test_the_modules_run_and_nothing_is_compiled_twice(plain, hostile, cache):
    """By `agent`, by `blackswan`, in worker processes: they all find the same machine code."""

    def kept():
        return {path.relative_to(cache): path.stat().st_mtime_ns for path in cache.rglob("*.nbc")}

    task = ("--env", "lock", "--steps", 150, "--quiet")
    plain.run("python", "-m", "agent.run", *task)
    plain.run("python", "-m", "agent.compare", *task, "--seeds", 2, "--workers", 2)
    before = kept()
    assert before
    hostile.run("blackswan", "run", *task)
    hostile.run("blackswan", "compare", *task, "--seeds", 2, "--workers", 2)
    assert kept() == before


def test_the_command_tells_what_there_is(plain):
    assert "reproduce" in plain.run("blackswan", "--help") == plain.run("blackswan")
    assert plain.run("blackswan", "run", "--help").startswith("usage: blackswan run ")
    assert plain.run("python", "-m", "agent.run", "--help").startswith("usage: python -m agent.run ")
    version = plain.python("import agent", "print('blackswan-rl', agent.__version__)")
    assert version == plain.run("blackswan", "--version") == plain.run("blackswan", "compare", "--version")
    wrong = subprocess.run([plain.scripts / "blackswan", "walk"], capture_output=True, text=True)
    assert wrong.returncode == 2
    assert (
        wrong.stderr
        == "error: unknown command 'walk'; expected one of run, compare, reproduce, sweep, table, replay, or --help\n"
    )


def test_it_holds_no_more_than_it_should(wheel):
    files = {path.relative_to(wheel).as_posix() for path in wheel.rglob("*") if "/blackswan/" in path.as_posix()}
    assert {"grid.txt", "py.typed", "__init__.pyi"} <= {name.rpartition("/")[2] for name in files}
    assert not [name for name in files if "distribution" in name or "tests" in name]


SETTINGS = """\
[mypy]

[mypy-matplotlib.*,numba.*,rich.*,scipy.*,tyro.*]
follow_imports = skip
"""
"""To read what these export would take most of the time, and shows in no type of ours."""
SAMPLE = """\
import agent, blackswan

model: agent.WorldModel = blackswan.WorldModel(2)
wrong: int = blackswan.make("lock")
"""


@pytest.mark.parametrize(("checker", "option"), [("pyright", "--pythonpath"), ("mypy", "--python-executable")])
def test_type_checkers_accept_what_the_readme_shows(plain, checker, option):
    pytest.importorskip(checker, reason=f"{checker} is missing (extra [dev])")
    for number, block in enumerate(BLOCKS):
        (plain.directory / f"block_{number}.py").write_text(block, encoding="utf-8")
    (plain.directory / "sample.py").write_text(SAMPLE, encoding="utf-8")
    (plain.directory / "mypy.ini").write_text(SETTINGS, encoding="utf-8")
    command = [sys.executable, "-m", checker, option, plain.scripts / "python", *plain.directory.glob("*.py")]
    done = subprocess.run(command, cwd=plain.directory, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout + done.stderr
    errors = re.findall(r"(\w+\.py):\d+(?=:).* error: ", done.stdout)
    assert errors == ["sample.py"], done.stdout  # the one that is to be found: types are known, and not just any


@pytest.fixture(scope="module")
def editable(tmp_path_factory):
    return installed(tmp_path_factory.mktemp("editable"), "wheel:editable")


@pytest.mark.parametrize("imports", IMPORTS)
def test_an_editable_install_has_both_names(editable, tmp_path, imports):
    place = Place(editable, tmp_path / "plain")
    place.python(
        "import pickle, sys", imports, "import gymnasium", *SAME, f"assert agent.__file__.startswith({str(ROOT)!r})"
    )
    assert place.run("blackswan", "run", "--env", "lock", "--steps", 100, "--quiet").startswith("runs")


def test_an_editable_install_works_beside_what_bears_our_names(editable, tmp_path):
    hostile_place(editable, tmp_path / "hostile").python(*WHAT_OTHERS_DO)


def test_in_a_checkout_both_names_are_those_of_the_checkout(wheel):
    code = (
        "import pickle, sys",
        IMPORTS[0],
        "import gymnasium",
        *SAME,
        f"assert agent.__file__.startswith({str(ROOT)!r})",
    )
    Place(wheel, ROOT).python(*code)
