"""Tables of what the policies of the experiment answer, and paired tests between them.

An answer is worked if it has an equals sign. Of equally frequent answers the shortest wins, then the first one, as in
`serl`; “by lot” is what a majority is worth on average if a lot decides instead.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

WORKED = "="


@dataclass(frozen=True)
class Answers:
    """The answers of one policy to one set of problems, in the order of the problems."""

    greedy: np.ndarray
    majority: np.ndarray
    by_lot: np.ndarray
    greedy_worked: np.ndarray
    samples: pl.DataFrame

    @classmethod
    def read(cls, path):
        """From `eval.parquet` of an evaluate node, or a file of `serl eval --output`."""
        rows = pl.read_parquet(path).with_columns(pl.col("text").str.contains(WORKED, literal=True).alias("worked"))
        rows = rows.sort(pl.col("problem_id").cast(pl.Int64), "sample")
        greedy, samples = rows.filter("greedy"), rows.filter(~pl.col("greedy"))
        winners = [most_frequent(group) for _, group in samples.group_by("problem_id", maintain_order=True)]
        majority = np.array([len(right) > 0 and right[0] for right in winners])
        by_lot = np.array([right.mean() if len(right) > 0 else 0.0 for right in winners])
        return cls(greedy["correct"].to_numpy(), majority, by_lot, greedy["worked"].to_numpy(), samples)


def most_frequent(samples):
    """Whether the most frequent answers to a problem are right, the one that wins first; empty without any answer."""
    candidates = samples.drop_nulls("canonical").group_by("canonical", maintain_order=True)
    length = pl.col("answer").str.len_chars().min().alias("length")
    candidates = candidates.agg(pl.len().alias("votes"), length, pl.col("correct").any())
    return candidates.filter(pl.col("votes") == pl.col("votes").max()).sort("length", maintain_order=True)["correct"]


def markdown(header, rows):
    lines = [header, ["--"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def percent(values):
    """The mean with half its 95 % interval."""
    values = np.asarray(values, dtype=float)
    if len(values) == 0:
        return "–"
    return f"{100 * values.mean():.1f} ± {half_width(values):.1f}"


def half_width(values):
    """Of the 95 % interval of a mean over problems, in points."""
    return 100 * 1.96 * values.std(ddof=1) / len(values) ** 0.5


def policies(answers):
    """One row per policy: `answers` maps its name to its `Answers`."""
    rows = []
    for name, found in answers.items():
        worked = found.samples.filter("worked")
        rows.append(
            [
                name,
                str(len(found.greedy)),
                percent(found.greedy),
                f"{100 * found.greedy_worked.mean():.1f}",
                percent(found.majority),
                f"{100 * found.by_lot.mean():.1f}",
                f"{100 * found.samples['correct'].mean():.1f}",
                f"{100 * found.samples['worked'].mean():.1f}",
                f"{100 * worked['correct'].mean():.1f}" if len(worked) else "–",
                f"{100 * (found.samples.filter(~pl.col('worked'))['correct'].mean() or 0):.1f}",
            ]
        )
    header = ["policy", "n", "Pass@1", "worked", "Maj@8", "by lot", "Avg@8", "samples worked"]
    return markdown([*header, "right if worked", "right if not"], rows)


def tests(pairs):
    """One row per pair of outcomes: `pairs` maps its name to two lists of equally ordered arrays, one per seed.

    Interval and p are over problems, with what all seeds answer to one: these answers are not independent. Majorities
    by lot are no outcomes but means, of which only the interval is given.
    """
    rows = []
    for name, (ours, theirs) in pairs.items():
        each = np.array(ours, dtype=float) - np.array(theirs, dtype=float)
        mean, half = 100 * each.mean(), half_width(each.mean(axis=0))
        rows.append([name, str(len(each)), f"{mean:+.1f}", f"{mean - half:+.1f} to {mean + half:+.1f}"])
        if (each == each.round()).all():
            p = sign_flips(each.sum(axis=0).astype(int))
            rows[-1] += [f"{(each > 0).sum()} : {(each < 0).sum()}", f"{p:.2g}"]
        else:
            rows[-1] += ["–", "–"]
    return markdown(["difference", "seeds", "points", "95 % interval", "right only here : only there", "p"], rows)


def origins(before, after):
    """One row per seed: right greedy answers, by whether the greedy answer before SeRL was worked.

    Both map a seed to its `Answers`.
    """
    rows = []
    for seed, start in before.items():
        off_hand, end = ~start.greedy_worked, after[seed]
        row = [str(seed)]
        for of in (off_hand, ~off_hand):
            row += [str(of.sum()), str(start.greedy[of].sum()), str(end.greedy[of].sum())]
        rows.append(row)
    each = ["right before", "right after"]
    return markdown(["seed", "off-hand before", *each, "worked before", *each], rows)


def labels(votes):
    """One row per seed: majorities against the answers that SeRL does not see, in per cent.

    `votes` maps a seed to a table of `r_mean`, `selected` and whether the majority is `right`, for each problem.
    """
    rows = []
    for seed, found in votes.items():
        selected, dropped = found.filter("selected")["right"], found.filter(~pl.col("selected"))["right"]
        shares = [found["right"].mean(), len(selected) / len(found), selected.mean(), dropped.mean()]
        mean = f"{found['r_mean'].mean():.3f}"
        rows.append([str(seed), str(len(found)), mean, *(f"{100 * share:.1f}" for share in shares)])
    header = ["seed", "n", "mean r_mean", "labels right", "selected", "labels right, selected", "labels right, dropped"]
    return markdown(header, rows)


def sign_flips(differences):
    """The probability of a sum at least this far from 0 if each problem's difference had either sign by chance.

    Exact; with one seed it is McNemar's exact p.
    """
    sizes = np.abs(differences[differences != 0])
    # chances[i] is that of the sum i - reach.
    reach = sizes.sum()
    chances = np.zeros(2 * reach + 1)
    chances[reach] = 1.0
    for size in sizes:
        chances = (np.roll(chances, size) + np.roll(chances, -size)) / 2
    sums = np.arange(-reach, reach + 1)
    return float(chances[np.abs(sums) >= abs(differences.sum())].sum())


def between(equations, before, after):
    """The pairs to test: of policies before SeRL and after it, one per seed, and of the one that knows equations."""
    pick = lambda policies, outcome: [getattr(policy, outcome) for policy in policies]
    return {
        "Maj@8 against Pass@1, before": (pick(before, "majority"), pick(before, "greedy")),
        "Pass@1, after against before": (pick(after, "greedy"), pick(before, "greedy")),
        "Maj@8, after against before": (pick(after, "majority"), pick(before, "majority")),
        "Pass@1 after against Maj@8 before": (pick(after, "greedy"), pick(before, "majority")),
        "Maj@8 against Pass@1, after": (pick(after, "majority"), pick(after, "greedy")),
        "Pass@1, after against equations only": (pick(after, "greedy"), [equations.greedy] * len(after)),
        "Maj@8 by lot against Pass@1, before": (pick(before, "by_lot"), pick(before, "greedy")),
        "Maj@8 by lot, after against before": (pick(after, "by_lot"), pick(before, "by_lot")),
        "Pass@1 after against Maj@8 by lot before": (pick(after, "greedy"), pick(before, "by_lot")),
    }


def against_lots(before, after, lots):
    """The pairs to test with policies rewarded by lot; all three map a seed to its `Answers`."""
    if not lots:
        return {}
    greedy = lambda policies: [policies[seed].greedy for seed in lots]
    return {
        "Pass@1, rewards by lot against before": (greedy(lots), greedy(before)),
        "Pass@1, after against rewards by lot": (greedy(after), greedy(lots)),
    }
