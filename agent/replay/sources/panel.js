// Why: the decision in words, a table of actions, and of one action its outcomes, its value as a sum, and its sources.

class WhyPanel {
  constructor(minds, onAsk) {
    this.minds = minds;
    this.onAsk = onAsk;
    this.mind = minds[0];
    this.picked = -1;
    this.askedBefore = "";
  }

  /** Ask about a state of an agent; -1: wherever it is. */
  ask(mind, state) {
    this.mind = mind;
    mind.follows = state < 0;
    mind.asked = state < 0 ? mind.life.state : state;
    this.picked = -1;
    this.onAsk();
  }

  /** Answer anew. */
  look(isPlaying) {
    const { mind } = this;
    const asked = `${mind.asked} ${mind.follows ? mind.life.now : ""}`; // one goes on looking at an action of a chosen place
    if (this.askedBefore !== asked) this.picked = -1;
    this.askedBefore = asked;
    const answer = mind.answer(this.picked);
    this.answer = answer;
    byId("answer").setAttribute("aria-live", isPlaying ? "off" : "polite");
    this.lookAtPlace();
    byId("answer").replaceChildren(...this.inWords(answer));
    byId("decision").replaceChildren(...(answer ? [this.table(answer)] : []));
    byId("detail").replaceChildren(...(answer ? this.detail(answer) : []));
  }

  name(state) {
    return placeName(this.mind.told, this.mind.places, state);
  }

  lookAtPlace() {
    const { mind, minds } = this;
    const parts = [];
    if (minds.length > 1) {
      const choice = element("select");
      choice.setAttribute("aria-label", "agent");
      minds.forEach((each, i) => choice.append(new Option(each.told.label, i, false, each === mind)));
      choice.addEventListener("change", () => this.ask(minds[choice.value], -1));
      parts.push(choice);
    } else parts.push(element("h2", "", mind.told.label));
    const follow = element("button", "", "follow the agent");
    follow.type = "button";
    follow.setAttribute("aria-pressed", mind.follows);
    follow.addEventListener("click", () => this.ask(mind, -1));
    parts.push(follow);
    const site = mind.told.site[mind.asked];
    const others = (mind.places.statesAt[site] || []).filter((state) => state < mind.life.numKnown);
    if (others.length > 1) {
      const at = others.indexOf(mind.asked);
      const next = element("button", "", `state ${at + 1} of ${others.length} here: next`);
      next.type = "button";
      next.addEventListener("click", () => this.ask(mind, others[(at + 1) % others.length]));
      parts.push(next);
    }
    byId("whose").replaceChildren(...parts);
  }

  inWords(answer) {
    const { mind } = this;
    const { life, told, plan, belief } = mind;
    const place = element("h2", "", `After ${counted(life.now, "step")}: ${this.name(mind.asked)}`);
    const say = (...parts) => element("p", "", ...parts);
    const strong = (text) => element("strong", "", text);
    const lines = [place];
    if (!(mind.asked < life.numKnown)) return [place, say("It has never been seen.")];
    if (!life.isActing(mind.asked)) {
      const next = plan.value[mind.asked];
      const worth = Number.isFinite(next) ? ` The next one begins at a start, which is worth ${written(next)}.` : "";
      return [place, say(`An episode ends here: there is nothing to decide.${worth}`)];
    }
    if (!answer) return [place, say("Of this time no moment was kept that knows this place.")];
    if (belief.time !== life.now) lines.push(element("p", "faint", `Beliefs are those after ${counted(belief.time, "step")}.`));
    const { reasons, best, taken } = answer;
    const name = (action) => strong(actionName(told, action));
    const ranked = reasons.map((each) => each.q).sort((one, other) => other - one);
    const ties = reasons.filter((each) => ranked[0] - each.q <= 1e-9 * Math.abs(ranked[0]));
    const least = ranked[0] - (ties.length < ranked.length ? ranked[ties.length] : ranked[0]);
    if (taken >= 0) {
      const lost = ranked[0] - reasons[taken].q;
      const turned = this.turnsBack(taken);
      const step = say("It goes for ", name(taken), turned ? ", back to where it came from" : "", ": ");
      if (!told.payment.plans) step.append("by chance or by a rule of its own, as it does not plan on what it predicts. ", `To a planner it would be worth ${written(lost)} less than the best.`);
      else if (lost <= 1e-9 * Math.abs(ranked[0])) {
        step.append(ties.length > 1 ? `${counted(ties.length, "action")} are equally good, and it chose one by chance.`
          : `that is best, worth ${written(least)} ${this.unit} more than the next.`);
      } else {
        const bound = told.loss_bound.length ? told.loss_bound[life.now] : NaN;
        step.append("best would be ", name(best), `, worth ${written(lost)} ${this.unit} more`);
        step.append(!told.payment.is_plan ? "; but it plans in another way than this page." : Number.isFinite(bound)
          ? `. Its own plan is no more exact than it was asked to be: by that, what it does may be worth up to ${written(bound)} less.` : ".");
      }
      lines.push(step);
    } else lines.push(say("Best here: ", name(best), ties.length > 1 ? `, and ${counted(ties.length - 1, "other")} just as good.` : `, by ${written(least)} ${this.unit}.`));
    const shown = reasons[answer.shown];
    if (answer.isOther) lines.push(element("p", "faint", `You are looking at ${actionName(told, answer.shown)}, which is not what it does.`));
    const surest = shown.terms[0];
    lines.push(say("Believed about ", name(answer.shown), `: tried ${counted(shown.visits, "time")}; `,
      typeof surest.successor === "number" ? `it leads to ${this.name(surest.successor)} with ${share(surest.probability)}` : `it may lead ${surest.successor === "anywhere" ? "anywhere" : "to a state never seen"}`,
      `; one more try would teach ${written(shown.gain)} nats.`));
    if (taken >= 0) lines.push(say(...this.outcome(reasons[taken])));
    lines.push(...this.aim(answer));
    return lines;
  }

