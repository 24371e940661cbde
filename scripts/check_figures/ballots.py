"""Majorities, computed apart from `serl`."""


def groups(rows):
    """Rows by canonical answer, in the order in which they come; None has those without an answer."""
    of = {}
    for row in rows:
        of.setdefault(row["canonical"], []).append(row)
    return of


def ranked(rows):
    """The rows of each answer in the order in which ties are decided: the answer written shortest first, then the
    first one."""
    of = [members for answer, members in groups(rows).items() if answer is not None]
    return sorted(of, key=lambda members: min(len(row["answer"]) for row in members))


def majority(rows):
    """The canonical answer with most votes; none without any answer."""
    return max(ranked(rows), key=len, default=[{"canonical": None}])[0]["canonical"]


def tied(rows):
    """Whether the majority hangs on how ties are decided."""
    counts = sorted(map(len, ranked(rows)))
    return len(counts) > 1 and counts[-1] == counts[-2]
