"""What a person can ask the commands for: frozen dataclasses that the command line is made from.

Each group of options is written once; a command is a stack of groups. Cheap to import: `--help` needs nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Annotated, Any, Optional, Union

import tyro
from tyro.constructors import PrimitiveConstructorSpec

from ..registry import DISCOUNT, EMPIRICAL, TOLERANCE
from ..validation import number, shown, whole_number

NO_BASELINE = "none"
MOST_SEED = 2**63 - 1
"""The largest seed: what a column of seeds can hold."""
MOST_WORKERS = 1000
FIGURE_FORMATS = "png", "pdf", "svg"
VIDEO = "mp4"
"""The format of an animation beside gif."""

# Spelled so that the parser sees what they are; otherwise it imports what takes a fifth of the time of --help.
Words = Union[tuple, tuple[str, ...]]  # noqa: UP007
OptionalInt = Optional[int]  # noqa: UP045
OptionalStr = Optional[str]  # noqa: UP045
OptionalFloat = Optional[float]  # noqa: UP045
OptionalIntOrStr = Union[None, int, str]  # noqa: UP007
OptionalWords = Union[None, Words]  # noqa: UP007


def _specification(parse: Callable[[str], Any], metavar: str) -> PrimitiveConstructorSpec[Any]:
    """One word, read by `parse`; the word None is a word like any other."""
    return PrimitiveConstructorSpec(
        nargs=1,
        metavar=metavar,
        instance_from_str=lambda words: parse(words[0]),
        is_instance=lambda value: value is None or isinstance(value, int | float | str),
        str_from_instance=lambda value: ["default" if value is None else str(value)],
    )


def otherwise(default: str, metavar: str | None = None) -> Any:
    """Say in the help what holds where nothing is given."""
    return tyro.conf.arg(metavar=metavar, help_behavior_hint=f"(default: {default})")


INT = _specification(whole_number, "N")
_FLOAT = _specification(number, "X")
_BINS = _specification(lambda text: text if "," in text else whole_number(text), "N")


def words_of(metavar: str) -> PrimitiveConstructorSpec[Any]:
    """Any number of words."""
    return PrimitiveConstructorSpec(
        nargs="*",
        metavar=metavar,
        instance_from_str=tuple,
        is_instance=lambda value: value is None or isinstance(value, tuple),
        str_from_instance=lambda value: list(value or ()),
    )


WORD = _specification(str, "NAME")
_NAME = tyro.conf.arg(metavar="NAME")
Switch = Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint="")]


@dataclass(frozen=True, kw_only=True)
class OneWorld:
    """The world."""

    env: Annotated[str, _NAME] = "grid"
    """The world: a short name (see --list), a Gymnasium id such as FrozenLake-v1, or module:Namespace/Name-v0."""


@dataclass(frozen=True, kw_only=True)
class SeveralWorlds:
    """The world, or worlds."""

    env: Annotated[Words, words_of("NAME ...")] = ("grid",)
    """The world, or several: short names (see --list), Gymnasium ids such as FrozenLake-v1, or
    module:Namespace/Name-v0. Given several times they add up."""


@dataclass(frozen=True, kw_only=True)
class WorldOptions:
    """How the world is made, and how long to stay in it."""

    steps: Annotated[OptionalInt, INT, otherwise("the world's own", "N")] = None
    """How many steps an agent makes, for instance 5000 or 1e6."""
    map: Annotated[OptionalStr, WORD, otherwise("the world's own", "FILE")] = None
    """A text map of yours instead of the world's own."""
    env_kwargs: Annotated[Words, words_of("K=V ..."), tyro.conf.arg(help_behavior_hint="")] = ()
    """Arguments of the world, for instance: --env-kwargs kind=maze size=13. Given several times they add up,
    also to those of --config."""
    score_states: Annotated[Words, words_of("STATES ..."), tyro.conf.arg(help_behavior_hint="(default: all)")] = ()
    """States whose pairs are scored, unless they lead out of them: 0-48; or placed: no channels of televisions."""
    bins: Annotated[OptionalIntOrStr, _BINS, otherwise("none", "N")] = None
    """Divide each real number of an observation, or action, into so many bins; N,N,...: one number for each."""
    bounds: Annotated[OptionalStr, WORD, otherwise("the world's own", "LOW:HIGH,...")] = None
    """The range of each number of an observation that is divided, such as "-2.4:2.4,-4:4"; what is outside is in the
    outermost bin."""


