// Buttons and keys.

function listen(page) {
  const { clock } = page;
  SPEEDS.forEach((speed) => byId("speed").append(new Option(`${speed} a second`, speed)));
  byId("speed").value = clock.speed;
  byId("speed").addEventListener("change", () => (clock.speed = Number(byId("speed").value)));
  byId("scrub").max = clock.last;
  byId("scrub").addEventListener("input", () => clock.goTo(Number(byId("scrub").value)));
  byId("level").hidden = !clock.levels.length;
  byId("level").title = "when 50, 75, 90, 95, 98, 99, 99.5 % of the information about the world were found";
  byId("episode").hidden = !clock.episodes.length;
  const act = {
    play: () => clock.play(),
    back: () => clock.goTo(clock.now - 1),
    forward: () => clock.goTo(clock.now + 1),
    level: () => clock.jump(clock.levels),
    episode: () => clock.jump(clock.episodes),
  };
  for (const [id, does] of Object.entries(act)) byId(id).addEventListener("click", does);
  const keys = {
    " ": act.play, ArrowLeft: act.back, ArrowRight: act.forward,
    Home: () => clock.goTo(0), End: () => clock.goTo(clock.last),
    ",": () => clock.faster(-1), ".": () => clock.faster(1),
    "[": () => clock.jump(clock.episodes, true), "]": act.episode,
    l: act.level, L: () => clock.jump(clock.levels, true),
    f: () => page.panel.ask(page.panel.mind, -1),
    a: () => page.panel.ask(page.minds[(page.minds.indexOf(page.panel.mind) + 1) % page.minds.length], -1),
  };
  LAYERS.forEach((layer, i) => (keys[i + 1] = () => page.show(layer)));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select")) return;
    const isPressed = event.key === " " && event.target.matches("button, summary, input[type=radio], input[type=checkbox]");
    if (isPressed) return;
    const step = event.key === "ArrowLeft" ? -100 : 100;
    const does = event.shiftKey && event.key.startsWith("Arrow") ? () => clock.goTo(clock.now + step) : keys[event.key];
    if (!does || event.key === "ArrowUp" || event.key === "ArrowDown") return;
    event.preventDefault();
    does();
  });
}
