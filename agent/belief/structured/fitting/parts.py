"""What visited pairs contribute to labels of types: lists of rows, which are freed and taken again."""

import numpy as np
from numpy.typing import NDArray

from ....compilation.compiled import part
from ..tables import PARTS, Structured


@part
def is_short(structure, num):
    """Whether there might be no room for so many contributions beside those of one pair."""
    numbers = structure.numbers
    return numbers.num_parts - numbers.num_free + PARTS + num > numbers.part_room


@part
def add(structure, visited, label, mass):
    """Put a contribution in front of a visited pair's; `label` is type * LABEL_ROOM + label."""
    parts, numbers, first = structure.parts, structure.numbers, structure.visited.first_part
    if numbers.num_free > 0:
        row = numbers.first_free - 1
        numbers.first_free = int(parts.following[row])
        numbers.num_free -= 1
    else:
        row = numbers.num_parts
        numbers.num_parts += 1
    parts.label[row], parts.mass[row], parts.following[row] = label, mass, first[visited]
    first[visited] = row + 1


@part
def free(structure, visited):
    """Free all contributions of a visited pair."""
    parts, numbers, first = structure.parts, structure.numbers, structure.visited.first_part
    link = int(first[visited])
    first[visited] = 0
    while link > 0:
        following = int(parts.following[link - 1])
        parts.following[link - 1] = numbers.first_free
        numbers.first_free = link
        numbers.num_free += 1
        link = following


def listed(
    rules: Structured, visited: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return all contributions of visited pairs, pair by pair.

    Returns:
        whose each is, a place among those given; type * LABEL_ROOM + label; and its mass.
    """
    links = rules.visited.first_part[visited]
    places, rows = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    place = np.flatnonzero(links)
    while place.size:
        row = links[place].astype(np.int64) - 1
        places.append(place)
        rows.append(row)
        links[place] = rules.parts.following[row]
        place = place[links[place] > 0]
    whose, row = np.concatenate(places), np.concatenate(rows)
    in_order = np.argsort(whose, kind="stable")
    row = row[in_order]
    return whose[in_order], rules.parts.label[row].astype(np.int64), rules.parts.mass[row].astype(np.int64)


def write(rules: Structured, num_parts: NDArray[np.int64], label: NDArray[np.int64], mass: NDArray[np.int64]) -> None:
    """Write the contributions of visited pairs into an empty table that has room for them.

    Args:
        rules: the tables.
        num_parts: how many each visited pair has.
        label: type * LABEL_ROOM + label of each contribution, pair by pair.
        mass: likewise.
    """
    ends, num = np.cumsum(num_parts), len(label)
    rules.parts.label[:num], rules.parts.mass[:num] = label, mass
    rules.parts.following[:num] = np.arange(2, num + 2)
    rules.parts.following[ends[num_parts > 0] - 1] = 0
    rules.visited.first_part[: len(num_parts)] = np.where(num_parts > 0, ends - num_parts + 1, 0)
    rules.numbers.num_parts = num
