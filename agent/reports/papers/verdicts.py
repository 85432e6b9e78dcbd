"""What an experiment says of its claim, and of us: plain readings of what `reproduction.json` holds.

An arm counts as what it came to here, or, if it is not among our agents, as what was published of it. Ours, the first
arm of a setting, is *ahead* or *behind* where the 95 % interval of its mean lies wholly on one side of the published
value, and *even* where it does not. A published spread is not taken into account.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..formatting import format_number


class Rival(NamedTuple):
    """The best that was published of what has no more than the others.

    Attributes:
        label: of its arm.
        value: what was published.
        verdict: whether ours is ahead of it, even with it, or behind it; empty where that is not known.
    """

    label: str
    value: float
    verdict: str


def ours(setting: Mapping[str, Any]) -> str:
    """Return the label of our arm."""
    return next(iter(setting["arms"]))


def best_published(setting: Mapping[str, Any], at: str) -> Rival | None:
    """Return the best published value at a checkpoint, those of bounds apart, beside ours; None: there is none."""
    published = {
        label: row[at]["published"][0]
        for label, row in setting["arms"].items()
        if label not in setting["bounds"] and row[at]["published"] is not None
    }
    if not published:
        return None
    label = (max if setting["more_is_better"] else min)(published, key=published.__getitem__)
    return Rival(label, published[label], _verdict(setting, at, published[label]))


def _verdict(setting: Mapping[str, Any], at: str, value: float) -> str:
    low, high = setting["arms"][ours(setting)][at]["ci95"]
    if low is None:
        return ""
    if low <= value <= high:
        return "even"
    return "ahead" if (low > value) == setting["more_is_better"] else "behind"


def unseen(told: Mapping[str, Any]) -> list[str]:
    """Return what of a claim is not to be seen here, a line each; none: it held."""
    return [line for setting in told["settings"].items() for line in _unseen(*setting)]


def _unseen(name: str, setting: Mapping[str, Any]) -> Iterator[str]:
    for finding in setting["findings"]:
        at, slack = str(finding["at"]), finding["factor"]
        better, worse = (_value(setting["arms"][finding[arm]][at]) for arm in ("better", "worse"))
        if better is None or worse is None:
            continue
        held = better * slack >= worse if setting["more_is_better"] else better <= worse * slack
        if not held:
            numbers = f"{format_number(better)} beside {format_number(worse)}"
            within = f" within {100 * (slack - 1):.0f} %" if slack != 1 else ""
            place = f"{name}, {format_number(int(at))} {setting['unit']}"
            yield f"{place}: {finding['better']} is not better than {finding['worse']}{within} ({numbers})"


def _value(cell: Mapping[str, Any]) -> float | None:
    if cell["mean"] is not None:
        return cell["mean"]
    return None if cell["published"] is None else cell["published"][0]


def said(told: Mapping[str, Any]) -> str:
    """Say in a line whether the claim held."""
    number = sum(len(setting["findings"]) for setting in told["settings"].values())
    missed = unseen(told)
    if not missed:
        return f"The claim held, in all {number} comparisons of it."
    return f"The claim held in {number - len(missed)} comparisons of {number}; not: {'; '.join(missed)}."
