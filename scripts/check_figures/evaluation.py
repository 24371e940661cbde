"""`serl inspect eval` and `curve`. Bootstrapped intervals depend on random numbers: they are left out."""

import math
from functools import cache

import polars as pl

from . import ballots, subsets
from .columns import mean

# Of a normal distribution, for an interval of 95 %.
Z = 1.959963984540054


def wilson(right, n):
    """Wilson's score interval."""
    share, square = right / n, Z * Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return middle - half, middle + half


class Problem:
    """The responses to one problem."""

    def __init__(self, rows):
        self.parsed, self.responses = sum(row["parse_status"] == "parsed" for row in rows), len(rows)
        self.right = any(row["greedy"] and row["correct"] for row in rows)
        self.samples = [row for row in rows if not row["greedy"]]
        self.majority = ballots.majority(self.samples)
        self.maj = subsets.maj_at(self.samples)

    def maj_at(self, k):
        return self.maj[min(k, len(self.samples))]


@cache
def problems(run, iteration):
    """The problems that were measured, by benchmark and id; none of an iteration without evaluation."""
    table, of = run.table(iteration, "evaluate", "eval"), {}
    for row in [] if table is None else table.iter_rows(named=True):
        of.setdefault((row["benchmark"], row["problem_id"]), []).append(row)
    return {key: Problem(rows) for key, rows in of.items()}


def sampled(run, iteration):
    return {key: problem for key, problem in problems(run, iteration).items() if problem.samples}


def measured(run):
    return [iteration for iteration in run.iterations() if problems(run, iteration)]


def most(of):
    """Samples per problem."""
    return max((len(problem.samples) for problem in of.values()), default=0)


def names(row):
    """The groups of a problem, in their order."""
    yield 0, "all"
    for place, kind in enumerate(("subject", "level"), 1):
        if row[kind] is not None:
            yield place, f"{kind}={row[kind]}"


def groups(run, iteration):
    """The problems of each benchmark and group, in the order of the rows."""
    of, known = {}, problems(run, iteration)
    for row in run.input("evaluate", "problems").iter_rows(named=True) if known else ():
        problem = known.get((row["benchmark"], row["id"]))
        for name in names(row) if problem else ():
            of.setdefault((row["benchmark"], name), []).append(problem)
    return {(benchmark, name): of[benchmark, (place, name)] for benchmark, (place, name) in sorted(of)}


def figures(members, k):
    n, right = len(members), sum(problem.right for problem in members)
    low, high = wilson(right, n)
    parsed = sum(problem.parsed for problem in members) / sum(problem.responses for problem in members)
    computed = {"n": n, "k": k, "pass_at_1": right / n, "pass_at_1_low": low, "pass_at_1_high": high}
    return computed | {"parsed_share": parsed} | at_k(members if k else [], k)


def at_k(members, k):
    average = [mean([row["correct"] for row in problem.samples]) for problem in members]
    return {
        "avg_at_k": mean(average) or 0,
        "pass_at_k": mean([subsets.pass_at(problem.samples, k) for problem in members]) or 0,
        "maj_at_k": mean([problem.maj_at(k) for problem in members]) or 0,
        "tie_share": mean([ballots.tied(problem.samples) for problem in members]) or 0,
    }


@cache
def of_iteration(run, iteration):
    """Key and figures of each row of an iteration. A group that was sampled in part has two."""
    k, of = most(problems(run, iteration)), []
    for (benchmark, group), members in groups(run, iteration).items():
        some = [problem for problem in members if problem.samples]
        whole = len(some) == len(members)
        of.append(((iteration, benchmark, group, False), figures(members, k if some and whole else 0)))
        if some and not whole:
            of.append(((iteration, benchmark, group, True), figures(some, k)))
    return of


def evaluation(run):
    for iteration in run.iterations():
        yield from of_iteration(run, iteration)


def places(k):
    """The k of a curve: 1 to 16, then powers of two, and the number of samples."""
    return [place for place in [*range(1, 17), 32, 64, 128, 256] if place < k] + [k]


def curve(run):
    for iteration in run.iterations():
        of = sampled(run, iteration)
        for benchmark in sorted({benchmark for benchmark, _ in of}):
            members = [problem for (name, _), problem in of.items() if name == benchmark]
            for k in places(most(of)):
                computed = at_k(members, k)
                point = {name: computed[name] for name in ("pass_at_k", "maj_at_k")}
                yield (iteration, benchmark, k), {"n": len(members)} | point


def paired(run, first, last):
    """The greedy answers of two policies to the same problems, and McNemar's exact test."""
    before, after = problems(run, first), problems(run, last)
    both = [(before[key].right, after[key].right) for key in before.keys() & after.keys()]
    gained, lost = both.count((False, True)), both.count((True, False))
    tail = sum(math.comb(gained + lost, k) for k in range(min(gained, lost) + 1))
    p = min(1.0, 2 * tail / 2 ** (gained + lost))
    return {"problems": len(both), "gained": gained, "lost": lost, "p": p}


def flip_rate(run, iteration, before):
    """The share of the problems that were sampled in both iterations whose majority is another one."""
    now, then = sampled(run, iteration), {} if before is None else sampled(run, before)
    return mean([now[key].majority != then[key].majority for key in now.keys() & then.keys()])


def greedy(run, iteration):
    """The rows of the greedy responses; none without evaluation."""
    table = run.table(iteration, "evaluate", "eval")
    return [] if table is None else table.filter(pl.col("greedy")).to_dicts()
