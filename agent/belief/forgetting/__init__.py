"""Beliefs whose counts decay: what was seen long ago counts for less, as in a world that changes."""
