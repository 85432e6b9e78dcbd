"""Experiments of the literature, as data: which worlds, which agents, what is measured, and what was published of it.

One file a paper. Published numbers are the authors' own unless `read` says otherwise; an arm that was published without
numbers has none. `differs` says how our conditions differ from theirs: there is always something.
"""

from collections.abc import Mapping

from .duan import DUAN
from .earning import EARNING
from .experiment import Experiment
from .gruaz import GRUAZ
from .jafarnia import JAFARNIA
from .kaufmann import KAUFMANN
from .little_sommer import LITTLE_SOMMER
from .storck import STORCK
from .strehl_littman import RIVER_SWIM, SIX_ARMS
from .sun import SUN
from .tarbouriech import TARBOURIECH

EXPERIMENTS: Mapping[str, Experiment] = {
    "storck-1995": STORCK,
    "river-swim-2008": RIVER_SWIM,
    "six-arms-2008": SIX_ARMS,
    "sun-2011": SUN,
    "little-sommer-2013": LITTLE_SOMMER,
    "rl2-2016": DUAN,
    "tarbouriech-2020": TARBOURIECH,
    "kaufmann-2021": KAUFMANN,
    "ssp-2023": JAFARNIA,
    "gruaz-2024": GRUAZ,
    "earning": EARNING,
}
