"""Lives on a cluster of Dask: an executor beside threads and processes.

A life is a task of its own, fixed by its digest. A worker writes it where all lives are kept, if it sees that disk, and
hands it back otherwise. Where a worker is killed, Dask plays its life elsewhere; a life that takes four workers with it
is given up, and named. If the scheduler is lost, nothing that was finished is: the same command goes on.

Dask's connections carry pickled objects: whoever can connect can run code. The cluster that is made here listens on the
loopback address alone. For one that listens elsewhere, use the TLS of Dask (`tls://` addresses, `distributed.comm.tls`
in its configuration).
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from logging import CRITICAL, getLogger
from typing import Any

from ..experiments.executors import SECONDS_BETWEEN_LOOKS, Executor, Finished, LostError, Task, live, told
from ..experiments.kept_lives import Answer, Life, digest_of_code
from ..interruption import Interruption

LOCAL = "local"
LOOPBACK = "127.0.0.1"
LOST = "the scheduler was lost; what was finished is kept, and the same command goes on"
GONE = "the workers of this machine do not come back; what was finished is kept, and the same command goes on"
PATIENCE = 60.0
"""Seconds without any worker on this machine: one that is killed while it starts may not be started again."""
LONE = 5.0
"""Seconds without any worker after which somebody else's scheduler is said to have none."""
LONELY = "no worker is at the scheduler {0}: start some, `dask worker {0}`; waiting for one"
SETTINGS: Mapping[str, Any] = {
    "distributed.scheduler.allowed-failures": 3,
    "distributed.worker.daemon": True,
    "distributed.worker.memory.terminate": False,
}


@contextmanager
def on_cluster(address: str, workers: int | None, tell: Callable[[str], None]) -> Iterator[Executor]:
    """Connect to a cluster, or make one.

    Args:
        address: of a scheduler, such as `tcp://127.0.0.1:8786`; `local`: one is made on this machine.
        workers: of the one that is made; None: one a core.
        tell: called with a sentence when lives wait for a worker.

    Raises:
        ValueError: Dask is not installed, or nothing answers at this address.
        LostError: workers do not start on this machine.
    """
    try:
        import dask.config
        import distributed
    except ImportError:
        raise ValueError("--cluster: needs Dask, which is not installed: pip install 'blackswan-rl[cluster]'") from None
    from ..simulation.simulate import num_cores

    getLogger("distributed.client").setLevel(CRITICAL)  # what goes wrong is told in a line
    with dask.config.set(SETTINGS):
        if address == LOCAL:
            with _made_here(workers or num_cores()) as cluster, distributed.Client(cluster) as client:
                yield _executor(client, PATIENCE, lambda: None)
            return
        try:
            client = distributed.Client(address, timeout="10s")
        except (OSError, TimeoutError, ValueError) as error:
            raise ValueError(f"--cluster: no scheduler of Dask answers at {address!r}: {error}") from error
        with client:
            yield _executor(client, math.inf, lambda: tell(LONELY.format(address)))


def _made_here(workers: int) -> Any:
    """Make a cluster on this machine.

    Raises:
        LostError: its workers do not start.
    """
    from distributed import LocalCluster

    where = {"host": LOOPBACK, "dashboard_address": f"{LOOPBACK}:0", "worker_dashboard_address": None}
    try:
        return LocalCluster(n_workers=workers, threads_per_worker=1, silence_logs=CRITICAL, **where)
    except (OSError, RuntimeError, TimeoutError) as error:
        why = error.__cause__ or error
        raise LostError(f"--cluster local: its workers did not start ({why}); the same command goes on") from error


def _executor(client: Any, patience: float, say: Callable[[], None]) -> Executor:
    """Return what plays lives on the workers of a client, which may all be gone for so many seconds.

    Args:
        client: of the scheduler.
        patience: how many.
        say: called once they have been gone for a while, and again if they come and go.
    """
    from distributed import as_completed

    def play(tasks: Sequence[Task], _: int, interruption: Interruption, is_patient: bool) -> Finished:
        code = digest_of_code()
        places = {task[0].kept.digest(*task[1:]): place for place, task in enumerate(tasks)}
        waiting = [*reversed(places)]
        pending, seen, is_said = as_completed(), time.monotonic(), False
        try:
            while (waiting or not pending.is_empty()) and not interruption.requested:
                if threads := _threads(client):
                    seen, is_said = time.monotonic(), False
                elif (gone := time.monotonic() - seen) > patience:
                    raise LostError(GONE)
                elif gone > LONE and not is_said:
                    say()
                    is_said = True
                # as many as are free: no life is blamed for a worker that it only waited for
                for _ in range(min(max(threads, 1) - pending.count(), len(waiting))):
                    key = waiting.pop()
                    pending.add(client.submit(_live, tasks[places[key]], is_patient, code, key=key, retries=0))
                if not pending.has_ready():
                    time.sleep(SECONDS_BETWEEN_LOOKS / 4)
                    continue
                for future in pending.next_batch(block=False):
                    yield places[future.key], _Ended(future, tasks[places[future.key]])
        finally:
            if interruption.requested:
                client.cancel([*pending.futures], force=True)

    return play


def _threads(client: Any) -> int:
    """Return how many threads the workers have.

    Raises:
        LostError: the scheduler was lost.
    """
    try:
        if client.status not in ("running", "connecting", "newly-created"):
            raise LostError(LOST)
        return sum(client.nthreads().values())
    except OSError as error:
        raise LostError(LOST) from error


class _Ended:
    """What a worker left of a life."""

    def __init__(self, future: Any, task: Task) -> None:
        self._future, self._task = future, task

    def result(self) -> Life | Answer | None:
        """Return the life, and keep it where the worker could not.

        Raises:
            ValueError: it could not go on, or took too many workers with it.
            LostError: the scheduler was lost.
        """
        from distributed import KilledWorker

        (_, kept), name, seed = self._task
        try:
            life = self._future.result()
        except KilledWorker as error:
            number = error.allowed_failures + 1
            raise ValueError(f"{told(self._task)}: it took {number} workers with it (out of memory?)") from error
        except CancelledError as error:
            raise LostError(LOST) from error
        if isinstance(life, tuple) and not kept.has(name, seed):
            kept.keep(name, seed, life)
        return life


def _live(task: Task, is_patient: bool, code: str) -> Life | Answer | None:
    """Play a life on a worker, which must run the same code."""
    if digest_of_code() != code:
        raise ValueError("a worker of the cluster runs another version of this package; install the same everywhere")
    return live(task, _never, is_patient)


def _never() -> bool:
    return False
