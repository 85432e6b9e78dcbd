"""Gymnasium's Blackjack with the truth that it does not tell: its cards are few, so its table can be written down.

`tests.support.blackjack:Blackjack-v0` steps as `Blackjack-v1` does, its observations numbered in one row. Cards come
from an endless deck: 1 to 9 with probability 1/13 each, 10 with 4/13. An ace counts 11 where that does not exceed 21.
"""

from typing import Any

import gymnasium
import numpy as np
from gymnasium.envs.toy_text.blackjack import BlackjackEnv
from gymnasium.spaces import Discrete

CARDS = {card: 4 / 13 if card == 10 else 1 / 13 for card in range(1, 11)}
SHAPE = SUMS, SHOWN, ACES = 32, 11, 2
MOST, STICK, HIT = 21, 0, 1

Hand = tuple[int, int]
"""The sum of a hand, and whether an ace of it counts 11."""


def drawn(hand: Hand, card: int) -> Hand:
    """Return a hand that a card was added to."""
    least = hand[0] - 10 * hand[1] + card  # all aces count 1
    has_ace = bool(hand[1]) or card == 1
    return (least + 10, 1) if has_ace and least + 10 <= MOST else (least, 0)


def number(hand: Hand, shown: int) -> int:
    """Return the number of an observation."""
    return (hand[0] * SHOWN + shown) * ACES + hand[1]


class Blackjack(BlackjackEnv):
    """Blackjack whose observations are numbers, with its table `P` and its first observations."""

    follows_table = True
    feature_ranges = ((0, SUMS - 1), (0, SHOWN - 1), (0, ACES - 1))

    def __init__(self) -> None:
        super().__init__()
        self.observation_space = Discrete(SUMS * SHOWN * ACES)
        self.initial_state_distrib = np.zeros(self.observation_space.n)
        for shown, chance in CARDS.items():
            for first, its in CARDS.items():
                for second, others in CARDS.items():
                    hand = drawn(drawn((0, 0), first), second)
                    self.initial_state_distrib[number(hand, shown)] += chance * its * others
        self.P = {state: {STICK: self._stuck(state), HIT: self._hit(state)} for state in range(SUMS * SHOWN * ACES)}

    def features(self, observation: int) -> tuple[int, ...]:
        """The sum of the hand, the card that the dealer shows, and whether an ace counts 11."""
        return tuple(map(int, np.unravel_index(observation, SHAPE)))

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """Deal."""
        observation, info = super().reset(seed=seed, options=options)
        return _number_of(observation), info

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        """Stick or hit."""
        observation, *rest = super().step(action)
        return _number_of(observation), *rest

    def _stuck(self, state: int) -> list[tuple[float, int, float, bool]]:
        """The hand stays as it is; what is paid is left out, as it teaches nothing of transitions."""
        return [(1.0, state, 0.0, True)]

    def _hit(self, state: int) -> list[tuple[float, int, float, bool]]:
        total, shown, ace = self.features(state)
        if total > MOST or (ace and total < 11):  # an episode has ended there, or no hand is this
            return self._stuck(state)
        outcomes = ((drawn((total, ace), card), chance) for card, chance in CARDS.items())
        return [(chance, number(hand, shown), -1.0 * (hand[0] > MOST), hand[0] > MOST) for hand, chance in outcomes]


def _number_of(observation: tuple[int, int, int]) -> int:
    total, shown, ace = map(int, observation)
    return number((total, ace), shown)


gymnasium.register("Blackjack-v0", Blackjack)
