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
            next(cluster._executor(client, -1.0)([task], 1, going, True))
