"""Checkpoints of a run: when they are made, of what, and which of them a run goes on from."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...checkpoints import files
from ...checkpoints.flattening import Flat, UnkeptError, flattened
from ...reports.formatting import format_number
from ...results import provenance, storage
from ...results.recorder import Recorder
from ...results.recording.blocks import columns_of
from ...results.recording.together import columns_together
from ..kept_lives import digest_of_code

NOT_OF_LIFE = ("steps", "map", "schema", "versions")
"""What of a configuration a longer run may have otherwise."""
SETTLED, TRACE = "settled", "trace.npz"
"""What a checkpoint has whose rows are in the trace of the finished run, and that."""
NOT_LONGER = "a run of {} steps cannot be made longer: it did not keep all that it recorded"
ROWS = "row."
"""What the names of columns begin with."""
SHARE = 0.01
"""Of a run's time that checkpoints take at most; where they are asked for without a pause, no share is kept."""


class Kept(NamedTuple):
    """A run as it was when a checkpoint was made.

    Attributes:
        path: the checkpoint.
        life: what is JSON of it.
        arrays: what is not.
    """

    path: Path
    life: dict[str, Any]
    arrays: dict[str, NDArray[Any]]

    @property
    def num_steps(self) -> int:
        """Steps that were made."""
        return self.life["steps"]

    @property
    def is_thin(self) -> bool:
        """Whether its whole blocks were counted, and not kept in full."""
        return list(self.life["columns"]) != self.life["kept"]

    @property
    def row(self) -> np.dtype[Any]:
        """The type of what was recorded of a step."""
        return np.dtype(list(self.life["columns"].items()))

    @property
    def flat(self) -> Flat | None:
        """Agent, score and world, if they could be kept."""
        structure = self.life["structure"]
        return None if structure is None else (structure, self.arrays)

    def columns(self, row: np.dtype[Any]) -> Iterator[Mapping[str, NDArray[Any]]]:
        """Yield the columns of what was recorded, a block at a time.

        Raises:
            ValueError: a file is missing, or is not what was written.
        """
        if (settled := self.life.get(SETTLED)) is not None:
            paths = self.path.parents[1] / TRACE, self.path.with_name(settled["rest"])
            yield from columns_together(paths, row, settled["sizes"], settled["digests"])
        else:
            yield from columns_of(self.path.parent, self.life["blocks"], row[self.life["kept"]])
            yield self.tail(row)

    def tail(self, row: np.dtype[Any]) -> Mapping[str, NDArray[Any]]:
        """Return the columns since the last whole block."""
        return {name: self.arrays[ROWS + name] for name in row.names or ()}

    def check(self) -> None:
        """Refuse a checkpoint whose blocks are not, to the last byte, those that were written.

        Raises:
            ValueError: one line naming the file.
        """
        for _ in self.columns(self.row):
            pass