@dataclass(frozen=True, kw_only=True)
class AgentOptions:
    """One agent, what to compare it with, and the seed of both."""

    agent: Annotated[str, _NAME] = "curious"
    """The agent: a name (see --list), or module:attribute, one of yours; name:key=value,... sets its parameters."""
    baseline: Annotated[str, _NAME] = "random"
    """The agent to compare it with, in the same world with the same seed; none: no other."""
    seed: Annotated[int, INT] = 0
    """The one number that fixes everything random."""


@dataclass(frozen=True, kw_only=True)
class ManyOptions:
    """Several agents over many seeds."""

    agents: Annotated[Words, words_of("NAME ...")] = ("curious", "random")
    """The agents to compare, written as for agent.run; what is set behind a colon overrides the options below for
    this one. Ratios are taken against the first. Given several times, they add up."""
    seeds: Annotated[int, INT] = 20
    """How many seeds each agent lives through, the same for all of them."""
    first_seed: Annotated[int, INT] = 0
    """The first of the seeds."""
    measures: Annotated[Words, words_of("NAME ..."), tyro.conf.arg(help_behavior_hint="")] = ()
    """What else is told of each life, such as value-error:horizon=30 model-error (see --list); or module:attribute."""
    workers: Annotated[OptionalInt, INT, otherwise("one a core", "N")] = None
    """How many threads or processes share the work."""


@dataclass(frozen=True, kw_only=True)
class BeliefOptions:
    """What an agent believes beforehand, and what it plans for."""

    prior: Annotated[str, _NAME] = "empirical-bayes"
    """The prior of every agent's belief, for instance symmetric:10 (see --list); or module:attribute."""
    bonus: Annotated[OptionalStr, WORD, otherwise("the agent's own", "NAME")] = None
    """What an agent that plans is paid for; or module:attribute."""
    planner: Annotated[OptionalStr, WORD, otherwise("the agent's own", "NAME")] = None
    """How an agent that plans does so, for instance finite-horizon:30; or module:attribute."""
    discount: Annotated[float, _FLOAT] = DISCOUNT
    """How much the next step counts relative to this one, between 0 and 1."""
    tolerance: Annotated[float, _FLOAT] = TOLERANCE
    """How far from optimal a plan may be."""
    curiosity_weight: Annotated[float, _FLOAT] = 1.0
    """Weight of the bonus in what is planned for."""
    reward_weight: Annotated[float, _FLOAT] = 0.0
    """Weight of the world's reward in what is planned for."""
    reward_belief: Annotated[str, _NAME] = EMPIRICAL
    """What is believed about rewards: gaussian:mean=1,noise=.5, say (see --list); what they teach is planned for."""
    reward_gain_weight: Annotated[OptionalFloat, _FLOAT, otherwise("that of --curiosity-weight", "X")] = None
    """Weight of what rewards are expected to teach in what is planned for."""


@dataclass(frozen=True, kw_only=True)
class ResultOptions:
    """Where the result goes."""

    out: Annotated[str, tyro.conf.arg(metavar="DIR")] = "runs"
    """Where the directory of the result is made."""
    force: Switch = False
    """Do it again, even if the same was done before."""
    quiet: Switch = False
    """Print the directory of the result, nothing else."""
    figure_format: Annotated[Words, words_of("NAME ..."), tyro.conf.arg(help_behavior_hint="")] = ()
    """Formats of the figures beside png, for print: pdf, svg."""
    version: Switch = False
    """Print the version, and do nothing."""


