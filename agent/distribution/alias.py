"""Another name of a package in `blackswan`, and of all modules in it."""

import importlib
import sys

import blackswan

blackswan.alias(__name__, f"blackswan.{__name__}")  # pyright: ignore[reportAttributeAccessIssue]
sys.modules[__name__] = importlib.import_module(f"blackswan.{__name__}")
