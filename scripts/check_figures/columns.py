"""Means, counts and ends of columns."""

import math


def mean(values):
    values = [value for value in values if value is not None]
    return sum(values) / len(values) if values else None


def weighted(table, column, weight):
    """The mean of a column over the rows that have it; none without any weight."""
    known = table.drop_nulls(column)
    total = known[weight].sum()
    return (known[column] * known[weight]).sum() / total if total else None


def counted(table, column):
    return {} if table is None else dict(table.drop_nulls(column).group_by(column).len().iter_rows())


def share(column, value):
    """The share of a column that is `value`; none of an empty one."""
    return mean([entry == value for entry in column])


def ends(values):
    """The first and the last of the values that are known."""
    values = [value for value in values if value is not None]
    return (values[0], values[-1]) if values else (None, None)


def quartiles(values):
    """By linear interpolation."""
    shares = {"q1": 0.25, "median": 0.5, "q3": 0.75}
    return {name: values.quantile(share, "linear") for name, share in shares.items()}


def finite(value):
    """None for what JSON cannot say."""
    return value if value is not None and math.isfinite(value) else None
