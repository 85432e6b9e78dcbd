"""What can be chosen by name: plain tables of dotted paths, so that listing the names imports nothing."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Entry(NamedTuple):
    """Where a choice is, as `module:attribute`, and what it is, in a few words."""

    path: str
    summary: str


AGENTS: Mapping[str, Entry] = {
    "curious": Entry(".agents.explorer:curious", "plans for expected information gain"),
    "greedy": Entry(".agents.explorer:greedy", "takes the action of the largest expected information gain"),
    "count": Entry(".agents.explorer:count", "plans for a count bonus, 1 / (visits + 1)"),
    "fading": Entry(".agents.fading:fading", "curious at first, and less and less as less is left to learn"),
    "psrl": Entry(".agents.published.psrl:psrl", "plans on a map drawn from its belief, until visits have doubled"),
    "r-max": Entry(".agents.published.r_max:r_max", "plans for reward, as if what is not known were best"),
    "ucrl2": Entry(".agents.published.ucrl2:ucrl2", "plans on the best map that what was seen does not rule out"),
    "mbie-eb": Entry(".agents.published.count_bonuses:mbie_eb", "plans for reward + beta / sqrt(visits + 1)"),
    "beb": Entry(".agents.published.count_bonuses:beb", "plans for reward + beta / (visits + 1)"),
    "rf-ucrl": Entry(".agents.published.reward_free:rf_ucrl", "goes where plans of an episode are least certain"),
    "rf-express": Entry(".agents.published.reward_free:rf_express", "the same, by a bonus that falls as 1 / visits"),
    "bayes-exp": Entry(".agents.published.bayes_exp:bayes_exp", "earns, and explores while that teaches enough"),
    "max-ent": Entry(".agents.published.max_entropy:max_ent", "goes where its life so far has been least"),
    "weighted-max-ent": Entry(
        ".agents.published.max_entropy:weighted_max_ent", "goes where its life has been least for how noisy it is"
    ),
    "counter-based": Entry(".agents.unplanned:counter_based", "takes the action towards the state visited least"),
    "q-learning": Entry(".agents.unplanned:q_learning", "learns by trial which actions teach, on realised gains"),
    "least-taken": Entry(".agents.unplanned:least_taken", "takes the action it took least often"),
    "unembodied": Entry(".agents.bounds:unembodied", "samples any pair, without having to go there: a bound"),
    "true-map": Entry(".agents.bounds:true_map", "curious that knows the map, to plan on: a bound"),
    "random": Entry(".agents.unplanned:random", "takes every action equally often"),
}
OWN_PARTS: Mapping[str, Mapping[str, str]] = {
    "curious": {"bonus": "expected-information-gain", "planner": "incremental"},
    "greedy": {"bonus": "expected-information-gain", "planner": "greedy"},
    "count": {"bonus": "count", "planner": "incremental"},
    "fading": {"bonus": "expected-information-gain", "planner": "incremental"},
    "psrl": {"bonus": "expected-information-gain"},
    "mbie-eb": {"planner": "incremental"},
    "beb": {"planner": "incremental"},
    "unembodied": {"bonus": "expected-information-gain"},
    "true-map": {"bonus": "expected-information-gain"},
}
"""The bonus and the planner of the agents that have any, if no other is asked for."""

DISCOUNT, TOLERANCE = 0.99, 0.1
"""How agents plan that were not told. A finer plan learns no faster and costs several times more (`runs/README.md`)."""

PRIORS: Mapping[str, Entry] = {
    "empirical-bayes": Entry(
        ".belief.priors:EmpiricalBayes", "symmetric, its concentration fitted to all that was seen"
    ),
    "structured": Entry(
        ".belief.structured.prior:structured", "learns what actions generally do, from what observations are made of"
    ),
    "symmetric": Entry(".belief.priors:Symmetric", "spread over all states; symmetric:10 sets the total concentration"),
    "local": Entry(".belief.priors:neighbours", "knows which states can follow which; local:0.5 as above"),
    "equal-targets": Entry(
        ".belief.equal_targets.prior:equal_targets",
        "knows how many equally probable states each action leads to; equal-targets:1 is a deterministic world",
    ),
    "forgetting": Entry(
        ".belief.forgetting.prior:Forgetting", "symmetric, and what was seen counts half as much after so many steps"
    ),
}
EMPIRICAL = "empirical"
"""The belief about rewards of agents that were not told."""

REWARD_BELIEFS: Mapping[str, Entry] = {
    EMPIRICAL: Entry(".belief.rewards.beliefs:Empirical", "the mean of what was paid; rewards teach nothing"),
    "gaussian": Entry(".belief.rewards.beliefs:Gaussian", "a normal mean, by a known noise; gaussian:mean=1,noise=.5"),
    "normal-gamma": Entry(".belief.rewards.beliefs:NormalGamma", "a normal mean, by a noise that is not known either"),
    "beta": Entry(".belief.rewards.beliefs:Beta", "rewards of 0 or 1, as often as is to be found out"),
}
BONUSES: Mapping[str, Entry] = {
    "expected-information-gain": Entry(
        ".bonuses:expected_information_gain", "mutual information of the next outcome and the model, nats"
    ),
    "predicted-information-gain": Entry(
        ".bonuses:predicted_information_gain", "expected divergence of the next prediction from this one, nats"
    ),
    "predictive-entropy": Entry(
        ".bonuses:predictive_entropy", "expected surprisal of the next outcome, nats; falls for noisy TVs"
    ),
    "count": Entry(".bonuses:inverse_count", "1 / (visits + 1)"),
    "root-count": Entry(".bonuses:inverse_root_count", "1 / sqrt(visits + 1)"),
    "realised-gain": Entry(".bonuses:realised_gain", "Bayesian surprise of the pair's latest visit, nats"),
    "realised-surprisal": Entry(".bonuses:realised_surprisal", "surprisal of the pair's latest outcome, nats"),
    "learning-progress": Entry(".bonuses:learning_progress", "by how much a pair's mean surprisal changed, nats"),
    "posterior-variance": Entry(".bonuses:posterior_variance", "of the outcomes' probabilities, summed over them"),
    "knownness": Entry(".bonuses:knownness", "1 until taken knownness:5 times, 1/2 until twice as often, and so on"),
    "novelty": Entry(".bonuses:novelty", "-ln(visits of the state + 1)"),
    "empowerment": Entry(".bonuses:empowerment", "capacity of the channel from actions to successors, nats"),
    "novelty-and-gain": Entry(".bonuses:novelty_and_gain", "weight * novelty + (1 - weight) * information gain"),
}
PLANNERS: Mapping[str, Entry] = {
    "incremental": Entry(
        ".planners.incremental.planner:Incremental",
        "discounted, mended after every step, with a certified loss bound",
    ),
    "value-iteration": Entry(
        ".planners.value_iteration:ValueIteration",
        "discounted, solved anew at every step, with a certified loss bound",
    ),
    "finite-horizon": Entry(
        ".planners.finite_horizon:FiniteHorizon", "undiscounted, so many steps ahead; finite-horizon:30 sets them"
    ),
    "remaining-horizon": Entry(
        ".planners.remaining_horizon:RemainingHorizon", "for the steps that remain of the run, backwards from its end"
    ),
    "greedy": Entry(".planners.greedy:Greedy", "does not look ahead"),
}
MEASURES: Mapping[str, Entry] = {
    "reward": Entry(".simulation.measures:reward", "sum of rewards"),
    "regret": Entry(".simulation.measures:regret", "reward lost against the best strategy"),
    "steps-lost": Entry(".simulation.measures:steps_lost", "steps lost against the best strategy"),
    "surprise": Entry(".simulation.measures:surprise", "sum of Bayesian surprises (nats)"),
    "missing": Entry(".simulation.measures:missing", "missing information (nats)"),
    "missing-bits": Entry(".simulation.measures:missing_bits", "missing information (bits)"),
    "states-left": Entry(".simulation.measures:states_left", "states not yet met"),
    "model-error": Entry(".simulation.measures:model_error", "mean L1 error of the empirical model"),
    "largest-model-error": Entry(".simulation.measures:largest_model_error", "largest L1 error of the empirical model"),
    "value-error": Entry(".simulation.measures:value_error", "value error of a reward revealed afterwards"),
}
"""What is told of a life, and what its unit is where it is not that of the reward."""


def world_name(config: Mapping[str, Any]) -> str:
    """Return what the world of a configuration is called: a map of a user's own by its file."""
    own = config.get("map")
    return str(own).replace("\\", "/").rpartition("/")[2] if own else str(config.get("env", "world"))
