"""The replay page where one is: in a notebook itself, else as a file."""

import html
import sys
from numbers import Integral
from pathlib import Path

from ..results.run_directory import Run

HEIGHT = 860  # pixels


def show(*runs: Run | str | Path, height: int = HEIGHT) -> None:
    """Show the page that replays runs, side by side: below a cell of a notebook; elsewhere write it, and say where.

    Args:
        runs: one to four, as `load_run` gives them or as their directories.
        height: pixels that the page takes in a notebook.

    Raises:
        ValueError: none or too many, a directory that holds no run, a life that cannot be lived again; a height that is
            no number; no file can be written to the first directory.
        OSError: the file cannot be written after all.
    """
    from . import PAGE
    from .making import make_page
    from .page import save

    for run in runs:
        if not isinstance(run, (Run, str, Path)):
            raise ValueError(f"got {run!r} as a run, expected what load_run gives, or a directory")
    if not isinstance(height, Integral) or int(height) < 1:
        raise ValueError(f"got the height {height!r}, expected a whole number of pixels")
    directories = [run.directory if isinstance(run, Run) else Path(run) for run in runs]
    is_notebook = _is_notebook()
    if not is_notebook and directories and directories[0].is_dir():  # or else there is no run, which is told below
        _check(directories[0] / PAGE)
    page = make_page(directories)
    if is_notebook:
        from IPython.display import display  # pyright: ignore[reportMissingImports]  # it is there: it runs this

        display(Framed(page, height))
        return
    path = directories[0] / PAGE
    save(page, path)
    print(f"open it in a browser: {path}")


def _check(path: Path) -> None:
    """Refuse a file that could not be written in the end, before a life is lived again."""
    from ..experiments.command_line import CommandError
    from ..experiments.found_results import check_file

    try:
        check_file(path, "out")
    except CommandError as error:
        raise ValueError(str(error).removeprefix("--out: ")) from None


class Framed:
    """A page inside another, which it can neither read nor change."""

    def __init__(self, page: str, height: int) -> None:
        """Keep the page's text, and the pixels that it takes."""
        self._page, self._height = page, height

    def __repr__(self) -> str:
        return "<the page that replays a run>"

    def _repr_html_(self) -> str:
        return (
            f'<div><iframe title="replay" sandbox="allow-scripts" srcdoc="{html.escape(self._page)}" '
            f'style="width:100%;height:{int(self._height)}px;border:0"></iframe></div>'
        )


def _is_notebook() -> bool:
    """Whether this runs in the kernel of a notebook: then IPython was imported long ago."""
    python = sys.modules.get("IPython")
    shell = None if python is None else python.get_ipython()
    return hasattr(shell, "kernel")
