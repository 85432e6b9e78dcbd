"""Kaufmann et al. 2021: adaptive reward-free exploration."""

from .experiment import Arm, Experiment, Finding, Setting, curve

_EPISODE = {"max_episode_steps": 20}
_STEPS = (100, 177, 316, 562, 1000, 1778, 3162, 5623, 10_000, 17_783, 31_623)
_OURS = {
    "curious": Arm("curious"),
    "curious, structured": Arm("curious", {"prior": "structured"}),
    "count": Arm("count"),
}

KAUFMANN = Experiment(
    source="Kaufmann, Menard, Domingues, Jonsson, Leurent and Valko 2021, Adaptive reward-free exploration, section 6,"
    " arXiv 2006.06294",
    read="curves of the figures, from the vector drawing, within about 1 %",
    claim="RF-UCRL learns a map that is good for a reward revealed later, at last as soon as who may sample any pair",
    differs="our belief knows no time of an episode; rf-ucrl has a ten-thousandth of the theory's bonus, the better of"
    " two on seeds 1000 to 1015, and bounds of at most the steps that remain; slips of the chain are .05, as in the"
    " authors' code; the model that is measured is what was counted, so that what rules know of pairs that were never"
    " taken is not in it",
    settings={
        "double-chain": Setting(
            env="double-chain",
            env_kwargs=_EPISODE,
            measure="value-error:horizon=20,discount=.99",
            checkpoints=_STEPS,
            arms=_OURS
            | {
                "rf-ucrl": Arm(
                    "rf-ucrl:horizon=20,scale=.0001",
                    published=curve(
                        _STEPS, 2.409, 2.416, 2.374, 1.79, 0.332, 0.224, 0.147, 0.101, 0.0799, 0.0627, 0.0449
                    ),
                ),
                "random": Arm(
                    "random",
                    published=curve(_STEPS, 2.433, 2.497, 2.528, 2.539, 2.53, 2.381, 2.403, 2.42, 2.167, 2.179, 2.001),
                ),
                "generative model": Arm(
                    published=curve(
                        _STEPS, 0.887, 0.602, 0.476, 0.399, 0.243, 0.194, 0.165, 0.115, 0.0902, 0.0743, 0.0523
                    ),
                    is_bound=True,
                ),
                "BPI-UCRL, sees the reward": Arm(
                    published=curve(
                        _STEPS, 2.457, 2.496, 2.399, 1.149, 0.248, 0.142, 0.103, 0.0725, 0.0453, 0.0377, 0.0233
                    ),
                    is_bound=True,
                ),
            },
            is_logarithmic=True,
            findings=(Finding("rf-ucrl", "random", 1000), Finding("rf-ucrl", "generative model", 10_000)),
        ),
        "open-grid": Setting(
            env="open-grid",
            env_kwargs=_EPISODE,
            measure="value-error:horizon=20,discount=.99",
            checkpoints=_STEPS,
            arms=_OURS
            | {
                "rf-ucrl": Arm(
                    "rf-ucrl:horizon=20,scale=.0001",
                    published=curve(_STEPS, 3.605, 3.582, 3.456, 3.5, 3.467, 3.202, 1.89, 0.766, 0.255, 0.2245, 0.178),
                ),
                "random": Arm(
                    "random",
                    published=curve(
                        _STEPS, 3.573, 3.611, 3.513, 3.473, 3.198, 3.022, 3.065, 2.587, 1.941, 1.634, 1.151
                    ),
                ),
                "generative model": Arm(
                    published=curve(_STEPS, 3.578, 3.531, 3.39, 3.036, 0.521, 0.339, 0.339, 0.339, 0.337, 0.315, 0.259),
                    is_bound=True,
                ),
                "BPI-UCRL, sees the reward": Arm(
                    published=curve(
                        _STEPS, 3.731, 3.624, 3.61, 3.353, 2.781, 1.997, 0.733, 0.2405, 0.186, 0.0986, 0.0585
                    ),
                    is_bound=True,
                ),
            },
            is_logarithmic=True,
            findings=(Finding("rf-ucrl", "random", 5623), Finding("rf-ucrl", "generative model", 10_000)),
        ),
    },
    seeds=48,
)
