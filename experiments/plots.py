"""Plots of an experiment as small SVG files with the same bytes each time, readable on light and dark pages."""

import matplotlib

matplotlib.use("svg")

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
from matplotlib.ticker import MaxNLocator

from summary import interval
from table import SHOWN, heading, scaled

# Okabe and Ito's colours, without those that vanish on black or white.
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#8C6BB1", "#A6761D", "#7A8B00", "#888888"]
MARKERS = "osD^vPX*<>"
GREY = "#808080"

plt.rcParams.update(
    {
        "svg.hashsalt": "serl",
        "svg.fonttype": "none",
        "font.family": "DejaVu Sans",
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        **{name: GREY for name in ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")},
    }
)


def draw(experiment, figures, path):
    """One panel per figure, one line per setting, bands of 95 % t intervals over seeds."""
    shown = [
        figure
        for figure in experiment.plot
        if figure in figures.columns and figures[figure].null_count() < len(figures)
    ]
    fig, axes = plt.subplots(1, len(shown), figsize=(3.3 * len(shown), 2.9), squeeze=False)
    for axis, figure in zip(axes[0], shown):
        for at, setting in enumerate(experiment.settings):
            line(axis, figures.filter(pl.col("setting") == setting), experiment.plot_x, figure, setting, at)
        axis.set_title(heading(figure) + (", %" if SHOWN[figure][1] else ""), fontsize=9)
        axis.set_xlabel("optimizer steps" if experiment.plot_x == "total_steps" else "iteration")
        axis.grid(axis="y", color=GREY, alpha=0.2, linewidth=0.6)
        axis.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axis.yaxis.set_major_locator(MaxNLocator(5))
    handles, labels = axes[0][0].get_legend_handles_labels()
    columns = min(len(labels), 4)
    fig.legend(handles, labels, loc="upper center", bbox_to_anchor=(0.5, 0.02), ncols=columns, frameon=False)
    fig.tight_layout()
    fig.savefig(path, transparent=True, bbox_inches="tight", metadata={"Date": None, "Creator": None})
    plt.close(fig)


def line(axis, rows, x, figure, setting, at):
    points = []
    for iteration in rows["iteration"].unique().sort():
        here = rows.filter(pl.col("iteration") == iteration)
        found = interval([scaled(figure, value) for value in here[figure]])
        if found:
            points.append((here[x].mean(), found.mean, found.half))
    if not points:
        return
    xs, means, halves = np.array(points, dtype=float).T
    colour, marker = COLOURS[at % len(COLOURS)], MARKERS[at % len(MARKERS)]
    axis.plot(xs, means, color=colour, marker=marker, markersize=4, linewidth=1.4, label=setting)
    axis.fill_between(
        xs, means - np.nan_to_num(halves), means + np.nan_to_num(halves), color=colour, alpha=0.13, linewidth=0
    )
