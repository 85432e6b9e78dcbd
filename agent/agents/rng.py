"""The agents' own random numbers: the same bits compiled or not.

KISS (Marsaglia 1999, "Random numbers for C: the END?"): the sum of a congruential, a shift-register and a
multiply-with-carry generator, period about 2^123, on four integers. All products stay below 2^63, so that plain Python
integers and compiled 64-bit ones agree; `numpy.random.Generator` would cost nine microseconds at every compiled call.
"""

import math
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compilation.compiled import compiled, part
from ..validation import shown

MASK = 0xFFFFFFFF


def stream(seed: int | np.random.SeedSequence) -> NDArray[np.int64]:
    """Return the state of a generator, `[4]`, fixed by a seed.

    Raises:
        ValueError: the seed is no whole number, or negative.
    """
    sequence = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(checked(seed))
    x, y, z, carry = (int(word) for word in sequence.generate_state(4))
    return np.array([x, y | 1, z | 1, carry % 698769068 + 1], dtype=np.int64)


def seed_streams(seed: int) -> tuple[int, np.random.SeedSequence]:
    """Derive, from the seed of a run, independent ones of the world's own randomness and of the agent's.

    A third is spawned for statistics, so that they never touch a life.

    Raises:
        ValueError: the seed is no whole number, or negative.
    """
    world, agent, _ = np.random.SeedSequence(checked(seed)).spawn(3)
    return int(world.generate_state(1)[0]), agent


def checked(seed: Any) -> int:
    """Return a seed; nothing else fixes what is random, None least of all.

    Raises:
        ValueError: no whole number, or a negative one.
    """
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise ValueError(f"seed is {shown(seed)}, expected a whole number, at least 0")
    return int(seed)


@compiled
def below(state, bound):
    """Draw an integer in `[0, bound)` and advance the state; bias below `bound` / 2^32."""
    x = (69069 * int(state[0]) + 12345) & MASK
    y = int(state[1])
    y ^= (y << 13) & MASK
    y ^= y >> 17
    y ^= (y << 5) & MASK
    product = 698769069 * int(state[2]) + int(state[3])
    z = product & MASK
    state[0], state[1], state[2], state[3] = x, y, z, product >> 32
    return (((x + y + z) & MASK) * bound) >> 32


@part
def uniform(state):
    """Draw a number in (0, 1), of 53 bits, and advance the state."""
    high = below(state, 1 << 26)
    return (high * (1 << 27) + below(state, 1 << 27) + 0.5) / (1 << 53)


@part
def normal(state):
    """Draw a standard normal number, by the polar method (Marsaglia and Bray 1964)."""
    while True:  # ends: a pair is inside the circle with probability pi / 4
        x, y = 2.0 * uniform(state) - 1.0, 2.0 * uniform(state) - 1.0
        square = x * x + y * y
        if 0.0 < square < 1.0:
            return x * math.sqrt(-2.0 * math.log(square) / square)


@part
def gamma(shape, state):
    """Draw a standard gamma number of a positive shape (Marsaglia and Tsang 2000); tiny ones may come out as 0."""
    scale, raised = 1.0, shape
    if shape < 1.0:
        scale, raised = math.exp(math.log(uniform(state)) / shape), shape + 1.0
    d = raised - 1.0 / 3.0
    while True:  # ends: what is proposed is taken with probability above .95
        x = normal(state)
        root = 1.0 + x / math.sqrt(9.0 * d)
        if root > 0.0:
            cube = root * root * root
            if math.log(uniform(state)) < 0.5 * x * x + d - d * cube + d * math.log(cube):
                return d * cube * scale


@compiled
def choose(values, first, num_actions, sign, state):
    """Action of the largest of `num_actions` values from `first` on; exact ties are broken at random.

    A `sign` of -1 chooses among the smallest.
    """
    best = sign * values[first]
    ties = 1
    for action in range(1, num_actions):
        value = sign * values[first + action]
        if value > best:
            best, ties = value, 1
        elif value == best:
            ties += 1
    pick = below(state, ties) if ties > 1 else 0
    for action in range(num_actions):
        if sign * values[first + action] == best:
            if pick == 0:
                return action
            pick -= 1
    return 0
