"""Structured beliefs: what actions do, in terms of the features of states."""
