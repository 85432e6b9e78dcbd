"""How parts are written, and made: agents, priors, bonuses, planners, beliefs about rewards, measures; ours and own.

A part is written as a name of its table, or as `module:attribute`, one of a user's own. Parameters follow a colon:

    symmetric:10    finite-horizon:30    curious:discount=.95,prior=symmetric    my_module:Sweeper:rate=0.5,depth=3

A value without a name is that of the first parameter. A value with a comma in it stands in brackets or in quotes.

A part is made by calling what it stands for, a class or a function. The call is *given* what its parameters name of
what there is (`Kind.given`); all others are the part's own: they are set behind the colon, or have defaults.
"""

import inspect
import keyword
import re
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, NamedTuple

from .registry import AGENTS, BONUSES, MEASURES, PLANNERS, PRIORS, REWARD_BELIEFS, Entry
from .validation import as_typed, known, nearest, shown


class Given(NamedTuple):
    """Something that a part is given if one of its parameters has this name.

    Attributes:
        meaning: what it is.
        type: of a value that is given for it behind the colon; None: it cannot be.
    """

    meaning: str
    type: Any = None


_PLANNING = {
    "discount": Given("how much the next step counts against this one (--discount)", float),
    "tolerance": Given("policy loss allowed, as a share of the value of the current state (--tolerance)", float),
}
_WORLD = {
    "env": Given("the world, as it was made"),
    "num_actions": Given("number of actions"),
    "num_states": Given("number of states the world declares, None where that is not known"),
}


class Kind(NamedTuple):
    """A kind of parts.

    Attributes:
        word: what one is called.
        table: those that have a name.
        given: what they are given if they ask for it.
    """

    word: str
    table: Mapping[str, Entry]
    given: Mapping[str, Given]

    @property
    def option(self) -> str:
        """The option of configurations by which one is chosen."""
        return self.word.replace("-", "_")


AGENT = Kind(
    "agent",
    AGENTS,
    _WORLD
    | {
        "model": Given("the belief that the agent is scored by (agent.WorldModel)"),
        "seed": Given("fixes what the agent draws at random (a number, or a SeedSequence)"),
        "prior": Given("the prior of its belief (--prior)", str),
        "reward_belief": Given("what its belief says of rewards (--reward-belief)", str),
        "bonus": Given("what it is paid for (--bonus)", str),
        "planner": Given("how it plans (--planner)", str),
        **_PLANNING,
        "steps": Given("steps of the run, None where that is not known (--steps)"),
        "curiosity_weight": Given("weight of the bonus (--curiosity-weight)", float),
        "reward_weight": Given("weight of the world's reward (--reward-weight)", float),
        "reward_gain_weight": Given("weight of what rewards teach (--reward-gain-weight)", float),
    },
)
PRIOR = Kind("prior", PRIORS, _WORLD)
REWARD_BELIEF = Kind("reward-belief", REWARD_BELIEFS, {})
PLANNER = Kind("planner", PLANNERS, _PLANNING | {"steps": Given("steps of the run (--steps)", int)})
BONUS = Kind(
    "bonus",
    BONUSES,
    {
        "visits": Given("how often the pair was taken"),
        "concentration": Given("total concentration of its belief: visits and prior"),
        "expected_gain": Given("expected information gain, nats"),
        "predicted_gain": Given("predicted information gain, nats"),
        "entropy": Given("entropy of its prediction, nats"),
        "variance": Given("posterior variance of its outcomes' probabilities, summed over them"),
        "state_visits": Given("how often any action was taken in its state"),
        "empowerment": Given("capacity of the channel from its state's actions to successors, nats"),
        "last_gain": Given("Bayesian surprise of its latest visit, nats; before the first 0, as all that follow"),
        "last_surprisal": Given("-ln of what was predicted for the outcome of its latest visit, nats"),
        "recent_surprisal": Given("mean surprisal of its last few visits, nats"),
        "former_surprisal": Given("mean surprisal of its last dozen or so, nats"),
    },
)
MEASURE = Kind(
    "measure",
    MEASURES,
    {
        "steps": Given("columns of one entry a step, as `agent.simulate` gives them"),
        "points": Given("increasing numbers of steps after which it is told"),
        "mdp": Given("the true process (envs.FiniteMDP)"),
    },
)
KINDS = (AGENT, PRIOR, BONUS, PLANNER, REWARD_BELIEF, MEASURE)
OF_EVERY_BELIEF = ("prior", "reward_belief")
"""What every agent is made with: options of the belief that it is scored by."""

