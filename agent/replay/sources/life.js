// A recorded life at a time: counts, which go forwards and backwards one transition at a time.
//
// States are places in order of first sight: 0, 1, 2, ... A pair is state * numActions + action. An edge is a pair and a
// successor. After `now` steps, `count` and `visits` are what the belief had counted by then.

class Life {
  constructor(told) {
    this.told = told;
    this.numActions = told.num_actions;
    this.steps = told.steps;
    this.numStates = told.state.length;
    this.edgePair = told.edge_pair;
    this.successor = told.edge_successor;
    this.count = new Int32Array(this.edgePair.length);
    this.visits = new Int32Array(this.numStates * this.numActions);
    this.stateVisits = new Int32Array(this.numStates);
    this.rewardSum = new Float64Array(told.reward.length ? this.visits.length : 0);
    this.changed = new Uint8Array(this.visits.length).fill(1); // pairs whose counts are others than when looked at last
    this.now = 0;
    this.linkEdges();
  }

  /** Thread the edges through the pairs that they leave: those of pair p are edges[first[p]] ... edges[first[p + 1] - 1]. */
  linkEdges() {
    const first = new Int32Array(this.visits.length + 1);
    const isKnown = (edge) => this.edgePair[edge] >= 0 && this.successor[edge] >= 0;
    for (let e = 0; e < this.edgePair.length; e++) if (isKnown(e)) first[this.edgePair[e] + 1]++;
    for (let p = 0; p < this.visits.length; p++) first[p + 1] += first[p];
    const next = first.slice();
    this.edges = new Int32Array(first[this.visits.length]);
    for (let e = 0; e < this.edgePair.length; e++) if (isKnown(e)) this.edges[next[this.edgePair[e]]++] = e;
    this.first = first;
  }

  /** Go to the time after so many steps. */
  goTo(step) {
    const target = Math.max(0, Math.min(step, this.steps));
    while (this.now < target) this.learn(this.now++, 1);
    while (this.now > target) this.learn(--this.now, -1);
  }

  learn(step, sign) {
    const edge = this.told.taken[step];
    const pair = this.edgePair[edge];
    this.count[edge] += sign;
    this.visits[pair] += sign;
    this.stateVisits[Math.floor(pair / this.numActions)] += sign;
    if (this.rewardSum.length) this.rewardSum[pair] += sign * this.told.reward[step];
    this.changed[pair] = 1;
  }

  /** How many states are known now: those of the places before. */
  get numKnown() {
    return numberUpTo(this.told.seen_at, this.now);
  }

  /** Where the agent stands now: where it takes its next step; at the end, where the last one led. */
  get state() {
    return this.now < this.steps ? this.stateAt(this.now) : this.successor[this.told.taken[this.steps - 1]];
  }

  /** The state that a step was taken in. */
  stateAt(step) {
    return Math.floor(this.edgePair[this.told.taken[step]] / this.numActions);
  }

  /** What it does next; -1 at the end of the life. */
  get action() {
    return this.now < this.steps ? this.edgePair[this.told.taken[this.now]] % this.numActions : -1;
  }

  /** Probability of every first state of an episode, by what was seen by then: a list of [state, share]. */
  startsAt(step) {
    const resets = numberUpTo(this.told.reset_step, step);
    const counts = new Map();
    for (let k = 0; k < resets; k++) {
      const state = this.told.reset_state[k];
      counts.set(state, (counts.get(state) || 0) + 1);
    }
    return [...counts].map(([state, count]) => [state, count / resets]);
  }

  isActing(state) {
    return !this.told.terminal[state];
  }
}
