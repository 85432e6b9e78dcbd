"""Pages of several worlds in a real browser: graphs, slips, rare doors, and maps close up."""

import re

import numpy as np
import pytest

from agent.replay import main, making
from tests.support.browsers import Opened
from tests.support.replayed import discount_at, lived, oracle

pytestmark = pytest.mark.slow


def test_close_up_the_map_moves_with_the_agent(browser, tmp_path):
    run = lived(tmp_path, "--env", "grid", "--steps", 400)
    path = tmp_path / "grid.html"
    path.write_text(making.make_page([run.directory]), encoding="utf-8")
    phone = Opened(browser, path, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    seen = """(() => {
        const { view, mind } = page.panels[0];
        const [box, site] = [view.box, mind.told.site[mind.life.state]];
        const isIn = (at, from, span) => at - view.size / 2 >= from && at + view.size / 2 <= from + span;
        const sees = () => isIn(view.x(site), box.scrollLeft, box.clientWidth)
            && isIn(view.y(site), box.scrollTop, box.clientHeight);
        const [size, isLarger, isSeen] = [view.size, box.scrollWidth > box.clientWidth, sees()];
        box.scrollTo(box.scrollLeft > 0 ? 0 : 1e6, 1e6);
        return { size, isLarger, isSeen, isLost: !sees() };
    })()"""
    lost = 0
    for step in np.unique(run.trace["state"], return_index=True)[1][::8].tolist():
        phone.go(step)
        found = phone.page.evaluate(seen)
        assert found["size"] == 30
        assert found["isLarger"]
        assert found["isSeen"]
        lost += found["isLost"]
    assert lost > 1
    phone.page.locator("#layers label", has_text="close up").click()
    phone.settle()
    assert phone.page.evaluate(seen)["size"] < 30
    assert not phone.page.evaluate(seen)["isLarger"]
    phone.page.close()


@pytest.fixture(scope="module")
def tower(tmp_path_factory):
    """A run in a map that is 60 cells high and 3 wide, and its page."""
    folder = tmp_path_factory.mktemp("tower")
    (folder / "tower.txt").write_text("S..\n" + "...\n" * 59)
    run = lived(folder, "--map", folder / "tower.txt", "--steps", 300)
    path = folder / "tower.html"
    path.write_text(making.make_page([run.directory]), encoding="utf-8")
    return run, path


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_the_curve_is_in_sight_below_the_highest_map(browser, tower, width, height):
    run, path = tower
    opened = Opened(browser, path, viewport={"width": width, "height": height})
    sight = """(() => {
        const [map, curve, clock] = ["#lives .map", "#curve", "#clock"].map((each) =>
            document.querySelector(each).getBoundingClientRect());
        const isFixed = getComputedStyle(byId("clock")).position === "fixed";
        const end = isFixed ? clock.top : innerHeight;
        return { map: map.top, between: curve.top - map.bottom, curve: curve.bottom, end };
    })()"""
    for _ in range(2):  # close up, and as a whole
        seen = opened.page.evaluate(sight)
        assert seen["map"] >= 0
        assert seen["between"] > 0
        assert seen["curve"] <= seen["end"]
        opened.page.locator("#layers label", has_text="close up").click()
        opened.settle()
    assert opened.page.evaluate("document.documentElement.scrollWidth") == width
    opened.go(300)
    lowest = int(run.trace["next_state"].max())
    opened.click(lowest)
    assert f"row {lowest // 3}, column {lowest % 3}" in opened.page.locator("#answer h2").inner_text()
    opened.page.close()
    assert not opened.faults


def test_curves_of_all_are_of_the_same_even_where_one_truth_is_unknown(browser, tmp_path):
    known = lived(tmp_path, "--env", "river-swim", "--steps", 100)
    unknown = lived(tmp_path, "--env", "MountainCar-v0", "--bins", 6, "--steps", 100)
    path = tmp_path / "both.html"
    path.write_text(making.make_page([known.directory, unknown.directory]), encoding="utf-8")
    opened = Opened(browser, path)
    assert "nats" in opened.page.locator("#curve").get_attribute("aria-label")
    shown = opened.page.evaluate("page.curve.missing.map((each) => Array.from(each))")
    for run, values in zip((known, unknown), shown, strict=True):
        np.testing.assert_allclose(values, run.metrics["expected_missing_information_nats"], rtol=1e-6)
    opened.page.close()
    assert not opened.faults


def test_slips_are_told_and_do_not_hide_what_is_best(browser, tmp_path):
    run = lived(tmp_path, "--env", "FrozenLake8x8-v1", "--steps", 500)
    path = tmp_path / "lake.html"
    path.write_text(making.make_page([run.directory]), encoding="utf-8")
    opened = Opened(browser, path)
    page = opened.page
    after = """page.panel.mind.turns.filter((step) => {
        const { belief, life } = page.panel.mind;
        life.goTo(step);
        belief.look();
        return aStepAgo(belief, missOf);
    })"""
    again = []
    for step in page.evaluate(after)[:12]:
        opened.go(step)
        told = page.locator("#answer").inner_text()
        assert "back to where it came from" in told
        is_sought = page.evaluate("""(() => {
            const { mind } = page.panel;
            const miss = aStepAgo(mind.belief, missOf);
            return miss.chance > 0.5 && mind.way.includes(miss.expected);
        })()""")
        assert is_sought == ("It tries again after a s" in told)
        again.append(is_sought)
        if not is_sought:
            continue
        chance, place = page.evaluate(
            """(() => {
                const { mind } = page.panel;
                const { chance, expected } = aStepAgo(mind.belief, missOf);
                return [share(chance), placeName(mind.told, mind.places, expected)];
            })()"""
        )
        meant = f"(meant to go|expected to come|(meant|expected) to stay) (to|in) {place}, believed with {chance}"
        assert re.search(meant, told)
    assert True in again
    assert False in again
    page.locator("#layers label", has_text="way ahead").click()
    opened.settle()
    inks = page.evaluate("""(() => {
        const { view, mind } = page.panels[0];
        const { life, told } = mind;
        const sites = [...new Set(Array.from({ length: 20 }, (_, k) => told.site[life.stateAt(life.now - 1 - k)]))];
        const context = view.canvas.getContext("2d");
        return sites.filter((site) => site !== told.site[life.state] && view.bestAt(site) >= 0).map((site) => {
            return [...context.getImageData(view.x(site) - 0.5, view.y(site) - 0.5, 1, 1).data].slice(0, 3).join();
        });
    })()""")
    assert len(inks) > 2
    assert set(inks) <= {"38,43,51", "255,255,255"}  # of arrows, not of the trail
    assert opened.faults == []
    opened.page.close()


@pytest.mark.parametrize(
    "words", [("--env", "river-swim", "--steps", 60), ("--env", "lock", "--steps", 80, "--agent", "psrl")]
)
def test_worlds_without_a_map_are_drawn(browser, words, tmp_path, capsys):
    run = lived(tmp_path, *words, "--steps", 60)
    assert main([str(run.directory), "--quiet"]) == 0
    path = run.directory / "replay.html"
    assert capsys.readouterr().out.split() == [str(path)]
    opened = Opened(browser, path)
    opened.go(50)
    assert opened.page.evaluate("page.minds[0].places.is_graph")
    opened.click(int(run.trace["state"][10]))
    assert opened.page.locator("#decision tbody tr").count() == run.trace["final_visits"].shape[1]
    assert opened.faults == []
    opened.page.close()


def test_a_rare_door_is_what_is_hoped_for(browser, tmp_path):
    """Of the arms, which mostly lead back, one is worth what is behind its door: the largest part of its value."""
    run = lived(tmp_path, "--env", "six-arms", "--steps", 3000)
    path = tmp_path / "arms.html"
    path.write_text(making.make_page([run.directory]), encoding="utf-8")
    opened = Opened(browser, path)
    opened.go(3000)
    truth = oracle(run, 3000)
    behind = int(truth["states"][np.argmax(truth["value"])])
    assert behind != run.trace["next_state"][-1]
    assert f"It hopes most for state {behind}: " in opened.page.locator("#answer").inner_text()
    assert opened.page.evaluate("page.panels[0].view.size") > 80
    stays = opened.page.evaluate("page.panel.answer.reasons.findIndex(({ terms }) => terms[0].successor === 0)")
    assert int(truth["states"][0]) == opened.page.evaluate("page.panel.mind.told.state[page.panel.mind.asked]")
    opened.page.locator("#decision tbody tr").nth(stays).click()
    opened.settle()
    detail = opened.page.locator("#detail").inner_text()
    assert "the value of staying here" in detail
    assert f"the value of state {truth['states'][0]}" not in detail
    opened.page.close()


def test_the_clause_that_holds_here_and_changes_of_the_lead_are_told(browser, tmp_path):
    run = lived(tmp_path, "--env", "four-rooms", "--prior", "structured", "--steps", 400)
    path = tmp_path / "rules.html"
    path.write_text(making.make_page([run.directory]), encoding="utf-8")
    opened = Opened(browser, path)
    opened.go(400)
    page = opened.page
    changes = run.summary["rules"]["lead_changes"]
    after = f"after step{'s' * (len(changes) > 1)} {changes[0]}"
    assert f"Dotted on the curve: the rules take the lead, or lose it, {after}" in page.locator("#leads").inner_text()
    opened.go(300)
    told = page.locator("#detail").inner_text()
    assert f"A step later counts {discount_at(run, 300):g} of a step sooner" in told
    assert re.search(r"the rule it has learnt\s+Here, with [\d.>< ]+ %: \w", told)
    weights = page.evaluate("""(() => {
        const { belief, life } = page.panel.mind;
        const clauses = Array.from({ length: 4 * belief.numKnown }, (_, pair) => belief.clauseOf(pair));
        return clauses.map((each) => each && each.weight);
    })()""")
    assert all(weight is None or 0.2 < weight <= 1 for weight in weights)
    assert sum(weight is not None for weight in weights) > 100
    assert "here and there" not in page.evaluate("page.panel.mind.belief.moment.clauses.flat()").__str__()
    opened.go(5)
    assert not page.evaluate("page.panel.mind.belief.isRuled")
    assert re.search(r"\d % missing · [\d.]+ % of pairs tried · \d+ states seen", page.locator(".life h2").inner_text())
    assert opened.faults == []


def test_a_state_never_seen_that_rules_foretell_is_told_by_its_name(browser, tmp_path):
    run = lived(tmp_path, "--env", "four-rooms", "--prior", "structured", "--steps", 400)
    path = tmp_path / "rules.html"
    path.write_text(making.make_page([run.directory]), encoding="utf-8")
    opened = Opened(browser, path)
    page = opened.page
    foretold = """(() => {
        const { mind, answer } = page.panel;
        if (!answer) return null;  // of no moment yet
        const { terms } = answer.reasons[answer.taken];
        const [surest] = terms;
        const isVague = terms.some((each) => isNaN(each.successor) && each.probability > surest.probability);
        const isNew = surest.successor >= mind.belief.numKnown && !isVague;
        const end = mind.way[mind.goal];
        const name = (state) => placeName(mind.told, mind.places, state);
        const told = isNew ? [name(surest.successor), share(surest.probability)] : [null, null];
        return [...told, end >= mind.belief.numKnown ? name(end) : null];
    })()"""
    headed = old = 0
    for step in range(40, 400, 3):
        opened.go(step)
        names = page.evaluate(foretold)
        if names is None:
            continue
        place, chance, end = names
        told = page.locator("#answer").inner_text()
        assert (f"it leads to {place}, never seen, with {chance}" in told) == bool(place)
        assert (f"Heading for {end}, " in told and "which was never seen" in told) == bool(end)
        assert ("never seen; by the rules" in page.locator("#detail").inner_text()) >= bool(place)
        headed += bool(end)
        if "Beliefs are those after" in told:  # a loss bound of now says nothing of them
            assert "may be worth up to" not in told
            old += "by the beliefs shown, best would be" in told
    assert headed > 3
    assert old > 0
    assert opened.faults == []


def test_a_world_of_doors_is_drawn_whole_with_what_stands_there_and_where_the_agent_looks(browser, tmp_path):
    pytest.importorskip("minigrid")
    run = lived(tmp_path, "--env", "MiniGrid-DoorKey-5x5-v0", "--steps", 200)
    things = run.trace["world_things"]
    assert things.shape == (5, 5)
    assert sorted(things[things != ""].tolist()) == ["door", "goal", "key", *["wall"] * 18]
    path = tmp_path / "doors.html"
    path.write_text(making.make_page([run.directory]), encoding="utf-8")
    opened = Opened(browser, path)
    page = opened.page
    goal = np.flatnonzero(things.ravel() == "goal")[0]
    at_once = page.evaluate(
        """(goal) => {
        const { view } = page.panels[0];
        const { places } = view;
        const site = Array.from(places.row).findIndex((row, k) => row * 5 + places.column[k] === goal);
        const corner = [view.x(site), view.y(site)].map((at) => view.ratio * (at - view.size / 2 + 1));
        const pixel = view.canvas.getContext("2d").getImageData(...corner.map(Math.round), 1, 1).data;
        return [view.sitesSeen()[site], `rgb(${[...pixel].slice(0, 3).join(", ")})`];
    }""",
        int(goal),
    )
    ink = page.evaluate("getComputedStyle(document.body).color")
    assert at_once == [0, ink]  # it was not seen, and there is its letter's ground
    opened.go(100)
    assert page.evaluate("page.minds[0].places.shape") == [5, 5]
    assert page.locator("#caption").inner_text().startswith("dark: wall; ")
    assert {"D: door", "K: key", "G: goal"} <= set(page.locator("#caption").inner_text().split("; "))
    assert re.search(r"row \d, column \d, direction (right|down|left|up)", page.locator("#answer h2").inner_text())
    moved = page.evaluate("""(() => {
        const { life, told } = page.minds[0];
        const at = (array, state) => [...array.subarray(2 * state, 2 * state + 2)];
        const found = [];
        for (let step = 0; step < life.steps; step++) {
            life.goTo(step);
            const [from, to] = [life.state, life.successor[told.taken[step]]];
            const [here, there] = [at(told.position, from), at(told.position, to)];
            if (told.actions[life.action] === "forward" && here.join() !== there.join()) {
                found.push([there[0] - here[0], there[1] - here[1]].join() === at(told.facing, from).join());
            }
        }
        return found;
    })()""")
    assert len(moved) > 5
    assert all(moved)  # whoever goes forward goes where it looks
    assert opened.faults == []
