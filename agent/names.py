"""What can be chosen by name: plain tables of dotted paths, so that listing the names imports nothing."""

import difflib
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

AGENTS: Mapping[str, str] = {
    "curious": "agent.agents.explorer:curious",
    "greedy": "agent.agents.explorer:greedy",
    "count": "agent.agents.explorer:count",
    "least-taken": "agent.agents.least_taken:LeastTaken",
    "random": "agent.agents.random:Random",
}
PRIORS: Mapping[str, str] = {
    "empirical-bayes": "agent.priors:EmpiricalBayes",
    "symmetric": "agent.priors:Symmetric",
    "local": "agent.priors:Local",
}
BONUSES: Mapping[str, str] = {
    "expected-information-gain": "agent.bonuses:expected_information_gain",
    "predicted-information-gain": "agent.bonuses:predicted_information_gain",
    "predictive-entropy": "agent.bonuses:predictive_entropy",
    "count": "agent.bonuses:inverse_count",
    "root-count": "agent.bonuses:inverse_root_count",
}
PLANNERS: Mapping[str, str] = {
    "value-iteration": "agent.planners.value_iteration:ValueIteration",
    "finite-horizon": "agent.planners.finite_horizon:FiniteHorizon",
    "greedy": "agent.planners.greedy:Greedy",
}
SUMMARIES: Mapping[str, str] = {
    "curious": "plans for expected information gain",
    "greedy": "takes the action of the largest expected information gain",
    "count": "plans for a count bonus, 1 / (visits + 1)",
    "least-taken": "takes the action it took least often",
    "random": "takes every action equally often",
    "empirical-bayes": "symmetric, total concentration fitted to all that was seen",
    "symmetric": "one total concentration spread over all states (symmetric:10 sets it)",
    "local": "knows which states can follow which",
    "expected-information-gain": "mutual information of the next outcome and the model",
    "predicted-information-gain": "expected divergence of the next prediction from this one",
    "predictive-entropy": "expected surprisal of the next outcome (falls for noisy televisions)",
    "root-count": "1 / sqrt(visits + 1)",
    "value-iteration": "discounted value iteration, warm-started, with a certified loss bound",
    "finite-horizon": "exactly as many steps ahead as are left to plan for",
    "finite_horizon": "",
}


def known(kind: str, name: str, names: Iterable[str]) -> str:
    """Return a name that is known, or raise what lists the known ones and the nearest match.

    Raises:
        ValueError: unknown.
    """
    names = list(names)
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"unknown {kind} {name!r}.{hint} Known: {', '.join(names)}.")


def load(table: Mapping[str, str], kind: str, name: str) -> Any:
    """Import what a name stands for.

    Raises:
        ValueError: unknown name.
    """
    module, _, attribute = table[known(kind, name, table)].partition(":")
    return getattr(import_module(module), attribute)
