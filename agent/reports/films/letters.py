"""Text in frames of palette indices: smooth letters, as shades from paper to an ink."""

from functools import cache
from math import ceil

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .files import Pixels

SHADES = 16
"""Indices of an ink, from paper to the ink itself."""


def write(panel: Pixels, text: str, size: int, baseline: int, left: int, ink: int) -> None:
    """Write on a picture, which cuts off what lies to its right.

    Args:
        panel: palette indices, `[height, width]`.
        text: of one line.
        size: of its letters, pixels.
        baseline: row of the picture.
        left: column where it begins.
        ink: its first shade in the palette.
    """
    shade = letters(text, size)[:, : panel.shape[1] - left]
    place = panel[baseline - size : baseline - size + shade.shape[0], left : left + shade.shape[1]]
    place[shade > 0] = (ink + shade)[shade > 0]


@cache
def letters(text: str, size: int) -> Pixels:
    """Return the text's coverage, 0..SHADES - 1, baseline `size` pixels below the top."""
    font = _font(size)
    image = Image.new("L", (ceil(font.getlength(text)) + 1, size + size // 3))
    ImageDraw.Draw(image).text((0, size), text, fill=255, font=font, anchor="ls")
    return (np.asarray(image) // (256 // SHADES)).astype(np.uint8)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
