// Why: what every action of a state is believed to do, to teach, and to be worth, and where that comes from.

/** One entry an action; the plan must be solved. Values are in nats, or in what is paid. */
function explain(belief, plan, state) {
  const { life } = belief;
  const rewardValue = rewardValues(belief, plan);
  return Array.from({ length: life.numActions }, (_, action) => {
    const pair = state * life.numActions + action;
    const terms = [];
    const unseen = plan.rows.unseenPayoff + plan.discount * plan.value[state]; // a pair never taken, and the way back
    const { rest, unnamed } = belief.predict(pair, (successor, probability, count) => {
      terms.push({ successor, probability, count, value: plan.value[successor] });
    }, (successor, probability) => terms.push({ successor, probability, count: 0, value: unseen }));
    terms.sort((one, other) => other.probability - one.probability);
    if (unnamed > 0) terms.push({ successor: "beyond", probability: unnamed, count: 0, value: unseen });
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
    if (successor === "beyond" || successor >= plan.rows.numKnown) value = reward.unseen + plan.discount * reward.value[state];
    total += probability * value;
  }
  return total;
}

/**
 * Where the value of a pair comes from: what it pays itself, and by discounted occupancy under the plan's policy what
 * each state does. All of it together is the pair's q-value.
 */
function sourcesOf(plan, pair) {
  const { rows, discount, policy } = plan;
  const num = rows.numKnown;
  const state = Math.floor(pair / rows.numActions);
  const equations = equationsOf(rows, policy, discount, true);
  const begin = equations.paid.fill(0);
  for (let k = rows.first[pair]; k < rows.first[pair + 1]; k++) {
    const next = rows.successor[k];
    begin[rows.isActing[next] ? next : num + 1] += discount * rows.weight[k];
  }
  begin[state] += discount * discount * rows.beyond[pair];
  begin[num + 2] += discount * rows.rest[pair];
  const occupancy = finished(equations.solve(3));
  const paid = new Float64Array(num);
  let unseen = (occupancy[num] + discount * rows.beyond[pair]) * rows.unseenPayoff;
  for (let each = 0; each < num; each++) {
    if (!rows.isActing[each]) continue;
    paid[each] = occupancy[each] * rows.payoff[policy[each]];
    unseen += occupancy[each] * discount * rows.beyond[policy[each]] * rows.unseenPayoff;
  }
  return { self: rows.payoff[pair], paid, unseen };
}

/**
 * The likeliest way under the plan from a pair on, as long as no state comes again, up to the first one never seen; and its
 * goal: the place on it, a number of steps away, where most is still to be gained. Values rise towards what a plan is after,
 * and fall once it was had.
 */
function wayFrom(belief, plan, pair, most = 400) {
  const { rows, policy, value, discount } = plan;
  const way = [Math.floor(pair / rows.numActions)];
  const seen = new Set(way);
  let [row, goal] = [pair, 0];
  while (way.length < most) {
    let [best, mass] = [-1, 0];
    const note = (successor, probability) => {
      if (probability > mass) [best, mass] = [successor, probability];
    };
    const { unnamed } = belief.predict(row, note, note);
    const isNew = best >= rows.numKnown;
    if (best < 0 || unnamed > mass || seen.has(best) || (!isNew && !rows.isActing[best])) break;
    const worth = isNew ? rows.unseenPayoff + discount * value[way[way.length - 1]] : value[best];
    way.push(best);
    seen.add(best);
    if (worth > value[way[goal]] * (1 + 1e-9)) goal = way.length - 1;
    if (isNew) break;
    row = policy[best];
  }
  return { way, goal };
}
