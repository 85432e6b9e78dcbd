"""Sun, Gomez and Schmidhuber 2011: planning to be surprised."""

from .experiment import Arm, Experiment, Finding, Setting

_BELIEF = {"prior": "symmetric:1", "discount": 0.95}

SUN = Experiment(
    source="Sun, Gomez and Schmidhuber 2011, Planning to be surprised, section 5, arXiv 1103.5708",
    read="a figure without numbers",
    claim="only the agent that plans goes to and fro between the cliques; Q-learning on what was gained never leaves"
    " the first",
    differs="our corridor fails one step in twenty; the prior is Dir(1/60, ..., 1/60), the discount .95",
    settings={
        "cliques": Setting(
            env="cliques",
            measure="surprise",
            checkpoints=(300, 1000, 3000),
            arms={
                "curious": Arm("curious", _BELIEF),
                "greedy": Arm("greedy", _BELIEF),
                "q-learning on realised gain": Arm("q-learning", _BELIEF),
                "random": Arm("random", _BELIEF),
            },
            findings=(
                Finding("curious", "greedy", 300),
                Finding("curious", "greedy", 3000),
                Finding("random", "q-learning on realised gain", 3000),
            ),
        )
    },
)
