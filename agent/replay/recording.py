"""What a page is told of one agent's life: everything that it shows is worked out from this."""

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import bonuses
from ..belief.tables import EMPIRICAL
from ..belief.world_model import WorldModel
from ..planners.payoffs import Payoffs, payoffs
from ..results.run_directory import Run
from ..worlds import FiniteMDP
from .packing import differences
from .places import Places
from .reliving import Moment, Relived

FORMULAS = {bonuses.expected_information_gain: "gain", bonuses.inverse_count: "count"}
"""Bonuses that a page works out by itself, by what it calls them."""

DISCOUNTED = "Incremental", "ValueIteration"
"""Planners whose plan is the one that a page makes, but for their tolerance."""

BYTES_OF_MOMENTS, BYTES_WHEN_PACKED = 6_000_000, 1_400_000
"""Bytes that moments which are kept whole may take: before they are compressed, and after."""

FEWEST_MOMENTS = 8

MOST_TRUE_EDGES = 60_000
"""Transitions of the truth that a page takes; where there are more, it does not show how wrong predictions are."""


class Payment:
    """What an agent's planner is paid: its own bonus and weights, or information alone where it plans on no prediction.

    Attributes:
        formula: what a page calls the bonus, None where it has no formula for what is paid.
        plans: whether the agent plans on what its belief predicts.
        discount: of its plan, where that is the same all along.
    """

    def __init__(self, player: Any, config: dict[str, Any]) -> None:
        self.planner = getattr(player, "planner", None)
        self.plans = hasattr(self.planner, "outlook") and hasattr(player, "agent_state")
        self.bonus, self.weights = bonuses.expected_information_gain, (1.0, 0.0, 0.0)
        if self.plans:
            terms = player.agent_state.terms
            self.bonus = player.bonus
            self.weights = terms.curiosity_weight, terms.reward_weight, terms.reward_gain_weight
        is_known = self.bonus in FORMULAS and player.model.numbers.reward_kind == EMPIRICAL
        self.formula = FORMULAS[self.bonus] if is_known else None
        self.discount = float(getattr(self.planner, "discount", config["discount"]))

    def fresh(self) -> Payoffs:
        """Return what pairs pay, of which nothing was worked out yet."""
        return payoffs(self.bonus, *self.weights)

    def told(self) -> dict[str, Any]:
        """Return what a page has to know of it."""
        return {
            "bonus": self.bonus.name.lstrip("_").replace("_", " "),
            "formula": self.formula,
            "weights": self.weights,
            "plans": self.plans,
            "is_plan": self.plans and type(self.planner).__name__ in DISCOUNTED,
        }


