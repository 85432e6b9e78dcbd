// What a step was taken for, which is the likeliest outcome that was believed of it: steps that miss it, and turns back.

const INTENDED = 0.3; // an outcome is what an action is taken for, if it is believed with more than this

/** The state that a pair is believed to lead to most likely, with its probability; null where no state is likely. */
function intentOf(belief, pair) {
  let found = null;
  const note = (successor, probability) => {
    if (probability > (found ? found.probability : INTENDED)) found = { successor, probability };
  };
  belief.predict(pair, note, note);
  return found;
}

/** Whether a state is a television's channel: who zaps is on no way. */
function isChannel(told, state) {
  return Boolean(told.channel[state]);
}

/** The state that the agent just came from; -1 where it stayed, watched a television, or began an episode. */
function cameFrom(life) {
  const { told, now, state } = life;
  if (now === 0 || told.reset_step[numberUpTo(told.reset_step, now) - 1] === now) return -1;
  const before = life.stateAt(now - 1);
  return before === state || isChannel(told, before) || isChannel(told, state) ? -1 : before;
}

/** Whether the action taken now leads back to where the agent came from, as far as it believes. */
function turnsBack(belief) {
  const { life } = belief;
  if (life.action < 0) return false;
  const before = cameFrom(life);
  if (before < 0) return false;
  const intent = intentOf(belief, life.edgePair[life.told.taken[life.now]]);
  return intent !== null && intent.successor === before;
}

/** What the action taken now was expected to lead to, and what came of it, as believed; null where that is the same. */
function missOf(belief) {
  const { life } = belief;
  const edge = life.told.taken[life.now];
  const came = life.successor[edge];
  const intent = intentOf(belief, life.edgePair[edge]);
  if (!intent || intent.successor === came || isChannel(life.told, came)) return null;
  let believed = 0;
  const note = (successor, probability) => {
    if (successor === came) believed = probability;
  };
  belief.predict(life.edgePair[edge], note, note);
  if (believed >= intent.probability) return null; // as likely
  return { action: life.action, from: life.state, expected: intent.successor, chance: intent.probability, came, believed };
}

/** Whether a step that missed what it was taken for slipped: it was to go where its action points, and did not. */
function isSlip(told, { action, from, expected, came }) {
  const way = told.directions[action];
  const at = (state) => told.position.subarray(2 * state, 2 * state + 2);
  const goes = (state) => way.every((part, axis) => at(state)[axis] - at(from)[axis] === part);
  return Boolean(way) && goes(expected) && !goes(came);
}

/** What `look` finds in the belief of a step ago. */
function aStepAgo(belief, look) {
  const { life } = belief;
  const { now } = life;
  life.goTo(now - 1);
  belief.look();
  const found = look(belief);
  life.goTo(now);
  belief.look();
  return found;
}

/** All steps of a life that turn back. */
function turnsOf(told) {
  const life = new Life(told);
  const belief = new Belief(life);
  const found = [];
  for (let step = 0; step < life.steps; step++) {
    life.goTo(step);
    if (cameFrom(life) < 0) continue;
    belief.look();
    if (turnsBack(belief)) found.push(step);
  }
  return found;
}
