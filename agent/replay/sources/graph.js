// What is drawn of a graph: links between nodes, straight or as bows around what lies between, and what is in a node.

const [BOW, HIGHEST_BOW] = [0.2, 2]; // as of agent/replay/places.py
const ROOMY = 72; // pixels

/** How far a line between two sites is bent to its left, in sizes of a cell: 0 where it passes no other node. */
function bowOf(view, from, to) {
  const { places } = view;
  if (!places.is_graph) return 0;
  view.bows ??= new Map();
  const key = from * places.row.length + to;
  if (!view.bows.has(key)) {
    const [x, y] = [places.column[from], places.row[from]];
    const [dx, dy] = [places.column[to] - x, places.row[to] - y];
    const length = Math.hypot(dx, dy);
    let passes = false;
    for (let site = 0; site < places.row.length && !passes; site++) {
      if (site === from || site === to) continue;
      const [ax, ay] = [places.column[site] - x, places.row[site] - y];
      const along = (ax * dx + ay * dy) / length;
      passes = along > 0 && along < length && Math.abs(ax * dy - ay * dx) / length < 0.3;
    }
    view.bows.set(key, passes ? Math.min(BOW * length, HIGHEST_BOW) : 0);
  }
  return view.bows.get(key);
}

/** The point that draws a line aside; a bow is half as high. */
function controlOf(view, from, to) {
  const [x, y, toX, toY] = [view.x(from), view.y(from), view.x(to), view.y(to)];
  const aside = (2 * view.size * bowOf(view, from, to)) / (Math.hypot(toX - x, toY - y) || 1);
  return [(x + toX) / 2 + aside * (toY - y), (y + toY) / 2 - aside * (toX - x)];
}

function lineBetween(view, context, from, to) {
  context.moveTo(view.x(from), view.y(from));
  if (bowOf(view, from, to)) context.quadraticCurveTo(...controlOf(view, from, to), view.x(to), view.y(to));
  else context.lineTo(view.x(to), view.y(to));
}

/** Everything that was seen to lead somewhere. */
function drawLinks(view, context) {
  const { life, told } = view.mind;
  context.strokeStyle = ink("link");
  context.lineWidth = Math.min(Math.max(1, view.size / 30), 2);
  context.beginPath();
  for (let edge = 0; edge < life.count.length; edge++) {
    if (life.count[edge] === 0) continue;
    const from = told.site[Math.floor(life.edgePair[edge] / life.numActions)];
    const to = told.site[life.successor[edge]];
    if (from >= 0 && to >= 0 && from !== to) lineBetween(view, context, from, to);
  }
  context.stroke();
}

/** An arrow to where a pair most likely leads. */
function drawStep(view, context, site, pair) {
  const { plan, told } = view.mind;
  const { rows } = plan;
  let [next, most] = [-1, 0];
  for (let k = rows.first[pair]; k < rows.first[pair + 1]; k++) {
    if (rows.weight[k] > most) [next, most] = [told.site[rows.successor[k]], rows.weight[k]];
  }
  if (next < 0 || next === site || most < 0.2) return;
  const [controlX, controlY] = controlOf(view, site, next);
  const [far, near] = [0.42 * view.size, Math.min(0.3 * view.size, 14)];
  const end = (at) => {
    const angle = Math.atan2(controlY - view.y(at), controlX - view.x(at));
    return [view.x(at) + far * Math.cos(angle), view.y(at) + far * Math.sin(angle), angle];
  };
  const [tipX, tipY, back] = end(next);
  context.strokeStyle = ink("faint");
  context.lineWidth = Math.min(Math.max(1, view.size / 18), 3);
  context.beginPath();
  context.moveTo(...end(site).slice(0, 2));
  context.quadraticCurveTo(controlX, controlY, tipX, tipY);
  for (const turn of [-0.5, 0.5]) {
    context.moveTo(tipX, tipY);
    context.lineTo(tipX + near * Math.cos(back + turn), tipY + near * Math.sin(back + turn));
  }
  context.stroke();
}

/** In a disk the number of its state; below that, where there is room, its best action, and an arrow to where that leads. */
function drawNode(view, context, site, action, isLight) {
  const { told, life } = view.mind;
  const { size } = view;
  const [state] = view.places.statesAt[site];
  if (size >= 9 && action >= 0) drawStep(view, context, site, state * life.numActions + action);
  if (size < 20) return;
  const hasRoom = size >= ROOMY;
  const put = (text, font, y) => {
    context.font = `${font} system-ui, sans-serif`;
    context.fillText(text, view.x(site), y, 0.6 * size);
  };
  context.fillStyle = isLight ? "#262b33" : "#ffffff";
  context.textAlign = "center";
  context.textBaseline = "middle";
  put(String(told.state[state]), `bold ${Math.min(0.4 * size, 15)}px`, view.y(site) - (hasRoom ? 0.21 * size : 0));
  if (hasRoom && action >= 0) put(told.actions[action], "11px", view.y(site) + 0.2 * size);
}
