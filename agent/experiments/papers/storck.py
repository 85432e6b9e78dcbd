"""Storck, Hochreiter and Schmidhuber 1995: reinforcement driven information acquisition."""

from .experiment import Arm, Experiment, Finding, Setting, curve

_STEPS = (4096, 16_384, 262_144)
_BELIEF = {"prior": "symmetric:1", "discount": 0.95}

STORCK = Experiment(
    source="Storck, Hochreiter and Schmidhuber 1995, Reinforcement driven information acquisition in non-deterministic"
    " environments, ICANN 2, 159-164",
    read="table 1, ten states: the sum over all pairs of KL(true || estimate), nats; of how many runs is not said",
    claim="in the long run, though not at first, Q-learning on information gained estimates a map better than acting at"
    " random",
    differs="which state comes first is not said there, here it is the first of the chain; our estimates have a prior,"
    " Dir(1/10, ..., 1/10)",
    settings={
        "storck": Setting(
            env="storck",
            measure="missing",
            checkpoints=_STEPS,
            arms={
                "curious": Arm("curious", _BELIEF),
                "q-learning on realised gain": Arm("q-learning", _BELIEF, curve(_STEPS, 10.57, 2.44, 0.35)),
                "count": Arm("count", _BELIEF),
                "random": Arm("random", _BELIEF, curve(_STEPS, 2.74, 4.11, 1.07)),
            },
            is_logarithmic=True,
            findings=(Finding("q-learning on realised gain", "random", 262_144),),
        )
    },
)
