"""Commands run in this process."""

from tests.commands.conftest import call

__all__ = ["call"]
