"""Pass@k and Maj@k of one problem for all k, by counting the subsets of its responses."""

from math import comb

from . import ballots


def pass_at(rows, k):
    """The share of the subsets of `k` responses with a right one."""
    wrong, k = sum(not row["correct"] for row in rows), min(k, len(rows))
    return 1 - comb(wrong, k) / comb(len(rows), k)


def maj_at(rows):
    """The share of the subsets of 0, 1, … responses whose majority is right.

    Goes through the answers in the order in which ties are decided. An answer leads once more responses give it than
    any before. `led[drawn, most, right]` is the number of ways to draw from the answers so far, by the responses drawn,
    the most that agree, and whether the leading answer is right.
    """
    led = {(0, 0, False): 1}
    for members in ballots.ranked(rows):
        led = drawn_from(led, len(members), any(row["correct"] for row in members))
    unparsed = len(ballots.groups(rows).get(None, []))
    ways = [0] * (len(rows) + 1)
    for (drawn, _, right), count in led.items():
        for more in range(unparsed + 1 if right else 0):
            ways[drawn + more] += count * comb(unparsed, more)
    return [of / comb(len(rows), k) for k, of in enumerate(ways)]


def drawn_from(led, n, right):
    """As `led`, with 0 to all of the `n` responses of the next answer drawn, too."""
    after = {}
    for (drawn, most, leader), count in led.items():
        for votes in range(n + 1):
            leads = votes > most
            state = drawn + votes, max(most, votes), right if leads else leader
            after[state] = after.get(state, 0) + count * comb(n, votes)
    return after
