// All that is shown of one agent at one time: its life, its belief, its plan, and the state that is asked about.

class Mind {
  constructor(told, places) {
    this.told = told;
    this.places = places;
    this.colour = told.colour;
    this.life = new Life(told);
    this.belief = new Belief(this.life);
    this.plan = new Plan(this.life);
    this.turns = turnsOf(told);
    this.follows = true;
    this.asked = this.life.state;
    this.plannedAt = -1;
    this.way = null; // where the plan goes from there
    this.aims = null; // where the value comes from
    this.goal = 0; // where on that way most is to be gained
  }

  goTo(step) {
    this.life.goTo(step);
    this.belief.look();
    if (this.follows) this.asked = this.life.state;
    if (this.belief.time === this.plannedAt && this.belief.discount === this.plan.discount) return;
    this.plannedAt = this.belief.time;
    this.plan.take(this.belief);
  }

  /** Plan for some milliseconds; return whether the plan is solved. */
  work(milliseconds) {
    return this.plan.go(milliseconds);
  }

  /** Whether anything can be said of the state asked about: it is known, and has actions. */
  get canAsk() {
    return this.asked < this.plan.rows.numKnown && this.life.isActing(this.asked);
  }

  /** Answer for the state asked about: its actions, and where the value of one of them comes from. */
  answer(picked) {
    this.way = this.aims = null;
    if (!this.canAsk) return null;
    const { plan, life, asked } = this;
    const reasons = explain(this.belief, plan, asked);
    const best = plan.policy[asked] % life.numActions;
    const taken = asked === life.state ? life.action : -1;
    const shown = picked >= 0 ? picked : taken >= 0 ? taken : best;
    const { pair } = reasons[shown];
    const q = reasons[shown].q || 1; // where nothing is paid, nothing comes from anywhere
    const sources = sourcesOf(plan, pair);
    this.aims = Array.from(sources.paid, (paid, state) => ({ state, part: paid / q }))
      .filter(({ part }) => part > 0)
      .sort((one, other) => other.part - one.part);
    Object.assign(this, wayFrom(this.belief, plan, pair));
    const isOther = shown !== (taken >= 0 ? taken : best);
    return { reasons, best, taken, shown, isOther, self: sources.self / q, unseen: sources.unseen / q };
  }
}
