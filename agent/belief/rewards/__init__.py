"""Beliefs about what pairs are paid, and what a reward teaches: conjugate families, exact gains in nats.

beliefs     the families by name, as `--reward-belief` takes them
gains       their closed forms, as scalars
learning    what a reward does to a belief, and what a pair pays for it: compiled entries
queries     what may be asked of a belief about rewards
saving      what of it is saved
"""
