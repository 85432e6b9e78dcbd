"""Beliefs about what a pair is paid, by name: conjugate families, each the same for all pairs before anything is seen.

What was seen of a pair counts by its number of rewards, their sum and the sum of their squares, which are all that
these families need of it. A belief takes every reward of a pair as drawn from one distribution that does not change.
"""

from dataclasses import astuple, dataclass
from typing import Any, ClassVar

from ...parts import REWARD_BELIEF, chosen
from ...validation import LARGEST_PAID, is_finite_number, shown
from ..tables import BETA, EMPIRICAL, GAUSSIAN, NORMAL_GAMMA

LEAST, MOST = 1e-9, 1e15
"""Parameters that must be positive: beside rewards, smaller ones are nothing and larger ones everything."""


class RewardBelief:
    """What the families share.

    Attributes:
        kind: which family it is, for compiled code.
    """

    kind: ClassVar[int]

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name == "mean":
                if not (is_finite_number(value) and abs(value) <= LARGEST_PAID):
                    raise ValueError(
                        f"a reward belief's mean must be a number, at most {LARGEST_PAID:g}, up or down, got {value!r}"
                    )
            elif not (is_finite_number(value) and LEAST <= value <= MOST):
                raise ValueError(
                    f"a reward belief's {name} must be positive, from {LEAST:g} to {MOST:g}, got {shown(value)}"
                )

    @property
    def has_gain(self) -> bool:
        """Whether rewards teach anything by it."""
        return self.kind != EMPIRICAL

    @property
    def prior_mean(self) -> float:
        """Mean reward of a pair, beforehand."""
        return getattr(self, "mean", 0.0)

    @property
    def parameters(self) -> tuple[float, ...]:
        """In the order in which compiled code takes them."""
        return tuple(float(value) for value in astuple(self))  # type: ignore[call-overload]  # all are dataclasses


@dataclass(frozen=True)
class Empirical(RewardBelief):
    """The mean of what was paid, 0 where a pair was never taken: without a prior, a reward teaches no nats."""

    kind: ClassVar[int] = EMPIRICAL


@dataclass(frozen=True)
class Gaussian(RewardBelief):
    """Rewards are normal around a mean that is not known, by a noise that is; the mean is normal beforehand.

    After n rewards the mean has the precision `precision` + n, in units of observations. What the next one is expected
    to teach depends on n alone: (1/2) ln(1 + 1/(precision + n)) nats.

    Attributes:
        mean: of a pair's mean reward, beforehand.
        precision: of that mean, in units of observations: how many rewards it counts as.
        noise: standard deviation of a reward around its pair's mean.
    """

    mean: float = 0.0
    precision: float = 1.0
    noise: float = 1.0
    kind: ClassVar[int] = GAUSSIAN


@dataclass(frozen=True)
class NormalGamma(RewardBelief):
    """Rewards are normal around a mean, by a noise, neither of which is known.

    The precision of the noise, 1 / variance, is Gamma(shape, rate) beforehand, and the mean normal, `precision` times
    as precise. Where the noise is large the same rewards teach less of the mean, and the belief learns how large it is.

    Attributes:
        mean: of a pair's mean reward, beforehand.
        precision: of that mean, in units of observations: how many rewards it counts as.
        shape: of the gamma distribution: half of the number of rewards that it counts as.
        rate: of the gamma distribution: half of the sum of squared deviations in these.
    """

    mean: float = 0.0
    precision: float = 1.0
    shape: float = 1.0
    rate: float = 1.0
    kind: ClassVar[int] = NORMAL_GAMMA


@dataclass(frozen=True)
class Beta(RewardBelief):
    """Rewards are 0 or 1, and no others; how often they are 1 is Beta(alpha, beta) beforehand.

    Attributes:
        alpha: rewards of 1 that the prior counts as.
        beta: likewise rewards of 0.
    """

    alpha: float = 1.0
    beta: float = 1.0
    kind: ClassVar[int] = BETA

    @property
    def prior_mean(self) -> float:
        """Mean reward of a pair, beforehand."""
        return self.alpha / (self.alpha + self.beta)


def make_reward_belief(belief: Any) -> RewardBelief:
    """Return a belief about rewards as it is written (`agent.parts`): gaussian:mean=1,noise=.5, beta; or one.

    Raises:
        ValueError: an unknown name, a parameter that it does not have or of another type, or out of range; no belief.
    """
    made = chosen(REWARD_BELIEF, belief).make() if isinstance(belief, str) else belief
    if not isinstance(made, RewardBelief):
        expected = "one of agent.belief.rewards.beliefs, as Gaussian(mean=0, precision=1, noise=1)"
        raise ValueError(f"a belief about rewards: got {shown(made)}, expected {expected}")
    return made
