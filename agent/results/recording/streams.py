"""Arrays that are longer than memory is to hold: made, written and read a part at a time."""

import io
import math
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

PART = 1 << 18
"""Entries of an array that are read at a time."""


class Stream(NamedTuple):
    """An array, a part at a time.

    Attributes:
        dtype: of its entries.
        length: how many.
        parts: gives them, in order, as often as it is called.
    """

    dtype: np.dtype[Any]
    length: int
    parts: Callable[[], Iterator[NDArray[Any]]]

    def whole(self) -> NDArray[Any]:
        """Return the array."""
        return np.concatenate([np.zeros(0, self.dtype), *self.parts()])

    def every(self, number: int) -> "Stream":
        """Return every so manieth entry, from the first on."""

        def parts() -> Iterator[NDArray[Any]]:
            skipped = 0
            for part in self.parts():
                yield part[skipped::number]
                skipped = (skipped - len(part)) % number

        return Stream(self.dtype, -(-self.length // number), parts)

    def filled(self, value: Any) -> "Stream":
        """Return an array of the same type and length that holds one value."""
        return self._replace(parts=lambda: (np.full_like(part, value) for part in self.parts()))


def regrouped(parts: Iterator[NDArray[Any]], sizes: Iterable[int]) -> Iterator[NDArray[Any]]:
    """Yield the entries of parts anew, so many at a time.

    Raises:
        ValueError: there are fewer.
    """
    held: list[NDArray[Any]] = []
    for size in sizes:
        while sum(map(len, held)) < size:
            if (part := next(parts, None)) is None:
                raise ValueError("there are fewer entries than expected")
            held.append(part)
        whole = np.concatenate(held) if held else np.zeros(0)
        yield whole[:size]
        held = [whole[size:]]


def counted(number: int, every: int) -> Stream:
    """Return 0, `every`, twice that, and so on, below a number."""

    def parts() -> Iterator[NDArray[np.int64]]:
        for start in range(0, number, every * PART):
            yield np.arange(start, min(start + every * PART, number), every, dtype=np.int64)

    return Stream(np.dtype(np.int64), len(range(0, number, every)), parts)


class Arrays(Mapping[str, NDArray[Any]]):
    """Arrays by name, some of them streams, which are made whole when they are asked for."""

    def __init__(self, held: Mapping[str, NDArray[Any] | Stream]) -> None:
        self._held = dict(held)

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> "Arrays":
        """Return arrays that may be these already."""
        return arrays if isinstance(arrays, Arrays) else cls(arrays)

    def __getitem__(self, name: str) -> NDArray[Any]:
        if (found := self._held.get(name)) is None:
            raise KeyError(not_there(name, self))
        return found.whole() if isinstance(found, Stream) else found

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def filled(self, names: tuple[str, ...], value: Any) -> "Arrays":
        """Return the same arrays, those of some names filled with a value."""

        def new(found: NDArray[Any] | Stream) -> NDArray[Any] | Stream:
            return found.filled(value) if isinstance(found, Stream) else np.full_like(found, value)

        return Arrays({name: new(found) if name in names else found for name, found in self._held.items()})

    def write(self, file: BinaryIO) -> None:
        """Write all as `.npz`, byte for byte as `numpy.savez_compressed` writes arrays that are held."""
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, found in self._held.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    if isinstance(found, Stream):
                        descr = npy.dtype_to_descr(found.dtype)
                        npy.write_array_header_1_0(
                            member, {"descr": descr, "fortran_order": False, "shape": (found.length,)}
                        )
                        for part in found.parts():
                            member.write(part.tobytes())
                    else:
                        npy.write_array(member, np.asanyarray(found), allow_pickle=False)

    def held(self, name: str) -> NDArray[Any] | Stream:
        """Return an array as it is held."""
        return self._held[name]


def not_there(name: str, there: Iterable[str]) -> str:
    """Say that there is no array of a name, which are there, and where others may have gone."""
    return f"the trace has no {name!r} (--trace-columns, --trace-every choose); it has {', '.join(there)}"


def parts(arrays: Mapping[str, NDArray[Any]], *names: str) -> Iterator[list[NDArray[Any]]]:
    """Yield arrays of one length, a part of each at a time where they are streams."""
    held = [arrays.held(name) if isinstance(arrays, Arrays) else arrays[name] for name in names]
    streams = [each for each in held if isinstance(each, Stream)]
    if len(streams) < len(held):
        yield [arrays[name] for name in names]
    else:
        for part in zip(*(stream.parts() for stream in streams), strict=True):
            yield list(part)


def shape_and_type(arrays: Mapping[str, NDArray[Any]], name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return those of an array, without reading it."""
    found = arrays.held(name) if isinstance(arrays, Arrays) else arrays[name]
    return ((found.length,), found.dtype) if isinstance(found, Stream) else (found.shape, found.dtype)


class OpenFile(io.BufferedReader):
    """A file that is closed once nobody may read it any more."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():  # a pipe would be waited for
            raise FileNotFoundError(f"{path}: there is no such file")
        super().__init__(io.FileIO(path))

    def __del__(self) -> None:
        with suppress(ValueError):  # it was never open
            self.close()


def unread(file: BinaryIO) -> Arrays:
    """Return the arrays of an `.npz` file, which stays open: what is not asked for is not read.

    Raises:
        ValueError: it claims what it does not hold.
    """
    archive = zipfile.ZipFile(file)
    held: dict[str, NDArray[Any] | Stream] = {}
    for member in archive.infolist():
        name = member.filename.removesuffix(".npy")
        if name in held:
            raise ValueError("it holds an array twice")
        with archive.open(member) as content:
            shape, is_fortran, dtype = _header(content)
            if dtype.hasobject or member.file_size - content.tell() != math.prod(shape) * dtype.itemsize:
                raise ValueError(f"{member.filename} is not {shape} numbers of type {dtype}")
            if len(shape) != 1 or is_fortran:
                content.seek(0)
                held[name] = npy.read_array(content, allow_pickle=False)
            else:
                held[name] = Stream(dtype, shape[0], partial(_parts, archive, member.filename, dtype))
    return Arrays(held)


def _header(content: Any) -> Any:
    version = npy.read_magic(content)
    return npy.read_array_header_1_0(content) if version == (1, 0) else npy.read_array_header_2_0(content)


def _parts(archive: zipfile.ZipFile, name: str, dtype: np.dtype[Any]) -> Iterator[NDArray[Any]]:
    with archive.open(name) as content:
        _header(content)
        while part := content.read(PART * dtype.itemsize):
            yield np.frombuffer(part, dtype)
