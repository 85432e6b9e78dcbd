// What is believed now: predictions, expected gains and payoffs of all pairs, from counts, or from a moment kept whole.

const BONUSES = { gain: (visits, gain) => gain, count: (visits) => 1 / (visits + 1) };
const ROUNDED = 1e-9; // a share of what goes to states never seen that is rounding

class Belief {
  constructor(life) {
    this.life = life;
    const told = life.told;
    this.payment = told.payment;
    this.formula = BONUSES[told.payment.formula];
    this.hasLocal = told.edge_local.length > 0;
    this.moments = told.moments && readMoments(told.moments);
    const number = life.visits.length;
    this.gain = new Float64Array(number);
    this.gainOf = new Float64Array(number).fill(-1); // concentration that `gain` was worked out with
    this.numOutcomes = 0;
    this.look();
  }

  /** Take note of what is in force at the life's time. */
  look() {
    const { told, now } = this.life;
    this.moment = this.moments ? this.moments.at[numberUpTo(this.moments.step, now) - 1] : null;
    this.settle();
    const row = 5 * (numberUpTo(told.revised_at, this.time) - 1);
    const [concentration, former, spreadTo, spreadEnd, numOutcomes] = told.revised.subarray(row, row + 5);
    Object.assign(this, { concentration, former, spreadTo, spreadEnd });
    if (numOutcomes !== this.numOutcomes) this.gainOf.fill(-1);
    this.numOutcomes = numOutcomes;
    this.numKnown = this.moment ? numberUpTo(told.seen_at, this.moment.step) : this.life.numKnown;
    this.unvisitedGain = this.gainOfNew(concentration);
    const weights = this.payment.weights;
    this.unvisitedPayoff = this.moment ? this.moment.unvisited[0] : weights[0] * this.bonus(0, this.unvisitedGain);
  }

  /** The time that beliefs are of: now, or that of the moment kept. */
  get time() {
    return this.moment ? this.moment.step : this.life.now;
  }

  /** The discount of the agent's plan now. */
  get discount() {
    const { told, now } = this.life;
    return told.discount[numberUpTo(told.discount_step, now) - 1];
  }

  gainOfNew(concentration) {
    if (this.lastNew !== concentration || this.lastOutcomes !== this.numOutcomes) {
      this.lastNew = concentration;
      this.lastOutcomes = this.numOutcomes;
      this.lastGain = symmetricGain(concentration, this.numOutcomes);
    }
    return this.lastGain;
  }

  bonus(visits, gain) {
    return this.formula ? this.formula(visits, gain) : NaN;
  }

  /** Total concentration of a pair's prior. */
  concentrationOf(pair) {
    if (this.moment && this.moment.concentration) return this.moment.concentration[pair];
    const state = Math.floor(pair / this.life.numActions);
    return state >= this.spreadTo && state < this.spreadEnd ? this.former : this.concentration;
  }

  /** Visits of a pair at the time that beliefs are of. */
  visitsOf(pair) {
    return this.moment ? this.moment.visits[pair] : this.life.visits[pair];
  }

  /** Call `visit(successor, probability, count)` for known successors, and `visitUnseen` for named ones that were never
   *  seen; give back what is spread anywhere, what goes to states never seen, and how much of that to none by name. */
  predict(pair, visit, visitUnseen = () => {}) {
    const { life, moment } = this;
    const weight = 1 / (this.visitsOf(pair) + this.concentrationOf(pair));
    const local = moment && moment.local ? moment.local : this.hasLocal ? life.told.edge_local : null;
    const counts = moment ? moment.count : life.count;
    let [rest, named] = [1, 0];
    for (let k = life.first[pair]; k < life.first[pair + 1]; k++) {
      const edge = life.edges[k];
      const mass = weight * (counts[edge] + (local ? local[edge] : 0));
      if (mass === 0) continue;
      if (life.successor[edge] >= this.numKnown) {
        visitUnseen(life.successor[edge], mass);
        named += mass;
        continue;
      }
      visit(life.successor[edge], mass, counts[edge]);
      rest -= mass;
    }
    const beyond = moment && moment.beyond ? weight * moment.beyond[pair] : 0;
    const unnamed = beyond - named > ROUNDED * beyond ? beyond - named : 0;
    return { rest: Math.max(rest - beyond, 0), beyond, unnamed };
  }

