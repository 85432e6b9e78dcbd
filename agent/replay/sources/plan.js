// The best plan under what is believed now: V = max over actions of payoff + discount * sum of probability * value.
//
// Terminal states are worth the mean of the states that an episode begins in; all states never seen are alike, and every
// action there pays what a pair never taken pays; what is spread anywhere is worth the hub, the mean of all states.

const SPREADING = 12; // sweeps that carry news across the world, before a policy is evaluated
const ROUNDING = 1e-13; // an action is better if it is by more than this share
const TIE = 1e-10; // actions are equally good if they differ by less than this share

class Plan {
  constructor(life) {
    this.life = life;
    this.value = new Float64Array(life.numStates + 1); // the last: of states never seen
    this.isSolved = false;
  }

  /** Take over what a belief says now; values stay as they are, to begin from. */
  take(belief) {
    this.rows = rowsOf(belief);
    this.discount = belief.discount;
    const numPairs = this.rows.first.length - 1;
    this.q = new Float64Array(numPairs);
    this.policy = new Int32Array(this.rows.numKnown);
    this.isSolved = false;
    this.work = this.solve();
  }

  /** Work for some milliseconds; return whether the plan is solved. */
  go(milliseconds) {
    const until = performance.now() + milliseconds;
    while (!this.isSolved) {
      if (this.work.next().done) this.isSolved = true;
      else if (performance.now() > until) break;
    }
    return this.isSolved;
  }

  /** Policy iteration (Howard 1960): improve the policy, evaluate it exactly, until no action is better. */
  *solve() {
    const { rows, discount, value } = this;
    const horizon = discount / (1 - discount);
    for (let round = 0; round < 100; round++) {
      for (let sweep = 0; sweep < (round ? 1 : SPREADING); sweep++) {
        const { low, high } = this.improve();
        this.shift(0.5 * horizon * (low + high));
        yield;
      }
      const found = yield* equationsOf(rows, this.policy, discount).solve(3);
      for (let state = 0; state < rows.numKnown; state++) if (rows.isActing[state]) value[state] = found[state];
      value[value.length - 1] = found[rows.numKnown];
      const before = this.policy.slice();
      this.backUp();
      if (before.every((pair, state) => pair === this.policy[state])) break;
    }
    this.settle();
  }

  /** Of equally good actions take the first: a moment looks the same from wherever one comes to it. */
  settle() {
    const { rows, q, policy } = this;
    for (let state = 0; state < rows.numKnown; state++) {
      if (!rows.isActing[state]) continue;
      const [first, most] = [state * rows.numActions, q[policy[state]]];
      let pair = first;
      while (most - q[pair] > TIE * Math.abs(most)) pair++;
      policy[state] = pair;
    }
  }

  /** Set what terminal states and those never seen are worth; return the hub, the mean of all. */
  lump() {
    const { rows, value, discount } = this;
    this.terminal = 0;
    for (const [state, share] of rows.starts) this.terminal += share * value[state];
    let total = rows.numTerminal * this.terminal + rows.numUnseen * value[value.length - 1];
    for (let state = 0; state < rows.numKnown; state++) if (rows.isActing[state]) total += value[state];
    this.hub = total / rows.numOutcomes;
    value[value.length - 1] = rows.unseenPayoff + discount * this.hub;
    for (let state = 0; state < rows.numKnown; state++) if (!rows.isActing[state]) value[state] = this.terminal;
    return this.hub;
  }

  /** What a pair's row is worth, with the values as they are. */
  worth(pair, hub) {
    const { rows, value, discount } = this;
    let total = rows.rest[pair] * hub;
    for (let k = rows.first[pair]; k < rows.first[pair + 1]; k++) total += rows.weight[k] * value[rows.successor[k]];
    if (rows.beyond[pair] > 0) {
      const state = Math.floor(pair / rows.numActions);
      total += rows.beyond[pair] * (rows.unseenPayoff + discount * value[state]);
    }
    return rows.payoff[pair] + discount * total;
  }

