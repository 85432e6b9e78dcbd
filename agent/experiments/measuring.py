"""What is told of a life beside what every life tells: measures by name."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..parts import MEASURE, chosen, parameters
from ..worlds import FiniteMDP
from .error_origin import refusing

Columns = Mapping[str, NDArray[Any]]

_NO_STEPS: Columns = {
    "state": np.zeros(0, np.int32),
    "action": np.zeros(0, np.int32),
    "next_state": np.zeros(0, np.int32),
    "reward": np.zeros(0),
    "terminated": np.zeros(0, np.bool_),
    "truncated": np.zeros(0, np.bool_),
    "information_gain_nats": np.zeros(0),
    "missing_information_nats": np.zeros(0),
}


def measured(name: str, steps: Columns, points: NDArray[np.int64], mdp: FiniteMDP | None) -> NDArray[np.float64]:
    """Return a measure of a life after so many steps.

    Args:
        name: how the measure is written, see `agent.registry.MEASURES`.
        steps: columns of one entry a step.
        points: `[N]`, increasing numbers of steps.
        mdp: the true process; None if it is not known.

    Returns:
        `[N]`.

    Raises:
        ValueError: an unknown name, a parameter out of range, a process that it cannot be told of, or of which nothing
            is known; something else than a number a point.
    """
    measure = chosen(MEASURE, name)
    if mdp is None and "mdp" in parameters(MEASURE, measure.factory):
        raise ValueError(f"measure {name} compares with the true process, which is not known of this world")
    values = np.asarray(measure.make(steps=steps, points=points, mdp=mdp))
    if values.shape != points.shape or values.dtype.kind not in "biuf":
        got = f"{values.dtype} of shape {values.shape}"
        raise ValueError(f"measure {name} gave {got}, expected a number for each of {len(points)} points")
    return values.astype(np.float64)


def measures_of(
    names: Iterable[str], steps: Columns, points: NDArray[np.int64], mdp: FiniteMDP | None
) -> dict[str, NDArray[np.float64]]:
    """Return measures of a life, by name; nan where they need a truth that was dropped."""
    told = {}
    for name in names:
        unknown = mdp is None and "mdp" in parameters(MEASURE, chosen(MEASURE, name).factory)
        told[name] = np.full(len(points), np.nan) if unknown else measured(name, steps, points, mdp)
    return told


def check_measures(names: Iterable[str], mdp: FiniteMDP | None) -> None:
    """Refuse measures that cannot be told of a life in a world, before there is one.

    Raises:
        ValueError: one line about the first of them.
    """
    for name in names:
        with refusing("--measures"):
            measured(name, _NO_STEPS, np.zeros(0, np.int64), mdp)
