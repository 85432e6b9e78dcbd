// The decision in words: what it does, why, what was believed of it, what came of it, and what it is after.

const SURE = 0.5; // a step was meant to lead where it was believed to lead with more than this

class Sentences {
  constructor(panel, answer) {
    const { mind, unit } = panel;
    Object.assign(this, { panel, mind, answer, unit });
  }

  /** All of them: a heading, and paragraphs. */
  all() {
    const { mind, answer } = this;
    const { life, plan, belief, asked } = mind;
    const lines = [element("h2", "", `After ${counted(life.now, "step")}: ${this.name(asked)}`)];
    if (!mind.follows && asked !== life.state) lines.push(this.faint(`You chose this place; the agent is at ${this.name(life.state)}.`));
    lines.push(...this.watching());
    const only = (text) => [...lines, this.say(text)];
    if (!(asked < life.numKnown)) return only("It has never been seen.");
    if (!life.isActing(asked)) {
      const next = plan.value[asked];
      const worth = Number.isFinite(next) ? ` The next one begins at a start, which is worth ${written(next)}.` : "";
      return only(`An episode ends here: there is nothing to decide.${worth}`);
    }
    if (!answer) return [...lines, ...this.unkept()];
    if (belief.time !== life.now) lines.push(this.faint(`Beliefs are those after ${counted(belief.time, "step")}.`));
    const isTaken = answer.taken >= 0;
    lines.push(...(isTaken ? [this.taken(), ...this.turn()] : [this.best()]));
    if (answer.isOther) lines.push(this.faint(`You are looking at ${actionName(mind.told, answer.shown)}, which is not what it does.`));
    return [...lines, this.believed(), ...(isTaken ? [this.outcome()] : []), ...this.aim()];
  }

  /** That this page has no belief about a place yet, and where it has. */
  unkept() {
    const { belief, told, asked } = this.mind;
    const { step } = belief.moments;
    const next = step[numberUpTo(step, told.seen_at[asked] - 1)];
    const lines = [this.say(`This page has the beliefs of ${counted(step.length, "moment")} of this run, and at none of them so far was this place known.`)];
    if (next === undefined) return lines;
    const button = element("button", "", `go to the first that knows it, after ${counted(next, "step")}`);
    button.type = "button";
    button.addEventListener("click", () => this.panel.onGo(next));
    return [...lines, button];
  }

  /** At which of the televisions that share their channels it watches. */
  watching() {
    const { told, life, asked } = this.mind;
    const isShared = asked === life.state && told.channel[asked] && (told.watched_at[told.watched[asked]] || []).length > 1;
    return isShared && life.now > 0 ? [this.faint(`It watches at ${spotName(told, this.mind.places, life.stateAt(life.now - 1))}.`)] : [];
  }

  name(state) {
    return placeName(this.mind.told, this.mind.places, state);
  }

  say(...parts) {
    return element("p", "", ...parts);
  }

  faint(text) {
    return element("p", "faint", text);
  }

  strong(state) {
    return element("strong", "", this.name(state));
  }

  action(action) {
    return element("strong", "", actionName(this.mind.told, action));
  }

  /** What actions are worth: the most, how many are worth that, and by how much the next is worth less. */
  ranking() {
    const ranked = this.answer.reasons.map(({ q }) => q).sort((one, other) => other - one);
    const ties = ranked.filter((q) => ranked[0] - q <= 1e-9 * Math.abs(ranked[0])).length;
    return { most: ranked[0], ties, lead: ranked[0] - (ties < ranked.length ? ranked[ties] : ranked[0]) };
  }

  /** What the agent does, and whether that is best. */
  taken() {
    const { answer, unit } = this;
    const { told, life, belief } = this.mind;
    const { most, ties, lead } = this.ranking();
    const lost = most - answer.reasons[answer.taken].q;
    const step = this.say("It goes for ", this.action(answer.taken), turnsBack(this.mind.belief) ? ", most likely back to where it came from" : "", ": ");
    if (!told.payment.plans) step.append("by chance or by a rule of its own, as it does not plan on what it predicts. ", `To a planner it would be worth ${written(lost)} less than the best.`);
    else if (lost <= 1e-9 * Math.abs(most)) {
      if (this.answer.reasons.length === 1) step.append("there is no other action.");
      else step.append(ties > 1 ? `${counted(ties, "action")} are equally good, and it chose one by chance.`
        : `that is best, worth ${written(lead)} ${unit} more than the next.`);
    } else {
      const isOld = belief.time !== life.now;
      const bound = told.loss_bound.length && !isOld ? told.loss_bound[life.now] : NaN;
      step.append(isOld ? "by the beliefs shown, best would be " : "best would be ", this.action(answer.best), `, worth ${written(lost)} ${unit} more`);
      step.append(!told.payment.is_plan ? "; but it plans in another way than this page." : Number.isFinite(bound)
        ? `. Its own plan is no more exact than it was asked to be: by that, what it does may be worth up to ${written(bound)} less.` : ".");
    }
    return step;
  }

  best() {
    const { ties, lead } = this.ranking();
    return this.say("Best here: ", this.action(this.answer.best), ties > 1 ? `, and ${counted(ties - 1, "other")} just as good.` : `, by ${written(lead)} ${this.unit}.`);
  }

