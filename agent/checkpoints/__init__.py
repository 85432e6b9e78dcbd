"""The state of a life on its way, as arrays and JSON, and the files that keep it."""
