"""Drift of the generated questions against accuracy, over the results of other experiments."""

import polars as pl
from scipy import stats

from declared import RESULTS
from table import heading, markdown

STATISTICS = ["jensen_shannon", "seed_rouge_l_mean", "distinct_2", "coherent"]


def write(experiment):
    """Writes the table: rank correlations of each statistic with Pass@1 of the same iteration."""
    rows = []
    for name in experiment.results_of:
        path = RESULTS / f"{name}.csv"
        if path.exists():
            rows += correlations(name, pl.read_csv(path))
    header = ["experiment", "statistic", "n", "least", "greatest", "Spearman", "Spearman within an iteration"]
    (RESULTS / f"{experiment.name}.md").write_text(markdown(header, rows))


def correlations(name, figures):
    """One row per statistic."""
    rows = []
    for statistic in STATISTICS:
        known = figures.filter(pl.col("iteration") > 0).drop_nulls([statistic, "pass_at_1"])
        # What moves with the iteration alone, such as the rise of Pass@1, says nothing about drift.
        within = known.with_columns(
            pl.col(statistic, "pass_at_1") - pl.col(statistic, "pass_at_1").mean().over("iteration")
        )
        both = [correlation(table[statistic], table["pass_at_1"]) for table in (known, within)]
        ends = [f"{end:.3f}" for end in (known[statistic].min(), known[statistic].max())]
        rows.append([name, heading(statistic), str(known.height), *ends, *both])
    return rows


def correlation(xs, ys):
    found = stats.spearmanr(xs, ys)
    return f"{found.statistic:+.2f} (p {found.pvalue:.1g})"
