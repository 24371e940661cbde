"""The page of all experiments: prose by hand, tables and times from the results."""

import textwrap

import polars as pl

import declared
from declared import HERE, RESULTS


def write():
    """Writes `experiments/README.md`."""
    shown = [declared.load(name) for name in declared.names()]
    parts = [(HERE / "about.md").read_text(), overview(shown), *map(section, shown)]
    (HERE / "README.md").write_text("\n".join(part.rstrip() + "\n" for part in parts))


def overview(experiments):
    """One line per claim."""
    rows = [f"| [{e.title}](#{anchor(e.title)}) | {e.section} | {e.verdict or 'not run'} |" for e in experiments]
    return "\n".join(["## At a glance\n", "| experiment | paper | verdict |", "| -- | -- | -- |", *rows, ""])


def anchor(title):
    kept = "".join(letter for letter in title.lower() if letter.isalnum() or letter in " -_")
    return kept.replace(" ", "-")


def section(experiment):
    """A claim, what is seen of it, the tables and how to make them."""
    parts = [
        f"## {experiment.title}\n",
        paragraph(f"**The paper** ({experiment.section}): {experiment.claim}"),
        paragraph(f"**Seen here**: {experiment.seen or 'not run yet.'}"),
        paragraph(f"**Would change our mind**: {experiment.would_change}"),
        *settings(experiment),
        *results(experiment),
    ]
    return "\n".join(parts)


def paragraph(text):
    """As one block of prose."""
    return textwrap.fill(" ".join(text.split()), 118, break_on_hyphens=False) + "\n"


def settings(experiment):
    """The command, and what each setting changes in the configuration."""
    rows = [
        f"| {setting} | {code([*experiment.common, *overrides])} |"
        for setting, overrides in experiment.settings.items()
    ]
    command = paragraph(f"`uv run experiments/run.py {experiment.name}`{time(experiment)}")
    if not rows:
        return [command]
    return [
        command,
        "| setting | changes to `" + experiment.config + "` |",
        "| -- | -- |",
        *rows,
        "",
    ]


def code(overrides):
    return " ".join(f"`{override}`" for override in overrides) or "none"


def time(experiment):
    path = RESULTS / f"{experiment.name}.seconds.csv"
    if not path.exists():
        return ""
    seconds = pl.read_csv(path)["seconds"]
    return (
        f": {len(seconds)} runs of {seconds.median():.0f} s (median) and {seconds.sum() / 60:.0f} minutes in all, "
        "on one thread each, what runs share counted for each of them."
    )


def results(experiment):
    path = RESULTS / f"{experiment.name}.md"
    if not path.exists():
        return []
    plot = [f"![{experiment.title}](results/{experiment.name}.svg)\n"] if experiment.settings else []
    return [path.read_text(), *plot]
