// Values under a policy, exactly: its linear equations, solved by eliminating one state after the other.
//
//     x_i = paid_i + sum_j a_ij x_j
//
// A state is put into the equations of those that lead to it. Where a policy mostly leads one way, next to nothing fills
// in; as no number is ever subtracted but from one, no digits are lost (Grassmann, Taksar and Heyman 1985,
// doi:10.1287/opre.33.5.1107). States that few others meet go first, by the product of those before and behind (Markowitz).

class Equations {
  constructor(size) {
    this.size = size;
    this.paid = new Float64Array(size);
    this.to = Array.from({ length: size }, () => new Map());
    this.from = Array.from({ length: size }, () => new Set());
    this.left = new Float64Array(size); // one less the share of a state that leads to itself
    this.order = [];
  }

  add(i, j, share) {
    if (share === 0) return;
    this.to[i].set(j, (this.to[i].get(j) || 0) + share);
    this.from[j].add(i);
  }

  /** Eliminate all but the last `kept`, then those; yields now and then. */
  *solve(kept) {
    const free = this.size - kept;
    const done = new Uint8Array(this.size);
    const waiting = []; // by how much there is to be done for a state
    const cost = (i) => Math.min(this.from[i].size * this.to[i].size, 4095);
    const put = (i) => (waiting[cost(i)] ||= []).push(i);
    for (let i = 0; i < free; i++) put(i);
    let work = 0;
    for (let level = 0; level < waiting.length; level++) {
      for (const bucket = waiting[level]; bucket && bucket.length;) {
        const i = bucket.pop();
        if (done[i]) continue;
        if (cost(i) !== level) {
          put(i);
          if (cost(i) < level) {
            level = cost(i) - 1;
            break;
          }
          continue;
        }
        done[i] = 1;
        work += this.eliminate(i);
        if (work > 20000) {
          work = 0;
          yield;
        }
      }
    }
    for (let i = free; i < this.size; i++) this.eliminate(i);
    const x = new Float64Array(this.size);
    for (const i of this.order.reverse()) {
      let total = this.paid[i];
      for (const [j, share] of this.to[i]) total += share * x[j];
      x[i] = total / this.left[i];
    }
    return x;
  }

  eliminate(i) {
    const own = this.to[i];
    this.left[i] = 1 - (own.get(i) || 0);
    own.delete(i);
    this.from[i].delete(i);
    this.order.push(i);
    for (const p of this.from[i]) {
      const row = this.to[p];
      const share = row.get(i) / this.left[i];
      row.delete(i);
      this.paid[p] += share * this.paid[i];
      for (const [j, more] of own) {
        row.set(j, (row.get(j) || 0) + share * more);
        this.from[j].add(p);
      }
    }
    for (const j of own.keys()) this.from[j].delete(i);
    return (this.from[i].size + 1) * (own.size + 1);
  }
}

/**
 * The equations of a policy: known states, then those never seen, terminal ones, and the mean of all.
 *
 * Where they are turned around, x is not what states are worth, but how often the policy comes to them, later times counting
 * less, from where `paid` begins.
 */
function equationsOf(rows, policy, discount, isTurned = false) {
  const num = rows.numKnown;
  const [unseen, terminal, hub] = [num, num + 1, num + 2];
  const equations = new Equations(num + 3);
  const node = (state) => (rows.isActing[state] ? state : terminal);
  const add = (i, j, share) => (isTurned ? equations.add(j, i, share) : equations.add(i, j, share));
  for (let state = 0; state < num; state++) {
    if (!rows.isActing[state]) continue;
    const row = policy[state];
    equations.paid[state] = rows.payoff[row] + discount * rows.beyond[row] * rows.unseenPayoff;
    for (let k = rows.first[row]; k < rows.first[row + 1]; k++) {
      add(state, node(rows.successor[k]), discount * rows.weight[k]);
    }
    add(state, state, discount * discount * rows.beyond[row]);
    add(state, hub, discount * rows.rest[row]);
    add(hub, state, 1 / rows.numOutcomes);
  }
  equations.paid[unseen] = rows.unseenPayoff;
  add(unseen, hub, discount);
  add(hub, unseen, rows.numUnseen / rows.numOutcomes);
  add(hub, terminal, rows.numTerminal / rows.numOutcomes);
  for (const [state, share] of rows.starts) add(terminal, node(state), share);
  return equations;
}

/** Run a generator to its end; return what it returns. */
function finished(work) {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
