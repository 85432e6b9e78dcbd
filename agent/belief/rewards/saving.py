"""What is saved of a belief about rewards, beside what pairs were paid: what it is, and the sums of its gains."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..tables import BETA
from .beliefs import Empirical, RewardBelief

SUMS = ("last_reward_gain", "last_expected_reward_gain", "reward_gain", "expected_reward_gain")
"""The belief's numbers of gains, in the order in which files hold them, nats."""


def arrays_of(model: Any) -> dict[str, NDArray[Any]]:
    """Return `reward_belief`, in words, and `reward_gain_sum`; nothing where rewards teach nothing."""
    if not model.reward_belief.has_gain:
        return {}
    sums = [getattr(model.numbers, name) for name in SUMS]
    return {"reward_belief": np.array([repr(model.reward_belief)]), "reward_gain_sum": np.array(sums)}


def check(belief: RewardBelief, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Refuse arrays of another belief about rewards, or of sums that it cannot have.

    Args:
        belief: what the arrays are to be of.
        arrays: checked for their types and lengths but for those of `arrays_of`.

    Raises:
        ValueError: they are.
    """
    told = arrays.get("reward_belief", np.array([repr(Empirical())])).tolist()
    if told != [repr(belief)]:
        raise ValueError(f"reward_belief is {told[0] if len(told) == 1 else told}, expected {belief!r}")
    if not belief.has_gain:
        return
    sums = arrays.get("reward_gain_sum")
    if sums is None or sums.dtype != np.float64 or sums.shape != (len(SUMS),) or not (sums >= 0).all():
        raise ValueError("reward_gain_sum is damaged, or missing")
    if not (np.isfinite(arrays["reward_sum"]) & np.isfinite(arrays["reward_square_sum"])).all():
        raise ValueError("reward_sum is damaged: not all sums are finite")
    if belief.kind == BETA:
        visits = np.bincount(arrays["edge_pair"], arrays["edge_count"]) if arrays["edge_pair"].size else np.zeros(1)
        total = arrays["reward_sum"]
        if not ((total >= 0) & (total <= visits[arrays["reward_pair"]]) & (total == np.floor(total))).all():
            raise ValueError("reward_sum is damaged, or of a belief of another kind: not all rewards were 0 or 1")


def restore(model: Any, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Take over what pairs were paid, and the sums of gains, which were checked; edges are there already."""
    paid = arrays["reward_pair"]
    if paid.size:
        model.make_room(0, rewards=True)
        model.pairs.reward_sum[paid] = arrays["reward_sum"]
        model.pairs.reward_square_sum[paid] = arrays["reward_square_sum"]
    if model.reward_belief.has_gain:
        for name, value in zip(SUMS, arrays["reward_gain_sum"].tolist(), strict=True):
            setattr(model.numbers, name, value)