def times_of_moments(run: Run, model: WorldModel, payment: Payment) -> NDArray[np.int64]:
    """Return the steps at which a life is kept whole, and where levels were crossed; none if counts tell.

    They are the closer to each other the earlier they are, when beliefs change most: evenly by the root of the steps.
    """
    if not model.numbers.has_rules and payment.formula is not None:
        return np.zeros(0, np.int64)
    steps, states = len(run.trace["state"]), max(len(run.trace["final_state"]), 1)
    size = 8 * states * (6 * model.num_actions + 2)
    number = int(np.clip(BYTES_OF_MOMENTS // size, 4, 400))
    crossed = [step for step in run.summary.get("steps_to_fraction", {}).values() if step is not None]
    spread = steps * np.linspace(0, 1, min(number, steps + 1)) ** 2
    return np.unique(np.concatenate([spread, crossed]).astype(np.int64))


def recording(
    run: Run,
    life: Relived,
    payment: Payment,
    places: Places,
    mdp: FiniteMDP | None,
    names: dict[str, Any],
    num_lives: int = 1,
) -> dict[str, Any]:
    """Gather what a page is told of a life.

    Args:
        run: as it was recorded.
        life: as it was lived again.
        payment: what its planner is paid.
        places: where states are drawn.
        mdp: the truth, if it is known.
        names: of the agent (`label`), its actions (`actions`), and where they lead (`directions`); what tells
            states (`features`), and `televisions`.
        num_lives: that share the page.
    """
    trace, model, num_actions = run.trace, life.model, life.model.num_actions
    reset = np.searchsorted(life.state, trace["reset_state"], sorter=np.argsort(life.state))
    reward = trace["reward"]
    return {
        **names,
        "agent": run.config["agent"],
        "prior": str(run.config.get("prior")),
        "seed": run.config["seed"],
        "steps": len(trace["state"]),
        "complete": run.complete,
        "num_actions": num_actions,
        "has_rules": bool(model.numbers.has_rules),
        "payment": payment.told(),
        "levels": {name: step for name, step in run.summary.get("steps_to_fraction", {}).items() if step is not None},
        "state": life.state,
        "seen_at": life.seen_at,
        "terminal": life.terminal,
        "site": places.sites(life.state),
        "position": places.positions(life.state),
        "edge_pair": life.edge_pair,
        "edge_successor": life.edge_successor,
        "edge_local": life.edge_local if life.edge_local.any() else np.zeros(0),
        "taken": life.taken,
        "reward": reward if reward.any() else np.zeros(0),
        "loss_bound": trace["planning_loss_bound_nats"].astype(np.float32)
        if payment.plans
        else np.zeros(0, np.float32),
        "discount_step": trace.get("planning_discount_step", np.zeros(1, np.int64)),
        "discount": trace.get("planning_discount", np.array([payment.discount])),
        "reset_step": trace["reset_step"],
        "reset_state": np.argsort(life.state)[reset],
        "lead_changes": np.array(life.model.lead_changes, dtype=np.int64),
        "led_at_last": life.model.leader == "structured",
        "revised_at": life.revised_at,
        "revised": life.revised,
        "truth": _truth(run, life, mdp),
        "curves": _curves(run),
        "moments": _moments(life, num_actions, BYTES_WHEN_PACKED // num_lives),
    }


def _curves(run: Run) -> dict[str, Any]:
    """Return what is missing by steps: the share of it where the truth is known, and what is expected, nats."""
    share, expected = (
        np.nan_to_num(run.metrics[name], posinf=0.0, neginf=0.0).astype(np.float32)
        for name in ("missing_information_fraction", "expected_missing_information_nats")
    )
    is_known = bool(np.isfinite(run.metrics["missing_information_fraction"]).any())
    nothing = np.zeros(0, np.float32)
    missing = {"share": share if is_known else nothing, "nats": expected}
    missing["coverage"] = run.metrics["coverage"].astype(np.float32) if is_known else nothing
    return {"is_fraction": is_known, "step": run.metrics["step"], **missing}


def _truth(run: Run, life: Relived, mdp: FiniteMDP | None) -> dict[str, Any] | None:
    """Return the true transitions of the known states' pairs as rows; None where they are not known, or too many."""
    if mdp is None or run.summary.get("truth") != "known" or not len(life.state) or life.state.max() >= mdp.num_states:
        return None
    num_actions, place = mdp.num_actions, np.full(mdp.num_states, -1)
    place[life.state] = np.arange(len(life.state))
    pairs = (life.state[:, None] * num_actions + np.arange(num_actions)).ravel()
    rows = mdp.transition[pairs]
    if rows.nnz > MOST_TRUE_EDGES:
        return None
    return {"first": rows.indptr, "successor": place[rows.indices], "probability": np.asarray(rows.data, float)}


def _moments(life: Relived, num_actions: int, most_bytes: int) -> dict[str, Any] | None:
    """Return the moments that were kept, each column as the bits that change from one to the next.

    As long as they take too much room, some are left out between the first and the last.
    """
    moments = life.moments
    if not moments:
        return None
    names = ["payoff", "reward"]
    if life.model.numbers.has_rules:
        names += ["concentration", "gain", "beyond"]
    if moments[0].clause is not None:
        names += ["clause", "weight"]
    sizes = dict.fromkeys(names, len(life.state) * num_actions)
    if life.model.numbers.has_rules:
        sizes["local"] = len(life.edge_pair)
    while True:
        columns = {name: _stacked(moments, name, size) for name, size in sizes.items()}
        packed = sum(len(zlib.compress(column.tobytes(), 1)) for column in columns.values())
        if packed <= most_bytes or len(moments) <= FEWEST_MOMENTS:
            break
        number = min(max(int(len(moments) * most_bytes / packed), FEWEST_MOMENTS), len(moments) - 1)
        moments = [moments[k] for k in np.linspace(0, len(moments) - 1, number).round().astype(int)]
    return {
        "step": np.array([moment.step for moment in moments], dtype=np.int64),
        "unvisited": np.array([(moment.unvisited_payoff, moment.unvisited_reward) for moment in moments]),
        **columns,
        **_words(moments),
    }


def _stacked(moments: Sequence[Moment], name: str, size: int) -> NDArray[np.uint32]:
    rows = np.zeros((len(moments), size))
    for row, moment in zip(rows, moments, strict=True):
        given = np.ravel(getattr(moment, name))
        row[: len(given)] = given
    return differences(rows)


def _words(moments: Sequence[Moment]) -> dict[str, Any]:
    """Return the distinct texts of rules, with all their clauses, and which of them belong to each moment."""
    texts: dict[Any, int] = {}
    which = [texts.setdefault((moment.words, moment.clauses), len(texts)) for moment in moments]
    words = [list(text) for text, _ in texts]
    clauses = [[list(those) for those in each] for _, each in texts]
    return {"words": words, "clauses": clauses, "word": np.array(which, dtype=np.int64)}
