"""What a person can ask the commands for: frozen dataclasses that the command line is made from.

Each group of options is written once; a command is a stack of groups. Cheap to import: `--help` needs nothing else.
"""

import math
from dataclasses import dataclass
from typing import Annotated, Any

import tyro
from tyro.constructors import PrimitiveConstructorSpec

NO_BASELINE = "none"


def _whole_number(words: list[str]) -> int:
    try:
        return int(words[0])
    except ValueError:
        raise ValueError(f"got {words[0]!r}, expected a whole number") from None


def _number(words: list[str]) -> float:
    try:
        return float(words[0])
    except ValueError:
        raise ValueError(f"got {words[0]!r}, expected a number") from None


def _specification(parse: Any, metavar: str) -> PrimitiveConstructorSpec[Any]:
    return PrimitiveConstructorSpec(
        nargs=1,
        metavar=metavar,
        instance_from_str=parse,
        is_instance=lambda value: value is None or isinstance(value, int | float),
        str_from_instance=lambda value: ["default" if value is None else str(value)],
    )


def _default(otherwise: str, metavar: str | None = None) -> Any:
    return tyro.conf.arg(metavar=metavar, help_behavior_hint=f"(default: {otherwise})")


_INT = _specification(_whole_number, "N")
_FLOAT = _specification(_number, "X")
_NAME = tyro.conf.arg(metavar="NAME")
Switch = Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint="")]


@dataclass(frozen=True, kw_only=True)
class WorldOptions:
    """The world, and how long to stay in it."""

    env: Annotated[str, _NAME] = "grid"
    """The world: a short name (see --list), a Gymnasium id such as FrozenLake-v1, or module:Namespace/Name-v0."""
    steps: Annotated[int | None, _INT, _default("the world's own", "N")] = None
    """How many steps an agent makes."""
    map: Annotated[str | None, _default("the world's own", "FILE")] = None
    """A text map of yours instead of the world's own."""
    env_kwargs: Annotated[tuple[str, ...], tyro.conf.arg(metavar="K=V ...", help_behavior_hint="")] = ()
    """Arguments of the world, for instance: --env-kwargs slip=0.2"""
    bins: Annotated[int | None, _INT, _default("none", "N")] = None
    """Divide each real number of an observation, or action, into so many bins."""


@dataclass(frozen=True, kw_only=True)
class AgentOptions:
    """One agent, what to hold it against, and the seed of both."""

    agent: Annotated[str, _NAME] = "curious"
    """The agent."""
    baseline: Annotated[str, _NAME] = "random"
    """The agent to hold it against, in the same world with the same seed; none: no other."""
    seed: Annotated[int, _INT] = 0
    """The one number that fixes everything random."""


@dataclass(frozen=True, kw_only=True)
class ManyOptions:
    """Several agents over many seeds."""

    agents: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME ...")] = ("curious", "random")
    """The agents to compare; ratios are taken against the first."""
    seeds: Annotated[int, _INT] = 20
    """How many seeds each agent lives through, the same for all of them."""
    first_seed: Annotated[int, _INT] = 0
    """The first of the seeds."""
    workers: Annotated[int | None, _INT, _default("one a core", "N")] = None
    """How many processes share the work."""


@dataclass(frozen=True, kw_only=True)
class BeliefOptions:
    """What an agent believes beforehand, and what it plans for."""

    prior: Annotated[str, _NAME] = "empirical-bayes"
    """The prior of every agent's belief."""
    bonus: Annotated[str | None, _default("the agent's own", "NAME")] = None
    """What an agent that plans is paid for."""
    planner: Annotated[str | None, _default("the agent's own", "NAME")] = None
    """How an agent that plans does so."""
    discount: Annotated[float, _FLOAT] = 0.99
    """How much the next step counts against this one, between 0 and 1."""
    tolerance: Annotated[float, _FLOAT] = 0.01
    """How far from optimal a plan may be."""
    curiosity_weight: Annotated[float, _FLOAT] = 1.0
    """Weight of the bonus in what is planned for."""
    reward_weight: Annotated[float, _FLOAT] = 0.0
    """Weight of the world's reward in what is planned for."""


@dataclass(frozen=True, kw_only=True)
class ResultOptions:
    """Where the result goes."""

    out: Annotated[str, tyro.conf.arg(metavar="DIR")] = "runs"
    """Where the directory of the result is made."""
    force: Switch = False
    """Do it again, even if the same was done before."""
    quiet: Switch = False
    """Print the directory of the result, nothing else."""


@dataclass(frozen=True, kw_only=True)
class ConfiguredOptions(ResultOptions):
    """Where the result goes, and the result to start from."""

    config: Annotated[str | None, _default("none", "FILE")] = None
    """The config.json of an earlier result, to do the same; flags given beside it override it."""


@dataclass(frozen=True, kw_only=True)
class RunOptions(ConfiguredOptions, BeliefOptions, AgentOptions, WorldOptions):
    """Options of `python -m agent.run` (`--help` shows the groups from the last to the first)."""

    list: Switch = False
    """List the worlds, agents, priors, bonuses and planners there are, and do nothing."""


@dataclass(frozen=True, kw_only=True)
class CompareOptions(ConfiguredOptions, BeliefOptions, ManyOptions, WorldOptions):
    """Options of `python -m agent.compare` (`--help` shows the groups from the last to the first)."""


@dataclass(frozen=True, kw_only=True)
class ReproduceOptions(ResultOptions):
    """Options of `python -m agent.reproduce`."""

    experiment: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="EXPERIMENT", help_behavior_hint="")] = ""
    """The experiment: a name of --list."""
    seeds: Annotated[int, _INT] = 20
    """How many seeds each agent lives through, the same for all of them."""
    workers: Annotated[int | None, _INT, _default("one a core", "N")] = None
    """How many lives go on at once."""
    list: Switch = False
    """List the experiments there are, and do nothing."""


Options = RunOptions | CompareOptions


def check_counts(options: Options | ReproduceOptions) -> None:
    """Refuse counts that make no sense.

    Raises:
        ValueError: one line: what was got and what was expected.
    """
    for name, least in {"steps": 1, "seed": 0, "seeds": 1, "first_seed": 0, "workers": 1, "bins": 2}.items():
        value = getattr(options, name, None)
        if value is not None and value < least:
            raise ValueError(f"{flag(name)}: got {value}, expected at least {least}")


def check_numbers(options: Options) -> None:
    """Refuse numbers that make no sense.

    Raises:
        ValueError: one line: what was got and what was expected.
    """
    check_counts(options)
    if not 0 < options.discount < 1:
        raise ValueError(f"--discount: got {options.discount}, expected a number between 0 and 1, both excluded")
    if not 0 < options.tolerance < math.inf:
        raise ValueError(f"--tolerance: got {options.tolerance}, expected a positive number")
    for name in ("curiosity_weight", "reward_weight"):
        if not math.isfinite(value := getattr(options, name)):
            raise ValueError(f"{flag(name)}: got {value}, expected a finite number")


def flag(name: str) -> str:
    """Return the flag of an option."""
    return "--" + name.replace("_", "-")
