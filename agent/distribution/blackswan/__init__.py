"""Blackswan: an agent that plans to be surprised. All public names of `agent` and of `envs`, under a name of its own.

Where it is installed, both packages live in here, as `blackswan.agent` and `blackswan.envs`, and `agent` and `envs` are
other names of them. In a checkout, and with an editable install of one, it is the other way round. Either way every
module is loaded once, whatever name it is asked for by.

Nothing is imported before it is used. Gymnasium is told of the worlds as soon as it is imported itself.
"""

import importlib
import importlib.util
import os
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec, PathFinder
from types import CodeType, ModuleType
from typing import Any

PACKAGES = "agent", "envs"


class _Alias:
    """Finds and loads, under another name, a package and every module in it."""

    def __init__(self, name: str, real: str) -> None:
        self._name, self._real = name, real

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Find the module that is meant; None: it is none of these."""
        if fullname != self._name and not fullname.startswith(f"{self._name}."):
            return None
        real = importlib.util.find_spec(self._meant(fullname))
        if real is None:
            return None
        is_package = real.submodule_search_locations is not None
        spec: Any = ModuleSpec(fullname, self, origin=real.origin, is_package=is_package)  # pyright: ignore[reportArgumentType]
        spec.has_location = real.has_location
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Give the real module, imported under its real name."""
        module = importlib.import_module(self._meant(spec.name))
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Give the module its own specification back, which the import system has replaced: it has been executed."""
        assert module.__spec__ is not None
        module.__spec__ = module.__spec__.loader_state

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the code of a module that `python -m` is to run."""
        spec: Any = importlib.util.find_spec(self._meant(fullname))
        return spec.loader.get_code(spec.name)

    def _meant(self, fullname: str) -> str:
        return self._real + fullname.removeprefix(self._name)


def alias(name: str, real: str) -> None:
    """Let a package and all modules in it have another name."""
    sys.meta_path.insert(0, _Alias(name, real))  # pyright: ignore[reportArgumentType]


class _Registration:
    """Waits for Gymnasium to be imported, and registers the worlds then."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Let the import of Gymnasium be followed by that of the worlds, which register themselves."""
        if fullname != "gymnasium":
            return None
        sys.meta_path.remove(self)  # pyright: ignore[reportArgumentType]
        spec = importlib.util.find_spec(fullname)
        if spec is not None:
            loader: Any = spec.loader
            loader.exec_module = _followed(loader.exec_module)
        return spec


def _followed(execute: Callable[[ModuleType], None]) -> Callable[[ModuleType], None]:
    def execute_and_register(module: ModuleType) -> None:
        execute(module)
        _module("envs")

    return execute_and_register


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{name}")


def _parent(package: str) -> str | None:
    """Return the directory that a package would be imported from; None: from nowhere, or it is no package."""
    spec = PathFinder.find_spec(package)
    places = spec.submodule_search_locations if spec is not None else None
    return os.path.dirname(os.path.abspath(next(iter(places)))) if places else None


def _settle() -> None:
    """Decide which of the two names are the real ones."""
    checkout = next((place for place in sys.path if os.path.isdir(os.path.join(place, "agent", "distribution"))), None)
    if checkout is not None and _parent("agent") == _parent("envs") == os.path.abspath(checkout):
        for package in PACKAGES:
            alias(f"{__name__}.{package}", package)
    elif checkout is not None and not os.path.isdir(os.path.join(__path__[0], "agent")):
        __path__.append(os.path.abspath(checkout))  # an editable install, beside what is not ours


_settle()

if "gymnasium" in sys.modules:
    _module("envs")
else:
    sys.meta_path.insert(0, _Registration())  # pyright: ignore[reportArgumentType]


def __getattr__(name: str) -> Any:
    """Import one of the packages, or a public name of one, when it is first used (PEP 562)."""
    if name in PACKAGES:
        return _module(name)
    if name == "__version__":
        return _module("agent").__version__
    for package in PACKAGES:
        if name in _module(package).__all__:
            return getattr(_module(package), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*PACKAGES, *(name for package in PACKAGES for name in _module(package).__all__)]
