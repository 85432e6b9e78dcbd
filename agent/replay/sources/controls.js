// Buttons and keys.

function listen(page) {
  const { clock } = page;
  SPEEDS.forEach((speed) => byId("speed").append(new Option(`${speed} a second`, speed)));
  byId("speed").value = clock.speed;
  byId("speed").addEventListener("change", () => (clock.speed = Number(byId("speed").value)));
  byId("scrub").max = clock.last;
  byId("scrub").addEventListener("input", () => clock.goTo(Number(byId("scrub").value)));
  byId("level").hidden = !clock.levels.length;
  byId("episode").hidden = !clock.episodes.length;
  byId("turn").title = "the next step that leads back to where the agent just came from";
  const act = {
    play: () => clock.play(),
    back: () => clock.goTo(clock.now - 1),
    forward: () => clock.goTo(clock.now + 1),
    level: () => page.jump(clock.levels),
    episode: () => page.jump(clock.episodes),
    turn: () => page.jump(page.panel.mind.turns),
    help: () => help(!byId("about").open),
    close: () => help(false),
  };
  for (const [id, does] of Object.entries(act)) byId(id).addEventListener("click", does);
  const keys = {
    " ": act.play, ArrowLeft: act.back, ArrowRight: act.forward,
    Home: () => clock.goTo(0), End: () => clock.goTo(clock.last),
    ",": () => clock.faster(-1), ".": () => clock.faster(1),
    "[": () => page.jump(clock.episodes, true), "]": act.episode,
    l: act.level, L: () => page.jump(clock.levels, true),
    b: act.turn, B: () => page.jump(page.panel.mind.turns, true),
    z: () => page.closeUp(!page.isClose), "?": act.help, Escape: act.close,
    f: () => page.panel.ask(page.panel.mind, -1),
    a: () => page.panel.ask(page.minds[(page.minds.indexOf(page.panel.mind) + 1) % page.minds.length], -1),
  };
  LAYERS.forEach((layer, i) => (keys[i + 1] = () => page.show(layer)));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select")) return;
    const isPressed = event.key === " " && event.target.matches("button, input[type=radio], input[type=checkbox]");
    if (isPressed) return;
    const step = event.key === "ArrowLeft" ? -100 : 100;
    const does = event.shiftKey && event.key.startsWith("Arrow") ? () => clock.goTo(clock.now + step) : keys[event.key];
    if (!does || event.key === "ArrowUp" || event.key === "ArrowDown") return;
    event.preventDefault();
    does();
  });
}

/** Open or close the help, beside the map; on a phone, over it. */
function help(isOpen) {
  const about = byId("about");
  if (about.open === isOpen) return;
  if (isOpen) about.show();
  else about.close();
  byId("help").setAttribute("aria-expanded", isOpen);
  byId(isOpen ? "close" : "help").focus();
}
