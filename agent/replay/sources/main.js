// Puts the page together, and draws it: a frame at a time, plans in slices of a few milliseconds.

const SLICE = 6; // milliseconds of planning in a frame
const PATIENCE = 150; // milliseconds for which playing waits for a plan
const PANEL_EVERY = 120; // milliseconds between two answers while playing
const MOST_LEADS = 6; // changes of the lead that are told one by one
const [LOWEST_MAP, ROW_GAP, APART_FROM_EDGE] = [120, 13, 4]; // pixels

class Page {
  constructor(content) {
    this.ramps = Object.fromEntries(Object.entries(content.ramps).map(([name, anchors]) => [name, rampOf(anchors)]));
    content.places.forEach((places, i) => (places.statesAt = statesAt(content.lives[i], places)));
    this.minds = content.lives.map((told, i) => new Mind(told, content.places[i]));
    this.shows = { actions: true, trail: true, way: true };
    this.layer = LAYERS[2];
    this.isClose = false;
    this.clock = new Clock(this.minds, () => this.change());
    this.panel = new WhyPanel(this.minds, () => this.change(), (step) => this.clock.goTo(step));
    this.panels = this.minds.map((mind) => this.addLife(mind));
    this.curve = new CurveView(byId("curve"), this.minds, (step) => this.clock.goTo(step));
    byId("leads").textContent = this.leads().join(" ");
    byId("leads").hidden = !byId("leads").textContent;
    content.notes.forEach((note) => byId("notes").append(element("li", "", note)));
    byId("caption").textContent = this.captionOf(content.places);
    this.addLayers();
    listen(this);
    this.frames = [];
    this.isStale = true;
    this.waitingSince = 0;
    new ResizeObserver(() => this.fit()).observe(byId("lives"));
    window.addEventListener("resize", () => this.fit());
    this.closeUp(matchMedia("(max-width: 40rem)").matches);
    requestAnimationFrame((time) => this.frame(time));
  }

  /** What the signs on the maps mean, of those that occur. */
  captionOf(places) {
    const told = places.flatMap(({ caption, wall }) => caption.split("; ").filter((part) => part !== "dark: wall" || wall.length));
    const hasEnds = this.minds.some((mind) => mind.told.terminal.some(Boolean));
    const letters = this.minds.flatMap((mind) => this.lettersOf(mind));
    return [...new Set([...told, ...letters]), "hatched: never seen", ...(hasEnds ? ["×: the end of an episode"] : [])].filter(Boolean).join("; ");
  }

  /** After which steps rules took or lost the lead: what is missing leaps there. */
  leads() {
    const changed = this.minds.filter(({ told }) => told.lead_changes.length);
    if (!changed.length) return [];
    const lines = changed.map(({ told }) => {
      const steps = Array.from(told.lead_changes.subarray(0, MOST_LEADS), written);
      const more = told.lead_changes.length - steps.length;
      const whose = this.minds.length > 1 ? `${told.label}: ` : "";
      return `${whose}after ${told.lead_changes.length > 1 ? "steps" : "step"} ${steps.join(", ")}${more > 0 ? ` and ${counted(more, "more", "more")}` : ""}`;
    });
    return [`Dotted on the curve: the rules take the lead, or lose it, ${lines.join("; ")}. All predictions change at once there, so what is missing leaps; nothing was learnt or forgotten.`];
  }

  /** Which letters stand for actions that lead in no direction. */
  lettersOf({ told, places }) {
    if (places.is_graph) return [];
    const letters = told.actions.map((name, action) => {
      const way = told.directions[action];
      const isDrawn = /^action \d+$/.test(name) || (way && (way[0] || way[1]));
      return isDrawn ? "" : `${shortName(name, action)}: ${name}`;
    });
    return letters.filter(Boolean);
  }

  addLife(mind) {
    const status = element("span");
    const name = element("h2", "", mind.told.label, status);
    name.style.color = mind.colour;
    const canvas = element("canvas");
    canvas.setAttribute("role", "img");
    const bar = element("canvas");
    const [low, high] = [element("span"), element("span")];
    const box = element("div", "map", element("div", "ground", canvas));
    const view = new MapView(mind, canvas, box, this.ramps);
    view.onPick = (site) => this.pick(mind, site);
    view.onScroll = () => this.change();
    canvas.addEventListener("mousemove", (event) => (canvas.title = view.nameAt(event)));
    byId("lives").append(element("div", "life", name, box, element("div", "scale", low, bar, high)));
    return { mind, view, status, bar, low, high };
  }

