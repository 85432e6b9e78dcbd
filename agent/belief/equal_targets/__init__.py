"""Beliefs that know how many states an action may lead to, but not which."""
