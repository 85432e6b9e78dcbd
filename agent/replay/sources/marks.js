// Signs that are drawn on a canvas.

/** A cross: the end of an episode. */
function cross(context, x, y, reach) {
  context.strokeStyle = ink("faint");
  context.lineWidth = Math.max(1, reach / 3);
  context.beginPath();
  for (const slope of [1, -1]) {
    context.moveTo(x - reach, y - slope * reach);
    context.lineTo(x + reach, y + slope * reach);
  }
  context.stroke();
}

/** A frame, and letters if there is room: a television. */
function television(context, x, y, size) {
  context.strokeStyle = ink("now");
  context.lineWidth = size >= 14 ? 2 : 1;
  const inner = size - context.lineWidth;
  context.strokeRect(x - inner / 2, y - inner / 2, inner, inner);
  chip(context, "TV", x, y, size, ink("now"));
}

/** Letters in the upper left corner of a cell, if there is room. */
function chip(context, text, x, y, size, colour) {
  if (size < 26) return;
  context.font = "bold 9px system-ui, sans-serif";
  const width = context.measureText(text).width + 4;
  context.fillStyle = colour;
  context.fillRect(x - size / 2, y - size / 2, width, 11);
  context.fillStyle = ink("paper");
  context.textAlign = "left";
  context.textBaseline = "top";
  context.fillText(text, x - size / 2 + 2, y - size / 2 + 1.5);
}

/** The outline of a triangle that points one way, a step of rows and columns. */
function pointer(context, x, y, reach, [down, right]) {
  context.moveTo(x + right * reach, y + down * reach);
  for (const side of [1, -1]) {
    context.lineTo(x - 0.7 * right * reach + side * 0.8 * down * reach, y - 0.7 * down * reach - side * 0.8 * right * reach);
  }
  context.closePath();
}

const RULER = { left: 22, top: 15, head: 15 }; // pixels beside a map for the numbers of its rows and columns, and names
const APART = 22; // pixels between two of them
const SQUEEZED = 1.15; // a name that is longer than its room by this is written narrower

/** The pixels that numbers and names take beside a map. */
function roomForRuler({ row_number: rows, column_number: columns, heads: [across, downwards] }) {
  const isNumbered = [rows, columns].some((each) => each.some((number) => number >= 0));
  const room = (side, heads) => (isNumbered ? RULER[side] : 0) + (heads.length ? RULER.head : 0);
  return { left: room("left", downwards), top: room("top", across) };
}

/** Numbers of rows and columns, as many as can be read, at the edges of what is seen; beside them the names of maps. */
function drawRuler(view, context) {
  const { places, size, left, top, margin, width, height } = view;
  const [fromX, fromY] = [Math.max(left, view.fromX + margin.left), view.fromY + margin.top];
  context.font = "10px system-ui, sans-serif";
  for (const [numbers, isRow] of [[places.row_number, true], [places.column_number, false]]) {
    context.fillStyle = ink("paper");
    if (isRow && fromX > left) context.fillRect(view.fromX, view.fromY, margin.left - 1, height); // the map was moved below them
    if (!isRow && fromY > top) context.fillRect(view.fromX, view.fromY, width, margin.top - 1);
    context.fillStyle = ink("faint");
    const called = numbers.filter((number) => number >= 0);
    const step = called.length > 1 ? Math.abs(called[1] - called[0]) || 1 : 1; // of a block of cells, several
    const every = step * [1, 2, 5, 10, 20, 50, 100, 200, 500].find((each) => each * size >= APART || each === 500);
    context.textAlign = isRow ? "right" : "center";
    context.textBaseline = isRow ? "middle" : "bottom";
    numbers.forEach((number, k) => {
      if (number < 0 || number % every) return;
      const middle = (isRow ? top : left) + (k + 0.5) * size;
      if (middle > (isRow ? fromY : fromX)) context.fillText(number, isRow ? fromX - 5 : middle, isRow ? middle : fromY - 2);
    });
  }
  drawHeads(view, context, fromX, fromY);
}

/** The names of maps that stand side by side, in the middle of what is seen of them. */
function drawHeads(view, context, fromX, fromY) {
  const { places: { heads: [across, downwards] }, size, left, top } = view;
  context.font = "10.5px system-ui, sans-serif";
  context.fillStyle = ink("ink");
  context.textAlign = "center";
  context.textBaseline = "middle";
  const put = (heads, begin, from, to, turn) => {
    if (heads.some(([name, first, end]) => !shortened(context, name, (end - first + 0.8) * size))) return; // all or none
    for (const [name, first, end] of heads) {
      const [low, high] = [Math.max(begin + (first - 0.4) * size, from), Math.min(begin + (end + 0.4) * size, to)];
      if (high <= low) continue;
      context.save();
      turn((low + high) / 2);
      context.fillText(shortened(context, name, high - low), 0, 0, high - low);
      context.restore();
    }
  };
  put(across, left, fromX, view.fromX + view.width, (middle) => context.translate(middle, view.fromY + RULER.head / 2));
  put(downwards, top, fromY, view.fromY + view.height, (middle) => {
    context.translate(fromX - RULER.left - RULER.head / 2, middle);
    context.rotate(-Math.PI / 2);
  });
}

/** A name, or as many of its last words as there is room for: these tell it from its neighbours. */
function shortened(context, name, room) {
  const words = name.split(" ");
  const ends = words.map((_, cut) => (cut ? "…" : "") + words.slice(cut).join(" "));
  return ends.find((end) => context.measureText(end).width <= SQUEEZED * room) ?? "";
}

/** Hatching: what was never seen. */
function hatching(context) {
  const tile = element("canvas");
  tile.width = tile.height = 8;
  const brush = tile.getContext("2d");
  brush.fillStyle = ink("unseen");
  brush.fillRect(0, 0, 8, 8);
  brush.strokeStyle = ink("hatch");
  brush.beginPath();
  for (const from of [-8, 0, 8]) {
    brush.moveTo(from - 1, 9);
    brush.lineTo(from + 9, -1);
  }
  brush.stroke();
  return context.createPattern(tile, "repeat");
}

/** A name in two letters: its own, those of its words, or the number. */
function shortName(name, action) {
  if (/^action \d+$/.test(name)) return String(action);
  const words = name.split(/[ _-]+/);
  return words.length > 1 ? words.map((word) => word[0]).join("").slice(0, 2) : name.slice(0, 2);
}
