"""All experiments of papers on a page, in Markdown: ours beside the best that was published, and where we lose."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..formatting import format_number, format_statistics
from .verdicts import best_published, ours, said

_HEAD = "| setting | after | {} | other arms of ours | best published | so ours is |", "|---|---|---|---|---|---|"


def page(experiments: Sequence[Mapping[str, Any]]) -> str:
    """Write the page.

    Args:
        experiments: what `reproduction.json` of each holds.
    """
    return "\n".join(line for told in experiments for line in (*_section(told), "")).rstrip("\n") + "\n"


def _section(told: Mapping[str, Any]) -> Iterator[str]:
    yield f"**`{told['experiment']}`**, {told['seeds']} seeds. {told['source']}."
    yield ""
    settings = told["settings"]
    (label,) = {ours(setting) for setting in settings.values()}
    yield _HEAD[0].format(label)
    yield _HEAD[1]
    for name, setting in settings.items():
        for at in next(iter(setting["arms"].values())):
            yield _row(name, setting, at)
    yield ""
    yield f"{_measures(settings)} There: {told['claim']}. {said(told)} Published numbers: {told['read']}."
    yield f"Here: {told['differs']}."


def _measures(settings: Mapping[str, Any]) -> str:
    labels = dict.fromkeys(
        f"{setting['label']}, {'more' if setting['more_is_better'] else 'less'} is better"
        for setting in settings.values()
    )
    return f"Told is: {'; '.join(labels)}."


def _row(name: str, setting: Mapping[str, Any], at: str) -> str:
    first = ours(setting)
    others = [
        f"{label} {format_number(row[at]['mean'])}"
        for label, row in setting["arms"].items()
        if label != first and row[at]["mean"] is not None
    ]
    rival = best_published(setting, at)
    published = "-" if rival is None else f"{rival.label} {format_number(rival.value)}"
    verdict = "-" if rival is None else f"**{rival.verdict}**" if rival.verdict == "behind" else rival.verdict
    mine = format_statistics(setting["arms"][first][at])
    return f"| {name} | {format_number(int(at))} | {mine} | {', '.join(others)} | {published} | {verdict} |"
