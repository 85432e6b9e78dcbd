"""Text in frames of palette indices: smooth letters, as shades from paper to an ink."""

from functools import cache
from math import ceil

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .files import Pixels

NO_LETTER = "\U0010ffff"
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
    font = _font_for(text, size)
    image = Image.new("L", (ceil(font.getlength(text)) + 1, size + size // 3))
    ImageDraw.Draw(image).text((0, size), text, fill=255, font=font, anchor="ls")
    return (np.asarray(image) // (256 // SHADES)).astype(np.uint8)


def _font_for(text: str, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the usual font, or one that is installed and has letters of the text that the usual one lacks."""
    font = _font(size)
    if text.isascii() or _drawn(NO_LETTER, size) not in {_drawn(letter, size) for letter in text}:
        return font
    from ..maps.fonts import file_for

    file = file_for(text)
    return font if file is None else ImageFont.truetype(file, size)


@cache
def _drawn(letter: str, size: int) -> bytes:
    """Return a letter as the usual font has it: for all that it lacks that is the same box."""
    image = Image.new("L", (2 * size, 2 * size))
    ImageDraw.Draw(image).text((0, 0), letter, fill=255, font=_font(size))
    return image.tobytes()


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
