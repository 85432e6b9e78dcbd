"""What an input may lead to: a result that keeps its promises, or a refusal in one line. All else is a finding."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from agent.belief import serialization
from agent.experiments.command_line import CommandError

REFUSALS = (ValueError, OSError, CommandError)


class BrokenPromiseError(AssertionError):
    """A promise that was not kept."""


class Refused(str):
    """The one line of a refusal."""


_described: dict[str, Any] = {}


def describe(**what: Any) -> None:
    """Keep what an input consists of, for the report of a finding."""
    _described.update(what)


def forget() -> None:
    """Begin with the next input."""
    _described.clear()


def described() -> str:
    """Return what the input consists of, as far as it was described."""
    return "\n".join(f"{name} = {value!r}"[:2000] for name, value in _described.items())


def attempt(call: Callable[..., Any], *arguments: Any, also: tuple[type[Exception], ...] = (), **options: Any) -> Any:
    """Call, and return what that gives, or the line in which it is refused.

    Args:
        call: What is tried.
        arguments: Of it.
        also: Errors that are refusals here besides `REFUSALS`.
        options: Its keyword arguments.
    """
    try:
        return call(*arguments, **options)
    except (*REFUSALS, *also) as error:
        line = str(error)
        if not line.strip() or len(line.splitlines()) > 1:
            raise BrokenPromiseError(f"a refusal that is not one line: {line[:200]!r}") from error
        return Refused(line)


def expect(holds: Any, what: str) -> None:
    """Find that something does not hold."""
    if not holds:
        raise BrokenPromiseError(what)


def expect_equal(got: Mapping[str, Any], expected: Mapping[str, Any], what: str) -> None:
    """Find the first entry in which two mappings of arrays or JSON differ."""
    expect(list(got) == list(expected), f"{what}: other entries")
    for name, value in expected.items():
        expect(_is_equal(np.asarray(got[name]), np.asarray(value)), f"{what}: {name} differs")


def _is_equal(one: np.ndarray, other: np.ndarray) -> bool:
    return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=other.dtype.kind == "f")


def check_model(model: Any) -> None:
    """Find what cannot be in a belief: counts that do not add up, numbers that are none."""
    arrays = serialization.arrays_of(model)
    known = model.known_states()
    expect(model.visits(known).sum() == model.steps, "the visits do not sum to the steps")
    expect(arrays["edge_count"].sum() == model.steps, "the edges' counts do not sum to the steps")
    expect(len(set(known.tolist())) == known.size, "a state is known twice")
    for name in ("information_gain", "expected_information_gain", "expected_missing_information", "concentration"):
        expect(np.isfinite(getattr(model, name)), f"{name} is not finite")
    expect(model.information_gain >= 0.0, "the information gain is negative")


def state_of(model: Any) -> dict[str, Any]:
    """Return all that a belief holds, to compare it later."""
    return serialization.arrays_of(model)


def check_columns(steps: Mapping[str, Any], num_states: int | None = None) -> None:
    """Find what cannot be in the record of a life; what a world without a known truth leaves open may be nan."""
    for name in ("reward", "information_gain_nats", "expected_information_gain_nats"):
        expect(np.isfinite(steps[name]).all(), f"{name} is not finite")
    expect((steps["information_gain_nats"] >= 0).all(), "an information gain is negative")
    expect((steps["state"] >= 0).all() and (steps["next_state"] >= 0).all(), "a state is negative")
    if num_states is not None:
        expect((steps["next_state"] < num_states).all(), "a state that does not exist")
    going_on = ~(steps["terminated"] | steps["truncated"])[:-1]
    expect((steps["next_state"][:-1] == steps["state"][1:])[going_on].all(), "a step does not begin where one ended")
