// The learning curves of all agents, with the time shown: click or drag to go there.

class CurveView {
  constructor(canvas, minds, onPick) {
    this.canvas = canvas;
    this.minds = minds;
    this.last = Math.max(...minds.map(({ life }) => life.steps));
    this.isFraction = minds.every(({ told }) => told.curves.is_fraction);
    this.missing = minds.map(({ told }) => (this.isFraction ? told.curves.share : told.curves.nats)); // the same of all
    const highest = (_, i) => this.missing[i].reduce((high, value) => Math.max(high, value), 0);
    this.top = this.isFraction ? 1 : Math.max(...minds.map(highest)) || 1; // where nothing was ever missing
    let isDown = false;
    const pick = (event) => {
      const box = canvas.getBoundingClientRect();
      onPick(Math.round(((event.clientX - box.left - LEFT) / (box.width - LEFT - RIGHT)) * this.last));
    };
    canvas.addEventListener("pointerdown", (event) => {
      isDown = true;
      canvas.setPointerCapture(event.pointerId);
      pick(event);
    });
    canvas.addEventListener("pointermove", (event) => isDown && pick(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (isDown = false));
    const what = this.isFraction ? "Share of all information that is missing" : "Information expected to be missing, nats";
    this.title = `${what}, by steps`;
    canvas.setAttribute("aria-label", this.title);
  }

  draw(now) {
    const { canvas } = this;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (canvas.width !== Math.round(width * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const x = (step) => LEFT + (step / this.last) * (width - LEFT - RIGHT);
    const y = (value) => height - BELOW - (value / this.top) * (height - BELOW - ABOVE);
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = ink("faint");
    context.strokeStyle = ink("line");
    context.lineWidth = 1;
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const part of [0, 0.5, 1]) {
      context.beginPath();
      context.moveTo(LEFT, y(part * this.top));
      context.lineTo(width - RIGHT, y(part * this.top));
      context.stroke();
      context.fillText(this.isFraction ? `${100 * part} %` : written(part * this.top), LEFT - 5, y(part * this.top));
    }
    context.textAlign = "left";
    context.fillText(this.title, LEFT, 8);
    context.fillText("0", LEFT, height - 7);
    context.textAlign = "right";
    context.fillText(counted(this.last, "step"), width - RIGHT, height - 7);
    this.minds.forEach(({ told, colour }, i) => {
      const { step } = told.curves;
      const missing = this.missing[i];
      context.strokeStyle = colour;
      context.lineWidth = 2;
      context.beginPath();
      for (let k = 0; k < step.length; k++) context.lineTo(x(step[k]), y(missing[k]));
      context.stroke();
      context.fillStyle = colour;
      for (const crossed of Object.values(told.levels)) context.fillRect(x(crossed) - 1, height - BELOW - 4, 2, 8);
      this.markLeads(context, told.lead_changes, colour, x, [y(this.top), height - BELOW]);
      if (this.minds.length === 1) this.nameLevels(context, told.levels, x, y(this.top));
      const at = Math.min(now, told.steps);
      const k = Math.max(numberUpTo(step, at) - 1, 0);
      context.beginPath();
      context.arc(x(at), y(missing[k]), 4, 0, 2 * Math.PI);
      context.fill();
    });
    context.strokeStyle = ink("ink");
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x(now), ABOVE - 4);
    context.lineTo(x(now), height - BELOW);
    context.stroke();
  }

  /** Dotted lines where rules take the lead, or lose it. */
  markLeads(context, steps, colour, x, [from, to]) {
    context.save();
    context.strokeStyle = colour;
    context.lineWidth = 1;
    context.setLineDash([2, 3]);
    for (const step of steps) {
      context.beginPath();
      context.moveTo(x(step), from);
      context.lineTo(x(step), to);
      context.stroke();
    }
    context.restore();
  }

  /** Name the levels where they were reached, above the curve, as far as there is room. */
  nameLevels(context, levels, x, top) {
    let free = -Infinity;
    for (const [level, step] of Object.entries(levels).sort((one, other) => one[1] - other[1])) {
      const text = `${100 * level} %`;
      const width = context.measureText(text).width + 6;
      const isFirst = x(step) - width < LEFT; // to the right of its mark, not over the axis
      if (x(step) - (isFirst ? 0 : width) < free) continue;
      context.textAlign = isFirst ? "left" : "right";
      context.fillText(text, x(step) + (isFirst ? 3 : -3), top + 9);
      context.fillRect(x(step) - 0.5, top + 3, 1, 12);
      free = x(step) + (isFirst ? width : 0);
    }
  }
}

const [LEFT, RIGHT, ABOVE, BELOW] = [56, 12, 20, 18];
