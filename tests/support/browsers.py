"""Debian's Chromium, driven by Playwright; tests are skipped, saying so, where one of them is not there."""

import shutil
from contextlib import contextmanager

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium():
    """Give a browser."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is missing (extra [browser])")
    if CHROMIUM is None:
        pytest.skip("chromium is not on this machine")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


class Opened:
    """A page that was opened, and all that went wrong in it.

    Attributes:
        page: Playwright's.
        faults: errors of the console and of the script.
        requests: addresses that were asked for.
    """

    def __init__(self, browser, path, **options):
        self.page = browser.new_page(**{"viewport": {"width": 1280, "height": 900}} | options)
        self.faults, self.requests = [], []
        self.page.on("console", lambda told: self.faults.append(told.text) if told.type == "error" else None)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.resolve().as_uri())
        self.wait(0)

    def wait(self, step):
        """Wait until a step is shown, its plan solved."""
        self.page.wait_for_selector(f'body[data-step="{step}"]', state="attached", timeout=30_000)

    def go(self, step):
        """Go to a step."""
        self.page.evaluate(f"page.clock.goTo({step})")
        self.wait(step)

    def click(self, state, agent=0):
        """Click on the place of a state, by its number."""
        self.settle()
        spot = self.page.evaluate(
            """async ([agent, state]) => {
                const { view, mind } = page.panels[agent];
                const site = mind.told.site[mind.told.state.indexOf(state)];
                view.canvas.scrollIntoView();
                view.box.scrollTo(view.x(site) - view.box.clientWidth / 2, view.y(site) - view.box.clientHeight / 2);
                for (let k = 0; k < 3; k++) await new Promise(requestAnimationFrame);  // until the view has moved
                const box = view.canvas.getBoundingClientRect();
                return [box.left + view.x(site) - view.box.scrollLeft, box.top + view.y(site) - view.box.scrollTop];
            }""",
            [agent, state],
        )
        self.page.mouse.click(*spot)
        self.settle()

    def settle(self):
        """Wait until all that was asked for is shown."""
        self.page.evaluate(
            """new Promise((done) => {
                const look = () => (page.isStale ? requestAnimationFrame(look) : done());
                look();
            })"""
        )
