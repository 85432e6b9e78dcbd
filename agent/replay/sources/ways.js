// Ways on a map: the agent's trail, and where its plan leads.

const TRAIL = 24; // steps
const WIDEST = 7; // pixels

/** The last steps, the older the paler: below what is written in cells. */
function drawTrail(view, context) {
  const { life, told, colour } = view.mind;
  context.strokeStyle = colour;
  context.lineCap = "round";
  for (let step = Math.max(life.now - TRAIL, 0); step < life.now; step++) {
    const from = told.site[life.stateAt(step)];
    const to = told.site[life.successor[told.taken[step]]];
    if (from < 0 || to < 0 || from === to || areApart(view, from, to)) continue;
    const age = (life.now - step) / TRAIL;
    context.globalAlpha = 1 - 0.85 * age;
    context.lineWidth = Math.min(Math.max(1.5, 0.13 * view.size * (1.1 - age)), WIDEST);
    context.beginPath();
    lineBetween(view, context, from, to);
    context.stroke();
  }
  context.globalAlpha = 1;
}

/** Whether a line between two sites would only cross what lies between: of a map, not of a graph. */
function areApart(view, from, to) {
  return !view.places.is_graph && Math.hypot(view.x(from) - view.x(to), view.y(from) - view.y(to)) > 3 * view.size;
}

/** The way from the state asked about, and a ring around its goal. */
function drawWay(view, context) {
  const { told, way, goal } = view.mind;
  if (!way) return;
  const sites = way.slice(0, goal + 1).map((state) => told.site[state]);
  context.save();
  if (view.places.is_graph) keepOutOfNodes(view, context);
  inTwo(context, (isEdge) => {
    context.setLineDash(isEdge ? [] : [2, 5]);
    sites.forEach((site, k) => {
      if (site >= 0 && k && sites[k - 1] >= 0 && !areApart(view, sites[k - 1], site)) lineBetween(view, context, sites[k - 1], site);
    });
  });
  context.restore();
  const last = sites[goal];
  const reach = Math.max(6, (view.places.is_graph ? 0.42 : 0.55) * view.size);
  if (goal > 0 && last >= 0) inTwo(context, () => context.arc(view.x(last), view.y(last), reach, 0, 2 * Math.PI));
}

/** Call `draw` for a line twice: for its edge, of paper, and for itself. */
function inTwo(context, draw) {
  for (const [colour, width] of [[ink("paper"), 5], [ink("ink"), 2.2]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.lineCap = "round";
    context.beginPath();
    draw(width > 3);
    context.stroke();
    context.setLineDash([]);
  }
}

/** Let lines end at the disks of a graph, which are written in. */
function keepOutOfNodes(view, context) {
  const { places, size } = view;
  context.beginPath();
  context.rect(view.fromX, view.fromY, view.width, view.height);
  for (let site = 0; site < places.row.length; site++) {
    context.moveTo(view.x(site) + 0.36 * size, view.y(site));
    context.arc(view.x(site), view.y(site), 0.36 * size, 0, 2 * Math.PI);
  }
  context.clip("evenodd");
}
