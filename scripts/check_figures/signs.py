"""`serl inspect warnings`."""

import re
from functools import cache

from . import evaluation, training
from .columns import counted, mean, share

# What a worked-out response matches, and the ROUGE-L from which an instruction is near a problem, in tenths.
WORKED, NEAR = re.compile("="), 7


def top_majority(votes):
    """The majority of most instructions, of equals the first in order, and its share."""
    counts = counted(votes, "majority")
    top = min(counts, key=lambda answer: (-counts[answer], answer), default=None)
    return top, None if top is None else counts[top] / sum(counts.values())


def of_votes(votes):
    names = ("instructions", "top_majority", "top_majority_share", "unanimous_share", "no_majority_share")
    if votes is None:
        return dict.fromkeys(names)
    unanimous = mean((votes["majority_count"] == votes["n"]).to_list())
    return dict(zip(names, (votes.height, *top_majority(votes), unanimous, mean(votes["majority"].is_null()))))


def worked(run, iteration):
    """The greedy responses to problems that are worked out."""
    greedy = evaluation.greedy(run, iteration)
    matching = [row for row in greedy if WORKED.search(row["text"])]
    share_of = len(matching) / len(greedy) if greedy else None
    return {"worked_share": share_of, "worked_pass_at_1": mean([row["correct"] for row in matching])}


def words(text):
    return re.findall("[a-z0-9]+", text.lower())


def common(places, words):
    """The length of the longest common subsequence, with a bit per word of the first text (Hyyrö 2004)."""
    length, bits = places
    rest = ones = (1 << length) - 1
    for word in words:
        both = rest & bits.get(word, 0)
        rest = (rest + both | rest - both) & ones
    return length - rest.bit_count()


def places(words):
    """The number of words, and by word the bits of where it stands."""
    bits = {}
    for place, word in enumerate(words):
        bits[word] = bits.get(word, 0) | 1 << place
    return len(words), bits


@cache
def repeats(run, iteration):
    """The kept instructions that repeat a problem, and those that are near one."""
    filtered, problems = run.table(iteration, "filter", "filtered"), run.input("evaluate", "problems")
    if filtered is None or problems is None:
        return {"repeated_problems": None, "near_problems": None}
    known, of = [places(words(text)) for text in problems["problem"]], {"repeated_problems": 0, "near_problems": 0}
    for text in filtered.filter(filtered["kept"])["text"]:
        own = words(text)
        # Of ten times ROUGE-L, 2 * common / (words of both), without rounding.
        alike = [(20 * common(other, own), len(own) + other[0]) for other in known]
        of["repeated_problems"] += any(both == 10 * all > 0 for both, all in alike)
        of["near_problems"] += any(both >= NEAR * all > 0 for both, all in alike)
    return of


def signs(run):
    before = None
    for iteration in run.iterations():
        responses = run.table(iteration, "respond", "responses")
        yield (iteration,), {
            **of_votes(run.table(iteration, "vote", "votes")),
            "truncated_share": None if responses is None else share(responses["finish"], "length"),
            "zero_advantage_groups": training.figure(run, iteration, "zero_advantage_groups"),
            "flip_rate": evaluation.flip_rate(run, iteration, before),
            **worked(run, iteration),
            **repeats(run, iteration),
        }
        before = iteration
