"""What is shown beside what is computed: figure by figure, and row by row.

A comparison is a name, the figures shown and the figures computed, by name.
"""

import math
from collections import Counter

# Relative: some figures are stored in single precision.
TOLERANCE = 1e-6
# What rounding leaves of a sum that is 0.
ROUNDING = 1e-15


def same(a, b):
    if isinstance(a, bool) or isinstance(b, bool) or a is None or b is None:
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=ROUNDING)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def compare(what, shown, computed):
    """The number of figures compared; prints those that differ, and counts them."""
    wrong = [key for key in computed if not same(shown.get(key), computed[key])]
    for key in wrong:
        print(f"{what}: {key} is shown as {shown.get(key)!r}, but it is {computed[key]!r}")
    return len(computed), len(wrong)


def keys(what, shown, computed):
    """Compares the keys of rows, with how often each comes."""
    shown, computed = Counter(list(shown)), Counter(list(computed))
    surplus, missing = list((shown - computed).elements()), list((computed - shown).elements())
    said = {"rows": shown.total(), "keys in one of both": surplus}
    yield what, said, {"rows": computed.total(), "keys in one of both": missing}


def rows(what, names, shown, computed):
    """Compares rows: their keys, which are the columns `names`, and then those with the same key.

    `computed` is keys and figures of all rows that there should be.
    """
    shown = [(tuple(row.get(name) for name in names), row) for row in shown]
    computed = list(computed)
    yield from keys(what, (key for key, _ in shown), (key for key, _ in computed))
    of = dict(computed)
    for key, row in shown:
        if key in of:
            yield f"{what} {'/'.join(map(str, key))}", row, of[key]
