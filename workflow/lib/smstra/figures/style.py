"""One look for all figures, and one way to write them: PNG, SVG, PDF, data and alt text."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import itertools

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath
from matplotlib.transforms import Bbox

from smstra import csvio
from smstra.figures.palette import FAINT, INK
from smstra.textfiles import write_text

WIDTH, HEIGHT = 7.2, 5.6  # inches
FORMATS = ("png", "svg", "pdf")
_LINE = 1.25  # line height in font sizes
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
    inch = 1 / HEIGHT
    top = 1 - 0.10 * inch
    for text, size, ink, weight in (
        (caption.title, 12, INK, "bold"),
        (caption.subtitle, 8.5, FAINT, "normal"),
    ):
        wrapped = wrap(text, size, weight)
        figure.text(
            0.02, top, wrapped, ha="left", va="top", fontsize=size, weight=weight, color=ink
        )
        top -= (_LINE * size / 72 * (wrapped.count("\n") + 1) + 0.06) * inch
    source = wrap(caption.source, 7, "normal")
    figure.text(0.02, 0.06 * inch, source, ha="left", va="bottom", fontsize=7, color=FAINT)
    bottom = (0.10 + _LINE * 7 / 72 * (source.count("\n") + 1)) * inch
    figure.tight_layout(rect=(0, bottom, 1, top), pad=0.4)


def wrap(text: str, size: float, weight: str) -> str:
    """Break ``text`` into lines that fit the figure's width, by the widths of the font itself."""
    font = FontProperties(family="DejaVu Sans", size=size, weight=weight)
    room = WIDTH * 0.92 * 72  # screen hinting widens text a little
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and TextPath((0, 0), longer, prop=font).get_extents().width > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


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
    write_text(words, stem.with_suffix(".md"))


def label_points(
    axes: Axes,
    texts: list[str],
    points: list[tuple[float, float]],
    crowd: list[tuple[float, float]],
    size: float = 8.5,
) -> None:
    """Write ``texts`` beside ``points`` (data coordinates), none over another, with a leader line.

    Of the places around a point that hit no other label and no edge of the axes, the one that hides
    the fewest marks of ``crowd`` is taken; thirty-three points of distance weigh as much as one.
    """
    figure = axes.figure
    figure.canvas.draw()
    frame = axes.get_window_extent()
    scale = figure.dpi / 72
    rim = 20 * scale  # where the corners say what they mean
    marks = axes.transData.transform(crowd)
    pixels = axes.transData.transform(points)
    near = 7 * scale
    taken = [Bbox.from_bounds(x - near, y - near, 2 * near, 2 * near) for x, y in pixels]
    font = FontProperties(family="DejaVu Sans", size=size, weight="bold")
    for text, point, (x, y) in zip(texts, points, pixels, strict=True):
        extent = TextPath((0, 0), text, prop=font).get_extents()
        width, height = (extent.width + 8) * scale, size * 1.5 * scale
        best = None
        for dx, dy in _PLACES:
            left = x + dx * scale - (width if dx < 0 else 0)
            box = Bbox.from_bounds(left, y + dy * scale - height / 2, width, height)
            outside = box.x0 < frame.x0 or box.x1 > frame.x1
            outside = outside or box.y0 < frame.y0 + rim or box.y1 > frame.y1 - rim
            if outside or any(box.overlaps(other) for other in taken):
                continue
            hidden = int(((marks > box.min) & (marks < box.max)).all(axis=1).sum())
            cost = hidden + 0.03 * math.hypot(dx, dy)
            if best is None or cost < best[0]:
                best = (cost, dx, dy, box)
        if best is None:
            best = (0, 12, 10, Bbox.from_bounds(x, y, width, height))
        _, dx, dy, box = best
        taken.append(box)
        axes.annotate(
            text,
            point,
            xytext=(dx, dy),
            textcoords="offset points",
            ha="right" if dx < 0 else "left",
            va="center",
            fontsize=size,
            weight="bold",
            color=INK,
            zorder=6,
            arrowprops={
                "arrowstyle": "-",
                "color": INK,
                "linewidth": 0.7,
                "shrinkA": 0,
                "shrinkB": 5,
            },
            bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "alpha": 0.9, "linewidth": 0},
        )


_PLACES = [
    (side * across, up)
    for across in (12, 26, 44, 66, 90)
    for up in (0, 12, -12, 24, -24, 40, -40, 60, -60, 85, -85)
    for side in (1, -1)
]


def spread_labels(places: list[float], least: float) -> list[float]:
    """Return places for labels near ``places`` (in their order) that lie ``least`` apart."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = list(places)
    for _ in range(200):
        still = True
        for low, high in itertools.pairwise(order):
            gap = moved[high] - moved[low]
            if gap < least - 1e-9:
                push = (least - gap) / 2
                moved[low] -= push
                moved[high] += push
                still = False
        if still:
            break
    return moved
