"""A page's own numbers, worked out by node, and Python's of the same moment."""

import json
import re
import shutil
import subprocess

import numpy as np

from agent import run
from agent.agents.rng import seed_streams
from agent.compilation.handles import Pack
from agent.experiments import command_line
from agent.experiments.options import RunOptions
from agent.experiments.setup import make_player, make_world
from agent.experiments.single_run import play
from agent.planners.payoffs import pay_all
from agent.planners.value_iteration import ValueIteration
from agent.replay.page import COMPUTING, script
from agent.replay.recording import Payment
from agent.replay.reliving import transitions
from agent.worlds import UnknownTruthError, find_mdp

NODE = shutil.which("node")

READ = 'const [page, steps] = JSON.parse(require("fs").readFileSync(0, "utf8"));'

DRIVER = """
unpack(page).then(({ lives }) => {
  const answers = lives.map((told) => {
    const life = new Life(told);
    const belief = new Belief(life);
    const plan = new Plan(life);
    return steps.map((step) => {
      life.goTo(step);
      belief.look();
      plan.take(belief);
      const began = performance.now();
      plan.go(Infinity);
      const took = performance.now() - began;
      const state = life.state;
      const pairs = Array.from({ length: belief.numKnown * life.numActions }, (_, pair) => pair);
      const acting = pairs.filter((pair) => life.isActing(Math.floor(pair / life.numActions)));
      const reasons = life.isActing(state) && state < belief.numKnown ? explain(belief, plan, state) : null;
      const sources = reasons && reasons.map(({ pair }) => {
        const { self, paid, unseen } = sourcesOf(plan, pair);
        return self + unseen + paid.reduce((total, each) => total + each, 0);
      });
      return {
        took, discount: plan.discount,
        numbers: Array.from(told.state), state: told.state[state],
        time: belief.time, known: belief.numKnown, action: life.action,
        visits: Array.from(pairs, (pair) => belief.visitsOf(pair)),
        gain: pairs.map((pair) => (acting.includes(pair) ? belief.gainOfPair(pair) : 0)),
        error: pairs.map((pair) => (acting.includes(pair) ? belief.errorOf(pair) : 0)),
        value: Array.from(plan.value.subarray(0, belief.numKnown)),
        q: Array.from(plan.q), reasons, sources,
      };
    });
  });
  console.log(JSON.stringify(answers));
});
"""

TURNS = """
unpack(page).then(({ lives: [told] }) => {
  const life = new Life(told);
  const belief = new Belief(life);
  const number = (miss) => miss && { ...miss, expected: told.state[miss.expected], came: told.state[miss.came] };
  const misses = steps.map((step) => {
    life.goTo(step);
    belief.look();
    return number(missOf(belief));
  });
  const before = steps.map((step) => {
    life.goTo(step);
    belief.look();
    return step ? number(aStepAgo(belief, missOf)) : null;
  });
  console.log(JSON.stringify({ turns: turnsOf(told), misses, before }));
});
"""


def lived(out, *words):
    """Let an agent live as `agent.run` does, and store it in `out`, without figures; gives the run."""
    words = [*map(str, words), "--baseline", "none", "--out", str(out)]
    options = command_line.parse(RunOptions, words, "agent.run", "")
    (job,) = run.prepare(options)
    life = play(job.config, job.name, job.config["seed"])
    recorded, _ = run._stored(job, life)
    return recorded


def numbers_of(page, steps, driver=DRIVER):
    """Let node work out what a page shows at some steps: a list of lives, each with a list of answers."""
    data = re.search(r'<script id="data"[^>]*>([^<]*)</script>', page)
    program = script(COMPUTING) + READ + driver
    given = json.dumps([data[1], [int(step) for step in steps]])
    done = subprocess.run([NODE, "-e", program], input=given, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def believed(run, step):
    """Return a fresh belief that has lived so many steps of a run, its agent, and the truth if it is known."""
    env = make_world(run.config, run.config["seed"])
    try:
        mdp = find_mdp(env, lambda _: None)
    except UnknownTruthError:
        mdp = None
    world_seed, agent_seed = seed_streams(run.config["seed"])
    player = make_player(run.config, run.config["agent"], env, agent_seed)
    model, ended = player.model, True
    for t, transition in enumerate(transitions(run)):
        if t > step:
            break
        if ended:
            state, _ = env.reset(seed=world_seed if t == 0 else None)
            assert state == transition.state
            model.begin(transition.state)
        if t == step:
            break
        _, _, terminated, truncated, _ = env.step(transition.action)
        model.observe(transition)
        ended = terminated or truncated
    return player, mdp


def discount_at(run, step):
    """The discount that a run's agent planned with after so many steps."""
    since = run.trace.get("planning_discount_step", [0])
    discounts = run.trace.get("planning_discount", [run.config["discount"]])
    return discounts[np.searchsorted(since, step, side="right") - 1]


def oracle(run, step, discount=None):
    """Python's numbers of a moment: the belief's own answers, and a plan solved to 1e-13."""
    player, mdp = believed(run, step)
    model, payment = player.model, Payment(player, run.config)
    packed = Pack(payment.fresh())
    states = model.known_states().astype(np.int64)
    acting = [int(state) for state in states if model.states.kind[state] == 1]
    planner, unvisited = (
        ValueIteration(discount or discount_at(run, step), 1e-13),
        pay_all(model.address, packed.address),
    )
    bound = planner.plan(model, unvisited, acting[0])
    assert bound <= 1e-10 * np.abs(model.of_states("value", states)).max()
    return {
        "model": model,
        "mdp": mdp,
        "states": states,
        "visits": model.visits(states).ravel(),
        "gain": model.expected_gains(states).ravel(),
        "value": model.of_states("value", states),
        "q": model.of_pairs("q_value", states).ravel(),
        "payoff": model.of_pairs("payoff", states).ravel(),
        "acting": np.repeat(model.states.kind[states] == 1, model.num_actions),
    }
