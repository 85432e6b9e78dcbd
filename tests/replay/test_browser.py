"""The page in a real browser: nothing goes wrong, nothing is asked for, and what it says is what Python says."""

import numpy as np
import pytest

from agent.replay import making
from agent.replay.page import page_of
from agent.replay.showing import Framed
from tests.support.browsers import Opened
from tests.support.replayed import lived, oracle

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    out, words = tmp_path_factory.mktemp("runs"), ("--env", "four-rooms", "--steps", 500)
    return [lived(out, *words, "--agent", agent) for agent in ("curious", "random")]


@pytest.fixture(scope="module")
def file(runs, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "two lives.html"
    path.write_text(making.make_page([run.directory for run in runs]), encoding="utf-8")
    return path


@pytest.fixture
def opened(browser, file):
    each = Opened(browser, file)
    yield each
    each.page.close()
    assert each.faults == []
    assert each.requests == [file.resolve().as_uri()]


def test_three_clicked_decisions_are_those_of_python(opened, runs):
    truth = oracle(runs[0], 333)
    opened.go(333)
    visited = [int(state) for state in truth["states"] if truth["model"].visits(state).sum() > 0]
    for state in (visited[0], visited[5], visited[-1]):
        opened.click(state)
        answer = opened.page.evaluate(
            "({ asked: page.panel.mind.told.state[page.panel.mind.asked], ...page.panel.answer })"
        )
        assert answer["asked"] == state
        place = int(np.flatnonzero(truth["states"] == state)[0])
        first, scale = place * truth["model"].num_actions, np.abs(truth["value"]).max()
        for reason in answer["reasons"]:
            pair = first + reason["action"]
            assert abs(reason["q"] - truth["q"][pair]) < 1e-9 * scale
            assert abs(reason["gain"] - truth["gain"][pair]) < 1e-12
            assert reason["visits"] == truth["visits"][pair]
        rows = opened.page.locator("#decision tbody tr").all_inner_texts()
        assert len(rows) == truth["model"].num_actions
        for row, reason in zip(rows, answer["reasons"], strict=True):
            told = row.replace("\u202f", "").split()
            assert f"{reason['visits']}" in told
            worth = [float(word) for word in told if word.replace(".", "").isdigit()][2]
            assert abs(worth - reason["q"]) < 1e-3 * abs(reason["q"])


def test_the_agents_decisions_are_shown_and_explained(opened, runs):
    opened.go(200)
    action = int(runs[0].trace["action"][200])
    assert "taken" in opened.page.locator("#decision tbody tr").nth(action).inner_text()
    told = opened.page.locator("#answer").inner_text()
    assert "It goes for" in told
    assert "Believed about" in told
    assert "Heading for" in told
    opened.page.keyboard.press("a")
    opened.settle()
    assert "does not plan" in opened.page.locator("#answer").inner_text()


def test_it_is_worked_by_keys(opened):
    page = opened.page
    page.keyboard.press("ArrowRight")
    opened.wait(1)
    page.keyboard.press("Shift+ArrowRight")
    opened.wait(101)
    page.keyboard.press("ArrowLeft")
    opened.wait(100)
    page.keyboard.press("End")
    opened.wait(500)
    page.keyboard.press("Home")
    opened.wait(0)
    page.keyboard.press("l")
    level = min(page.evaluate("page.clock.levels"))
    opened.wait(level)
    page.keyboard.press("1")
    assert page.locator("input[value=visits]").is_checked()
    page.keyboard.press("Space")
    page.wait_for_selector('#answer[aria-live="off"]')
    page.wait_for_selector(f'body:not([data-step="{level}"])', state="attached")
    page.keyboard.press("Space")
    page.wait_for_selector('#answer[aria-live="polite"]')
    assert not page.evaluate("page.clock.isPlaying")
    assert page.evaluate("page.clock.now") > level


def test_time_goes_back_as_it_went_on(opened):
    opened.go(500)
    opened.go(123)
    there = opened.page.evaluate("page.panel.answer.reasons.map(({ q }) => q)")
    opened.go(0)
    opened.go(123)
    assert opened.page.evaluate("page.panel.answer.reasons.map(({ q }) => q)") == pytest.approx(there, rel=1e-11)


def test_a_moment_looks_the_same_from_wherever_one_comes_to_it(opened):
    """Equally good actions are many, early in a life: of them the page takes the first, whatever it planned before."""
    for step in (20, 60, 140):
        seen = []
        for way in (0, 500, step + 3, step - 1):
            opened.go(way)
            opened.go(step)
            seen.append((opened.page.inner_text("#why"), opened.page.evaluate("[...page.minds[0].plan.policy].join()")))
        assert seen == seen[:1] * 4


def test_what_came_of_a_step_is_told(opened, runs):
    trace = runs[0].trace
    for step in (0, 77, 499):
        opened.go(step)
        told = opened.page.locator("#answer").inner_text()
        came, stayed = "It then came to" in told or "It then slipped to" in told, "It then stayed where it was" in told
        assert stayed == (trace["state"][step] == trace["next_state"][step])
        assert came == (not stayed)
    opened.go(500)
    assert "It then" not in opened.page.locator("#answer").inner_text()


def test_an_action_that_is_not_taken_is_looked_at_until_the_agent_goes_on(opened, runs):
    opened.go(200)
    taken = int(runs[0].trace["action"][200])
    opened.page.locator("#decision tbody tr").nth(1 - taken if taken < 2 else 0).click()
    opened.settle()
    told = opened.page.locator("#answer").inner_text()
    assert "which is not what it does" in told
    assert "Heading for" not in told
    opened.go(201)
    assert "which is not what it does" not in opened.page.locator("#answer").inner_text()


def test_it_fits_a_phone_and_the_dark(browser, file):
    phone = Opened(browser, file, viewport={"width": 360, "height": 740}, color_scheme="dark")
    assert phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    background = phone.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(int(part) for part in background[4:-1].split(",")) < 150
    parts = "['world', 'why', 'curve', 'clock'].map((id) => byId(id).getBoundingClientRect().toJSON())"
    world, why, curve, clock = phone.page.evaluate(parts)
    assert 0 <= curve["top"] - world["bottom"] < 30
    assert why["top"] >= curve["bottom"]
    assert (clock["bottom"], clock["right"]) == (740, 360)
    assert clock["height"] < 100
    assert phone.faults == []
    phone.page.close()


def test_a_jump_follows_the_agent_again(opened, runs):
    page = opened.page
    first = min(page.evaluate("page.clock.levels"))
    level = min(step for run in runs for step in run.summary["steps_to_fraction"].values() if step)
    assert first == level
    assert page.locator("#level").inner_text() == "50 % missing: curious"
    for key, times in (("l", "page.clock.levels"), ("b", "page.panel.mind.turns")):
        opened.click(int(runs[0].trace["state"][0]))
        opened.go(0)
        assert not page.evaluate("page.panel.mind.follows")
        page.keyboard.press(key)
        opened.wait(min(page.evaluate(times)))
        assert page.evaluate("page.panel.mind.follows")
    page.keyboard.press("b")
    opened.wait(page.evaluate("page.panel.mind.turns[1]"))
    page.keyboard.press("B")
    opened.wait(page.evaluate("page.panel.mind.turns[0]"))
    assert "back to where it came from" in page.locator("#answer").inner_text()
    page.locator("#turn").click()
    opened.wait(page.evaluate("page.panel.mind.turns[1]"))


def test_the_help_opens_beside_the_map(opened):
    page = opened.page
    where = "JSON.stringify(byId('lives').getBoundingClientRect())"
    before = page.evaluate(where)
    page.keyboard.press("?")
    assert page.locator("#about").is_visible()
    assert "turn back" in page.locator("#about").inner_text()
    assert page.evaluate(where) == before
    assert page.evaluate("byId('about').getBoundingClientRect().left >= byId('lives').getBoundingClientRect().right")
    page.keyboard.press("Escape")
    assert not page.locator("#about").is_visible()
    page.locator("#help").click()
    page.locator("#close").click()
    assert not page.locator("#about").is_visible()
    assert page.evaluate("document.activeElement.id") == "help"


def test_columns_of_numbers_have_equally_many_decimals(opened):
    for step in (40, 200, 499):
        opened.go(step)
        rows = [row.split("\t") for row in opened.page.locator("#decision tbody tr").all_inner_texts()]
        for cells in list(zip(*rows, strict=True))[1:]:
            assert len({len(cell.partition(".")[2]) for cell in cells if cell[-1].isdigit()}) <= 1


def test_names_from_outside_stay_text(browser, runs, tmp_path):
    life, places = making._told(runs[0], runs[:1], "</script><img src=x onerror=alert(1)>")
    path = tmp_path / "hostile.html"
    hostile = "</title><script>alert(1)</script>"
    path.write_text(page_of(hostile, [life], [places], ["<b>bold</b>"]), encoding="utf-8")
    opened = Opened(browser, path)
    assert opened.page.title() == hostile
    assert opened.page.locator("img, b").count() == 0
    assert opened.faults == []
    assert len(opened.requests) == 1
    opened.page.close()


def test_a_place_that_is_met_later_is_not_seen_yet(opened, runs):
    opened.go(5)
    opened.click(int(runs[0].trace["next_state"][-1]))
    assert "It has never been seen." in opened.page.locator("#answer").inner_text()


def test_it_plays_in_the_frame_that_a_notebook_gives_it(browser, file, tmp_path):
    path = tmp_path / "notebook.html"
    framed = Framed(file.read_text(encoding="utf-8"), 800)._repr_html_()
    path.write_text(f"<!DOCTYPE html><meta charset='utf-8'>{framed}", encoding="utf-8")
    page, faults = browser.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(path.resolve().as_uri())
    frame = page.frame_locator("iframe")
    frame.locator('body[data-step="0"]').wait_for(state="attached", timeout=30_000)
    frame.locator("#forward").click()
    frame.locator('body[data-step="1"]').wait_for(state="attached", timeout=30_000)
    assert faults == []
    page.close()
