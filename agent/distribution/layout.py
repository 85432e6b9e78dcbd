"""What goes where in a wheel: both packages into `blackswan`, and their other names beside it.

A wheel holds `blackswan/agent` and `blackswan/envs`, so that a folder `envs` or a file `agent.py` of somebody's project
hides nothing of ours. What it holds as `agent` and `envs` makes these other names of the two: a file for the
interpreter and, for type checkers, a line for every module, which is never run. An editable install holds `blackswan`
alone, which leads to the checkout.
"""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGES = "agent", "envs"
NOT_SHIPPED = shutil.ignore_patterns("__pycache__", "distribution")


class Layout(BuildHookInterface):
    """Lays out the files and has the builder take them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Lay out a wheel or, if that is the version, an editable install."""
        self._tree = TemporaryDirectory()
        tree, sources = Path(self._tree.name), Path(self.root, "agent", "distribution")
        is_editable = version == "editable"
        shutil.copytree(sources / "blackswan", tree / "blackswan", ignore=NOT_SHIPPED)
        names = "".join(f"from {'' if is_editable else '.'}{package} import *\n" for package in PACKAGES)
        modules = "import agent as agent, envs as envs\n"
        modules = modules if is_editable else f"from . {modules}"
        _write(tree / "blackswan" / "__init__.pyi", f"{modules}{names}\n__version__: str\n")
        for package in () if is_editable else PACKAGES:
            shutil.copytree(Path(self.root, package), tree / "blackswan" / package, ignore=NOT_SHIPPED)
            _write_names(tree, package)
            shutil.copy(sources / "alias.py", tree / package / "__init__.py")
        build_data["force_include_editable" if is_editable else "force_include"] = {str(tree): "/"}

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was laid out."""
        self._tree.cleanup()


def _write_names(tree: Path, package: str) -> None:
    """Write for every module of a package what tells type checkers that it is the one in `blackswan`."""
    for module in (tree / "blackswan" / package).rglob("*.py"):
        place = module.relative_to(tree / "blackswan")
        name = ".".join(place.with_suffix("").parts).removesuffix(".__init__")
        _write(tree / place, f"from blackswan.{name} import *\n")
    names = f"from blackswan.{package} import *\nfrom blackswan.{package} import __getattr__ as __getattr__\n"
    _write(tree / package / "__init__.pyi", names)
    _write(tree / package / "py.typed", "")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