  /** Expected information gain of a pair, nats. */
  gainOfPair(pair) {
    const { life, moment } = this;
    if (moment && moment.gain) return moment.gain[pair];
    const concentration = this.concentrationOf(pair);
    if (!moment && this.gainOf[pair] === concentration && !life.changed[pair]) return this.gain[pair];
    const gain = this.dirichletGain(pair, concentration);
    if (!moment) {
      life.changed[pair] = 0;
      this.gainOf[pair] = concentration;
      this.gain[pair] = gain;
    }
    return gain;
  }

  dirichletGain(pair, concentration) {
    const { life, numOutcomes } = this;
    const counts = this.moment ? this.moment.count : life.count;
    const local = this.hasLocal ? life.told.edge_local : null;
    const visits = this.visitsOf(pair);
    if (visits === 0 && !local) return this.gainOfNew(concentration);
    let free = concentration;
    for (let k = life.first[pair]; local && k < life.first[pair + 1]; k++) free -= local[life.edges[k]];
    if (free < 1e-12 * concentration) free = 0;
    const anywhere = free / numOutcomes;
    let total = 0;
    let seen = 0;
    for (let k = life.first[pair]; k < life.first[pair + 1]; k++) {
      const edge = life.edges[k];
      const named = local ? local[edge] : 0;
      if (counts[edge] + named === 0) continue;
      const prior = anywhere + named;
      const a = counts[edge] + prior;
      total += a * excessDrop(a, visits - counts[edge] + Math.max(concentration - prior, 0));
      seen++;
    }
    if (anywhere > 0 && seen < numOutcomes) {
      total += (numOutcomes - seen) * anywhere * excessDrop(anywhere, visits + (concentration - anywhere));
    }
    return total / (visits + concentration);
  }

  /** The clause of its action's rule that is believed of a pair, with how likely it is and how many there are; null: none. */
  clauseOf(pair) {
    const { moment } = this;
    if (!moment || !moment.clause || !(moment.clause[pair] >= 0)) return null;
    const clauses = moment.clauses[pair % this.life.numActions];
    const text = clauses[moment.clause[pair]];
    return text === undefined ? null : { text, weight: moment.weight[pair], number: clauses.length };
  }

  /** Whether predictions are those of the rules; they are not where the other prior leads. */
  get isRuled() {
    const { lead_changes: changes, led_at_last: last } = this.life.told;
    return (changes.length - numberUpTo(changes, this.time)) % 2 ? !last : last;
  }

  /** What a pair pays: [all of it, the part that is reward]. */
  payoffOf(pair) {
    if (this.moment) return [this.moment.payoff[pair], this.moment.reward[pair]];
    const { life, payment } = this;
    const visits = life.visits[pair];
    const reward = visits && life.rewardSum.length ? (payment.weights[1] * life.rewardSum[pair]) / visits : 0;
    return [payment.weights[0] * this.bonus(visits, this.gainOfPair(pair)) + reward, reward];
  }

  /** KL(truth || prediction) of a pair, nats; NaN where the truth is not known. */
  errorOf(pair) {
    const { truth } = this.life.told;
    if (!truth) return NaN;
    const predicted = new Map();
    const note = (state, mass) => predicted.set(state, mass);
    const { rest } = this.predict(pair, note, note);
    let total = 0;
    for (let k = truth.first[pair]; k < truth.first[pair + 1]; k++) {
      const chance = (predicted.get(truth.successor[k]) || 0) + rest / this.numOutcomes;
      total += truth.probability[k] * Math.log(truth.probability[k] / chance);
    }
    return Math.max(total, 0);
  }

  /** Bring counts of the moment in force up to date: once for each. */
  settle() {
    const { moment, life } = this;
    if (!moment || moment.count) return;
    moment.count = new Int32Array(life.count.length);
    moment.visits = new Int32Array(life.visits.length);
    for (let step = 0; step < moment.step; step++) {
      moment.count[life.told.taken[step]]++;
      moment.visits[life.edgePair[life.told.taken[step]]]++;
    }
  }
}

function readMoments(told) {
  const number = told.step.length;
  const names = ["payoff", "reward", "concentration", "gain", "beyond", "local", "clause", "weight"].filter((name) => told[name]);
  const columns = names.map((name) => [name, rowsOfDifferences(told[name], number)]);
  const at = Array.from({ length: number }, (_, k) => ({
    step: told.step[k],
    unvisited: told.unvisited.subarray(2 * k, 2 * k + 2),
    words: told.words[told.word[k]],
    clauses: told.clauses[told.word[k]],
    ...Object.fromEntries(columns.map(([name, rows]) => [name, rows[k]])),
  }));
  return { step: told.step, at };
}
