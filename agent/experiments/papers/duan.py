"""Duan et al. 2016: RL^2, and what strategies earn in random tabular worlds."""

from typing import Any

from .experiment import Arm, Experiment, Finding, Setting, curve

_LENGTH = 10
_EPISODES = (10, 25, 50, 75, 100)
_WEIGHTS = {0: 3.5, 1: 1.5}
"""What a nat is worth, by the mean believed in, as `python -m tests.benchmarks.earning` chose it on other worlds."""


def _belief(mean: int) -> dict[str, Any]:
    return {"prior": "symmetric:10", "reward_belief": f"gaussian:mean={mean},precision=1,noise=1", "reward_weight": 1.0}


def _curious(mean: int) -> dict[str, Any]:
    plan = {"planner": f"finite-horizon:{_LENGTH},episodic=true", "curiosity_weight": _WEIGHTS[mean]}
    return _belief(mean) | plan


def _psrl(mean: int) -> dict[str, Any]:
    return _belief(mean) | {"curiosity_weight": 0.0}


DUAN = Experiment(
    source="Duan, Schulman, Chen, Bartlett, Sutskever and Abbeel 2016, RL^2: fast reinforcement learning via slow"
    " reinforcement learning, table 2, arXiv 1611.02779",
    read="the table: means over 1000 drawn worlds; OPSRL, UCRL2, BEB and eps-greedy by the best of 20 tunings",
    claim="a strategy that was itself learnt earns more than all others in few episodes; in many, OPSRL does",
    differs="our worlds are others, drawn likewise; as there, mean rewards are believed to be N(0, 1), and are N(1, 1):"
    " *right prior* believes in that, which is more than the others have; a nat is worth 3.5 to curious, 1.5 with the"
    " right prior, chosen of nine on other worlds",
    settings={
        "random-rewards": Setting(
            env="random-rewards",
            env_kwargs={"max_episode_steps": _LENGTH},
            measure="reward",
            checkpoints=_EPISODES,
            arms={
                "curious": Arm("curious", _curious(0)),
                "curious, right prior": Arm("curious", _curious(1), is_bound=True),
                "psrl": Arm(f"psrl:horizon={_LENGTH}", _psrl(0), curve(_EPISODES, 138.1, 408.8, 904.4, 1417.1, 1939.5)),
                "psrl, right prior": Arm(f"psrl:horizon={_LENGTH}", _psrl(1), is_bound=True),
                "random": Arm("random", published=curve(_EPISODES, 100.1, 250.2, 499.7, 749.9, 999.4)),
                "RL^2": Arm(published=curve(_EPISODES, 156.2, 445.7, 936.1, 1428.8, 1913.7)),
                "OPSRL": Arm(published=curve(_EPISODES, 144.1, 425.2, 930.7, 1449.2, 1973.9)),
                "UCRL2": Arm(published=curve(_EPISODES, 146.6, 424.1, 918.9, 1427.6, 1942.1)),
                "BEB": Arm(published=curve(_EPISODES, 150.2, 427.8, 917.8, 1422.6, 1935.1)),
                "eps-greedy": Arm(published=curve(_EPISODES, 132.8, 377.3, 823.3, 1293.9, 1778.2)),
                "greedy": Arm(published=curve(_EPISODES, 134.8, 368.8, 769.3, 1172.9, 1578.5)),
            },
            episodes=_LENGTH * _EPISODES[-1],
            findings=(
                *(Finding("RL^2", rival, 10) for rival in ("psrl", "OPSRL", "UCRL2", "BEB")),
                *(Finding("OPSRL", rival, 100) for rival in ("RL^2", "psrl", "UCRL2", "BEB")),
                Finding("psrl", "random", 10),
            ),
        )
    },
    seeds=1000,
)
