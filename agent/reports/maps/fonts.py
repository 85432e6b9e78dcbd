"""Fonts for names in any script: of those that are installed, the ones that have their letters."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache

from .. import backend  # noqa: F401  # before matplotlib

# isort: split
from matplotlib import font_manager
from matplotlib.text import Text

PLACEHOLDERS = "Last Resort"
"""What the name of a font begins with that has a box for every letter there is."""
USUAL = "400", "normal", "regular"


def add_fonts(text: Text) -> None:
    """Let a text of a figure take letters that its font lacks from others that are installed."""
    written = text.get_text()
    if written.isascii():
        return
    own = font_manager.findfont(text.get_fontproperties())
    others = (_font_of(letter) for letter in _lacking(own, written))
    if names := dict.fromkeys(font.name for font in others if font is not None):
        text.set_fontfamily([*text.get_fontfamily(), *names])


@contextmanager
def unremarked() -> Iterator[None]:
    """Draw without remarks on letters that no font has, for which there is a box, or on the weight of those that do."""
    logger = logging.getLogger(font_manager.__name__)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph .* missing from")
            yield
    finally:
        logger.setLevel(level)


@cache
def file_for(written: str) -> str | None:
    """Return the file of a font that has all letters of a text, matplotlib's own first; None: there is none."""
    own = font_manager.findfont(font_manager.FontProperties())
    return next((file for file in (own, *(font.fname for font in _fonts())) if not _lacking(file, written)), None)


@cache
def _font_of(letter: str) -> font_manager.FontEntry | None:
    return next((font for font in _fonts() if not _lacking(font.fname, letter)), None)


@cache
def _fonts() -> tuple[font_manager.FontEntry, ...]:
    """Return the upright fonts, those of usual weight first: on every run in the same order."""
    fonts = (font for font in font_manager.fontManager.ttflist if not font.name.startswith(PLACEHOLDERS))
    upright = (font for font in fonts if font.style == "normal")
    return tuple(sorted(upright, key=lambda font: (str(font.weight) not in USUAL, font.fname)))


def _lacking(file: str, written: Iterable[str]) -> list[str]:
    """Return the letters of a text that a font does not have: all of them, if it cannot be read."""
    letters = [letter for letter in dict.fromkeys(written) if letter.isprintable() and not letter.isspace()]
    try:
        font = font_manager.get_font(file)
        return [letter for letter in letters if not font.get_char_index(ord(letter))]
    except (OSError, RuntimeError):
        return letters