@dataclass
class Saving:
    """Checkpoints of one run.

    Attributes:
        directory: of the run.
        config: its configuration.
        seconds: between two checkpoints.
        is_renewed: whether the run starts from nothing, whatever is there.
        tell: called with a sentence that a person should know.
        is_quiet: whether it goes without saying from where the run goes on.
    """

    directory: Path
    config: Mapping[str, Any]
    seconds: float
    is_renewed: bool
    tell: Callable[[str], None]
    is_quiet: bool = False
    _last: float = field(default_factory=time.monotonic)
    _is_first: bool = True
    _is_at_fault: bool = False

    @cached_property
    def identity(self) -> dict[str, str]:
        """What tells the life of the configuration, and the code that leads it."""
        made_by = json.dumps([provenance.versions(self.config["env"]), digest_of_code()], sort_keys=True)
        texts = {"config": _of_life(self.config), "made_by": made_by}
        return {name: sha256(text.encode()).hexdigest() for name, text in texts.items()}

    @property
    def folder(self) -> Path:
        """Where the checkpoints are."""
        return self.directory / files.FOLDER

    def found(self) -> Kept | None:
        """Return what the run can go on from: its own newest checkpoint, or that of a shorter run; None if nothing."""
        if self.is_renewed:
            return None
        own = self._newest(self.folder, self.tell)
        if own is not None:
            return own
        for steps, folder in sorted(self._shorter(), reverse=True):
            kept = self._newest(folder, lambda _: None)
            if kept is not None and kept.num_steps <= self.config["steps"]:
                return kept
            if "trace_columns" in self.config or self.config.get("trace_every") == 0:
                self.tell(f"{self.config['agent']}: {NOT_LONGER.format(steps)}")
                return None
        return None

    def is_due(self) -> bool:
        """Tell whether it is time for a checkpoint."""
        return time.monotonic() - self._last >= self.seconds

    def save(self, agent: Any, recorder: Recorder, world: Mapping[str, Any] | None, seconds: list[float]) -> None:
        """Make a checkpoint; where it cannot be written, say so once, and go on.

        Args:
            agent: after the latest step.
            recorder: of the run.
            world: where the world stands, if it can be put there.
            seconds: that the run took so far.
        """
        started, truth = time.monotonic(), recorder.truth
        whole = {"agent": agent, "truth": None if truth is None else truth.kept(), "world": world}
        if recorder.is_thin:
            whole["tally"] = recorder.tally
        try:
            structure, arrays = flattened(whole, [agent.model.prior])
            why = None
        except UnkeptError as error:
            structure, arrays, why = None, {}, str(error)
        tail = recorder.tail()
        rows = {ROWS + name: column for name, column in tail.items()}
        life = {
            **self.identity,
            "steps": recorder.num_steps,
            "planned": recorder.num_planned,
            "structure": structure,
            "why": why,
            "columns": {name: column.dtype.str for name, column in tail.items()},
            "kept": list(recorder.kept),
            "seconds": seconds,
        }
        try:
            life["blocks"] = recorder.blocks.files
            names = [name for name, _ in recorder.blocks.files]
            files.write(self.folder, life, {**arrays, **rows}, False, names, self._is_first)
        except (OSError, MemoryError) as error:
            if not self._is_at_fault:
                self.tell(f"{self.folder}: no checkpoint can be written: {getattr(error, 'strerror', None) or error}")
            self._is_at_fault = True
        else:
            self._is_first = False
        now = time.monotonic()
        self._last = now + max(0.0, (now - started) / SHARE - self.seconds) if self.seconds > 0 else now

    def goes_on(self, kept: Kept) -> None:
        """Say from where the run goes on; its checkpoints are added to those that are there."""
        self._is_first = kept.path.parent != self.folder
        if self.is_quiet:
            return
        done, planned = format_number(kept.num_steps), format_number(self.config["steps"])
        how = "going on from" if kept.flat is not None else "living again"
        why = f" ({kept.life['why']})" if kept.flat is None else ""
        of = "" if kept.path.parent == self.folder else f" of {kept.path.parent.parent}"
        self.tell(f"{self.config['agent']}: {how} step {done} of {planned}, as kept in {kept.path.name}{of}{why}")

    def _newest(self, folder: Path, tell: Callable[[str], None]) -> Kept | None:
        """Read the newest checkpoint in a folder that is whole, and of this configuration and version."""
        identity, told = self.identity, set[str]()
        for path in files.names(folder):
            try:
                kept = Kept(*files.read(path))
                if kept.life.get("config") != identity["config"]:
                    return None
                if kept.life.get("made_by") != identity["made_by"]:
                    tell(f"{path}: another version of the code made it; starting again")
                    return None
                kept.check()
            except ValueError as error:
                if f"{error}" not in told:  # two checkpoints may need the same file
                    tell(f"{error}; an earlier checkpoint is taken, if there is one")
                told.add(f"{error}")
            else:
                return kept
        return None

    def _shorter(self) -> Iterator[tuple[int, Path]]:
        """Yield the steps and the checkpoints of runs of this configuration that were to be shorter."""
        own = _of_life(self.config)
        for directory in self.directory.parent.glob(f"{_escaped(self.directory.name[:-8])}????????"):
            with suppress(ValueError):
                config = storage.read_json(directory / "config.json")
                steps = config.get("steps")
                if type(steps) is int and steps < self.config["steps"] and _of_life(config) == own:
                    yield steps, directory / files.FOLDER


def _escaped(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _of_life(config: Mapping[str, Any]) -> str:
    return json.dumps({name: each for name, each in config.items() if name not in NOT_OF_LIFE}, sort_keys=True)
