// Time: playing, stepping, jumping. It waits for plans, but not for long.

const SPEEDS = [1, 3, 10, 30, 100, 300, 1000, 3000];
const SPEED_AT_FIRST = 10;

class Clock {
  constructor(minds, onChange) {
    this.minds = minds;
    this.onChange = onChange;
    this.last = Math.max(...minds.map(({ life }) => life.steps));
    this.now = 0;
    this.exact = 0; // the time, with fractions of a step
    this.speed = SPEED_AT_FIRST;
    this.isPlaying = false;
    this.reached = minds.flatMap(({ told }) => Object.entries(told.levels).map(([share, step]) => ({ share, step, label: told.label })));
    this.reached.sort((one, other) => one.step - other.step || other.share - one.share);
    this.levels = sortedUnique(this.reached.map(({ step }) => step));
    this.episodes = sortedUnique(minds.flatMap(({ told }) => [...told.reset_step].filter((step) => step > 0)));
  }

  goTo(step) {
    this.exact = this.now = Math.max(0, Math.min(Math.round(step), this.last));
    this.onChange();
  }

  play(isPlaying = !this.isPlaying) {
    this.isPlaying = isPlaying;
    if (isPlaying && this.now >= this.last) this.exact = this.now = 0;
    this.onChange();
  }

  /** Let time pass; return whether a step was made. */
  pass(seconds) {
    this.exact = Math.min(this.exact + seconds * this.speed, this.last);
    const before = this.now;
    this.now = Math.floor(this.exact);
    if (this.now >= this.last) this.isPlaying = false;
    return this.now !== before;
  }

  /** Jump to the next of some times, or to the one before; return whether there is one. */
  jump(times, isBack) {
    const found = isBack ? [...times].reverse().find((step) => step < this.now) : times.find((step) => step > this.now);
    if (found !== undefined) this.goTo(found);
    return found !== undefined;
  }

  /** The level of missing information that is reached next, or was last: its share, and whose it is. */
  get level() {
    return this.reached.find(({ step }) => step > this.now) || this.reached[this.reached.length - 1];
  }

  faster(by) {
    const at = SPEEDS.indexOf(this.speed) + by;
    this.speed = SPEEDS[Math.max(0, Math.min(at, SPEEDS.length - 1))];
    this.onChange();
  }
}

function sortedUnique(numbers) {
  return [...new Set(numbers)].sort((one, other) => one - other);
}
