// What agent/replay/packing.py has packed: base64, inflated, a header and arrays.

const TYPES = {
  uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, int32: Int32Array,
  float32: Float32Array, float64: Float64Array,
};

/** Give back nested objects and lists, with typed arrays among them. */
async function unpack(text) {
  const letters = atob(text.trim());
  const packed = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) packed[i] = letters.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const whole = await new Response(stream).arrayBuffer();
  const size = new DataView(whole).getUint32(0, true);
  const first = Math.ceil((4 + size) / 8) * 8;
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(whole, 4, size)));
  return withArrays(header, whole, first);
}

function withArrays(content, whole, first) {
  if (Array.isArray(content)) return content.map((each) => withArrays(each, whole, first));
  if (content === null || typeof content !== "object") return content;
  if ("at" in content && "type" in content && "size" in content) {
    return new TYPES[content.type](whole, first + content.at, content.size);
  }
  return Object.fromEntries(Object.entries(content).map(([name, value]) => [name, withArrays(value, whole, first)]));
}

/** The float64 rows of which `bits`, Uint32, has what changed from one to the next. */
function rowsOfDifferences(bits, numRows) {
  const words = new Uint32Array(bits);
  const size = numRows ? words.length / numRows : 0;
  for (let k = size; k < words.length; k++) words[k] ^= words[k - size];
  const all = new Float64Array(words.buffer);
  return Array.from({ length: numRows }, (_, row) => all.subarray((row * size) / 2, ((row + 1) * size) / 2));
}

/** How many entries of an increasing array are at most `value`. */
function numberUpTo(array, value) {
  let low = 0;
  let high = array.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (array[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
