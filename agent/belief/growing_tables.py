"""The tables of a belief, with room that grows, and their address for compiled code."""

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compilation.compiled import brief
from ..compilation.handles import Pack
from . import updates
from .lock import Turn
from .tables import (
    EMPIRICAL,
    HISTORY,
    REWARDS,
    RULES,
    SEEN,
    TERMINAL,
    UNSEEN,
    Edges,
    Numbers,
    Pairs,
    States,
    Totals,
    grown,
    reserved,
    with_columns,
)

MAX_PAIRS = 2**31  # pair and edge numbers are stored in 32 bits
LARGEST_STATE = 2**31 - 1
MAX_OUTCOMES = LAST_STEP = 2**63 - 1  # outcomes and steps are counted in 64 bits
SPARE_EDGES = 128
"""More edges than one pair under a structured prior asks for at once (`agent.belief.structured.learning.SPARE`)."""
MOST_AHEAD = 4
"""Room is made for all declared states as soon as it is needed for a share of them so large."""
TABLES = ("states", "pairs", "edges", "exceeding", "rules")


class GrowingTables:
    """Tables and numbers of a belief; attributes are those of `WorldModel`."""

    address: Any
    prior: Any
    _pack: Pack

    def __init__(self, num_actions: int, num_states: int | None) -> None:
        """Reserve room for a belief that has seen nothing; it has no address before `_put`."""
        self.num_actions = num_actions
        self.num_states = num_states
        room = min(num_states or 64, 1024)
        self.states = reserved(States, room)
        self.pairs = reserved(Pairs, room * num_actions)
        self.edges = reserved(Edges, 4 * room)
        self.exceeding = np.zeros((2, 64), dtype=np.int64)  # pairs and edges seen more than i times
        self.rules: Any = None  # of a structured prior: its own tables, `agent.belief.structured.tables.Structured`
        self.targets: Any = None  # `agent.belief.equal_targets.entries.Targets`, where their number is known
        self.turn, self.identity = Turn(), object()
        self.claim: object = None
        self.numbers = Numbers(
            num_actions=num_actions, num_outcomes=num_states or 64, is_open=num_states is None, is_uniform=1
        )

    def __getstate__(self) -> dict[str, Any]:
        """All but the addresses; the tables as they are at one moment."""
        with self.turn:
            state = self.as_it_is()
            return state | {name: copy.deepcopy(state[name]) for name in (*TABLES, "numbers")}

    def as_it_is(self) -> dict[str, Any]:
        """All but the addresses; the tables themselves, for whoever reads them before anything else is learnt."""
        return {name: value for name, value in vars(self).items() if name not in ("address", "_pack")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._put()

    def make_room(self, state: int, rewards: bool = False) -> None:
        """Grow every table that could not take another step into `state`; `rewards`: one that pays.

        All larger tables are made before the first is put in place: whatever fails, nothing has changed.

        Raises:
            ValueError: more states or edges than can be numbered.
        """
        new: dict[str, Any] = {}
        num_edges = self.numbers.num_edges
        room, most = self.states.kind.size, (MAX_PAIRS - 1) // self.num_actions
        if state >= most or num_edges >= MAX_PAIRS - 1:
            raise ValueError(
                f"no room for state {state} beside {num_edges} edges: with {self.num_actions} actions there can "
                f"be {most} states, numbered from 0, and {MAX_PAIRS - 1} edges"
            )
        pairs, larger = self.pairs, min(max(2 * room, state + 1), most)
        if self.num_states is not None and larger < self.num_states <= MOST_AHEAD * larger:
            larger = min(self.num_states, most)  # room that is not touched costs nothing; to move in later takes time
        if rewards and pairs.reward_sum.size == 0:
            new["pairs"] = pairs = with_columns(pairs, *REWARDS)
        if state >= room:
            new["pairs"] = grown(pairs, larger * self.num_actions, room * self.num_actions)
            new["states"] = grown(self.states, larger, room)
        spare = min(SPARE_EDGES, len(new.get("states", self.states).kind))
        needed = num_edges if self.rules is None else num_edges + spare
        if needed >= self.edges.pair.size:
            more = needed if self.rules is None else needed // 8  # rules have a column for them that is counted
            new["edges"] = grown(self.edges, min(needed + more, MAX_PAIRS - 1), num_edges)
        if self.exceeding[0, -1] > 0:  # some pair was taken as often as there is room for
            new["exceeding"] = np.concatenate([self.exceeding, np.zeros_like(self.exceeding)], axis=1)
        if self.rules is not None and (rules := self._larger_rules(**new)) is not None:
            new["rules"] = rules
        if new:
            self._put(**new)

    def prepare(self, state: int, next_state: int, rewards: bool = False, terminated: bool = False) -> None:
        """Take note of features that were not known, or make room for a transition: as long as FULL is answered.

        Raises:
            ValueError: more states or edges than can be numbered; the world does not tell the features of a state.
        """
        self.catch_up()
        largest, ended = max(state, next_state), {next_state: terminated} | {state: False}
        if largest >= self.states.kind.size or not self._name(ended):
            self.make_room(largest, rewards=rewards)
            self._name(ended)

    def settle(self) -> None:
        """Bring all predictions up to date, under a structured prior; nothing is to be asked before.

        Raises:
            ValueError: more edges than can be numbered; the world does not tell the features of a state.
        """
        while _settle(self.address) == updates.FULL:
            self.make_room(0)
            new = self.states.order[self.rules.numbers.num_settled : self.numbers.num_known_states].tolist()
            self._name({state: self.states.kind[state] == TERMINAL for state in new})

    def check_features(self) -> None:
        """Compare the features that a structured prior was given with what the world tells of the same states.

        Raises:
            ValueError: they differ, or the world does not know a state.
        """
        if self.rules is None:
            return
        from .structured.dictionary import rows
        from .structured.tables import NAMELESS

        width, listed = self.rules.numbers.width, len(self.prior.listed)
        for state in (np.flatnonzero(self.rules.names.named[listed:] != NAMELESS) + listed).tolist():
            told, kept = self.prior.row(state, width), rows(self.rules, np.array(state))
            if not np.array_equal(told, kept):
                raise ValueError(f"state {state} has features {kept.tolist()}, expected {told.tolist()}")

    def catch_up(self) -> None:
        """Settle what a failure, or an interruption, kept from being settled; mostly there is nothing to do.

        Whoever calls has the turn.

        Raises:
            ValueError: as of `settle`.
        """
        if self.rules is not None:
            own = self.rules.numbers
            is_due = own.due_pair or own.due_state or own.due_next or own.is_all_due
            if is_due or own.num_settled < self.numbers.num_known_states:
                self.settle()

    def become(self, other: "GrowingTables") -> None:
        """Believe what another one does, which is not to be used any more; both are of the same kind."""
        content = {name: value for name, value in vars(other).items() if name != "turn"}
        with self.turn:
            vars(self).update(content)

    def _learn_rules(self, prior: Any) -> None:
        """Make the tables of a structured prior."""
        from .structured import structure

        listed = len(prior.listed)
        width = prior.listed.shape[1] if listed else prior.width or len(prior.tell(0))
        if listed > self.numbers.state_room:
            self.make_room(listed - 1)
        pairs, edges = with_columns(self.pairs, *RULES), with_columns(self.edges, "local")
        self._put(pairs=pairs, edges=edges, rules=structure.made(prior, self.numbers, width))
        structure.name_listed(self.address, prior.listed, prior.ended)

    def _know_targets(self, prior: Any) -> None:
        """Make room for what is predicted of each pair, where the number of its targets is known.

        Raises:
            ValueError: not as many numbers as actions, or not fewer targets than states.
        """
        from .equal_targets import entries

        most = max(prior.targets)
        if len(prior.targets) != self.num_actions:
            raise ValueError(f"got targets of {len(prior.targets)} actions, expected {self.num_actions}")
        if most > 1 and most >= self.numbers.num_outcomes:
            raise ValueError(f"got {most} targets, expected fewer than there are states, {self.numbers.num_outcomes}")
        self.targets = entries.Targets(np.array(prior.targets, dtype=np.int32))
        self._put(pairs=with_columns(self.pairs, *RULES), edges=with_columns(self.edges, "local"))
        entries.begin(self.address)

    def _forget(self, prior: Any) -> None:
        """Make room for what counts weigh, where they decay."""
        from .forgetting import entries

        self.numbers.half_life = float(prior.half_life)
        self._put(pairs=with_columns(self.pairs, *RULES, "faded_at"), edges=with_columns(self.edges, "local"))
        entries.begin(self.address)

    def predict_anew(self) -> None:
        """Predict all pairs anew from counts that were put into the tables, where each has its number of targets."""
        if self.targets is not None:
            from .equal_targets.entries import renew

            renew(self.address)

    def _name(self, ended: Mapping[int, bool]) -> bool:
        """Let the rules know the features of states, of all or of none; return whether there were any to know.

        `ended` says which are ends; where a state is known to be of another kind, none of them is named.
        """
        if self.rules is None:
            return False
        from .structured import structure

        kind, width = self.states.kind, self.rules.numbers.width
        if any(kind[state] not in (UNSEEN, TERMINAL if is_end else SEEN) for state, is_end in ended.items()):
            return False
        rows = {state: self.prior.row(state, width) for state in ended if not structure.is_named(self.rules, state)}
        for state, row in rows.items():
            structure.tell(self, state, row, ended[state])
        return bool(rows)

    def _larger_rules(self, **new: Any) -> Any:
        """Return larger tables of a structured prior, where there will be no room in those there are."""
        from .structured.structure import grown

        states, edges = new.get("states", self.states), new.get("edges", self.edges)
        return grown(self.rules, len(states.kind), len(edges.pair))

    @staticmethod
    def _reenter(address: Any) -> None:
        from .structured.structure import reenter

        reenter(address)

    def _handles(self, rules: Any) -> tuple[int, ...]:
        if rules is not None:
            from .structured.entries import handles
        elif self.targets is not None:
            from .equal_targets.entries import handles
        else:
            from .forgetting.entries import handles
        return handles()

    @staticmethod
    def _reward_handles() -> tuple[int, int]:
        from .rewards.learning import handles

        return handles()

    def exceed(self, exceeding: NDArray[np.int64]) -> None:
        """Take over how many pairs and edges were seen more than i times, `[2, room]`."""
        self._put(exceeding=exceeding)

    def _put(self, **new: Any) -> None:
        """Put tables in place, and their room among the numbers: all at once, so that no interruption comes between."""
        states, pairs, edges, exceeding, rules = (new.get(name, getattr(self, name)) for name in TABLES)
        numbers = copy.copy(self.numbers)
        numbers.state_room, numbers.edge_room = len(states.kind), len(edges.pair)
        numbers.visit_room = exceeding.shape[1]
        numbers.has_local, numbers.has_rewards = edges.local.size, pairs.reward_sum.size
        rooms = {f"has_{name}": getattr(pairs, name).size for name in HISTORY}
        for name, room in (rooms | {"has_history": max(rooms.values())}).items():
            setattr(numbers, name, room)
        behind = () if self.targets is None else (self.targets,)
        if rules is not None:
            behind = rules[:-1]
        if behind or numbers.half_life:
            numbers.has_rules, numbers.is_uniform = 1, 0
            numbers.observe_rules, numbers.settle_rules, numbers.predict_rules = self._handles(rules)
        if self.targets is not None:
            from .equal_targets.entries import predicted_gain_handle

            numbers.has_targets, numbers.predicted_gain = 1, predicted_gain_handle()
        if numbers.reward_kind != EMPIRICAL:
            numbers.learn_reward, numbers.pay_reward = self._reward_handles()
        totals = Totals(numbers, exceeding.reshape(-1), np.zeros(numbers.visit_room + 1))
        pack = Pack(states, pairs, edges, totals, *behind)
        if "rules" in new:
            self._reenter(pack.address)
        vars(self).update(new, numbers=numbers, _pack=pack, address=pack.address)


@brief
def _settle(address):
    return updates.settle(updates.belief_at(address))
