// One agent's world on a canvas: a layer in colours, best actions, its trail, the way its plan would go.

const LARGEST = { cell: 48, node: 96 }; // pixels
const MOST_PIXELS = 4e6; // of a canvas
const CLOSE = { cell: 30, node: 56 }; // pixels of those that are drawn close up

class MapView {
  constructor(mind, canvas, box, ramps) {
    this.mind = mind;
    this.canvas = canvas;
    this.box = box; // in which the map moves, where it is larger; the canvas stays, and shows the part in sight
    this.ramps = ramps;
    this.places = mind.places;
    this.margin = roomForRuler(mind.places);
    this.values = new Float64Array(this.places.row.length);
    this.best = new Int32Array(this.places.row.length);
    canvas.addEventListener("click", (event) => this.onPick(this.siteAt(event)));
    box.addEventListener("scroll", () => {
      if (box.scrollLeft !== this.fromX || box.scrollTop !== this.fromY) this.onScroll();
    });
  }

  /** Fit the map to its box, which may be so many pixels high; close up it may be larger than that. */
  fit(isClose, highest) {
    const { places, box, margin, canvas } = this;
    const { shape, is_graph: isGraph } = places;
    const kind = isGraph ? "node" : "cell";
    const room = box.offsetWidth || 300;
    const [rows, columns] = isGraph ? [shape[0] + 0.6, shape[1] + 0.6] : shape;
    const whole = Math.min((room - margin.left) / columns, (highest - margin.top) / rows, LARGEST[kind]);
    this.canGrow = whole < CLOSE[kind];
    this.size = isClose ? Math.max(whole, CLOSE[kind]) : whole;
    const width = Math.max(room, Math.ceil(margin.left + columns * this.size));
    const height = Math.max(Math.ceil(rows * this.size), 24) + margin.top;
    box.classList.toggle("close", isClose && this.canGrow);
    box.style.maxHeight = `${Math.max(highest, 24 + margin.top)}px`;
    Object.assign(canvas.parentNode.style, { width: width > room ? `${width}px` : "", height: `${height}px` });
    [this.width, this.height] = [Math.min(width, box.clientWidth || room), Math.min(height, box.clientHeight || height)];
    const ratio = Math.min(window.devicePixelRatio || 1, Math.sqrt(MOST_PIXELS / (this.width * this.height)));
    this.left = margin.left + (width - margin.left - columns * this.size) / 2;
    this.top = margin.top;
    canvas.width = Math.round(this.width * ratio);
    canvas.height = Math.round(this.height * ratio);
    Object.assign(canvas.style, { width: `${this.width}px`, height: `${this.height}px` });
    this.focus = -1;
    this.gap = this.size > 9 ? 1 : 0;
    this.ratio = ratio;
    this.offset = isGraph ? 0.8 : 0.5;
  }

  /** Move the map, close up, so far that the place asked about is well in sight: unless one has looked elsewhere since. */
  follow() {
    const { told, asked } = this.mind;
    const site = told.site[asked];
    if (!(site >= 0) || site === this.focus || !this.box.classList.contains("close")) return;
    this.focus = site;
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = this.box;
    const inSight = (at, from, span) => Math.min(Math.max(from, at - 0.7 * span), at - 0.3 * span);
    this.box.scrollTo(inSight(this.x(site), scrollLeft, clientWidth), inSight(this.y(site), scrollTop, clientHeight));
  }

  x(site) {
    return this.left + (this.places.column[site] + this.offset) * this.size;
  }

  y(site) {
    return this.top + (this.places.row[site] + this.offset) * this.size;
  }

  /** Whether any of a site can be seen. */
  isInSight(site) {
    const [x, y] = [this.x(site) - this.fromX, this.y(site) - this.fromY];
    return x > -this.size && y > -this.size && x < this.width + this.size && y < this.height + this.size;
  }

  siteAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left + this.box.scrollLeft, event.clientY - box.top + this.box.scrollTop];
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
    const { places } = this;
    this.follow();
    [this.fromX, this.fromY] = [this.box.scrollLeft, this.box.scrollTop];
    context.setTransform(this.ratio, 0, 0, this.ratio, -this.ratio * this.fromX, -this.ratio * this.fromY);
    context.clearRect(this.fromX, this.fromY, this.width, this.height);
    const isSeen = this.sitesSeen();
    if (places.is_graph) drawLinks(this, context);
    else this.drawWalls(context);
    if (shows.trail && places.is_graph) drawTrail(this, context); // below disks, and what is in them
    const colours = this.drawSites(context, this.ramps[layer.ramp], scale, isSeen);
    if (shows.trail && !places.is_graph) drawTrail(this, context);
    for (let site = 0; site < places.row.length; site++) {
      if (!this.isInSight(site)) continue;
      if (isSeen[site]) this.drawSigns(context, site, shows, colours[site] ? colours[site].isLight : !isDark());
      this.drawThing(context, site);
    }
    if (shows.way) drawWay(this, context);
    this.drawAgent(context);
    this.drawPicked(context);
    drawRuler(this, context);
  }

  /** Fill sites with the colours of their values; return these colours, nothing where there is no value. */
  drawSites(context, ramp, scale, isSeen) {
    const { places, size, gap } = this;
    return Array.from(this.values, (value, site) => {
      const colour = scale && Number.isFinite(value) ? ramp[Math.round(scale.at(value) * 63)] : null;
      if (!this.isInSight(site)) return colour;
      context.fillStyle = !isSeen[site] ? this.hatch(context) : colour ? colour.css : ink("unseen");
      if (places.is_graph) {
        context.beginPath();
        context.arc(this.x(site), this.y(site), 0.36 * size, 0, 2 * Math.PI);
        context.fill();
      } else context.fillRect(this.x(site) - size / 2, this.y(site) - size / 2, size - gap, size - gap);
      return colour;
    });
  }

  /** What is known of a site: the end of an episode, a channel, the best action. */
  drawSigns(context, site, shows, isLight) {
    const { size } = this;
    const action = shows.actions ? this.bestAt(site) : -1;
    if (this.isEnd(site)) cross(context, this.x(site) - 0.5, this.y(site) - 0.5, 0.18 * size);
    if (this.places.is_graph) drawNode(this, context, site, action, isLight);
    else if (this.channelAt(site)) this.write(context, site, String(this.channelAt(site)), isLight);
    else if (action >= 0) this.drawAction(context, site, action, isLight);
  }

  /** What stands in a site: as walls, it is drawn from the start. */
  drawThing(context, site) {
    const { size, gap } = this;
    const thing = this.thingAt(site);
    if (thing) chip(context, thing, this.x(site) - gap / 2, this.y(site) - gap / 2, size - gap, ink("ink"));
    if (this.isTelevision(site)) television(context, this.x(site) - gap / 2, this.y(site) - gap / 2, size - gap);
  }

  /** The best action in a site; -1: none. */
  bestAt(site) {
    const { plan, life } = this.mind;
    const state = this.best[site];
    return state >= 0 && state < plan.rows.numKnown ? plan.policy[state] % life.numActions : -1;
  }

  /** Which sites hold a state that is known now. */
  sitesSeen() {
    const seen = new Uint8Array(this.places.row.length);
    const { life, told } = this.mind;
    const known = life.numKnown;
    for (let state = 0; state < known; state++) if (told.site[state] >= 0) seen[told.site[state]] = 1;
    return seen;
  }

  isTelevision(site) {
    return this.places.television[site] === 1;
  }

  /** The channel of a television that is drawn in a site; 0 or nothing: none. */
  channelAt(site) {
    return this.mind.told.channel[this.places.statesAt[site][0]];
  }

  /** The letter of what stands in a site as an episode begins. */
  thingAt(site) {
    const { places } = this;
    const cell = places.row[site] * places.shape[1] + places.column[site];
    const found = places.things.find(([at]) => at === cell);
    return found && found[1];
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
      context.fillRect(this.left + column * size - 0.3, this.top + row * size - 0.3, size + 0.6, size + 0.6);
    }
  }

  drawAction(context, site, action, isLight) {
    if (this.size < 9) return;
    const { told } = this.mind;
    const way = told.directions[action];
    context.strokeStyle = isLight ? "#262b33" : "#ffffff";
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
    } else this.write(context, site, shortName(told.actions[action], action), isLight);
  }

  /** Write some letters into a site, if there is room. */
  write(context, site, text, isLight) {
    if (this.size < 14) return;
    context.fillStyle = isLight ? "#262b33" : "#ffffff";
    context.font = `${Math.min(0.5 * this.size, 13)}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(text, this.x(site) - 0.5, this.y(site) + 0.5);
  }

  drawAgent(context) {
    const { life, told, colour } = this.mind;
    const site = told.site[life.state];
    if (!(site >= 0)) return;
    context.beginPath();
    const reach = Math.max(4, 0.34 * Math.min(this.size, 30));
    const way = told.facing.subarray(2 * life.state, 2 * life.state + 2);
    if (way.length) pointer(context, this.x(site), this.y(site), 1.25 * reach, way);
    else context.arc(this.x(site), this.y(site), reach, 0, 2 * Math.PI);
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
