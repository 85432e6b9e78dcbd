"""Make an agent by name: with its belief, bonus and planner, for a world."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ..protocols import AgentWithModel


def make_agent(
    name: str,
    env: Any,
    seed: int | np.random.SeedSequence = 0,
    *,
    prior: Any = "empirical-bayes",
    bonus: Any = None,
    planner: Any = None,
    discount: float = 0.99,
    tolerance: float = 0.01,
    curiosity_weight: float = 1.0,
    reward_weight: float = 0.0,
) -> "AgentWithModel":
    """Make an agent for a world.

    Args:
        name: a key of `agent.registry.AGENTS`: curious, greedy, count, least-taken, random.
        env: a Gymnasium world with discrete observations and actions.
        seed: fixes how ties are broken (and all of `random`).
        prior: a key of `agent.registry.PRIORS` (`name:c` sets the total concentration), or a prior.
        bonus: a key of `agent.registry.BONUSES`, or a `Bonus`; None: the agent's own.
        planner: a key of `agent.registry.PLANNERS` (`finite-horizon:30` sets the horizon), or anything with `plan`;
            None: the agent's own.
        discount: per step, in (0, 1).
        tolerance: policy loss allowed to the planner, as a share of the value of the current state.
        curiosity_weight: weight of the bonus in what the planner is paid.
        reward_weight: weight of the world's own mean reward.

    Raises:
        ValueError: an unknown name, an option out of range, a world without discrete states and actions.
    """
    from ..belief.priors import make_prior
    from ..belief.world_model import WorldModel
    from ..bonuses import check_weights
    from ..planners.policy_iteration import check_options
    from ..registry import AGENTS, load
    from ..worlds import as_states

    check_options(discount, tolerance)  # also where the agent does not plan
    check_weights(curiosity_weight=curiosity_weight, reward_weight=reward_weight)
    factory = load(AGENTS, "agent", name)
    states = as_states(env)
    belief = make_prior(prior, env) if isinstance(prior, str) else prior
    model = WorldModel(states.num_actions, states.num_states, belief)
    return factory(
        model,
        seed,
        bonus=bonus,
        planner=planner,
        discount=discount,
        tolerance=tolerance,
        curiosity_weight=curiosity_weight,
        reward_weight=reward_weight,
    )
