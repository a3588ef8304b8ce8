"""One look for all figures, and one way to write them: PNG, SVG, PDF, data and words."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath, text_to_path
from matplotlib.ticker import FuncFormatter
from matplotlib.transforms import Bbox

from smstra import csvio
from smstra.figures.palette import FAINT, INK
from smstra.language import Language
from smstra.textfiles import write_text

# Inches. Printed at 8 cm, two thirds of this width, the smallest text still has five points.
WIDTH = 4.8
TITLE, SUBTITLE, TEXT, SMALL = 11.0, 8.2, 8.2, 7.7  # points
FORMATS = ("png", "svg", "pdf")
PNG_DPI = 250
# A cloud of more points is drawn as an image inside the SVG and the PDF, which would otherwise grow by
# a hundred bytes a point until no program opens them.
MOST_POINTS = 5000
_FONT = "DejaVu Sans"
_LINE = 1.25  # line height in font sizes
_MARGIN = 0.08  # inches
_HYPHENS = re.compile(r"(?<=-)")
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


@dataclass(frozen=True)
class Drawing:
    """A figure with its name, its words and the data that it draws.

    ``missing`` says that there was nothing to draw; the figure then says what is missing.
    """

    name: str
    words: Caption
    data: pd.DataFrame
    figure: Figure
    missing: bool = False


def start(
    height: float = 3.3, rows: int = 1, columns: int = 1, **layout: Any
) -> tuple[Figure, Any]:
    """Return an empty figure in the project's style and its axes (an array where there are several).

    ``height`` is that of the panels together, in inches; :func:`dress` adds the room for the words.
    ``layout`` goes to :func:`matplotlib.pyplot.subplots` (``sharex``, ``width_ratios``, ...).
    """
    sns.set_theme(
        style="ticks",
        rc={
            "font.family": _FONT,
            "font.size": TEXT,
            # A name with two dollar signs is a name, not a formula.
            "text.parse_math": False,
            # Letters as wide at any resolution as they are measured, and as in PDF and SVG.
            "text.hinting": "none",
            "axes.edgecolor": FAINT,
            "axes.labelcolor": INK,
            "axes.labelsize": TEXT,
            "axes.linewidth": 0.8,
            "axes.titlesize": TEXT,
            "xtick.color": INK,
            "ytick.color": INK,
            "xtick.major.size": 3,
            "ytick.major.size": 3,
            "xtick.labelsize": SMALL,
            "ytick.labelsize": SMALL,
            "legend.fontsize": SMALL,
            "hatch.linewidth": 0.5,
            "svg.hashsalt": "smstra",
            "svg.fonttype": "path",
            "pdf.fonttype": 42,
        },
    )
    figure, axes = plt.subplots(rows, columns, figsize=(WIDTH, height), **layout)
    for each in figure.axes:
        sns.despine(ax=each)
    return figure, axes


def dress(figure: Figure, words: Caption, legend: Sequence[Any] = (), apart: float = 0.6) -> None:
    """Put headline, subtitle, legend and source line around the panels; the figure grows by them.

    ``legend`` are artists with labels; they stand in a row, or several, between subtitle and panels, which
    are ``apart`` by so many letters.
    """
    texts = [(words.title, TITLE, INK, "bold"), (words.subtitle, SUBTITLE, FAINT, "normal")]
    wrapped = [wrap(text, size, weight) for text, size, _, weight in texts]
    source = wrap(words.source, SMALL, "normal")
    above = _MARGIN + sum(
        _tall(text, size) + 0.05 for text, (_, size, *_) in zip(wrapped, texts, strict=True)
    )
    columns = _columns([artist.get_label() for artist in legend])
    lines = math.ceil(len(legend) / columns) if legend else 0
    legend_height = lines * 1.45 * SMALL / 72 + 0.06 if legend else 0.0
    below = _MARGIN + _tall(source, SMALL) + 0.04
    height = figure.get_figheight() + above + legend_height + below
    figure.set_size_inches(WIDTH, height)
    top = _MARGIN
    for text, (_, size, ink, weight) in zip(wrapped, texts, strict=True):
        figure.text(
            _MARGIN / WIDTH,
            1 - top / height,
            text,
            va="top",
            fontsize=size,
            weight=weight,
            color=ink,
        )
        top += _tall(text, size) + 0.05
    if legend:
        figure.legend(
            handles=list(legend),
            loc="upper left",
            bbox_to_anchor=(_MARGIN / WIDTH, 1 - (top - 0.03) / height),
            ncols=columns,
            frameon=False,
            borderaxespad=0.1,
            borderpad=0,
            handletextpad=0.4,
            columnspacing=1.0,
            handlelength=1.6,
        )
    figure.text(_MARGIN / WIDTH, _MARGIN / height, source, va="bottom", fontsize=SMALL, color=FAINT)
    figure.tight_layout(
        rect=(0, below / height, 1, 1 - (above + legend_height) / height), pad=0.3, h_pad=apart
    )


def _tall(text: str, size: float) -> float:
    return _LINE * size / 72 * (text.count("\n") + 1) if text else 0.0


def _columns(labels: Sequence[str]) -> int:
    """Return how many entries of a legend fit side by side."""
    if not labels:
        return 1
    widest = max(width_of(label, SMALL) for label in labels) + 0.40
    return max(1, min(len(labels), int((WIDTH - 0.1) / widest)))


@cache
def width_of(text: str, size: float, weight: str = "normal") -> float:
    """Return how many inches ``text`` is wide."""
    font = FontProperties(family=_FONT, size=size, weight=weight)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return width / 72 if text.strip() else 0.0


def wrap(text: str, size: float, weight: str = "normal", room: float = WIDTH * 0.95) -> str:
    """Break ``text`` into lines of at most ``room`` inches, by the widths of the font itself.

    A word wider than that is broken after its hyphens, and within where there are none.
    """
    lines = [""]
    for word in text.split(" "):
        broad = width_of(word, size, weight) > room
        pieces = [
            piece
            for part in (_HYPHENS.split(word) if broad else [word])
            for piece in _broken(part, size, weight, room)
        ]
        for place, part in enumerate(pieces):
            longer = f"{lines[-1]} {part}".strip() if place == 0 else lines[-1] + part
            if lines[-1] and width_of(longer, size, weight) > room:
                lines.append(part)
            else:
                lines[-1] = longer
    return "\n".join(lines)


def _broken(word: str, size: float, weight: str, room: float) -> list[str]:
    """Return ``word`` in pieces of at most ``room`` inches, of a letter at least."""
    pieces = []
    while len(word) > 1 and width_of(word, size, weight) > room:
        fits = next(
            (n for n in range(len(word) - 1, 0, -1) if width_of(word[:n], size, weight) <= room), 1
        )
        pieces.append(word[:fits])
        word = word[fits:]
    return [*pieces, word]


def shorten(text: str, size: float, room: float) -> str:
    """Return ``text``, cut with an ellipsis if it is wider than ``room`` inches."""
    if width_of(text, size) <= room:
        return text
    while text and width_of(text + "…", size) > room:
        text = text[:-1].rstrip()
    return text + "…"


def numbered(axis: Axis, say: Language) -> None:
    """Write the ticks of ``axis`` as ``say`` writes numbers, with the decimals that keep them apart."""

    def written(value: float, _: int | None = None) -> str:
        apart = np.diff(np.sort(axis.get_majorticklocs()))
        step = float(apart.min()) if len(apart) else 1.0
        decimals = 0
        while decimals < 6 and abs(round(step, decimals) - step) > step * 1e-6:
            decimals += 1
        return say.signed(value, decimals) if value < 0 else say.number(value, decimals)

    axis.set_major_formatter(FuncFormatter(written))


def nothing_to_draw(name: str, words: Caption) -> Drawing:
    """Return a figure that says what is missing, in its headline and subtitle, and draws no axes."""
    figure, axes = start(0.1)
    axes.set_axis_off()
    dress(figure, words)
    return Drawing(name, words, pd.DataFrame({"missing": [words.subtitle]}), figure, missing=True)


def save(drawing: Drawing, folder: Path) -> None:
    """Write the figure as .png, .svg and .pdf, its data as .csv and its words as .md."""
    folder.mkdir(parents=True, exist_ok=True)
    stem, words = folder / drawing.name, drawing.words
    for form in FORMATS:
        path = stem.with_suffix(f".{form}")
        drawing.figure.savefig(path, format=form, dpi=PNG_DPI, metadata=_METADATA[form])
    plt.close(drawing.figure)
    csvio.write(drawing.data, stem.with_suffix(".csv"))
    text = f"# {words.title}\n\n{words.subtitle}\n\nAlt text: {words.alt}\n\n{words.source}\n"
    write_text(text, stem.with_suffix(".md"))


def write_list(drawings: Iterable[Drawing], path: Path) -> None:
    """Write the words of ``drawings``, in order, for the pages that show them."""
    entries = [
        {
            "name": each.name,
            "title": each.words.title,
            "subtitle": each.words.subtitle,
            "source": each.words.source,
            "alt": each.words.alt,
            "missing": each.missing,
        }
        for each in drawings
    ]
    write_text(json.dumps(entries, ensure_ascii=False, indent=1) + "\n", path)


def label_points(
    axes: Axes,
    texts: list[str],
    points: list[tuple[float, float]],
    crowd: list[tuple[float, float]],
    size: float = TEXT,
) -> None:
    """Write ``texts`` beside ``points`` (data coordinates), none over another, with a leader line.

    Of the places around a point, and all over the axes, that hit no other label and no edge, the one
    that hides the fewest marks of ``crowd`` is taken; thirty-three points of distance weigh as much as
    one. A text that fits nowhere is written beside its point all the same.
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
    font = FontProperties(family=_FONT, size=size, weight="bold")
    for text, point, (x, y) in zip(texts, points, pixels, strict=True):
        extent = TextPath((0, 0), text, prop=font).get_extents()
        width, height = (extent.width + 8) * scale, size * 1.5 * scale
        best = (math.inf, Bbox.from_bounds(x + 12 * scale, y, width, height))
        for left, low in _places(frame, x, y, width, height, scale):
            box = Bbox.from_bounds(left, low, width, height)
            aside = max(box.x0 - x, x - box.x1, 0.0)
            cost = 0.03 * math.hypot(aside, (box.y0 + box.y1) / 2 - y) / scale
            if cost >= best[0]:
                continue
            outside = box.x0 < frame.x0 or box.x1 > frame.x1
            outside = outside or box.y0 < frame.y0 + rim or box.y1 > frame.y1 - rim
            if outside or any(box.overlaps(other) for other in taken):
                continue
            cost += int(((marks > box.min) & (marks < box.max)).all(axis=1).sum())
            if cost < best[0]:
                best = (cost, box)
        box = best[1]
        taken.append(box)
        axes.annotate(
            text,
            point,
            xytext=(((box.x0 + box.x1) / 2 - x) / scale, ((box.y0 + box.y1) / 2 - y) / scale),
            textcoords="offset points",
            ha="center",
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


def _places(
    frame: Bbox, x: float, y: float, width: float, height: float, scale: float
) -> Iterator[tuple[float, float]]:
    """Yield lower left corners for a label: beside its point, then all over the axes (pixels)."""
    for across in (12, 26, 44, 66, 90):
        for up in (0, 12, -12, 24, -24, 40, -40, 60, -60, 85, -85):
            low = y + up * scale - height / 2
            yield x + across * scale, low
            yield x - across * scale - width, low
    for low in np.linspace(frame.y0, frame.y1 - height, 24):
        for left in np.linspace(frame.x0, frame.x1 - width, 12):
            yield float(left), float(low)


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