@dataclass(frozen=True, kw_only=True)
class ConfiguredOptions(ResultOptions):
    """Where the result goes, and the result to start from."""

    config: Annotated[OptionalStr, WORD, otherwise("none", "FILE")] = None
    """The config.json of an earlier result, to do the same; flags given beside it override it."""
    list: Annotated[OptionalWords, words_of("[NAME ...]"), tyro.conf.arg(help_behavior_hint="")] = None
    """List what there is to choose from; or print the parameters and the documentation of those named."""


@dataclass(frozen=True, kw_only=True)
class RunOptions(ConfiguredOptions, BeliefOptions, AgentOptions, WorldOptions, OneWorld):
    """Options of `python -m agent.run` (`--help` shows the groups from the last to the first)."""

    figure_format: Annotated[Words, words_of("NAME ..."), tyro.conf.arg(help_behavior_hint="")] = ()
    """Formats of the figures beside png, for print: pdf, svg; and of the animation beside gif: mp4, by ffmpeg."""
    checkpoint_seconds: Annotated[float, _FLOAT] = 60.0
    """Seconds between two checkpoints, from which an interrupted run goes on."""
    tensorboard: Annotated[OptionalStr, WORD, otherwise("none", "DIR")] = None
    """Where to write curves for TensorBoard, while the run goes on."""
    trace_every: Annotated[int, INT] = 1
    """Keep every Nth step in the trace; 0: none."""
    live: Switch = False
    """Draw map and figures in the terminal while the run goes on."""
    trace_columns: Annotated[Words, words_of("NAME ..."), tyro.conf.arg(help_behavior_hint="(default: all)")] = ()
    """Keep these columns alone in the trace, such as state action; a run without the others cannot be made longer."""
    yes: Switch = False
    """Make a run that takes more than 10 GB of disk."""
    decompose: Switch = False
    """Record how much of what each action was worth is reward, bonus, and what rewards teach; slow: ms a step."""


@dataclass(frozen=True, kw_only=True)
class CompareOptions(ConfiguredOptions, BeliefOptions, ManyOptions, WorldOptions, SeveralWorlds):
    """Options of `python -m agent.compare` (`--help` shows the groups from the last to the first)."""

    tensorboard: Annotated[OptionalStr, WORD, otherwise("none", "DIR")] = None
    """Where to write curves for TensorBoard, a folder a life, once all lives are finished."""


@dataclass(frozen=True, kw_only=True)
class ReproduceOptions(ResultOptions):
    """Options of `python -m agent.reproduce`."""

    experiment: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="EXPERIMENT", help_behavior_hint="")] = ""
    """The experiment: a name of --list; or all, those of papers."""
    seeds: Annotated[OptionalInt, INT, otherwise("the experiment's own", "N")] = None
    """How many seeds each agent lives through, the same for all of them."""
    quick: Switch = False
    """Take two seeds: to see that it works, and roughly what comes of it."""
    workers: Annotated[OptionalInt, INT, otherwise("one a core", "N")] = None
    """How many lives go on at once."""
    list: Switch = False
    """List the experiments there are, and do nothing."""


Options = RunOptions | CompareOptions


def world_of(options: Options) -> str:
    """Return the name of the one world that is asked for.

    Raises:
        ValueError: there are several, or none.
    """
    names = (options.env,) if isinstance(options.env, str) else options.env
    if len(names) != 1:
        raise ValueError(f"--env: got {shown(list(names))}, expected one world")
    return names[0]


def flag(name: str) -> str:
    """Return the flag of an option."""
    return "--" + name.replace("_", "-")


def flags_of_many(kind: type[Any]) -> set[str]:
    """Return the flags that take any number of words."""
    return {flag(field.name) for field in fields(kind) if isinstance(field.default, tuple)}