  addLayers() {
    const hasTruth = this.minds.some(({ told }) => told.truth);
    LAYERS.filter(({ name }) => name !== "error" || hasTruth).forEach((layer) => {
      const input = element("input");
      Object.assign(input, { type: "radio", name: "layer", value: layer.name, checked: layer === this.layer });
      input.addEventListener("change", () => this.show(layer));
      byId("layers").append(element("label", "", input, ` ${layer.title}`));
    });
    for (const [name, title] of Object.entries({ actions: "best actions", trail: "trail", way: "way ahead" })) {
      const input = element("input");
      Object.assign(input, { type: "checkbox", checked: true });
      input.addEventListener("change", () => {
        this.shows[name] = input.checked;
        this.change();
      });
      byId("layers").append(element("label", "", input, ` ${title}`));
    }
    this.closeBox = Object.assign(element("input"), { type: "checkbox" });
    this.closeBox.addEventListener("change", () => this.closeUp(this.closeBox.checked));
    byId("layers").append(element("label", "", this.closeBox, " close up"));
  }

  /** Draw cells so large that they can be read and touched, and of maps the part around the agent. */
  closeUp(isClose) {
    this.isClose = this.closeBox.checked = isClose;
    this.fit();
  }

  /** Jump to the next of some times, or to the one before, and follow the agent again. */
  jump(times, isBack = false) {
    if (this.clock.jump(times, isBack)) this.panel.ask(this.panel.mind, -1);
  }

  show(layer) {
    this.layer = layer;
    for (const input of document.querySelectorAll("input[name=layer]")) input.checked = input.value === layer.name;
    this.change();
  }

  /** Ask about a place: of its states that where the agent is, or the one of most value. */
  pick(mind, site) {
    if (site < 0) return;
    const states = mind.places.statesAt[site];
    const known = states.filter((state) => state < mind.life.numKnown);
    if (!known.length && states.length) this.panel.ask(mind, states[0]); // it is met later
    if (!known.length) return;
    const here = known.includes(mind.life.state) ? mind.life.state : -1;
    const best = known.reduce((one, other) => (mind.plan.value[other] > mind.plan.value[one] ? other : one));
    this.panel.ask(mind, here >= 0 ? here : best);
  }

  fit() {
    const highest = this.heightOfMaps();
    this.panels.forEach(({ view }) => view.fit(this.isClose, highest));
    this.closeBox.parentNode.hidden = !this.panels.some(({ view }) => view.canGrow);
    this.change();
  }

  /** The pixels that a map may be high so that the curve below all of them is in sight; more where that leaves too few. */
  heightOfMaps() {
    const lives = [...byId("lives").children];
    const rows = new Set(lives.map((life) => life.offsetTop)).size;
    const around = Math.max(...lives.map((life) => life.offsetHeight - life.querySelector(".map").offsetHeight));
    const others = byId("curve").getBoundingClientRect().bottom + window.scrollY - byId("lives").offsetHeight;
    const clock = byId("clock");
    const covered = getComputedStyle(clock).position === "fixed" ? clock.offsetHeight : 0;
    const room = Math.floor((window.innerHeight - covered - others - APART_FROM_EDGE) / rows - around - ROW_GAP);
    return room >= LOWEST_MAP ? room : Math.floor(window.innerHeight / 2);
  }

  /** Something is to be drawn anew. */
  change() {
    this.isStale = true;
    byId("play").textContent = this.clock.isPlaying ? "pause" : "play";
    byId("speed").value = this.clock.speed;
  }

  /** What there is to jump to. */
  tellJumps() {
    const { clock, panel } = this;
    for (const [id, times] of [["level", clock.levels], ["episode", clock.episodes], ["turn", panel.mind.turns]]) {
      byId(id).disabled = !(times[times.length - 1] > clock.now);
    }
    if (!clock.level) return;
    const { share, label } = clock.level;
    const percent = `${Number((100 * share).toPrecision(3))} %`;
    const whose = this.minds.length > 1 ? label : "";
    byId("level").replaceChildren(`${percent} missing`, element("span", "", whose && `: ${whose}`));
    byId("level").title = `the step from which on only ${percent} of the information about the world was missing${whose && ` to ${whose}`}`;
  }

