"""The measures of information theory, in nats or in bits (`base=2`), exact where it matters.

`measures` has the Kullback-Leibler divergence and its relatives with their conventions, `f_divergences` the family it
belongs to, `free_energy` the bounds of variational inference. What they share stands in `probabilities` and `special`.
"""

from .f_divergences import GENERATORS, Generator, f_divergence
from .free_energy import evidence_lower_bound, gaussian_kl, helmholtz_free_energy, variational_free_energy
from .measures import (
    coarse_grained_entropy,
    conditional_entropy,
    cross_entropy,
    entropy,
    jensen_shannon_distance,
    kelly_growth,
    kl_divergence,
    mutual_information,
)

__all__ = [
    "GENERATORS",
    "Generator",
    "coarse_grained_entropy",
    "conditional_entropy",
    "cross_entropy",
    "entropy",
    "evidence_lower_bound",
    "f_divergence",
    "gaussian_kl",
    "helmholtz_free_energy",
    "jensen_shannon_distance",
    "kelly_growth",
    "kl_divergence",
    "mutual_information",
    "variational_free_energy",
]
