"""One decision of the curious agent and of pymdp's active inference, side by side in one run (extra `[bench]`).

    python -m tests.benchmarks.active_inference [--side 10] [--policy-lengths 1 2 3 4] [--steps 3000]

Our agent explores an open grid; at intervals pymdp decides too, in the same state and with the same belief: its A is
the identity, its pB are the agent's posterior concentrations, its B their means.

The same are states, actions, belief, and what is sought: the expected information gain about the transitions. At policy
length 1 pymdp's scores are our `expected_gains` up to its single precision; the largest difference is printed.

Not the same is the plan. pymdp scores all num_actions^length sequences of actions, with the belief held fixed, anew and
dense each time, and sees nothing beyond their end. Ours is a policy for the discounted infinite horizon, sparse, with a
certified bound on its loss. Most of our decisions mend the latest plan, some make a new one: hence a mean far above the
median. `act` includes the choice of an action, pymdp's times do not; learning is in one row only.

pymdp is given its best: compiled, with as many threads as it takes; compilation and the making of its arrays are left
out; one iteration infers the state, which is exact for a single factor. Of expected free energy it computes only the
information gain about parameters: the others would change its choice, hardly its time. Its tree searches are left out.
"""

import argparse
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np

import envs
from agent import Transition, WorldModel, interact, make_agent
from tests.benchmarks.timing import once, print_row, spread

try:
    import equinox
    import jax
    from pymdp.agent import Agent
except ImportError:
    jax = None

HEADER = ("one decision", "sequences", "ms", "times act, medians", "times act, means")
WIDTHS = (49, 9, 18, 18, 16)


class Stopwatch:
    """An agent that takes the time of another's decisions and of its learning."""

    def __init__(self, agent: Any) -> None:
        self.agent = agent
        self.begin = agent.begin
        self.acting_ms: list[float] = []
        self.observing_ms: list[float] = []

    def act(self, state: int) -> int:
        milliseconds, action = once(self.agent.act, state)
        self.acting_ms.append(milliseconds)
        return action

    def observe(self, transition: Transition) -> None:
        self.observing_ms.append(once(self.agent.observe, transition)[0])


def decider(model: WorldModel, length: int, infers: bool) -> Callable[..., Any]:
    """Make a decision of pymdp's, from an observation or from the known state; it takes what `belief` returns."""
    num_states = model.num_outcomes
    flat = np.full((1, num_states, num_states, model.num_actions), 1 / num_states, dtype=np.float32)
    terms = {"use_utility": False, "use_states_info_gain": False, "use_param_info_gain": True}
    blank = Agent([np.eye(num_states)], [flat], pB=[flat], policy_len=length, num_iter=1, **terms)

    @jax.jit
    def decide(transition: Any, concentration: Any, state: Any) -> Any:
        agent = equinox.tree_at(lambda agent: (agent.B, agent.pB), blank, ([transition], [concentration]))
        known = jax.nn.one_hot(state[None], num_states)
        return agent.infer_policies(agent.infer_states([state], agent.D) if infers else [known])

    return lambda *given: jax.block_until_ready(decide(*given))


def belief(model: WorldModel, state: int) -> tuple[Any, Any, Any]:
    """Return B and pB, `[1, next state, state, action]`, and the state, all in pymdp's arrays."""
    pairs = [[model.posterior(s, action) for action in range(model.num_actions)] for s in range(model.num_outcomes)]
    concentration = np.moveaxis(np.array(pairs, dtype=np.float32), -1, 0)[None]
    transition = concentration / concentration.sum(axis=1, keepdims=True)
    return jax.device_put((transition, concentration, np.array([state])))


def walk(options: argparse.Namespace) -> tuple[Stopwatch, dict[tuple[int, bool], list[float]], float]:
    """Let our agent explore and pymdp decide at intervals.

    Returns: our times; pymdp's by length and whether the state is inferred, ms; the largest difference of the gains.
    """
    env = envs.make("grid", size=options.side, kind="open")
    watch = Stopwatch(make_agent("curious", env, options.seed))
    model, difference = watch.agent.model, 0.0
    lengths = options.policy_lengths if jax is not None else []
    contestants = {(length, infers): decider(model, length, infers) for length in lengths for infers in (False, True)}
    taken: dict[tuple[int, bool], list[float]] = {key: [] for key in contestants}
    for step, transition in enumerate(interact(env, watch, options.warm_up + options.steps, options.seed)):
        if not contestants or step < options.warm_up or (step - options.warm_up) % options.interval:
            continue
        state = transition.next_state
        given = belief(model, state)
        for key, decide in contestants.items():
            decide(*given)  # not counted: the first time it compiles
            milliseconds, (_, scores) = once(decide, *given)
            taken[key].append(milliseconds)
            if key[0] == 1:
                difference = max(difference, np.abs(np.asarray(scores) - model.expected_gains([state])).max())
    return watch, taken, difference


def main() -> None:
    """Read the options, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=10, help="side of the grid, cells")
    parser.add_argument("--policy-lengths", type=int, nargs="*", default=[1, 2, 3, 4], help="steps pymdp looks ahead")
    parser.add_argument("--warm-up", type=int, default=1000, help="steps before those that count")
    parser.add_argument("--steps", type=int, default=3000, help="steps that count")
    parser.add_argument("--interval", type=int, default=100, help="steps from one decision of pymdp's to the next")
    parser.add_argument("--seed", type=int, default=0, help="of the agent and of the world")
    options = parser.parse_args()
    if jax is None:
        print("not installed, left out: inferactively-pymdp (pip install -e '.[bench]')")
    watch, taken, difference = walk(options)
    act = np.array(watch.acting_ms[options.warm_up :])
    rows = [("ours, act", "-", act), ("ours, act + observe", "-", act + watch.observing_ms[options.warm_up :])]
    for (length, infers), times in taken.items():
        name = f"pymdp, length {length}, {'infer_states + ' * infers}infer_policies"
        rows.append((name, str(watch.agent.model.num_actions**length), np.array(times)))
    print(f"{options.side**2} states; times are median (mean); 'times act' is how many of our decisions fit in\n")
    print_row(HEADER, WIDTHS)
    print_row(["-" * width for width in WIDTHS], WIDTHS)
    for name, sequences, times in rows:
        ratios = (f"{summary(times) / summary(act):.1f}" for summary in (np.median, np.mean))
        print_row((name, sequences, spread(times), *ratios), WIDTHS)
    if 1 in options.policy_lengths and taken:
        print(f"\npymdp {version('inferactively-pymdp')}: gains at length 1 differ by at most {difference:.1e} nats")


if __name__ == "__main__":
    main()
