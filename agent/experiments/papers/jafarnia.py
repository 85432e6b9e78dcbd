"""Jafarnia-Jahromi et al. 2023: posterior sampling for the stochastic shortest path."""

from .experiment import Arm, Experiment, Finding, Setting, curve

_EPISODES = (500, 1000, 2000, 5000, 10_000)
_BELIEF = {"prior": "symmetric:1.2", "reward_weight": 1.0}  # Dir(.1, ...) over 12 states
_LAST = _EPISODES[-1]

JAFARNIA = Experiment(
    source="Jafarnia-Jahromi, Chen, Jain and Luo 2023, Posterior sampling-based online learning for the stochastic"
    " shortest path model, UAI",
    read="PSRL-SSP: the figure, within about 1 %; the others after 10 000 episodes: the same figure; 10 runs",
    claim="posterior sampling loses fewer steps than rivals of optimism, but for one",
    differs="a step costs nothing, and the goal pays 1, which asks for the same way; what is paid where is learnt, and"
    " psrl, whose draws are of the map alone, does not look for it; it plans at a discount of .99 for epochs that have"
    " a least length; weights are the best of .2, .3, .4 and .5 on seeds 1000 to 1059: .3 of the information gain, .5"
    " of the counts",
    settings={
        "shortest-path": Setting(
            env="shortest-path",
            measure="steps-lost",
            checkpoints=_EPISODES,
            arms={
                "curious": Arm("curious", _BELIEF | {"curiosity_weight": 0.3}),
                "count": Arm("count", _BELIEF | {"curiosity_weight": 0.5}),
                "psrl": Arm("psrl", _BELIEF, curve(_EPISODES, 267, 345, 406, 458, 548)),
                "UC-SSP": Arm(published={_LAST: (506,)}),
                "ULCVI": Arm(published={_LAST: (689,)}),
                "EB-SSP": Arm(published={_LAST: (702,)}),
                "Bernstein-SSP": Arm(published={_LAST: (767,)}),
            },
            episodes=80_000,
            findings=tuple(Finding("psrl", rival, _LAST) for rival in ("ULCVI", "EB-SSP", "Bernstein-SSP")),
        )
    },
    seeds=10,
)