_PATH = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"  # identifiers joined by dots
ONES_OWN = rf"({_PATH}):({_PATH})(?::(.*))?"
"""How a part of a user's own is written: module, attribute, parameters."""
_WORD = re.compile(r"""(?:[^,\[({'"]|\[[^\]]*\]|\([^)]*\)|\{[^}]*\}|'[^']*'|"[^"]*"|.)*?(?=,|$)""", re.DOTALL)
_NOT_PASSED = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Chosen(NamedTuple):
    """A part that was chosen, and how its parameters were set.

    Attributes:
        kind: what it is.
        name: a name of the table, or `module:attribute`.
        factory: what is called to make one.
        settings: what was set behind the colon.
    """

    kind: Kind
    name: str
    factory: Callable[..., Any]
    settings: Mapping[str, Any]

    def make(self, **given: Any) -> Any:
        """Make the part from what its parameters name of what is given, and from what was set.

        Raises:
            ValueError: it needs what is neither given nor set.
        """
        own = parameters(self.kind, self.factory)
        passed = {name: value for name, value in {**given, **self.settings}.items() if name in own}
        missing = [name for name, each in own.items() if each.default is each.empty and name not in passed]
        if missing:
            raise ValueError(
                f"{self.kind.word} {self.name} needs {missing[0]}: write {self.name}:{missing[0]}=..., or give it a "
                f"default; what is given is {', '.join(self.kind.given)}"
            )
        return self.factory(**passed)


def chosen(kind: Kind, text: str) -> Chosen:
    """Read how a part is written, and import it.

    Raises:
        ValueError: one line: an unknown name, with the nearest match; no such module or attribute; an unknown
            parameter, with the list of those there are; a value of another type.
    """
    name, factory, rest = _found(kind, text)
    if not text.isprintable():
        raise ValueError(f"{kind.word}: got {shown(text)}, expected letters and signs that can be printed")
    settings, own = {}, {written(name): each for name, each in settable(kind, factory).items()}
    for place, word in enumerate([] if rest is None else _words(rest)):
        key, value = _assignment(word)
        if key is None and place == 0:
            key = next((each for each in own if own[each].name in parameters(kind, factory)), None)
        if key is None or key not in own:
            raise ValueError(_no_parameter(kind, name, key, word, own))
        if own[key].name in settings:
            raise ValueError(f"{kind.word} {shown(text)}: got {key} more than once")
        try:
            settings[own[key].name] = as_typed(own[key], value)
        except ValueError as error:
            example = "..." if own[key].default in (own[key].empty, None) else own[key].default
            hint = f"write for example {name}:{key}={example}"
            raise ValueError(f"{kind.word} {shown(text)}: {error}; {hint}") from None
    return Chosen(kind, name, factory, settings)


def parameters(kind: Kind, factory: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Return the parameters that a part is made by, by name; those of `*args` and `**kwargs` are left out.

    Raises:
        ValueError: it cannot be called, or not by names.
    """
    factory = getattr(factory, "function", factory) if kind.word == BONUS.word else factory  # of an agent.bonuses.Bonus
    try:
        try:
            found = inspect.signature(factory, eval_str=True).parameters
        except Exception:  # annotations that only type checkers can read
            found = inspect.signature(factory).parameters
    except (TypeError, ValueError):
        expected = "a function" if kind.word == BONUS.word else "a class or a function that makes one"
        raise ValueError(f"{kind.word}: got {shown(factory)}, expected {expected}, written in Python") from None
    if by_place := [name for name, each in found.items() if each.kind is each.POSITIONAL_ONLY]:
        raise ValueError(f"{kind.word} {shown(factory)} takes {by_place[0]} by position; parts are made by name")
    return {name: each for name, each in found.items() if each.kind not in _NOT_PASSED}


def settable(kind: Kind, factory: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Return the parameters that can be set behind the colon, the part's own first.

    Every agent has those of the belief that it is scored by.
    """
    found = parameters(kind, factory)
    for name in OF_EVERY_BELIEF:
        if name in kind.given:
            found.setdefault(name, inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY))
    given = {name: each.replace(annotation=kind.given[name].type) for name, each in found.items() if name in kind.given}
    own = {name: each for name, each in found.items() if name not in given}
    return own | {name: each for name, each in given.items() if each.annotation is not None}


