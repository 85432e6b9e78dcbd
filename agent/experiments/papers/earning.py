"""Those who explore in order to earn, side by side: no publication, but the agents of many."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from .experiment import Arm, Experiment, Finding, Setting

OURS, WITHIN = "both gains", 1.1


class World(NamedTuple):
    """A world to earn in.

    Attributes:
        checkpoints: steps after which it is told what was earned.
        largest: reward of a step, by which all weights are divided.
        tuned: what each strategy's own number is here, by arm; the weight of surprise and epsilon of q-learning.
        env_kwargs: arguments of the world.
    """

    checkpoints: tuple[int, ...]
    largest: float
    tuned: Mapping[str, Any]
    env_kwargs: Mapping[str, Any] = {}


def _tuned(
    both: float, fading: float, gain: float, psrl: float, mbie: float, beb: float, r_max: int, ucrl2: float, q: Any
) -> Any:
    names = OURS, "both gains, fading", "transitions' gain", "psrl", "mbie-eb", "beb", "r-max", "ucrl2", "q-learning"
    return dict(zip(names, (both, fading, gain, psrl, mbie, beb, r_max, ucrl2, q), strict=True))


WORLDS: Mapping[str, World] = {
    "river-swim": World(
        (1000, 5000), 10_000, _tuned(0.1, 1, 0.3, 0.3, 0.01, 0.1, 20, 0.3, (1, 0.03)), {"variant": "strehl-littman"}
    ),
    "six-arms": World((1000, 5000), 6000, _tuned(10, 100, 10, 3, 3, 10, 5, 0.03, (0.1, 0.03))),
    "chain": World((200, 1000), 10, _tuned(1, 10, 1, 0.1, 1, 1, 5, 0.01, (0.1, 0.03))),
    "double-loop": World((200, 1000), 2, _tuned(0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 1, 0.0003, (0, 0.01))),
    "deep-sea": World((500, 2000), 1, _tuned(0.03, 0.1, 0.03, 0.1, 0.1, 0.3, 1, 0.0003, (0, 0.03))),
}


def _arms(world: World) -> Mapping[str, Arm]:
    paid = {"prior": "symmetric:1", "reward_weight": 1 / world.largest}
    taught = {"reward_belief": f"gaussian:mean=0,precision=0.01,noise={0.1 * world.largest:g}"}
    own = world.tuned
    surprise, epsilon = own["q-learning"]
    return {
        OURS: Arm("curious", paid | taught | {"curiosity_weight": own[OURS]}),
        "both gains, fading": Arm("fading", paid | taught | {"curiosity_weight": own["both gains, fading"]}),
        "both gains, one weight": Arm("curious", paid | taught | {"curiosity_weight": 0.3}),
        "both gains, fading, one weight": Arm("fading", paid | taught | {"curiosity_weight": 1.0}),
        "transitions' gain": Arm("curious", paid | {"curiosity_weight": own["transitions' gain"]}),
        "psrl": Arm("psrl", paid | taught | {"curiosity_weight": 0.0, "prior": f"symmetric:{own['psrl']}"}),
        "mbie-eb": Arm(f"mbie-eb:beta={own['mbie-eb']}", paid),
        "beb": Arm(f"beb:beta={own['beb']}", paid),
        "r-max": Arm(f"r-max:enough={own['r-max']},doubles=false", paid),
        "ucrl2": Arm(f"ucrl2:largest_reward={own['ucrl2']}", paid),
        "q-learning": Arm(f"q-learning:epsilon={epsilon}", paid | {"curiosity_weight": surprise}),
        "random": Arm("random", paid),
    }


def _setting(name: str, world: World) -> Setting:
    arms, last = _arms(world), world.checkpoints[-1]
    rivals = [label for label in arms if not label.startswith(OURS)]
    findings = tuple(Finding(OURS, rival, last, WITHIN) for rival in rivals)
    return Setting(name, "reward", world.checkpoints, arms, world.env_kwargs, findings=findings)


EARNING = Experiment(
    source="Strategies of many publications, of which --list tells, in worlds of Strehl and Littman 2008 and others",
    read="none: nobody published this comparison",
    claim="who plans for all that a step is expected to teach, of transitions and of rewards, earns at least as much as"
    " each of the others, but for a tenth",
    differs="each strategy has one number of its own, the best of four to eleven for each world on seeds 1000 to 1039:"
    " a weight, what a prior counts as, visits that make a pair known, the largest reward, or epsilon; *fading* weights"
    " follow the share of what can be learnt that is left; *one weight* is the best for all worlds together, .3, or 1"
    " where it fades. All plan at a discount of .99, with a prior that spreads one count, and reward in units of the"
    " largest; both gains and psrl believe in rewards of a noise of a tenth of that, and a mean of which nearly nothing"
    " is known",
    settings={name: _setting(name, world) for name, world in WORLDS.items()},
    seeds=50,
)
