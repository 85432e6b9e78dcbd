"""What there is to choose from, as `--list` prints it: all names, or the parameters and documentation of one."""

import inspect
import re
import shutil
import textwrap
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

from .. import parts, registry
from ..parts import AGENT, BONUS, KINDS, MEASURE, PLANNER, PRIOR, Kind
from ..validation import nearest, shown, spelled, type_of

WIDEST = 100
_SOME_PART = Kind(
    "part", {}, {name: given for name, given in parts.AGENT.given.items() if name not in parts.OF_EVERY_BELIEF}
)
"""What a function makes, nobody knows before it is called."""
_SECTION = re.compile(r"^(Args|Attributes|Returns|Yields|Raises|Source):\s*$")
_ENTRY = re.compile(r"^(\w+(?:, \w+)*)(?: \([^)]*\))?:\s+(.*)")


def print_names() -> None:
    """Print everything that can be chosen by name, with a line about each."""
    from ..worlds import WORLDS

    groups = {"worlds (--env), and any Gymnasium id": {name: world.summary for name, world in WORLDS.items()}}
    tables = {"agents (--agent)": registry.AGENTS, "priors (--prior)": registry.PRIORS}
    tables |= {"beliefs about rewards (--reward-belief)": registry.REWARD_BELIEFS}
    tables |= {"bonuses (--bonus)": registry.BONUSES, "planners (--planner)": registry.PLANNERS}
    tables |= {"measures of a life (compare --measures)": registry.MEASURES}
    groups |= {title: {name: entry.summary for name, entry in table.items()} for title, table in tables.items()}
    for name, own in registry.OWN_PARTS.items():
        groups["agents (--agent)"][name] += f" ({', '.join(own.values())})"
    width = max(len(name) for rows in groups.values() for name in rows)
    for title, rows in groups.items():
        print(title)
        for name, summary in rows.items():
            print(f"  {name.ljust(width)}  {summary}".rstrip())
    print("parts of your own: module:attribute; parameters: name:key=value,... (--list NAME names them)")


def describe(name: str) -> str:
    """Say of a world, or of a part, what it is, what its parameters are and mean, and what its documentation says.

    A name may stand for several things, an agent and a bonus, say: each is described.

    Raises:
        ValueError: there is nothing of this name.
    """
    kinds = [kind for kind in KINDS if name.partition(":")[0] in kind.table]
    described = [_of_part(kind, name) for kind in kinds]
    world = _of_world(name)
    if world is not None:
        described.insert(0, world)
    if not described and re.fullmatch(parts.ONES_OWN, name):
        described.append(_of_part(_kind_of(parts.chosen(_SOME_PART, name).factory), name))
    if not described:
        from ..worlds import WORLDS

        names = [*WORLDS, *(each for kind in KINDS for each in kind.table)]
        raise ValueError(f"--list: unknown name {shown(name)}.{nearest(name, names)} --list alone names all.")
    return "\n\n".join(described)


def _kind_of(factory: Any) -> Kind:
    """Tell what kind a part of a user's own is, by what it can do, or else by what it asks for."""
    methods = {"act": AGENT, "plan": PLANNER, "concentration": PRIOR, "local": PRIOR}
    for method, kind in methods.items():
        if isinstance(factory, type) and (hasattr(factory, method) or method in inspect.get_annotations(factory)):
            return kind
    for kind in () if isinstance(factory, type) else (BONUS, MEASURE):
        if set(parts.parameters(kind, factory)) & set(kind.given):
            return kind
    return _SOME_PART


def _of_part(kind: Kind, name: str) -> str:
    chosen = parts.chosen(kind, name)
    factory = getattr(chosen.factory, "function", chosen.factory) if kind is BONUS else chosen.factory
    entry = kind.table.get(chosen.name)
    own = parts.settable(kind, factory)
    asked = [each for each in parts.parameters(kind, factory) if each in kind.given and each not in own]
    option = "--measures" if kind is MEASURE else f"--{kind.word}"
    title = f"{chosen.name}, a {kind.word} ({option})" if kind in KINDS else f"{chosen.name}, a part"
    title = title.replace(" a agent", " an agent")
    meanings = {each: given.meaning for each, given in kind.given.items()}
    documented = _Documentation(factory)
    lines = [*_wrapped(title + (f": {entry.summary}" if entry else "")), *documented.text()]
    lines += _parameters("parameters", own, documented.meanings | {n: m for n, m in meanings.items() if n in own})
    lines += _listed("is given", {each: meanings[each] for each in asked})
    return "\n".join(lines)


