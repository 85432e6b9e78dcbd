"""Settings shared by all tests."""

from hypothesis import settings

settings.register_profile("default", deadline=None, derandomize=True)  # compilation must not fail a test
settings.load_profile("default")