  /** Work out all q-values, and the best pair of each state: the one it was, unless another is better. */
  backUp() {
    const { rows, q, policy } = this;
    const hub = this.lump();
    for (let state = 0; state < rows.numKnown; state++) {
      if (!rows.isActing[state]) continue;
      const first = state * rows.numActions;
      for (let pair = first; pair < first + rows.numActions; pair++) q[pair] = this.worth(pair, hub);
      let best = policy[state] >= first ? policy[state] : first;
      for (let pair = first; pair < first + rows.numActions; pair++) {
        if (q[pair] - q[best] > ROUNDING * Math.abs(q[best])) best = pair;
      }
      policy[state] = best;
    }
  }

  /** Back all states up at once; return the least and the largest change. */
  improve() {
    const { rows, value } = this;
    const unseen = value[value.length - 1];
    this.backUp();
    const change = rows.numUnseen > 0 ? value[value.length - 1] - unseen : null;
    let [low, high] = change === null ? [Infinity, -Infinity] : [change, change];
    for (let state = 0; state < rows.numKnown; state++) {
      if (!rows.isActing[state]) continue;
      const best = this.q[this.policy[state]];
      low = Math.min(low, best - value[state]);
      high = Math.max(high, best - value[state]);
      value[state] = best;
    }
    return low <= high ? { low, high } : { low: 0, high: 0 };
  }

  /** Add to all values what is still to come, the same everywhere. */
  shift(amount) {
    const { rows, value, q } = this;
    for (let state = 0; state < rows.numKnown; state++) value[state] += amount;
    value[value.length - 1] += amount;
    for (let pair = 0; pair < q.length; pair++) q[pair] += amount;
  }
}

/** The rows of all pairs of known states, as far as the belief's time goes. */
function rowsOf(belief) {
  const { life, numKnown } = belief;
  const { numActions } = life;
  const numPairs = numKnown * numActions;
  const rows = {
    numKnown, numActions,
    first: new Int32Array(numPairs + 1),
    rest: new Float64Array(numPairs), beyond: new Float64Array(numPairs),
    payoff: new Float64Array(numPairs), reward: new Float64Array(numPairs),
    isActing: new Uint8Array(numKnown),
    starts: life.startsAt(belief.time),
    unseenPayoff: belief.unvisitedPayoff,
    numTerminal: 0,
    numOutcomes: Math.max(belief.numOutcomes, numKnown),
    numUnseen: Math.max(belief.numOutcomes - numKnown, 0),
  };
  const successor = new Int32Array(life.edges.length);
  const weight = new Float64Array(life.edges.length);
  let size = 0;
  const put = (state, mass) => {
    successor[size] = state;
    weight[size++] = mass;
  };
  for (let state = 0; state < numKnown; state++) {
    rows.isActing[state] = life.isActing(state) ? 1 : 0;
    if (!life.isActing(state)) rows.numTerminal++;
    for (let pair = state * numActions; pair < (state + 1) * numActions; pair++) {
      if (life.isActing(state)) {
        ({ rest: rows.rest[pair], beyond: rows.beyond[pair] } = belief.predict(pair, put));
        [rows.payoff[pair], rows.reward[pair]] = belief.payoffOf(pair);
      }
      rows.first[pair + 1] = size;
    }
  }
  return Object.assign(rows, { successor, weight });
}

/** The rows of a policy alone, which pay their share of reward: their values are what of a plan's is reward. */
function rewardRows(plan, unseenReward) {
  const { rows, policy } = plan;
  const of = (column) => Float64Array.from(policy, (pair) => column[pair]);
  const first = [0];
  const successor = [];
  const weight = [];
  for (let state = 0; state < rows.numKnown; state++) {
    const pair = policy[state];
    for (let k = rows.first[pair]; rows.isActing[state] && k < rows.first[pair + 1]; k++) {
      successor.push(rows.successor[k]);
      weight.push(rows.weight[k]);
    }
    first.push(successor.length);
  }
  return {
    ...rows, numActions: 1, first, successor, weight, rest: of(rows.rest), beyond: of(rows.beyond),
    payoff: of(rows.reward), unseenPayoff: unseenReward,
  };
}
