// Why: what every action of a state is believed to do, to teach, and to be worth, and where that comes from.

/** One entry an action; the plan must be solved. Values are in nats, or in what is paid. */
function explain(belief, plan, state) {
  const { life } = belief;
  const rewardValue = rewardValues(belief, plan);
  return Array.from({ length: life.numActions }, (_, action) => {
    const pair = state * life.numActions + action;
    const terms = [];
    const { rest, beyond } = belief.predict(pair, (successor, probability, count) => {
      terms.push({ successor, probability, count, value: plan.value[successor] });
    });
    terms.sort((one, other) => other.probability - one.probability);
    const { unseenPayoff } = plan.rows;
    if (beyond > 0) {
      const value = unseenPayoff + plan.discount * plan.value[state];
      terms.push({ successor: "beyond", probability: beyond, count: 0, value });
    }
    if (rest > 1e-15) terms.push({ successor: "anywhere", probability: rest, count: 0, value: plan.hub });
    const [payoff, reward] = belief.payoffOf(pair);
    const expected = terms.reduce((total, { probability, value }) => total + probability * value, 0);
    const rewarded = reward + plan.discount * expectedReward(terms, rewardValue, plan, state);
    const q = payoff + plan.discount * expected;
    return {
      action, pair, terms, payoff, expected, q,
      visits: belief.visitsOf(pair),
      gain: belief.gainOfPair(pair),
      error: belief.errorOf(pair),
      parts: { reward: rewarded, now: payoff - reward, later: q - rewarded - (payoff - reward) },
    };
  });
}

/** What of the values under the plan's policy is reward, by state, and of the hub; null where nothing is. */
function rewardValues(belief, plan) {
  const unseen = belief.moment ? belief.moment.unvisited[1] : 0;
  if (unseen === 0 && !plan.rows.reward.some((reward) => reward !== 0)) return null;
  const own = new Plan(belief.life);
  Object.assign(own, { rows: rewardRows(plan, unseen), discount: plan.discount });
  own.q = new Float64Array(own.rows.numKnown);
  own.policy = Int32Array.from({ length: own.rows.numKnown }, (_, state) => state);
  own.work = own.solve();
  own.go(Infinity);
  own.lump();
  return { value: own.value, hub: own.hub, unseen };
}

function expectedReward(terms, reward, plan, state) {
  if (!reward) return 0;
  let total = 0;
  for (const { successor, probability } of terms) {
    let value = reward.value[successor];
    if (successor === "anywhere") value = reward.hub;
    if (successor === "beyond") value = reward.unseen + plan.discount * reward.value[state];
    total += probability * value;
  }
  return total;
}

/**
 * Where the value of a pair comes from: what it pays itself, and by discounted occupancy under the plan's policy what
 * each state does. All of it together is the pair's q-value, up to the share `left` of it.
 */
function sourcesOf(plan, pair, left = 1e-10) {
  const { rows, discount, policy } = plan;
  const num = rows.numKnown;
  const paid = new Float64Array(num + 1); // the last: states never seen
  let mass = new Float64Array(num + 1);
  const self = rows.payoff[pair];
  let beyondPaid = 0;
  const flow = (from, row, amount, to) => {
    let ended = 0;
    const rest = (amount * rows.rest[row]) / rows.numOutcomes;
    for (let k = rows.first[row]; k < rows.first[row + 1]; k++) {
      const successor = rows.successor[k];
      if (rows.isActing[successor]) to[successor] += amount * rows.weight[k];
      else ended += amount * rows.weight[k];
    }
    if (rows.beyond[row] > 0) {
      beyondPaid += amount * rows.beyond[row] * rows.unseenPayoff;
      to[from] += amount * rows.beyond[row] * discount;
    }
    return [ended, rest];
  };
  const settle = (to, ended, rest) => {
    if (rest > 0) {
      for (let state = 0; state < num; state++) if (rows.isActing[state]) to[state] += rest;
      to[num] += rest * rows.numUnseen;
    }
    const finished = ended + rest * rows.numTerminal;
    for (const [state, share] of finished > 0 ? rows.starts : []) to[state] += share * finished;
  };
  settle(mass, ...flow(Math.floor(pair / rows.numActions), pair, discount, mass));
  const occupancy = new Float64Array(num + 1);
  for (let weight = discount; weight > left; weight *= discount) {
    const next = new Float64Array(num + 1);
    let [ended, rest] = [0, 0];
    for (let state = 0; state < num; state++) {
      if (mass[state] === 0) continue;
      occupancy[state] += mass[state];
      paid[state] += mass[state] * rows.payoff[policy[state]];
      const [over, spread] = flow(state, policy[state], mass[state] * discount, next);
      ended += over;
      rest += spread;
    }
    occupancy[num] += mass[num];
    paid[num] += mass[num] * rows.unseenPayoff;
    settle(next, ended, rest + (mass[num] * discount) / rows.numOutcomes);
    mass = next;
  }
  return { self, paid, beyond: beyondPaid, occupancy };
}

/** The states on the likeliest way under the plan from a state on, as long as none comes again. */
function wayFrom(plan, state, most = 200) {
  const { rows, policy } = plan;
  const way = [state];
  const seen = new Set(way);
  while (way.length < most) {
    const row = policy[way[way.length - 1]];
    let [best, mass] = [-1, 0];
    for (let k = rows.first[row]; k < rows.first[row + 1]; k++) {
      if (rows.weight[k] > mass && rows.successor[k] !== way[way.length - 1]) [best, mass] = [rows.successor[k], rows.weight[k]];
    }
    if (best < 0 || seen.has(best)) break;
    way.push(best);
    seen.add(best);
    if (!rows.isActing[best]) break;
  }
  return way;
}
