"""What an agent believes at the end of its life, as the arrays that its trace keeps."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..bonuses import expected_information_gain
from ..compilation.handles import Pack
from ..planners.payoffs import pay_all, payoffs
from ..planners.value_iteration import ValueIteration

if TYPE_CHECKING:
    from ..belief.world_model import WorldModel


def final_belief(
    model: "WorldModel", discount: float, tolerance: float, state: int | None
) -> dict[str, NDArray[np.generic]]:
    """Return visits, gains and values of all known states, in order of first sight.

    The value is that of the information still to be gained under this belief. It is planned in the same way for every
    agent, whatever each planned for itself, so that maps of two agents can be compared. The model's own plan is
    overwritten.

    Args:
        model: the belief.
        discount: of the plan.
        tolerance: policy loss allowed, as a share of the value of `state`.
        state: where the agent stood; None if it never took a step (then nothing is planned).
    """
    states = np.array(model.known_states(), dtype=np.int32)
    value, q_values = np.zeros(len(states)), np.zeros((len(states), model.num_actions))
    if state is not None:
        _plan_for_information(model, discount, tolerance, state)
        value = model.states.value[states]
        pairs = states.astype(np.int64)[:, None] * model.num_actions + np.arange(model.num_actions)
        q_values = model.pairs.q_value[pairs]
    return {
        "final_state": states,
        "final_visits": model.visits(states),
        "final_expected_gain_nats": model.expected_gains(states),
        "final_q_nats": q_values,
        "final_value_nats": value,
    }


def no_belief(num_actions: int) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of `final_belief` without any state."""
    return {
        "final_state": np.zeros(0, dtype=np.int32),
        "final_visits": np.zeros((0, num_actions), dtype=np.int64),
        "final_expected_gain_nats": np.zeros((0, num_actions)),
        "final_q_nats": np.zeros((0, num_actions)),
        "final_value_nats": np.zeros(0),
    }


def _plan_for_information(model: "WorldModel", discount: float, tolerance: float, state: int) -> None:
    packed = Pack(payoffs(expected_information_gain))
    with model.turn:
        ValueIteration(discount, tolerance).plan(model, pay_all(model.address, packed.address), state)
