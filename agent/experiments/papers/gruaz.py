"""Gruaz, Modirshanechi, Becker and Brea 2024: merits of curiosity."""

from collections.abc import Mapping

from .experiment import Arm, Experiment, Finding, Setting

_STEPS = (500, 1500, 5000)
_KINDS = "neutral", "sink", "source", "stochastic", "mixed"
_NEAR = 1.25  # what is called near the best
_SIGNALS: Mapping[str, Arm] = {
    "novelty and gain": Arm("curious", {"bonus": "novelty-and-gain"}),
    "information gain": Arm("curious"),
    "novelty": Arm("curious", {"bonus": "novelty"}),
    "surprise": Arm("curious", {"bonus": "realised-surprisal"}),
    "random": Arm("random"),
}
_OTHERS = [label for label in _SIGNALS if label != "novelty and gain"]


def _setting(kind: str, measure: str) -> Setting:
    findings = tuple(Finding("novelty and gain", other, _STEPS[1], _NEAR) for other in _OTHERS)
    return Setting("room-graph", measure, _STEPS, _SIGNALS, {"kind": kind}, is_logarithmic=True, findings=findings)


GRUAZ = Experiment(
    source="Gruaz, Modirshanechi, Becker and Brea 2024, Merits of curiosity: a simulation study, doi"
    " 10.31234/osf.io/evm9n",
    read="figures only: no numbers are compared",
    claim="which signal is best depends on the world and on what is asked for; a mix of novelty and information gain"
    " is always near the best: here, at most a quarter behind",
    differs="one size of rooms and one branching of theirs, 5 settings of 45; all states have as many actions as the"
    " one with most; one planner for all signals",
    settings={f"{kind} rooms": _setting(kind, "model-error") for kind in _KINDS}
    | {"mixed rooms, states": _setting("mixed", "states-left")},
)