  /** Why it turns back, where that is to try again what its last step missed: its plan still leads there. */
  turn() {
    const { belief, told, life, way } = this.mind;
    if (this.answer.isOther || belief.time !== life.now || !turnsBack(belief)) return [];
    const miss = aStepAgo(belief, (before) => before.time === life.now && missOf(before));
    if (!miss || miss.chance <= SURE || !way.includes(miss.expected)) return [];
    const [after, came] = isSlip(told, miss) ? ["a slip", "slipped"] : ["a surprise", "came"];
    return [this.say(`It tries again after ${after}: by `, this.action(miss.action), ` it ${this.meant(miss)}, and ${came} here, ${this.chance(miss.believed)}. Its plan still leads there.`)];
  }

  /** What a step was taken for that missed it. */
  meant(miss) {
    const { expected, from, chance } = miss;
    const place = this.name(expected);
    const isAimed = isSlip(this.mind.told, miss);
    const what = expected === from ? `to stay in ${place}` : `to ${isAimed ? "go" : "come"} to ${place}`;
    return `${isAimed ? "meant" : "expected"} ${what}, believed with ${share(chance)}`;
  }

  chance(believed) {
    const { belief, life } = this.mind;
    if (believed > 0) return `believed with ${share(believed)}`;
    return belief.time === life.now ? "which it had never seen it do" : "which the beliefs shown did not foresee";
  }

  believed() {
    const { reasons, shown } = this.answer;
    const { visits, gain, terms } = reasons[shown];
    const [surest] = terms;
    const vague = ({ successor }) => (successor === "anywhere" ? "anywhere" : "to a state never seen");
    const vaguer = terms.find(({ successor, probability }) => typeof successor !== "number" && probability > surest.probability);
    let leads = `it may lead ${vague(surest)}`;
    if (vaguer) leads = `it leads ${vague(vaguer)} with ${share(vaguer.probability)}`;
    else if (surest.successor === this.mind.asked) leads = `it stays here with ${share(surest.probability)}`;
    else if (typeof surest.successor === "number") {
      const isNew = surest.successor >= this.mind.belief.numKnown;
      leads = `it leads to ${this.name(surest.successor)}${isNew ? ", never seen," : ""} with ${share(surest.probability)}`;
    }
    return this.say("Believed about ", this.action(shown), `: tried ${counted(visits, "time")}; ${leads}; one more try would teach ${written(gain)} nats.`);
  }

  /** What came of the action taken, how likely that was believed to be, and what was meant if that was something else. */
  outcome() {
    const { life, told, belief } = this.mind;
    const next = life.successor[told.taken[life.now]];
    const term = this.answer.reasons[this.answer.taken].terms.find(({ successor }) => successor === next);
    const miss = missOf(belief);
    const comes = miss && isSlip(told, miss) ? "slipped" : "came";
    const came = next === life.state ? "It then stayed where it was" : `It then ${comes} to ${this.name(next)}`;
    return this.say(`${came}, ${this.chance(term ? term.probability : 0)}${miss ? `: it ${this.meant(miss)}` : ""}.`);
  }

  /** Where the plan leads from here, and where most of what it is worth comes from, which may be elsewhere. */
  aim() {
    const { answer } = this;
    const { way, goal, aims, plan, belief, life, asked } = this.mind;
    const from = (state) => share((aims.find((each) => each.state === state) || { part: 0 }).part);
    const end = way[goal];
    const [hope, part] = this.hope(end);
    if (goal > 0) {
      const begin = answer.isOther ? "After that the plan would lead to " : answer.taken >= 0 ? "Heading for " : "From here the plan leads to ";
      const far = `, ${counted(goal, "step")} on${this.jump(way.slice(0, goal + 1))}`;
      const all = "Of all that this action is worth, ";
      if (end >= belief.numKnown) return [this.say(begin, this.strong(end), `${far}, which was never seen. ${all}${share(answer.unseen)} comes from states never seen.`)];
      const row = plan.policy[end];
      const more = hope ? [` ${all}${share(part)} comes from `, hope, `, ${from(end)} from there.`] : [];
      return [this.say(begin, this.strong(end), `${far}, where most is to be gained on its way: `,
        `${written(plan.value[end])}, here ${written(plan.value[asked])}. There `, this.action(row % life.numActions),
        ` was tried ${counted(belief.visitsOf(row), "time")}, and once more would teach ${written(belief.gainOfPair(row))} nats.`, ...more)];
    }
    if (answer.isOther) return [];
    if (!hope) return [this.say(`Heading for no other place: nowhere on its way is more to be gained than here, where this step would teach ${written(answer.reasons[answer.shown].gain)} nats.`)];
    return [this.say("On its likeliest way nowhere is more to be gained than here. It hopes most for ", hope, `: of all that this action is worth, ${share(part)} comes from there.`)];
  }

  /** Where most of what the action is worth comes from, and which part; nothing where that is this step or the end of its way. */
  hope(end) {
    const { self, unseen } = this.answer;
    const [first = { part: 0 }] = this.mind.aims;
    if (unseen > Math.max(self, first.part)) return ["states never seen", unseen];
    return first.part > self && first.state !== end ? [this.strong(first.state), first.part] : [];
  }

  /** Where a way leaps over what lies between, in words. */
  jump(way) {
    const { position } = this.mind.told;
    const at = (state) => position.subarray(2 * state, 2 * state + 2);
    for (let k = 1; k < way.length; k++) {
      const [from, to] = [at(way[k - 1]), at(way[k])];
      const isPlaced = !this.mind.places.is_graph && from[0] >= 0 && to[0] >= 0;
      if (isPlaced && Math.abs(from[0] - to[0]) + Math.abs(from[1] - to[1]) > 2) return ` (by a jump from ${this.name(way[k - 1])} to ${this.name(way[k])})`;
    }
    return "";
  }
}
