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