def written(parameter: str) -> str:
    """Return how a parameter is written behind the colon: without the underline that Python asks for after `from`."""
    name = parameter.removesuffix("_")
    return name if keyword.iskeyword(name) else parameter


def load(table: Mapping[str, Entry], kind: str, name: str) -> Any:
    """Import what a name stands for.

    Raises:
        ValueError: unknown name.
    """
    module, _, attribute = table[known(kind, name, table)].path.partition(":")
    return getattr(import_module(module, __package__), attribute)


def _found(kind: Kind, text: str) -> tuple[str, Callable[..., Any], str | None]:
    """Return the name, what it stands for, and what is written behind it, if anything."""
    name, colon, rest = text.partition(":")
    if name in kind.table:
        return name, load(kind.table, kind.word, name), rest if colon else None
    match = re.fullmatch(ONES_OWN, text)
    if match is None:
        what = shown(text if colon else name)
        raise ValueError(f"unknown {kind.word} {what}.{nearest(name, kind.table)} {_known(kind)}")
    module, attribute, rest = match.groups()
    try:
        found: Any = import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise  # it is there, and what it needs is not
        hint = f" Write {module[:-3]}:{attribute}." if module.endswith(".py") else nearest(name, kind.table)
        raise ValueError(
            f"unknown {kind.word} {shown(text)}: no module {error.name!r}.{hint} {_known(kind)}".rstrip()
        ) from None
    for step in attribute.split("."):
        try:
            found = getattr(found, step)
        except AttributeError:
            hint = nearest(step, [name for name in dir(found) if not name.startswith("_")])
            raise ValueError(f"{kind.word} {shown(text)}: {module} has no {attribute!r}.{hint}") from None
    return f"{module}:{attribute}", found, rest


def _known(kind: Kind) -> str:
    return f"Known: {', '.join(kind.table)}; or module:attribute, one of your own." if kind.table else ""


def _words(text: str) -> list[str]:
    """Split at the commas that stand in no brackets and no quotes."""
    words, at = [], 0
    while at <= len(text):
        match = _WORD.match(text, at)
        assert match is not None  # it may be empty
        words.append(match[0])
        at = match.end() + 1
    return words


def _assignment(word: str) -> tuple[str | None, str]:
    """Return the name before an equals sign, None where there is none, and the value."""
    name, equals, value = word.partition("=")
    return (name.strip(), value) if equals and name.strip().isidentifier() else (None, word)


def _no_parameter(kind: Kind, name: str, key: str | None, word: str, own: Mapping[str, inspect.Parameter]) -> str:
    if not own:
        return f"{kind.word} {name} has no parameters, got {shown(word)}"
    defaults = {each: "" if value.default is value.empty else f"={value.default}" for each, value in own.items()}
    listed = ", ".join(each + default for each, default in defaults.items())
    if key is None:
        return f"{kind.word} {name}: got {shown(word)}, expected name=value; its parameters: {listed}"
    quoted = " (a value with a comma in it stands in quotes)" if len(own) and "=" in word else ""
    return f"{kind.word} {name} has no parameter {key!r}.{nearest(key, own)} Its parameters: {listed}{quoted}"


def modules_in(config: Mapping[str, Any]) -> set[str]:
    """Return the modules that a configuration names before a colon, in its world and in its parts."""
    values = [config.get(key) for key in ("env", "agent", "baseline", *(kind.option for kind in KINDS))]
    values += [*config.get("agents", ()), *config.get("measures", ())]
    written = [value for value in values if isinstance(value, str)]
    return set(re.findall(rf"({_PATH}):", " ".join(written))) - {name for kind in KINDS for name in kind.table}
