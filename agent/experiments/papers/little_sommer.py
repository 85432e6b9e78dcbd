"""Little and Sommer 2013: learning and exploration in action-perception loops."""

from .experiment import Arm, Experiment, Finding, Setting, curve

_PLAN = {"discount": 0.95, "bonus": "predicted-information-gain"}
_BELIEF = {"prior": "equal-targets", **_PLAN}
_STEPS = (100, 200, 1000)

LITTLE_SOMMER = Experiment(
    source="Little and Sommer 2013, Learning and exploration in action-perception loops, doi 10.3389/fncir.2013.00037",
    read="curves of 1-2-3 worlds of the authors' code",
    claim="with predicted information gain the agent that plans learns a 1-2-3 world sooner than the greedy one, which"
    " in the end is slower than a random walk",
    differs="both beliefs know that actions have one, two or three equally probable targets; ours does not know that"
    " one state is a target more often, and looks ahead for ever, where theirs looks ten steps ahead",
    settings={
        "one-two-three": Setting(
            env="one-two-three",
            measure="missing-bits",
            checkpoints=_STEPS,
            arms={
                "curious": Arm("curious", _BELIEF, curve(_STEPS, 63.4, 19.7, 2.9)),
                "greedy": Arm("greedy", _BELIEF, curve(_STEPS, 63.0, 30.2, 10.5)),
                "random": Arm("random", _BELIEF, curve(_STEPS, 94.6, 65.5, 5.5)),
                "curious, Dir(1/20, ..., 1/20)": Arm("curious", {"prior": "symmetric:1", **_PLAN}),
                "planning with the true map": Arm("true-map", _BELIEF, curve(_STEPS, 59.8, 21.9, 0), is_bound=True),
                "unembodied": Arm("unembodied", _BELIEF, curve(_STEPS, 49.3, 0, 0), is_bound=True),
            },
            findings=(Finding("curious", "greedy", 200), Finding("curious", "greedy", 1000)),
        )
    },
)
