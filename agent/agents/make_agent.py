"""Make an agent by name: with its belief, bonus and planner, for a world."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..registry import DISCOUNT, EMPIRICAL, TOLERANCE
from ..validation import check_weights, shown

if TYPE_CHECKING:
    from ..protocols import AgentWithModel


def make_agent(
    name: str | Callable[..., Any],
    env: Any,
    seed: int | np.random.SeedSequence = 0,
    *,
    prior: Any = "empirical-bayes",
    bonus: Any = None,
    planner: Any = None,
    discount: float = DISCOUNT,
    tolerance: float = TOLERANCE,
    curiosity_weight: float = 1.0,
    reward_weight: float = 0.0,
    steps: int | None = None,
    reward_belief: Any = EMPIRICAL,
    reward_gain_weight: float | None = None,
) -> "AgentWithModel":
    """Make an agent for a world.

    An agent is made by calling its class, or a function, with what its parameters name of: env, model (the belief that
    it is scored by), num_actions, num_states, seed, prior, bonus, planner, discount, tolerance, curiosity_weight,
    reward_weight, steps, reward_belief and reward_gain_weight. Further parameters have defaults, or are set behind the
    colon of its name (`agent.parts`).

    Args:
        name: how the agent is written: a key of `agent.registry.AGENTS` (curious, greedy, count, least-taken, random)
            or `module:attribute`, and parameters, as in `curious:discount=.95`, which win over those given here; or a
            class or function.
        env: a Gymnasium world with discrete observations and actions.
        seed: fixes how ties are broken (and all of `random`).
        prior: how a prior is written, see `agent.registry.PRIORS` (`symmetric:10`, `my_module:Sparse`), or a prior.
        bonus: how a bonus is written, see `agent.registry.BONUSES`, or a `Bonus`, or a function; None: the agent's own.
        planner: how a planner is written, see `agent.registry.PLANNERS` (`finite-horizon:30`), or anything with `plan`;
            None: the agent's own.
        discount: per step, in (0, 1).
        tolerance: policy loss allowed to the planner, as a share of the value of the current state.
        curiosity_weight: weight of the bonus in what the planner is paid.
        reward_weight: weight of the world's own mean reward.
        steps: of the run, for a planner that looks no further (`remaining-horizon`); None where they are not known.
        reward_belief: how a belief about rewards is written, see `agent.registry.REWARD_BELIEFS`
            (`gaussian:mean=1,noise=.5`), or one. What rewards teach by it is paid as well.
        reward_gain_weight: weight of that, nats; None: `curiosity_weight`, as a nat is a nat.

    Returns:
        the agent. One of a user's own is followed by the belief that it is scored by (`model`), see
        `agent.agents.custom`.

    Raises:
        ValueError: an unknown name, an option out of range, a world without discrete states and actions.
    """
    from ..belief.priors import make_prior
    from ..belief.rewards.beliefs import make_reward_belief
    from ..belief.world_model import WorldModel
    from ..parts import AGENT, Chosen, chosen
    from ..planners.policy_iteration import check_options
    from ..worlds import as_states
    from .custom import CustomAgent
    from .decisions import AgentState

    made_by = chosen(AGENT, name) if isinstance(name, str) else Chosen(AGENT, shown(name), name, {})
    planning = {"discount": discount, "tolerance": tolerance}
    weights = {
        "curiosity_weight": curiosity_weight,
        "reward_weight": reward_weight,
        "reward_gain_weight": reward_gain_weight,
    }
    parts = {"prior": prior, "reward_belief": reward_belief, "bonus": bonus, "planner": planner}
    given: dict[str, Any] = planning | weights | parts | {"steps": steps}
    given |= {option: value for option, value in made_by.settings.items() if option in given}
    check_options(given["discount"], given["tolerance"])  # also where the agent does not plan
    as_bonus = {"reward_gain_weight"} if given["reward_gain_weight"] is None else set()
    check_weights(**{weight: given[weight] for weight in weights if weight not in as_bonus})
    states = as_states(env)
    world = {"env": states, "num_actions": states.num_actions, "num_states": states.num_states}
    beliefs = make_prior(given["prior"], env), make_reward_belief(given["reward_belief"])
    model = WorldModel(states.num_actions, states.num_states, *beliefs)
    offered = {option: value for option, value in given.items() if value is not None}  # None: the agent's own
    agent = made_by.make(**offered, **world, model=model, seed=seed)
    return (
        agent
        if isinstance(getattr(agent, "agent_state", None), AgentState)
        else CustomAgent(made_by.name, agent, model)
    )