  frame(time) {
    const began = performance.now();
    const passed = Math.min((time - (this.before ?? time)) / 1000, 0.25);
    this.before = time;
    const { clock } = this;
    if (clock.isPlaying && !this.waitingSince) {
      if (clock.pass(passed)) this.isStale = true;
      if (!clock.isPlaying) this.change();
    }
    if (this.isStale) this.look(time);
    this.frames.push(performance.now() - began); // to be measured: tests/benchmarks/replay.py
    if (this.frames.length > 600) this.frames.shift();
    requestAnimationFrame((next) => this.frame(next));
  }

  /** Bring all up to date: plans first, in as many frames as they take; then, in one with time for it, the picture. */
  look(time) {
    const { clock, minds } = this;
    const began = performance.now();
    for (const mind of minds) mind.goTo(clock.now);
    let isSolved = true;
    for (const mind of minds) isSolved = mind.work(SLICE - (performance.now() - began)) && isSolved;
    const isLate = performance.now() - began > SLICE / 2;
    if (isLate && (isSolved || !this.waitingSince || time - this.waitingSince < PATIENCE)) {
      this.waitingSince ||= time;
      return;
    }
    this.isStale = !isSolved;
    if (isSolved || clock.isPlaying) this.waitingSince = 0;
    this.draw(time, isSolved);
  }

  draw(time, isSolved) {
    const { clock, layer, panels } = this;
    const isDue = !clock.isPlaying || time - (this.answeredAt || 0) > PANEL_EVERY;
    if (isSolved && isDue) {
      this.panel.look(clock.isPlaying);
      this.answeredAt = time;
    }
    for (const mind of this.minds) if (mind !== this.panel.mind) mind.way = null;
    panels.forEach(({ view }) => view.look(layer));
    const shared = scaleOf(layer, panels.map(({ view }) => view.values));
    for (const panel of panels) {
      const scale = layer.isOwn ? scaleOf(layer, [panel.view.values]) : shared;
      panel.view.draw(layer, scale, this.shows);
      this.label(panel, scale);
    }
    this.curve.draw(clock.now);
    this.tellJumps();
    byId("scrub").value = clock.now;
    byId("now").replaceChildren(element("span", "", "step "), `${written(clock.now)} of ${written(clock.last)}${isSolved ? "" : " …"}`);
    document.body.dataset.step = isSolved ? clock.now : "";
    this.readyAfter ??= performance.now();
  }

  label({ mind, view, status, bar, low, high }, scale) {
    const { life } = mind;
    const { curves } = mind.told;
    const at = Math.max(numberUpTo(curves.step, life.now) - 1, 0);
    const states = counted(life.numKnown, "state");
    const told = `${share(curves.share[at])} missing · ${share(curves.coverage[at])} of pairs tried · ${states} seen`;
    status.textContent = curves.is_fraction ? told : `${states} seen`;
    view.canvas.setAttribute("aria-label", `${mind.told.label} at ${placeName(mind.told, mind.places, life.state)}; ${this.layer.title}`);
    low.textContent = scale ? written(scale.low) : "";
    high.textContent = scale ? `${written(scale.high)}: ${this.layer.unit}` : "nothing to show yet";
    if (bar.dataset.layer === this.layer.name) return;
    bar.dataset.layer = this.layer.name;
    Object.assign(bar, { width: 64, height: 1 });
    const context = bar.getContext("2d");
    this.ramps[this.layer.ramp].forEach(({ css }, k) => {
      context.fillStyle = css;
      context.fillRect(k, 0, 1, 1);
    });
  }
}

/** The states that are drawn in each site. */
function statesAt(told, places) {
  const found = Array.from(places.row, () => []);
  told.site.forEach((site, state) => site >= 0 && found[site].push(state));
  return found;
}

unpack(byId("data").textContent).then((content) => {
  window.page = new Page(content);
}).catch((error) => {
  byId("answer").replaceChildren(element("p", "", `This page cannot be shown: ${error.message}. It needs a browser of 2023 or later.`));
  throw error;
});
