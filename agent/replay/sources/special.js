// Functions of a Dirichlet belief, without cancellation: as agent/information/special.py, where they are derived.

const SHIFT = 12;
const SERIES = [-1 / 12, 1 / 120, -1 / 252, 1 / 240, -1 / 132, 691 / 32760, -1 / 12];

/** f(a) - f(a + d), with f(x) = digamma(x + 1) - ln x: the surprise, nats, of an outcome of concentration a among d. */
function excessDrop(a, d) {
  const b = a + d;
  let shift = 0;
  let harmonic = 0;
  while (a + shift < SHIFT) {
    shift += 1;
    harmonic += d / ((a + shift) * (b + shift));
  }
  const lifted = shift > 0 ? Math.log1p((shift / (b + shift)) * (d / a)) - harmonic : 0;
  const u = 1 / (a + shift);
  const v = 1 / (b + shift);
  let p = SERIES[6];
  let q = 0;
  for (let k = 5; k >= 0; k--) {
    q = q * u * u + p;
    p = p * v * v + SERIES[k];
  }
  q = q * u * u + p;
  return lifted + d * u * v * (0.5 + (u + v) * q);
}

/** Expected information gain, nats, of a pair of which nothing is known. */
function symmetricGain(concentration, numOutcomes) {
  const anywhere = concentration / numOutcomes;
  return excessDrop(anywhere, concentration - anywhere);
}
