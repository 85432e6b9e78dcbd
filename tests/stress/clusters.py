"""A sweep on a cluster, workers and scheduler killed: `python -m tests.stress.clusters --lives 100 --kills 20`.

Afterwards all lives are there, equal to those that were played here; no process is left, and no port is open beyond the
loopback address.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PLAN = """
seeds = {seeds}
steps = 3000
agents = ["curious", "random"]
env = ["lock", "river-swim"]
"""
LOOPBACK = "127.0.0.1"
LONGEST = 900.0
"""Seconds by which a sweep must have ended."""


def sweep(plan: Path, out: Path, *more: str) -> "subprocess.Popen[str]":
    """Start a sweep."""
    command = [sys.executable, "-m", "agent.sweep", str(plan), "--out", str(out), *more]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def curves(out: Path) -> dict[str, bytes]:
    """Return what the comparisons of a sweep hold, to the byte."""
    return {path.parent.name: path.read_bytes() for path in out.glob("compare-*/curves.npz")}


def children(parent: int) -> list[int]:
    """Return the processes below a process."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it is gone
            continue
        if int(fields[1]) == parent:
            found += [int(stat.parent.name), *children(int(stat.parent.name))]
    return found


def workers(parent: int) -> list[int]:
    """Return the worker processes of a cluster below a process."""
    return [pid for pid in children(parent) if b"spawn_main" in _command(pid)]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def listening(pids: list[int]) -> set[str]:
    """Return the IPv4 addresses beyond the loopback one on which some of these processes listen."""
    inodes = set()
    for pid in pids:
        for link in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                inodes.add(os.readlink(link).removeprefix("socket:[").removesuffix("]"))
            except OSError:
                continue
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    open_ones = {row[1] for row in rows if row[3] == "0A" and row[9] in inodes}
    return {address for address in open_ones if not address.startswith("0100007F")}


def kill_workers(process: "subprocess.Popen[str]", out: Path, number: int) -> tuple[int, set[str]]:
    """Kill workers of a sweep, one whenever a life was finished; gives how many, and open addresses that were seen."""
    killed, seen, begin, kept = 0, set[str](), time.monotonic(), 0
    _wait_for(out, 1)
    while process.poll() is None and time.monotonic() - begin < LONGEST:
        there = workers(process.pid)
        seen |= listening([process.pid, *there])
        now = len(list(out.glob(".lives/*")))
        if killed < number and there and now > kept:
            os.kill(there[killed % len(there)], signal.SIGKILL)
            killed, kept = killed + 1, now
        time.sleep(0.2)
    return killed, seen


def on_own_scheduler(plan: Path, out: Path) -> None:
    """Let a sweep lose its scheduler, and go on with another one."""
    for is_killed in (True, False):
        address = f"tcp://{LOOPBACK}:8799"
        scheduler = _dask("scheduler", "--host", LOOPBACK, "--port", "8799", "--dashboard-address", f"{LOOPBACK}:0")
        helper = _dask("worker", address, "--nworkers", "2", "--nthreads", "1", "--host", LOOPBACK, "--no-dashboard")
        try:
            time.sleep(5.0)
            process = sweep(plan, out, "--cluster", address)
            if is_killed:
                _wait_for(out, 5)
                scheduler.kill()
            _, errors = process.communicate(timeout=LONGEST)
            assert (process.returncode != 0) is is_killed, errors
            print(
                f"scheduler {'killed' if is_killed else 'kept'}: status {process.returncode}, {errors.strip()[-120:]}"
            )
        finally:
            for each in (helper, scheduler):
                for pid in [*children(each.pid), each.pid]:
                    os.kill(pid, signal.SIGKILL)
                each.wait()


def _dask(*words: str) -> "subprocess.Popen[bytes]":
    quiet = subprocess.DEVNULL
    return subprocess.Popen([sys.executable, "-m", "dask", *words], stdout=quiet, stderr=quiet)


def _wait_for(out: Path, number: int) -> None:
    begin = time.monotonic()
    while len(list(out.glob(".lives/*"))) < number and time.monotonic() - begin < LONGEST:
        time.sleep(0.05)


def main(arguments: list[str] | None = None) -> int:
    """Kill, compare and tell; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress.clusters", description=__doc__)
    parser.add_argument("--lives", type=int, default=100)
    parser.add_argument("--kills", type=int, default=20)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        root, plan = Path(folder), Path(folder, "plan.toml")
        plan.write_text(PLAN.format(seeds=-(-asked.lives // 4)), encoding="utf-8")
        here = sweep(plan, root / "here")
        assert here.wait() == 0
        process = sweep(plan, root / "cluster", "--cluster", "local", "--workers", "2")
        killed, seen = kill_workers(process, root / "cluster", asked.kills)
        errors = process.communicate()[1]
        print(f"{killed} workers killed: status {process.returncode}, {errors.strip()[-200:]}")
        if process.returncode:  # a life that took four with it is set aside, and played by the same command
            assert "workers with it" in errors, errors
            assert sweep(plan, root / "cluster", "--cluster", "local").wait() == 0
        on_own_scheduler(plan, root / "lost")
        results = {name: curves(root / name) for name in ("here", "cluster", "lost")}
        same = results["cluster"] == results["here"] == results["lost"] != {}
        left = [pid for pid in children(1) if b"distributed" in _command(pid) or b"dask" in _command(pid)]
        print(f"equal: {same}; processes left: {left}; listening beyond loopback: {seen or 'none'}")
    return 0 if same and not left and not seen else 1


if __name__ == "__main__":
    sys.exit(main())