def _of_world(name: str) -> str | None:
    """Describe a world of ours, or of anybody's whose id Gymnasium knows; None where there is none."""
    import gymnasium
    from gymnasium.envs.registration import load_env_creator

    from ..worlds import WORLDS

    try:
        module, colon, own = name.rpartition(":")
        if colon and "-v" in own:
            import_module(module)
        spec = gymnasium.spec(WORLDS[name].id if name in WORLDS else own)
        factory = load_env_creator(str(spec.entry_point))
    except (gymnasium.error.Error, ModuleNotFoundError, AttributeError, ValueError):
        return None
    world, fixed = WORLDS.get(name), spec.kwargs
    found = {each: value for each, value in inspect.signature(factory).parameters.items() if each != "render_mode"}
    own = {each: value.replace(default=fixed[each]) if each in fixed else value for each, value in found.items()}
    documented = _Documentation(factory, *_module_of(factory)) if world else _Documentation(factory)
    told = f": {world.summary}; {world.default_steps} steps" if world else ""
    lines = [*_wrapped(f"{name}, a world (--env){told}"), *documented.text()]
    return "\n".join(lines + _parameters("arguments (--env-kwargs)", own, documented.meanings))


def _module_of(factory: Callable[..., Any]) -> list[Any]:
    """Return the module of a world of ours, which describes it, and its functions, to which arguments are handed on."""
    module = inspect.getmodule(factory)
    return [module, *(each for each in vars(module).values() if inspect.isfunction(each))]


class _Documentation:
    """The docstrings of a class and of how it is made, or of a function, and of what else describes it.

    Attributes:
        meanings: of the parameters, by name.
    """

    def __init__(self, factory: Callable[..., Any], *others: Any) -> None:
        self.paragraphs: list[str] = []
        self.meanings: dict[str, str] = {}
        is_class = isinstance(factory, type)
        for each in (*others, factory, *([factory.__init__] if is_class else [])):
            own = "__doc__" in vars(each) if isinstance(each, type) else True
            is_kept = each is factory or inspect.ismodule(each)
            self._read(inspect.cleandoc((each.__doc__ if own else "") or ""), is_kept)

    def _read(self, doc: str, is_kept: bool) -> None:
        section, entries = "", []
        for line in doc.splitlines():
            if match := _SECTION.match(line):
                section = match[1]
            elif section and line and not line.startswith(" "):
                section = ""
            if section in ("Args", "Attributes"):
                entries.append(line[4:])
            elif not section and is_kept:
                self.paragraphs.append(line)
        self.paragraphs.append("")
        last: list[str] = []
        for line in entries:
            if match := _ENTRY.match(line):
                last = match[1].split(", ")
                self.meanings |= dict.fromkeys(last, match[2])
            elif line.strip():
                self.meanings |= {name: f"{self.meanings[name]} {line.strip()}" for name in last}

    def text(self) -> Iterator[str]:
        """Give the lines of the documentation, a paragraph after an empty line each."""
        for paragraph in filter(None, re.split(r"\n\s*\n", "\n".join(self.paragraphs).strip())):
            yield ""
            lines = paragraph.splitlines()
            is_prose = not any(line.startswith((" ", "-", "*", "#", "`", "|")) for line in lines)
            for line in [" ".join(lines)] if is_prose else lines:
                yield from _wrapped(line, 2)


def _parameters(title: str, own: Mapping[str, inspect.Parameter], meanings: Mapping[str, str]) -> list[str]:
    told = {}
    for name, each in own.items():
        default = "" if each.default is each.empty else f" = {shown(each.default)}"
        told[f"{parts.written(name)}{default}"] = ": ".join(
            filter(None, [spelled(type_of(each)), meanings.get(name, "")])
        )
    return _listed(title, told) if told else ["", "  no parameters"]


def _listed(title: str, rows: Mapping[str, str]) -> list[str]:
    lines = ["", f"  {title}"] if rows else []
    for head, text in rows.items():
        lines += [f"    {head}", *_wrapped(text, 8)]
    return lines


def _wrapped(text: str, indent: int = 0) -> list[str]:
    """Lines no wider than the terminal; those after the first of an unindented text are indented."""
    width, first = min(max(shutil.get_terminal_size().columns, 40), WIDEST), indent + len(text) - len(text.lstrip())
    return textwrap.wrap(
        text.strip(), width, initial_indent=" " * first, subsequent_indent=" " * (first or 2), break_on_hyphens=False
    )
