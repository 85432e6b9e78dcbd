// Why: the decision in words (sentences.js), a table of actions, and of one action its outcomes, its value as a sum, and its sources.

class WhyPanel {
  constructor(minds, onAsk, onGo) {
    this.minds = minds;
    this.onAsk = onAsk;
    this.onGo = onGo;
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
    byId("answer").replaceChildren(...new Sentences(this, answer).all());
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
      Object.assign(button, { type: "button", title: told.actions[action] });
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
    const { told, belief, plan, aims, asked } = this.mind;
    const reason = reasons[shown];
    const title = (text) => element("h3", "", `${actionName(told, shown)}: ${text}`);
    const believed = element("table", "sum");
    const likely = likelyOf(reason.terms, 8);
    const source = belief.isRuled ? "by the rules" : "by the prior";
    for (const { successor, probability, count } of likely) {
      const bar = element("div", "bar", element("i", "chance"));
      bar.firstChild.style.width = `${100 * probability}%`;
      const isNew = successor >= belief.numKnown;
      const seen = count ? `seen ${written(count)} of ${written(reason.visits)}` : typeof successor === "number" ? `${isNew ? "never seen; " : ""}${source}` : "";
      const place = successor === asked ? `${this.name(successor)}: it stays here` : this.name(successor);
      believed.append(tableRow([share(probability), bar, place, element("span", "faint", seen)]));
    }
    const others = reason.terms.filter((term) => !likely.includes(term));
    const rest = others.reduce((total, { probability }) => total + probability, 0);
    if (others.length) believed.append(tableRow([share(rest), "", `${counted(others.length, "other")} together`, ""]));
    const parts = [title("what it is believed to do"), element("div", "sum", believed)];
    if (Number.isFinite(reason.error)) parts.push(element("p", "faint", `This prediction is ${written(reason.error)} nats from the truth.`));
    const rule = ((belief.moment && belief.moment.words) || []).find((line) => new RegExp(`^action ${shown}\\b`).test(line));
    if (rule) parts.push(title("the rule it has learnt"), ...this.rule(rule.replace(/^[^:]*: /, ""), reason.pair));
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
    const elsewhere = aims.slice(6).reduce((total, { part }) => total + part, 0);
    add(elsewhere, `${counted(Math.max(aims.length - 6, 0), "other state")}`);
    add(unseen, "states never seen");
    parts.push(element("div", "sum", sources));
    parts.push(element("p", "faint", `A step later counts ${plan.discount} of a step sooner.`));
    return parts;
  }

  /** The rule of an action: what holds here, and all that is worth telling. */
  rule(words, pair) {
    const { belief } = this.mind;
    const here = belief.clauseOf(pair);
    const parts = [];
    if (!belief.isRuled) parts.push(element("p", "faint", "Rules do not lead now: predictions are those of the prior without them."));
    if (here && here.number > 1) parts.push(element("p", "", element("strong", "", `Here, with ${share(here.weight)}: `), `${here.text}.`));
    const lines = words.split("; ");
    parts.push(lines.length > 1 ? element("ul", "", ...lines.map((line) => element("li", "", line))) : element("p", "", words));
    parts.push(element("p", "faint", "In brackets: how often. At the end of a clause: in what share of the places where it was tried. Clauses below 2 % are told only where they hold."));
    return parts;
  }

  /** The Bellman sum, term by term. */
  sum({ terms, payoff, parts, expected, q }) {
    const { plan, asked } = this.mind;
    const table = element("table", "sum");
    const rewardNow = payoff - parts.now;
    const shown = likelyOf(terms, 6);
    const told = shown.reduce((sum, { probability, value }) => sum + probability * value, 0);
    const parted = shown.map(({ probability, value }) => plan.discount * probability * value);
    const summand = columnOf([q, parts.now, rewardNow, ...parted]);
    table.append(tableRow([summand(parts.now), this.isCurious ? "to be learnt by this step" : "paid for this step as a bonus"]));
    if (rewardNow !== 0) table.append(tableRow([`+ ${summand(rewardNow)}`, "expected reward of this step"]));
    for (const { successor, probability, value } of shown) {
      table.append(tableRow([`+ ${summand(plan.discount * probability * value)}`,
        `${plan.discount} × ${share(probability)} × ${written(value)}, the value of ${successor === asked ? "staying here" : this.name(successor)}`]));
    }
    const others = terms.length - shown.length;
    if (others) table.append(tableRow([`+ ${summand(plan.discount * (expected - told))}`, counted(others, "other outcome")]));
    const total = tableRow([`= ${summand(q)}`, `in all${this.unit ? `, ${this.unit}` : ""}`]);
    total.className = "total";
    table.append(total);
    return table;
  }
}

const UNLIKELY = 1e-3; // outcomes that are less likely than this are counted, not told

/** The outcomes that are worth telling, so many at most. */
function likelyOf(terms, most) {
  return terms.filter(({ probability }) => probability >= UNLIKELY).slice(0, most);
}

function tableRow(cells) {
  const row = element("tr");
  cells.forEach((content, i) => row.append(element("td", i === 0 ? "number" : "", content)));
  return row;
}
