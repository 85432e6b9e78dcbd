// Columns of numbers: as many decimals in every row, so that they can be compared by eye.

const MOST_DECIMALS = 6;

/** A function that writes numbers of a column; a number of digits counts in the largest, two in the smallest. */
function columnOf(values) {
  const sizes = values.filter(Number.isFinite).map(Math.abs).filter((size) => size > 0);
  if (!sizes.length) return written;
  const [high, low] = [Math.max(...sizes), Math.min(...sizes)];
  const wanted = Math.max(3 - Math.floor(Math.log10(high)), 1 - Math.floor(Math.log10(low)));
  const decimals = Math.max(0, Math.min(wanted, MOST_DECIMALS, 7 - Math.floor(Math.log10(high)))); // nobody reads more
  if (high < 10 ** (1 - MOST_DECIMALS)) return (value) => (value === 0 ? "0" : scientific(value, 2));
  return (value) => (Number.isFinite(value) ? grouped(value.toFixed(decimals)) : "unknown");
}

/** Digits before the point in threes. */
function grouped(text) {
  const [whole, ...rest] = text.split(".");
  return [whole.length > 3 ? whole.replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f") : whole, ...rest].join(".");
}

function scientific(value, digits) {
  return value.toExponential(digits).replace("e-", " × 10⁻").replace(/⁻(\d+)/, (_, d) => `⁻${superscript(d)}`);
}

function superscript(digits) {
  return [...digits].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("");
}
