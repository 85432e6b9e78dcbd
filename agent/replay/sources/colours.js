// Colours of quantities: ramps of agent/reports/palette.py, and scales from values to places on them.

// `isLog`: on a logarithmic scale; `isOwn`: each agent has a scale of its own, else they share one
const LAYERS = [
  { name: "visits", ramp: "visits", title: "visits", unit: "steps taken there", isLog: true, isOwn: false },
  { name: "gain", ramp: "gain", title: "would teach", unit: "nats, by the action that teaches most", isLog: true, isOwn: false },
  { name: "value", ramp: "value", title: "value", unit: "still to be gained from there on", isLog: false, isOwn: true },
  { name: "error", ramp: "error", title: "error", unit: "nats from the truth, all actions", isLog: true, isOwn: false },
];

function rampOf(anchors, number = 64) {
  const corners = anchors.map((colour) => [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16)));
  return Array.from({ length: number }, (_, k) => {
    const at = (k / (number - 1)) * (corners.length - 1);
    const low = Math.min(Math.floor(at), corners.length - 2);
    const mix = corners[low].map((from, i) => Math.round(from + (at - low) * (corners[low + 1][i] - from)));
    return { css: `rgb(${mix.join()})`, isLight: mix[0] * 0.299 + mix[1] * 0.587 + mix[2] * 0.114 > 140 };
  });
}

/** A scale over all values given: logarithmic down to a thousandth of the largest, or between the extremes. */
function scaleOf(layer, columns) {
  let [low, high] = [Infinity, -Infinity];
  for (const values of columns) {
    for (const value of values) {
      if (!Number.isFinite(value) || (layer.isLog && value <= 0)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (!(low <= high)) return null;
  if (layer.isLog) low = layer.name === "visits" ? 1 : Math.max(low, high / 1000);
  const span = layer.isLog ? Math.log(high / low) : high - low;
  const at = (value) => {
    const from = layer.isLog ? Math.log(Math.max(value, low) / low) : value - low;
    return span > 1e-12 * Math.abs(high) ? Math.min(Math.max(from / span, 0), 1) : 0.5;
  };
  return { low, high, at };
}
