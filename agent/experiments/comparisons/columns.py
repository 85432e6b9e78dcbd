"""The columns of a comparison: what each is called, and whether two of them would live the very same life.

A column is an agent as it is written, `curious:discount=.95,prior=symmetric`, in the light of the options that all
share (`--discount`, `--prior`, ...), which its own settings override. Its *label* has the settings that make a
difference to those options and to defaults, each in one spelling. So a label is again an agent as one writes it, and
results know a column by it. Its *identity* is what it comes to once all names, aliases and defaults are resolved.
"""

from collections.abc import Mapping
from typing import Any

from ...agents.explorer import Explorer
from ...belief.rewards.beliefs import Empirical
from ...bonuses import make_bonus, settings_of, without_settings
from ...parts import AGENT, BONUS, OF_EVERY_BELIEF, PLANNER, PRIOR, REWARD_BELIEF, Chosen, Kind, chosen, parameters
from ...registry import EMPIRICAL

PARTS: Mapping[str, Kind] = {kind.option: kind for kind in (PRIOR, REWARD_BELIEF, BONUS, PLANNER)}

Identity = tuple[Any, Mapping[str, Any]]
"""What makes a part, and all that it is made with."""


def labels(config: Mapping[str, Any], agents: Mapping[str, Any]) -> list[str]:
    """Return what the columns are called.

    Args:
        config: the resolved configuration.
        agents: the agents that were made, by how they are written.

    Raises:
        ValueError: two of them would live the same life.
    """
    known: dict[str, Identity] = {}
    for text, agent in agents.items():
        own = _identity(text, config, agent)
        twin = next((each for each, other in known.items() if other == own), None)
        if twin is not None:
            raise ValueError(
                f"--agents: {text!r} would live the same life as {twin!r}, with {_words(own)}; expected different "
                f"agents: leave one out, or set what is to differ, as in curious:discount=.95"
            )
        known[text] = own
    return [label(text, config) for text in known]


def label(text: str, config: Mapping[str, Any]) -> str:
    """Return an agent as it is written, with the settings that matter beside the common options, in one spelling."""
    found = chosen(AGENT, text)
    base = _defaults(found) | _common(config, found)
    differing = {
        name: value for name, value in found.settings.items() if not _same(name, value, base.get(name), config)
    }
    written = ",".join(f"{name}={_written(value)}" for name, value in sorted(differing.items()))
    short = f"{found.name}:{written}" if written else found.name
    return short if chosen(AGENT, short).settings == differing else text


def _identity(text: str, config: Mapping[str, Any], agent: Any) -> Identity:
    found = chosen(AGENT, text)
    values = _defaults(found) | _common(config, found) | dict(found.settings)
    if type(agent) is Explorer:  # whoever made it: it is what it is made of
        made: dict[str, Any] = {"bonus": (without_settings(agent.bonus.function), settings_of(agent.bonus.function))}
        if "planner" in values:
            made["planner"] = _part(PLANNER, values["planner"], values)
        rest = {name: value for name, value in values.items() if name not in (*PLANNER.given, "bonus", "planner")}
        of_belief = {name: _part(PARTS[name], values[name], values) for name in OF_EVERY_BELIEF}
        if of_belief["reward_belief"][0] is Empirical:
            rest.pop("reward_gain_weight", None)  # there is no gain to be weighed
        elif rest.get("reward_gain_weight", 0.0) is None:
            rest["reward_gain_weight"] = rest["curiosity_weight"]
        return (Explorer if "planner" in made else found.factory), rest | made | of_belief
    parts = {word: _part(kind, values[word], values) for word, kind in PARTS.items() if word in values}
    return found.factory, values | parts


def _part(kind: Kind, text: Any, values: Mapping[str, Any]) -> Any:
    """Return what a part is made by and with; of one that is not written as text, itself."""
    if not isinstance(text, str):
        return text
    if kind is BONUS:
        function = make_bonus(text).function
        return without_settings(function), settings_of(function)
    found = chosen(kind, text)
    own = parameters(kind, found.factory)
    given = {name: values[name] for name in kind.given if name in own and name in values}
    return found.factory, _defaults(found) | given | dict(found.settings)


def _defaults(found: Chosen) -> dict[str, Any]:
    own = parameters(found.kind, found.factory)
    return {name: each.default for name, each in own.items() if each.default is not each.empty}


def _common(config: Mapping[str, Any], found: Chosen) -> dict[str, Any]:
    """Return what the common options give an agent; to each those of the belief that it is scored by."""
    settable = {name for name, given in AGENT.given.items() if given.type is not None}
    own = {*OF_EVERY_BELIEF, *parameters(AGENT, found.factory)}
    told = {"reward_belief": EMPIRICAL, **config}  # which is left out of configurations
    return {name: told[name] for name in settable & own if told.get(name) is not None}


def _same(name: str, value: Any, other: Any, config: Mapping[str, Any]) -> bool:
    if name in PARTS and isinstance(value, str) and isinstance(other, str):
        return _part(PARTS[name], value, config) == _part(PARTS[name], other, config)
    return type(value) is type(other) and value == other


def _written(value: Any) -> str:
    """Write a value as it is typed behind a colon."""
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    if isinstance(value, str):
        return repr(value) if "," in value and value[0] not in "\"'" else value
    return repr(value)


def _words(identity: Identity) -> str:
    """Say what an agent comes to."""
    return ", ".join(f"{name} {_said(value)}" for name, value in sorted(identity[1].items()))


def _said(value: Any) -> str:
    if isinstance(value, tuple) and len(value) == 2 and callable(value[0]):
        made_by, settings = value
        name = getattr(made_by, "__name__", str(made_by)).strip("_")
        own = ", ".join(f"{key}={each}" for key, each in settings.items())
        return f"{name}({own})" if own else name
    return str(value)
