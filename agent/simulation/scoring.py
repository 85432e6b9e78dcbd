"""Scores of a belief against the truth: missing information and coverage, kept up to date step by step.

The truth is compared with what is seen: at the first step, or start of an episode, that it rules out, it is dropped,
and there is no score from then on. Wrong probabilities of outcomes that it allows go unnoticed.
"""

import copy
import math
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..belief.tables import TERMINAL
from ..compilation.handles import Pack
from . import score_updates
from .score_updates import BY_START, IS_END, IS_START, Score, TruthTable
from .scored_states import pairs_within

if TYPE_CHECKING:
    from ..belief.world_model import WorldModel
    from ..worlds import FiniteMDP


class Truth:
    """Compares a model with the true transitions, over the pairs that can be reached and are not terminal.

    Missing information is the sum over those pairs of KL(true || predicted), nats (Little and Sommer 2013). The
    yardstick of its fraction is the same for every agent and prior: the uniform prediction over the world's states.

    Attributes:
        model: the belief.
        yardstick: missing information of the uniform prediction, nats.
        num_pairs: reachable, non-terminal pairs.
        num_states: of the truth.
    """

    def __init__(
        self,
        model: "WorldModel",
        mdp: "FiniteMDP | None",
        tell: Callable[[str], None] = warnings.warn,
        states: "NDArray[np.bool_] | None" = None,
    ) -> None:
        """Score what the model knows by now; afterwards call `update` after each transition it observes.

        Args:
            model: the belief; its states are numbered as those of `mdp`.
            mdp: the truth.
            tell: called with a sentence, once, if the truth has to be dropped.
            states: `[S]`, those to be scored: their pairs that do not lead out of them; None: all.

        Raises:
            ValueError: there is no truth; nothing is to be scored; the two differ in their number of actions, or the
                model was made for fewer states.
        """
        if mdp is None:
            raise ValueError("the truth is None; expected an envs.FiniteMDP: there is nothing to score a model against")
        if mdp.num_actions != model.num_actions:
            raise ValueError(f"the truth has {mdp.num_actions} actions, the model {model.num_actions}")
        if mdp.num_states > model.num_outcomes:
            raise ValueError(
                f"the truth has {mdp.num_states} states, the model predicts among {model.num_outcomes}; where states "
                f"are found by walking through a world, call envs.true_mdp(env) before an agent is made for it"
            )
        self.model, self._identity = model, model.identity
        transition = mdp.transition
        reachable = mdp.reachable_pairs().ravel()
        if states is not None:
            reachable = reachable & pairs_within(states, mdp)
            if not reachable.any():
                raise ValueError("no pair is left to be scored: none of the states chosen leads to chosen ones only")
        self.table = TruthTable(
            indptr=transition.indptr.astype(np.int64),
            indices=transition.indices.astype(np.int64),
            probabilities=transition.data.astype(np.float64),
            reachable=reachable.astype(np.int8),
            links=np.zeros(len(transition.indices), dtype=np.int32),
            row_missing=np.zeros(len(reachable)),
            roles=(np.where(mdp.terminal, IS_END, 0) + np.where(mdp.start > 0, IS_START, 0)).astype(np.int8),
            score=Score(num_rows=len(reachable), num_pairs=reachable.sum(), num_steps=-1, revision=-1),
        )
        self._pack = Pack(self.table)
        self._tell, self._is_told = tell, False
        self.num_pairs, self.num_states = int(reachable.sum()), mdp.num_states
        entropies = np.zeros(len(reachable))
        rows = np.repeat(np.arange(len(reachable)), np.diff(self.table.indptr))
        np.add.at(entropies, rows, self.table.probabilities * np.log(self.table.probabilities))
        self.yardstick = float((entropies + math.log(mdp.num_states))[reachable].sum())
        if model.num_edges > 0:
            self.update()
        else:  # nothing is known: every prediction is uniform
            self.table.row_missing[:] = np.maximum(entropies + math.log(model.num_outcomes), 0.0) * reachable
            score = self.table.score
            score.missing_information = self.table.row_missing.sum()
            score.num_steps, score.revision = 0, model.revision

    def update(self) -> None:
        """Take what the model observed since into account: one step in O(successors), all pairs after a refit."""
        model = self.model
        turn = model.turn
        try:
            del turn.free
        except AttributeError:
            turn = turn.take()
        try:
            if self._identity is not model.identity:
                self.settle()
            if model.rules is not None:
                model.catch_up()
            is_disproved = score_updates.update_now(model.address, self._pack.address)
        finally:
            turn.free = True
        if is_disproved and not self._is_told:
            self._is_told = True
            self._tell(f"{self.disproof}")

    @property
    def disproof(self) -> str | None:
        """What was seen that the truth rules out, since when there is no score; None as long as all agrees with it."""
        score, successor = self.table.score, self.table.score.successor
        if not score.disproved_by:
            return None
        if score.disproved_by == BY_START:
            return f"the truth was dropped: an episode started in state {successor}, which it rules out"
        state, action = divmod(score.pair, self.model.num_actions)
        way = "as its end" if self.model.states.kind[successor] == TERMINAL else "in mid-episode"
        seen = f"action {action} led from state {state} to state {successor} {way}"
        return f"the truth was dropped: {seen}, which it rules out"

    def settle(self) -> None:
        """Forget what was scored of a belief that was restored since: its edges are numbered anew."""
        if self._identity is not self.model.identity:
            self.table.links[:] = 0
            self.table.score.num_steps, self.table.score.num_starts = -1, 0
            self._identity = self.model.identity

    def kept(self) -> dict[str, Any]:
        """Return what has changed since it was made, for `resume`; arrays are those of the score, not copies."""
        table = self.table
        return {"links": table.links, "row_missing": table.row_missing, "score": table.score, "is_told": self._is_told}

    def resume(self, model: "WorldModel", kept: dict[str, Any]) -> None:
        """Score a belief that was put together again, by what was `kept` of another score of it."""
        table = self.table
        table.links[:], table.row_missing[:] = kept["links"], kept["row_missing"]
        table.score.become(kept["score"])
        self.model, self._identity, self._is_told = model, model.identity, kept["is_told"]

    @property
    def address(self) -> Any:
        """The score as compiled entries take it, once it is settled."""
        return self._pack.address

    def __copy__(self) -> "Truth":
        """Another score of the same belief."""
        return copy.deepcopy(self, {id(self.model): self.model})

    @property
    def missing_information(self) -> float:
        """Sum over reachable pairs of KL(true || predicted), nats."""
        return self.table.score.missing_information

    @property
    def fraction(self) -> float:
        """Missing information as a share of the yardstick (nan where nothing was ever missing)."""
        return self.missing_information / self.yardstick if self.yardstick > 0 else math.nan

    @property
    def coverage(self) -> float:
        """Visited pairs / reachable pairs."""
        return self.table.score.num_visited / self.num_pairs
