"""Frames of palette indices as a file: a GIF by Pillow, or a video by ffmpeg, which reads them from a pipe."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FRAME_MILLISECONDS, LAST_FRAME_MILLISECONDS = 80, 2500

Pixels = NDArray[np.uint8]


def find_ffmpeg() -> str:
    """Return the path of ffmpeg.

    Raises:
        ValueError: there is none on this machine.
    """
    found = shutil.which("ffmpeg")
    if found is None:
        raise ValueError(
            "an animation as mp4 takes ffmpeg, which is not here: install it (ffmpeg.org), or leave out mp4"
        )
    return found


def write_gif(frames: Sequence[Pixels], colours: Pixels, path: Path) -> None:
    """Write frames, `[rows, columns]`, of indices into colours, `[N, 3]`."""
    images = [Image.fromarray(pixels) for pixels in frames]
    for image in images:
        image.putpalette(colours.tobytes())
    durations = [FRAME_MILLISECONDS] * (len(images) - 1) + [LAST_FRAME_MILLISECONDS]
    images[0].save(path, save_all=True, append_images=images[1:], duration=durations, loop=0)


def write_video(frames: Sequence[Pixels], colours: Pixels, path: Path) -> None:
    """Write the same as a video that every player takes: H.264, an even number of rows and of columns.

    Raises:
        ValueError: there is no ffmpeg, or it fails.
    """
    even = [(0, -size % 2) for size in frames[0].shape]
    height, width = (size + more for size, (_, more) in zip(frames[0].shape, even, strict=True))
    given = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{1000 / FRAME_MILLISECONDS:g}"]
    made = ["-vcodec", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
    command = [find_ffmpeg(), "-loglevel", "error", "-y", *given, "-i", "-", *made, str(path.absolute())]
    last = [frames[-1]] * (LAST_FRAME_MILLISECONDS // FRAME_MILLISECONDS)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as ffmpeg:
        assert ffmpeg.stdin is not None
        with suppress(BrokenPipeError):  # it gave up, and says why
            for pixels in (*frames, *last):
                ffmpeg.stdin.write(colours[np.pad(pixels, even)].tobytes())
        _, errors = ffmpeg.communicate()
    if ffmpeg.returncode or not path.is_file():
        why = errors.decode(errors="replace").strip().splitlines() or [f"exit status {ffmpeg.returncode}"]
        raise ValueError(f"{path}: ffmpeg failed: {why[-1]}")


WRITERS: Mapping[str, Callable[[Sequence[Pixels], Pixels, Path], None]] = {".gif": write_gif, ".mp4": write_video}
"""What writes a file, by the suffix of its name."""
