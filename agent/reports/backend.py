"""Import matplotlib whatever the variable MPLBACKEND says: pictures are drawn by Agg here, and need no other backend.

An unknown backend would make the import fail; a known one is kept, for whoever shows pictures in the same process.
"""

import contextlib
import os

_asked = os.environ.pop("MPLBACKEND", None)
try:
    import matplotlib
finally:
    if _asked is not None:
        os.environ["MPLBACKEND"] = _asked

if _asked:
    with contextlib.suppress(ValueError):
        matplotlib.rcParams["backend"] = _asked
