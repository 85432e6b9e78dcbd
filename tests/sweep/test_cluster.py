"""A cluster that is lost is told in a line, instead of being waited for."""

from types import SimpleNamespace

import pytest

from agent.experiments.executors import LostError
from agent.sweep import cluster


class _NothingYet:
    """Futures of which none was sent."""

    def is_empty(self):
        return True

    def count(self):
        return 0


def test_workers_that_do_not_come_back_are_told(monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(distributed, "as_completed", _NothingYet)
    task = SimpleNamespace(kept=SimpleNamespace(digest=lambda *_: "digest")), "curious", 0
    going = SimpleNamespace(requested=False)
    for client, told in ((SimpleNamespace(status="running", nthreads=dict), "do not come back"),
                         (SimpleNamespace(status="closed", nthreads=dict), "scheduler was lost")):  # fmt: skip
        with pytest.raises(LostError, match=told):
            next(cluster._executor(client, -1.0, lambda: None)([task], 1, going, True))


class _NothingDone(_NothingYet):
    """Futures that were sent, of which none is done."""

    futures = ()

    def is_empty(self):
        return False

    def has_ready(self):
        return False

    def add(self, future):
        pass


def test_a_scheduler_without_workers_is_told_once_and_waited_for(monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(distributed, "as_completed", _NothingDone)
    monkeypatch.setattr(cluster, "LONE", -1.0)
    task = SimpleNamespace(kept=SimpleNamespace(digest=lambda *_: "digest")), "curious", 0
    going, told, workers = SimpleNamespace(requested=False), [], iter([{}, {}, {"it": 1}, {}, {}])

    def nthreads():
        found = next(workers, None)
        going.requested = found is None
        return found or {}

    client = SimpleNamespace(
        status="running", nthreads=nthreads, submit=lambda *_, **__: None, cancel=lambda *_, **__: 0
    )
    play = cluster._executor(client, float("inf"), lambda: told.append("none"))
    assert list(play([task], 1, going, True)) == []
    assert len(told) == 2  # once before a worker came, and once after it went
