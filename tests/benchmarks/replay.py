"""What a replay page costs in Chromium: `python -m tests.benchmarks.replay [RUN ...]`.

Its size, the time until it can be used, and how long a frame keeps the browser busy while it plays: of a life of 20 000
steps in the default world, of four at once, or of the runs that are given; in a window of a desk, and on a phone with
three pixels a point. Frames of more than 16 ms would be seen.
"""

import argparse
import tempfile
from pathlib import Path

from agent.replay.making import make_page
from tests.support.browsers import Opened, chromium
from tests.support.replayed import lived

SPEEDS, SECONDS = (10, 100, 1000), 4
AGENTS = "curious", "random", "count", "greedy"
SCREENS = {
    "desk": {},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 3,
        "is_mobile": True,
        "has_touch": True,
    },
}


def measured(browser, path, screen):
    """Return kilobytes, milliseconds until the first plan is shown, and frames by speed: median and 95 %."""
    opened = Opened(browser, path, **screen)
    ready = opened.page.evaluate("page.readyAfter")
    row = [f"{path.stat().st_size / 1000:.0f} kB", f"ready after {ready:.0f} ms"]
    for speed in SPEEDS:
        opened.page.evaluate(f"page.clock.goTo(2000); page.clock.speed = {speed}; page.clock.play(true)")
        opened.page.wait_for_timeout(500)
        opened.page.evaluate("page.frames.length = 0")
        opened.page.wait_for_timeout(1000 * SECONDS)
        frames = sorted(opened.page.evaluate("page.frames"))
        middle, most = frames[len(frames) // 2], frames[int(0.95 * len(frames))]
        row.append(f"{speed} steps/s: {middle:.1f} ms a frame, 95 % within {most:.1f} ms")
        opened.page.evaluate("page.clock.play(false)")
    opened.page.close()
    assert not opened.faults
    return "; ".join(row)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "runs", nargs="*", metavar="RUN", type=Path, help="directory of a run; without any, four are made"
    )
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        if not runs:
            lives = [lived(folder, "--env", "grid", "--steps", 20_000, "--agent", agent).directory for agent in AGENTS]
        for chosen in [[each] for each in runs] if runs else [lives[:1], lives]:
            path = Path(folder, "replay.html")
            path.write_text(make_page(chosen), encoding="utf-8")
            for name, screen in SCREENS.items():
                print(f"{len(chosen)} agents, {name}: {measured(browser, path, screen)}", flush=True)


if __name__ == "__main__":
    main()
