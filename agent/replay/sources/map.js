// One agent's world on a canvas: a layer in colours, best actions, its trail, the way its plan would go.

const TRAIL = 24; // steps

class MapView {
  constructor(mind, canvas, ramps) {
    this.mind = mind;
    this.canvas = canvas;
    this.ramps = ramps;
    this.places = mind.places;
    this.values = new Float64Array(this.places.row.length);
    this.best = new Int32Array(this.places.row.length);
    canvas.addEventListener("click", (event) => this.onPick(this.siteAt(event)));
  }

  /** Fit the canvas to its width on the page. */
  fit() {
    const { shape, is_graph: isGraph } = this.places;
    const ratio = window.devicePixelRatio || 1;
    const width = this.canvas.clientWidth || 300;
    const [rows, columns] = isGraph ? [shape[0] + 0.6, shape[1] + 0.6] : shape;
    this.size = Math.min(width / columns, (0.62 * window.innerHeight) / rows, 48);
    const height = Math.max(rows * this.size, 24);
    this.left = (width - columns * this.size) / 2;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.canvas.style.height = `${height}px`;
    this.ratio = ratio;
    this.offset = isGraph ? 0.8 : 0.5;
  }

  x(site) {
    return this.left + (this.places.column[site] + this.offset) * this.size;
  }

  y(site) {
    return (this.places.row[site] + this.offset) * this.size;
  }

  siteAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let [found, nearest] = [-1, this.size * (this.places.is_graph ? 0.9 : 0.75)];
    for (let site = 0; site < this.places.row.length; site++) {
      const away = Math.hypot(this.x(site) - x, this.y(site) - y);
      if (away < nearest) [found, nearest] = [site, away];
    }
    return found;
  }

  /** What is under the pointer. */
  nameAt(event) {
    const { told, life } = this.mind;
    const states = this.places.statesAt[this.siteAt(event)] || [];
    const seen = states.filter((state) => state < life.numKnown);
    return seen.length ? placeName(told, this.places, seen[0]) : states.length ? "never seen" : "";
  }

  /** Work out what a layer shows in every site: NaN where nothing is known. */
  look(layer) {
    const { life, belief, plan, told } = this.mind;
    this.values.fill(NaN);
    this.best.fill(-1);
    const { numActions } = life;
    const known = layer.name === "visits" ? life.numKnown : Math.min(belief.numKnown, life.numKnown);
    for (let state = 0; state < known; state++) {
      const site = told.site[state];
      if (site < 0) continue;
      let value = 0;
      const first = state * numActions;
      if (layer.name === "visits") value = (this.values[site] || 0) + life.stateVisits[state];
      else if (!life.isActing(state)) value = NaN;
      else if (layer.name === "value") value = plan.value[state];
      else if (layer.name === "gain") {
        for (let pair = first; pair < first + numActions; pair++) value = Math.max(value, belief.gainOfPair(pair));
      } else for (let pair = first; pair < first + numActions; pair++) value += belief.errorOf(pair);
      const best = this.best[site];
      if (life.isActing(state) && (best < 0 || plan.value[state] > plan.value[best])) this.best[site] = state;
      if (Number.isNaN(this.values[site]) || value > this.values[site]) this.values[site] = value;
    }
    const here = life.state;
    if (told.site[here] >= 0 && life.isActing(here)) this.best[told.site[here]] = here;
  }

  draw(layer, scale, shows) {
    const context = this.canvas.getContext("2d");
    const { places, size } = this;
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.canvas.clientWidth, this.canvas.clientHeight);
    const isSeen = this.sitesSeen();
    const ramp = this.ramps[layer.ramp];
    if (places.is_graph) this.drawLinks(context);
    else this.drawWalls(context);
    const gap = size > 9 ? 1 : 0;
    for (let site = 0; site < places.row.length; site++) {
      const at = scale && Number.isFinite(this.values[site]) ? ramp[Math.round(scale.at(this.values[site]) * 63)] : null;
      context.fillStyle = !isSeen[site] ? this.hatch(context) : at ? at.css : ink("unseen");
      if (places.is_graph) {
        context.beginPath();
        context.arc(this.x(site), this.y(site), 0.36 * size, 0, 2 * Math.PI);
        context.fill();
      } else context.fillRect(this.x(site) - size / 2, this.y(site) - size / 2, size - gap, size - gap);
      if (isSeen[site] && this.isEnd(site)) cross(context, this.x(site) - 0.5, this.y(site) - 0.5, 0.18 * this.size);
      if (shows.actions && isSeen[site] && this.best[site] >= 0) this.drawAction(context, site, at ? at.isLight : false);
    }
    if (shows.trail) this.drawTrail(context);
    if (shows.way) this.drawWay(context);
    this.drawAgent(context);
    this.drawPicked(context);
  }

  /** Which sites hold a state that is known now. */
  sitesSeen() {
    const seen = new Uint8Array(this.places.row.length);
    const { life, told } = this.mind;
    const known = life.numKnown;
    for (let state = 0; state < known; state++) if (told.site[state] >= 0) seen[told.site[state]] = 1;
    return seen;
  }

  /** Whether an episode ends in a place. */
  isEnd(site) {
    const { told, life } = this.mind;
    return this.places.statesAt[site].some((state) => state < life.numKnown && told.terminal[state]);
  }

  hatch(context) {
    if (this.hatchedInk !== ink("hatch")) this.hatched = hatching(context);
    this.hatchedInk = ink("hatch");
    return this.hatched;
  }

  drawWalls(context) {
    const { places, size } = this;
    context.fillStyle = ink("wall");
    for (const cell of places.wall) {
      const [row, column] = [Math.floor(cell / places.shape[1]), cell % places.shape[1]];
      context.fillRect(this.left + column * size - 0.3, row * size - 0.3, size + 0.6, size + 0.6);
    }
  }

  drawLinks(context) {
    const { life, told } = this.mind;
    context.strokeStyle = ink("hatch");
    context.lineWidth = 1;
    context.beginPath();
    for (let edge = 0; edge < life.count.length; edge++) {
      if (life.count[edge] === 0) continue;
      const from = told.site[Math.floor(life.edgePair[edge] / life.numActions)];
      const to = told.site[life.successor[edge]];
      if (from < 0 || to < 0 || from === to) continue;
      context.moveTo(this.x(from), this.y(from));
      context.lineTo(this.x(to), this.y(to));
    }
    context.stroke();
  }

  drawAction(context, site, isLight) {
    const { plan, told, life } = this.mind;
    const state = this.best[site];
    if (this.size < 9 || !(state < plan.rows.numKnown)) return;
    const action = plan.policy[state] % life.numActions;
    const way = told.directions[action];
    if (this.places.is_graph) this.drawStep(context, site, plan.policy[state]);
    context.strokeStyle = context.fillStyle = isLight ? "#262b33" : "#ffffff";
    const [x, y, reach] = [this.x(site) - 0.5, this.y(site) - 0.5, 0.28 * this.size];
    if (way && (way[0] || way[1])) {
      const [dy, dx] = way.map((part) => part * reach);
      context.lineWidth = Math.max(1, this.size / 16);
      context.beginPath();
      context.moveTo(x - dx, y - dy);
      context.lineTo(x + dx, y + dy);
      context.moveTo(x + dx - 0.7 * dx - 0.6 * dy, y + dy - 0.7 * dy + 0.6 * dx);
      context.lineTo(x + dx, y + dy);
      context.lineTo(x + dx - 0.7 * dx + 0.6 * dy, y + dy - 0.7 * dy - 0.6 * dx);
      context.stroke();
    } else if (this.size >= 14) {
      context.font = `${Math.min(0.5 * this.size, 13)}px system-ui, sans-serif`;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillText(shortName(told.actions[action], action), x, y + 1);
    }
  }

  /** In a graph: an arrow to where a pair most likely leads. */
  drawStep(context, site, pair) {
    const { plan, told } = this.mind;
    const { rows } = plan;
    let [next, most] = [-1, 0];
    for (let k = rows.first[pair]; k < rows.first[pair + 1]; k++) {
      if (rows.weight[k] > most) [next, most] = [told.site[rows.successor[k]], rows.weight[k]];
    }
    if (next < 0 || next === site || most < 0.2) return;
    const [x, y, ox, oy] = [this.x(next), this.y(next), this.x(site), this.y(site)];
    const angle = Math.atan2(y - oy, x - ox);
    const [far, near] = [0.42 * this.size, 0.3 * this.size];
    const [tipX, tipY] = [x - far * Math.cos(angle), y - far * Math.sin(angle)];
    context.save();
    context.strokeStyle = ink("faint");
    context.lineWidth = Math.max(1, this.size / 18);
    context.beginPath();
    context.moveTo(ox + far * Math.cos(angle), oy + far * Math.sin(angle));
    context.lineTo(tipX, tipY);
    for (const turn of [-0.5, 0.5]) {
      context.moveTo(tipX, tipY);
      context.lineTo(tipX - near * Math.cos(angle + turn), tipY - near * Math.sin(angle + turn));
    }
    context.stroke();
    context.restore();
  }

  drawTrail(context) {
    const { life, told, colour } = this.mind;
    context.strokeStyle = colour;
    context.lineCap = "round";
    for (let step = Math.max(life.now - TRAIL, 0); step < life.now; step++) {
      const from = told.site[life.stateAt(step)];
      const to = told.site[life.successor[told.taken[step]]];
      if (from < 0 || to < 0 || from === to || this.areApart(from, to)) continue;
      const age = (life.now - step) / TRAIL;
      context.globalAlpha = 1 - 0.85 * age;
      context.lineWidth = Math.max(1.5, 0.16 * this.size * (1.1 - age));
      context.beginPath();
      context.moveTo(this.x(from), this.y(from));
      context.lineTo(this.x(to), this.y(to));
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  /** Whether a line between two sites would only cross what lies between: of a map, not of a graph. */
  areApart(from, to) {
    return !this.places.is_graph && Math.hypot(this.x(from) - this.x(to), this.y(from) - this.y(to)) > 3 * this.size;
  }

  /** The way from the state asked about, and a ring around its goal. */
  drawWay(context) {
    const { told, way, goal } = this.mind;
    if (!way) return;
    const sites = way.slice(0, goal + 1).map((state) => told.site[state]);
    for (const [colour, width] of [[ink("paper"), 5], [ink("ink"), 2.2]]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.setLineDash(width > 3 ? [] : [2, 5]);
      context.lineCap = "round";
      context.beginPath();
      sites.forEach((site, k) => {
        if (site < 0) return;
        if (k && sites[k - 1] >= 0 && !this.areApart(sites[k - 1], site)) context.lineTo(this.x(site), this.y(site));
        else context.moveTo(this.x(site), this.y(site));
      });
      context.stroke();
      context.setLineDash([]);
      const last = sites[sites.length - 1];
      if (goal > 0 && last >= 0) {
        context.beginPath();
        context.arc(this.x(last), this.y(last), Math.max(6, 0.55 * this.size), 0, 2 * Math.PI);
        context.stroke();
      }
    }
  }

  drawAgent(context) {
    const { life, told, colour } = this.mind;
    const site = told.site[life.state];
    if (!(site >= 0)) return;
    context.beginPath();
    context.arc(this.x(site), this.y(site), Math.max(4, 0.34 * Math.min(this.size, 30)), 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
    context.strokeStyle = "#ffffff";
    context.lineWidth = 2;
    context.stroke();
  }

  drawPicked(context) {
    const { told, asked, follows } = this.mind;
    const site = told.site[asked];
    if (follows || !(site >= 0)) return;
    for (const [colour, width] of [[ink("paper"), 5], [ink("accent"), 3]]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.strokeRect(this.x(site) - this.size / 2, this.y(site) - this.size / 2, this.size, this.size);
    }
  }
}
