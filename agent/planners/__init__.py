"""Planners: what is best in the long run, under the prediction of a belief or in a given world."""