  /** Where the plan leads from here, and where most of what it is worth comes from, which may be elsewhere. */
  aim(answer) {
    const { way, goal, aims, plan, belief, life, asked } = this.mind;
    const strong = (state) => element("strong", "", this.name(state));
    const from = (state) => share((aims.find((each) => each.state === state) || { part: 0 }).part);
    const end = way[goal];
    const most = aims.length && aims[0].state !== end && aims[0].part > answer.self ? aims[0].state : -1;
    if (goal > 0) {
      const begin = answer.isOther ? "After that the plan would lead to " : answer.taken >= 0 ? "Heading for " : "From here the plan leads to ";
      const row = plan.policy[end];
      const more = most < 0 ? [] : [" Of all that this action is worth, ", from(most), " comes from ", strong(most), `, ${from(end)} from there.`];
      return [element("p", "", begin, strong(end), `, ${counted(goal, "step")} on${this.jump(way.slice(0, goal + 1))}, where most is to be gained on its way: `,
        `${written(plan.value[end])}, here ${written(plan.value[asked])}. There `, element("strong", "", actionName(this.mind.told, row % life.numActions)),
        ` was tried ${counted(belief.visitsOf(row), "time")}, and once more would teach ${written(belief.gainOfPair(row))} nats.`, ...more)];
    }
    if (answer.isOther) return [];
    if (most < 0) return [element("p", "", `Heading for no other place: nowhere on its way is more to be gained than here, where this step would teach ${written(answer.reasons[answer.shown].gain)} nats.`)];
    return [element("p", "", "Its likeliest way leads nowhere that more is to be gained. It hopes most for ", strong(most), `: of all that this action is worth, ${from(most)} comes from there.`)];
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

  /** What came of the action taken: where it led, and how likely that was believed to be. */
  outcome({ terms }) {
    const { life, told } = this.mind;
    const next = life.successor[told.taken[life.now]];
    const term = terms.find(({ successor }) => successor === next);
    const believed = term ? `, believed with ${share(term.probability)}.` : ", which it had never seen it do.";
    return [next === life.stateAt(life.now) ? "It then stayed where it was" : `It then came to ${this.name(next)}`, believed];
  }

  /** Whether an action leads back to where the agent just came from, mostly. */
  turnsBack(action) {
    const { life } = this.mind;
    if (life.now === 0) return false;
    const before = life.stateAt(life.now - 1);
    if (this.mind.told.channel[before] || this.mind.told.channel[life.state]) return false; // who zaps is not on a way
    const likeliest = this.answer.reasons[action].terms[0];
    return before !== life.state && likeliest.successor === before && likeliest.probability > 0.3;
  }

  /** Whether it is paid what it expects to learn, in nats. */
  get isCurious() {
    const { payment } = this.mind.told;
    return payment.formula === "gain" && payment.weights[0] === 1;
  }

  get unit() {
    return this.isCurious && this.mind.told.payment.weights[1] === 0 ? "nats" : "";
  }

  table({ reasons, taken, shown }) {
    const { told } = this.mind;
    const table = element("table");
    const worth = `worth${this.unit ? `, ${this.unit}` : ""}`;
    table.append(element("caption", "", "What every action is worth: click one for its sum"));
    const head = element("tr");
    for (const title of ["action", "tried", "would teach", worth, "less than best"]) {
      const cell = element("th", title === "action" ? "" : "number", title);
      cell.scope = "col";
      head.append(cell);
    }
    table.append(element("thead", "", head));
    const body = element("tbody");
    const highest = Math.max(...reasons.map(({ q }) => q));
    const isBest = ({ q }) => highest - q <= 1e-9 * Math.abs(highest);
    const gains = columnOf(reasons.map(({ gain }) => gain));
    const losses = columnOf(reasons.filter((each) => !isBest(each)).map(({ q }) => highest - q));
    const worths = columnOf(reasons.map(({ q }) => q));
    for (const reason of reasons) {
      const { action } = reason;
      const row = element("tr", action === shown ? "chosen" : "");
      const button = element("button", "", actionName(told, action));
      button.type = "button";
      const marks = [action === taken ? "taken" : "", isBest(reason) ? "best" : ""].filter(Boolean).join(", ");
      const head = element("th", "", button, marks ? element("span", "mark", ` ${marks}`) : "");
      head.scope = "row";
      row.append(head, element("td", "number", written(reason.visits)), element("td", "number", gains(reason.gain)),
        element("td", "number", worths(reason.q)), element("td", "number", isBest(reason) ? "–" : losses(highest - reason.q)));
      row.addEventListener("click", () => {
        this.picked = action;
        this.onAsk();
      });
      body.append(row);
    }
    table.append(body);
    return table;
  }

  /** What an action's worth is made of: a bar, and its parts in words. */
  composition({ parts, q }) {
    const bar = element("div", "bar");
    const legend = element("p", "legend");
    const names = { now: this.isCurious ? "learnt at once" : "bonus at once", later: this.isCurious ? "learnt later" : "bonus later", reward: "reward" };
    for (const [kind, title] of Object.entries(names)) {
      if (kind === "reward" && parts.reward === 0) continue;
      const piece = element("i", kind);
      piece.style.width = `${(100 * Math.max(parts[kind], 0)) / (Math.abs(q) || 1)}%`;
      bar.append(piece);
      legend.append(element("span", `key ${kind}`), `${title} ${written(parts[kind])}`);
    }
    return element("div", "", bar, legend);
  }

  detail({ reasons, shown, self, unseen }) {
    const { told, belief, plan, aims } = this.mind;
    const reason = reasons[shown];
    const title = (text) => element("h3", "", `${actionName(told, shown)}: ${text}`);
    const believed = element("table", "sum");
    for (const { successor, probability, count } of reason.terms.slice(0, 8)) {
      const bar = element("div", "bar", element("i", "chance"));
      bar.firstChild.style.width = `${100 * probability}%`;
      const seen = count ? `seen ${written(count)} of ${written(reason.visits)}` : typeof successor === "number" ? "by the prior" : "";
      believed.append(tableRow([share(probability), bar, this.name(successor), element("span", "faint", seen)]));
    }
    if (reason.terms.length > 8) believed.append(tableRow(["", "", `and ${counted(reason.terms.length - 8, "other")}`, ""]));
    const parts = [title("what it is believed to do"), element("div", "sum", believed)];
    if (Number.isFinite(reason.error)) parts.push(element("p", "faint", `This prediction is ${written(reason.error)} nats from the truth.`));
    const rule = ((belief.moment && belief.moment.words) || []).find((line) => new RegExp(`^action ${shown}\\b`).test(line));
    if (rule) parts.push(title("the rule it has learnt"), element("p", "", rule.replace(/^[^:]*: /, "")));
    parts.push(title("what it is worth"), element("div", "sum", this.sum(reason)), this.composition(reason));
    parts.push(title("where that comes from"));
    const sources = element("table", "sum");
    const add = (part, what) => {
      if (part < 5e-4) return;
      const bar = element("div", "bar", element("i", "later"));
      bar.firstChild.style.width = `${100 * part}%`;
      sources.append(tableRow([share(part), bar, what]));
    };
    add(self, "this very step");
    for (const { state, part } of aims.slice(0, 6)) add(part, this.name(state));
    const rest = aims.slice(6).reduce((total, { part }) => total + part, 0);
    add(rest, `${counted(Math.max(aims.length - 6, 0), "other state")}`);
    add(unseen, "states never seen");
    parts.push(element("div", "sum", sources));
    parts.push(element("p", "faint", `A step later counts ${plan.discount} of a step sooner.`));
    return parts;
  }

  /** The Bellman sum, term by term. */
  sum({ terms, payoff, parts, expected, q }) {
    const { plan } = this.mind;
    const table = element("table", "sum");
    const rewardNow = payoff - parts.now;
    const shown = terms.slice(0, 6);
    const told = shown.reduce((sum, { probability, value }) => sum + probability * value, 0);
    const parted = shown.map(({ probability, value }) => plan.discount * probability * value);
    const summand = columnOf([q, parts.now, rewardNow, ...parted]);
    table.append(tableRow([summand(parts.now), this.isCurious ? "to be learnt by this step" : "paid for this step as a bonus"]));
    if (rewardNow !== 0) table.append(tableRow([`+ ${summand(rewardNow)}`, "expected reward of this step"]));
    for (const { successor, probability, value } of shown) {
      table.append(tableRow([`+ ${summand(plan.discount * probability * value)}`,
        `${plan.discount} × ${share(probability)} × ${written(value)}, the value of ${this.name(successor)}`]));
    }
    if (terms.length > 6) table.append(tableRow([`+ ${summand(plan.discount * (expected - told))}`, `${counted(terms.length - 6, "other outcome")}`]));
    const total = tableRow([`= ${summand(q)}`, `in all${this.unit ? `, ${this.unit}` : ""}`]);
    total.className = "total";
    table.append(total);
    return table;
  }
}

function tableRow(cells) {
  const row = element("tr");
  cells.forEach((content, i) => row.append(element("td", i === 0 ? "number" : "", content)));
  return row;
}
