"""What a person can ask `python -m agent.sweep` for."""

from dataclasses import dataclass
from typing import Annotated

import tyro

from ..experiments.options import INT, WORD, OptionalInt, OptionalStr, ResultOptions, Switch, otherwise


@dataclass(frozen=True, kw_only=True)
class SweepOptions(ResultOptions):
    """Options of `python -m agent.sweep`."""

    plan: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="FILE.toml", help_behavior_hint="")] = ""
    """The plan: which agents are compared in which worlds."""
    dry_run: Switch = False
    """List what would be played, and how long it would take; nothing is done."""
    shard: Annotated[OptionalStr, WORD, otherwise("all", "K/N")] = None
    """Play the k-th of n shares of the lives, for arrays of a batch system; the last one makes the result."""
    cluster: Annotated[OptionalStr, WORD, otherwise("none", "ADDRESS|local")] = None
    """Play on a cluster of Dask: the address of its scheduler; local: one that is made on this machine."""
    workers: Annotated[OptionalInt, INT, otherwise("one a core", "N")] = None
    """How many lives go on at once."""
