"""Sparse Bellman rows: sweeps that improve a plan, and two ways to evaluate a policy."""
