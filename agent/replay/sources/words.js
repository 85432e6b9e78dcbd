// How numbers and places are written.

/** A number with three digits that count; thousands apart. */
function written(value) {
  if (!Number.isFinite(value)) return "unknown";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1000) return grouped(Math.round(value).toString());
  if (size < 0.001) return scientific(value, 1);
  return value.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4).replace(/0+$/, "").replace(/\.$/, "");
}

function counted(value, one, many = `${one}s`) {
  return `${written(value)} ${value === 1 ? one : many}`;
}

function share(value) {
  const percent = 100 * value;
  if (percent >= 99.95 && value < 1) return "> 99.9 %";
  if (percent < 0.1 && percent > 0) return "< 0.1 %";
  return value === 1 || value === 0 ? `${percent} %` : `${percent.toFixed(1)} %`;
}

/** What a state is called, and what is special there. */
function placeName(told, places, state) {
  if (state === "anywhere") return "anywhere (any state, evenly)";
  if (state === "beyond") return "a state never seen";
  const end = told.terminal[state] ? ", the end of an episode" : told.television[state] ? ", a television" : "";
  return spotName(told, places, state) + end;
}

function spotName(told, places, state) {
  if (told.channel[state]) return `channel ${told.channel[state]}${screenName(told, places, state)}`;
  const { features } = told;
  const shared = (places.statesAt[told.site[state]] || []).length > 1;
  const [row, column] = told.position.subarray(2 * state, 2 * state + 2);
  if (features) {
    const own = features.names.map((name, i) => {
      const value = features.values[state * features.names.length + i];
      return `${name} ${features.words[i][value] ?? value}`;
    });
    const isMap = row >= 0 && features.names[0] === "row" && own.length <= 3 && !shared;
    return (isMap ? own.slice(0, 2) : own).join(", ") + (features.is_all ? "" : `, state ${told.state[state]}`);
  }
  const map = row >= 0 ? `row ${row}, column ${column}` : "";
  return map && !shared ? map : `${map ? `${map}, ` : ""}state ${told.state[state]}`;
}

/** Which television shows a channel, or which ones share it, and where they stand. */
function screenName(told, places, channel) {
  const at = told.watched_at[told.watched[channel]] || [];
  if (!at.length || told.watched_at.length === 1) return ""; // all televisions show the same
  if (at.length > MOST_SCREENS) return ` of any of ${at.length} televisions`;
  return ` of the television${at.length > 1 ? "s" : ""} at ${at.map((state) => spotName(told, places, state)).join(" or ")}`;
}

const MOST_SCREENS = 4;

const ARROWS = { "-1,0": "↑", "0,1": "→", "1,0": "↓", "0,-1": "←" };

function actionName(told, action) {
  const arrow = told.directions[action] && ARROWS[told.directions[action].join()];
  const name = told.actions[action];
  return arrow ? `${arrow} ${name}` : name;
}

/** An element with a class, children or text. */
function element(tag, className = "", ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function byId(id) {
  return document.getElementById(id);
}

const INKS = new Map();

/** A colour of the style sheet, which depends on whether the page is light or dark. */
function ink(name) {
  if (!INKS.size) matchMedia("(prefers-color-scheme: dark)").onchange = () => INKS.clear();
  if (!INKS.has(name)) INKS.set(name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
  return INKS.get(name);
}

function isDark() {
  return matchMedia("(prefers-color-scheme: dark)").matches;
}
