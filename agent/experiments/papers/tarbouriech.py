"""Tarbouriech et al. 2020: active model estimation in Markov decision processes."""

from collections.abc import Mapping
from typing import Any

from .experiment import Arm, Experiment, Finding, Setting, curve

_FRANK_WOLFE = "patience=1,smoothing=.001,tolerance=.01,discount=.999"  # chosen on seeds 1000 to 1003 of the river
Values = tuple[float, ...]


def _setting(
    env: str, steps: tuple[int, ...], uniform: Values, entropy: Values, weighted: Values, **env_kwargs: Any
) -> Setting:
    arms: Mapping[str, Arm] = {
        "curious": Arm("curious"),
        "count": Arm("count"),
        "weighted-max-ent": Arm(f"weighted-max-ent:{_FRANK_WOLFE}", published=curve(steps, *weighted)),
        "max-ent": Arm(f"max-ent:{_FRANK_WOLFE}", published=curve(steps, *entropy)),
        "random": Arm("random", published=curve(steps, *uniform)),
    }
    last = steps[-1]
    findings = Finding("weighted-max-ent", "max-ent", last), Finding("max-ent", "random", last)
    return Setting(env, "model-error", steps, arms, env_kwargs, is_logarithmic=True, findings=findings)


TARBOURIECH = Experiment(
    source="Tarbouriech, Shekhar, Pirotta, Ghavamzadeh and Lazaric 2020, Active model estimation in Markov decision"
    " processes, section 5 and supplement, arXiv 2003.03297",
    read="curves of the figures, from the vector drawing, within about 1 %",
    claim="weighting the entropy of visits by how noisy pairs are estimates a map better than the entropy alone, and"
    " that better than acting uniformly",
    differs="our weighted-max-ent has the prior's part in the prediction where theirs adds a confidence width, and both"
    " of ours act by the newest plan for an epoch; how long and how finely was chosen on other seeds of the river",
    settings={
        "wheel, 5 states": _setting(
            "wheel", (2187, 99_020), (0.0311, 0.0052), (0.0281, 0.0041), (0.0238, 0.0022), num_states=5
        ),
        "wheel, 10 states": _setting(
            "wheel", (5489, 19_788), (0.0362, 0.019), (0.0251, 0.0138), (0.0219, 0.0099), num_states=10
        ),
        "noisy-river": _setting(
            "noisy-river", (9888, 149_572), (0.0647, 0.0165), (0.0605, 0.0161), (0.0509, 0.0122), num_states=12
        ),
    },
)
