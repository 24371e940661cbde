"""Majorities, computed apart from `serl`."""


def groups(rows):
    """Rows by canonical answer, in the order in which they come; None has those without an answer."""
    of = {}
    for row in rows:
        of.setdefault(row["canonical"], []).append(row)
    return of


def majority(rows):
    """The canonical answer with most votes; of equals the one written shortest, then the first one."""
    of = {answer: members for answer, members in groups(rows).items() if answer is not None}
    shortest = {answer: min(len(row["answer"]) for row in members) for answer, members in of.items()}
    return min(of, key=lambda answer: (-len(of[answer]), shortest[answer]), default=None)
