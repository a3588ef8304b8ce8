"""One look for all figures, and one way to write them: PNG, SVG, PDF, data and alt text."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from smstra import csvio
from smstra.figures.palette import FAINT, INK

WIDTH, HEIGHT = 7.2, 5.6  # inches
FORMATS = ("png", "svg", "pdf")
# What a writer would stamp with the time or its own version is left out: same figure, same bytes.
_METADATA = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


@dataclass(frozen=True)
class Caption:
    """The words of a figure: headline, statistical subtitle, source line, text for who sees none."""

    title: str
    subtitle: str
    source: str
    alt: str


def start() -> tuple[Figure, Axes]:
    """Return an empty figure of the project's size in the project's style."""
    sns.set_theme(
        style="ticks",
        rc={
            "font.family": "DejaVu Sans",
            "font.size": 9,
            "axes.edgecolor": FAINT,
            "axes.labelcolor": INK,
            "axes.labelsize": 9,
            "xtick.color": INK,
            "ytick.color": INK,
            "xtick.labelsize": 8.5,
            "ytick.labelsize": 8.5,
            "svg.hashsalt": "smstra",
            "svg.fonttype": "path",
            "pdf.fonttype": 42,
        },
    )
    figure, axes = plt.subplots(figsize=(WIDTH, HEIGHT))
    sns.despine(ax=axes)
    return figure, axes


def dress(figure: Figure, caption: Caption) -> None:
    """Put headline, subtitle and source line around the axes, wrapped to the figure's width."""
    title = textwrap.fill(caption.title, 70)
    subtitle = textwrap.fill(caption.subtitle, 104)
    source = textwrap.fill(caption.source, 122)
    inch = 1 / HEIGHT
    top = 1 - 0.10 * inch
    figure.text(0.02, top, title, ha="left", va="top", fontsize=12.5, weight="bold", color=INK)
    top -= (0.21 * (title.count("\n") + 1) + 0.06) * inch
    figure.text(0.02, top, subtitle, ha="left", va="top", fontsize=8.5, color=FAINT)
    top -= (0.15 * (subtitle.count("\n") + 1) + 0.08) * inch
    figure.text(0.02, 0.06 * inch, source, ha="left", va="bottom", fontsize=7, color=FAINT)
    bottom = (0.14 + 0.12 * (source.count("\n") + 1)) * inch
    figure.tight_layout(rect=(0, bottom, 1, top))


def say_missing(axes: Axes, text: str) -> None:
    """Say in the middle of the axes what could not be drawn, instead of drawing nothing."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, textwrap.fill(text, 50), ha="center", va="center", transform=axes.transAxes)


def save(figure: Figure, caption: Caption, data: pd.DataFrame, stem: Path) -> None:
    """Write ``stem`` as .png, .svg and .pdf, its data as .csv and its words as .md."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    for form in FORMATS:
        figure.savefig(stem.with_suffix(f".{form}"), format=form, dpi=200, metadata=_METADATA[form])
    plt.close(figure)
    csvio.write(data, stem.with_suffix(".csv"))
    words = (
        f"# {caption.title}\n\n{caption.subtitle}\n\nAlt text: {caption.alt}\n\n{caption.source}\n"
    )
    csvio.write_text(words, stem.with_suffix(".md"))


def spread_labels(places: list[float], least: float) -> list[float]:
    """Return places for labels near ``places`` (in their order) that lie ``least`` apart."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = list(places)
    for _ in range(200):
        still = True
        for low, high in zip(order, order[1:], strict=False):
            gap = moved[high] - moved[low]
            if gap < least - 1e-9:
                push = (least - gap) / 2
                moved[low] -= push
                moved[high] += push
                still = False
        if still:
            break
    return moved
