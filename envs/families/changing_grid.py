"""Two rooms and two one-way doors that swap their directions in mid-life: what was learnt is wrong from then on.

Isolates: whether what was learnt long ago is looked at again. The way that led on is shut, and the other one, which was
tried and found shut, is open. The same question as the blocking maze of Sutton 1990, "Integrated architectures for
learning, planning, and reacting based on approximating dynamic programming", and Sutton and Barto 2018, "Reinforcement
learning", section 8.3; there a wall moves and a goal pays, here nothing is paid, and from either room one door leads.

It is no single decision process, so its truth is not known to those who ask for one: `before` and `after` are.
"""

from typing import Any

from .. import arguments
from .grid import Grid

BEFORE = """\
#############
#.....#.....#
#.....>.....#
#..S..#....G#
#.....<.....#
#.....#.....#
#############
"""
AFTER = BEFORE.translate(str.maketrans("<>", "><"))
NEVER = 2**63


class ChangingGrid(Grid):
    """Two rooms of 5 x 5 cells; the upper door leads right and the lower one left, and later the other way round.

    A life begins with a reset that is given a seed, and counts its steps across episodes.

    Attributes:
        before: the process at first.
        after: that from the change on; its states have the same numbers.
    """

    def __init__(self, change_at: int = 20_000, slip: float = 0.1, render_mode: str | None = None) -> None:
        """Make the world.

        Args:
            change_at: steps of a life after which the doors swap; 0: they are swapped from the beginning.
            slip: probability that a move goes to *each* side, 0 to 0.5.
            render_mode: "rgb_array", "ansi", or None.
        """
        self._change_at = arguments.whole("change_at", change_at, 0, what="steps before the change")
        super().__init__(map_text=BEFORE, slip=slip, render_mode=render_mode)
        other = Grid(map_text=AFTER, slip=slip)
        assert self.mdp is not None
        assert other.mdp is not None
        self.before, self.after = self.mdp, other.mdp
        self._phases = (self.rows, self.picture, self.map_text), (other.rows, other.picture, other.map_text)
        self._enter(0)

    def _enter(self, step: int) -> None:
        """Be as the world is after so many steps of a life."""
        self._step = step
        has_changed = step >= self._change_at
        self.rows, self._picture, self.map_text = self._phases[has_changed]
        self._process = self.after if has_changed else self.before
        self._plain_rows = tuple(self.rows)
        self._next_change = NEVER if has_changed else self._change_at

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """Draw the first state of an episode; with a seed, of a life."""
        if seed is not None:
            self._enter(0)
        return super().reset(seed=seed, options=options)

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        """Draw the next state, as the world is by now."""
        if self._step == self._next_change:
            self._enter(self._step)
        told = super().step(action)
        self._step += 1
        return told
