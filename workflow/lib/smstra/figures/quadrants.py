"""The quadrant scatter: two criteria's indicators against their references, types as marks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from smstra.breaks import flags_in, in_words
from smstra.figures.palette import COLOURS, FAINT, INK, MARKERS, RULE
from smstra.figures.style import Caption, dress, label_points, say_missing, start
from smstra.typology import CRITERIA, TYPES, counts

# With more units than this to each distinct value of x, they are spread sideways to be seen.
_CROWD = 4


def data(case: Mapping[str, Any], typology: pd.DataFrame) -> pd.DataFrame:
    """Return what is drawn: ``unit, name, type, x, y, x_reference, y_reference, x_drawn``.

    ``x`` and ``y`` are the indicators that the case names, in their units. Where many units share
    one ``x`` (they have the value of a larger area), ``x_drawn`` lies a little beside it.
    """
    spec = case["figures"]["quadrants"]
    table = typology[["unit", "name", "type"]].copy()
    for axis in ("x", "y"):
        column = _column(case, spec[axis])
        table[axis] = typology[column]
        table[f"{axis}_reference"] = typology[f"{column}_reference"]
    table["x_drawn"] = table["x"] + _sideways(table["x"])
    return table


def _column(case: Mapping[str, Any], indicator: str) -> str:
    return next(
        column
        for criterion, column in CRITERIA.items()
        if case["criteria"][criterion]["indicator"] == indicator
    )


def _sideways(x: pd.Series) -> pd.Series:
    """Return a small fixed shift for units that share their ``x`` with many others."""
    distinct = np.sort(x.dropna().unique())
    if len(distinct) < 2 or len(distinct) * _CROWD > len(x):
        return pd.Series(0.0, index=x.index)
    width = float(np.ptp(distinct)) * 0.018
    place = x.groupby(x).cumcount()
    # Golden-ratio steps fill the strip evenly whatever the number of units.
    step = (place * 0.6180339887498949) % 1 - 0.5
    return (step * 2 * width).fillna(0.0)


def caption(
    case: Mapping[str, Any],
    typology: pd.DataFrame,
    sufficiency: pd.DataFrame,
    breaks: Mapping[str, Any],
    source: str,
) -> Caption:
    """Return the words, computed from the data."""
    number = counts(typology)
    known = sum(number[t] for t in TYPES[:5])
    up, down = number["A"] + number["B"], number["C"] + number["D"]
    title = (
        f"Of {known} {_plural(case)} {up} are on the improving side in economy and population, "
        f"{down} on the declining side, {number['mixed']} on either"
        if known
        else f"No {_plural(case)} can be classified"
    )
    spec = case["figures"]["quadrants"]
    notes = sufficiency.set_index("indicator")["what_was_done"]
    done = [
        f"{axis}: {notes[axis]}" for axis in (spec["x"], spec["y"]) if notes[axis] != "as asked"
    ]
    lines = []
    for criterion, column in CRITERIA.items():
        if case["criteria"][criterion]["indicator"] in (spec["x"], spec["y"]):
            values = typology[f"{column}_reference"].dropna().unique()
            scheme = str(case["criteria"][criterion]["reference"]).replace("_", " ")
            shown = f"{values[0]:.2f}" if len(values) == 1 else "differs by region, not drawn"
            lines.append(f"{column} {scheme} {shown}")
    spans = [in_words(flag, breaks) for flag in flags_in(typology["flags"])]
    geography = case["geography"]
    spread = _sideways(typology[_column(case, spec["x"])]).any()
    subtitle = (
        f"Each mark is a unit: {case['title']}, geography of {geography['date']}. Sides are those of the "
        f"references, dashed: {', '.join(lines)}. "
        + (f"{'; '.join(done)}. " if done else "")
        + (f"Breaks in series: {'; '.join(spans)}. " if spans else "")
        + ("Units that share a value are spread sideways. " if spread else "")
        + "Circled: the towns singled out."
    )
    alt = (
        f"Scatter plot of {len(typology)} {_plural(case)}: {title}. Of the types, "
        + ", ".join(f"{t} has {number[t]}" for t in TYPES)
        + ". The horizontal axis runs from worsening to improving unemployment, the vertical one from "
        "loss to growth of inhabitants."
    )
    return Caption(title, subtitle, source, alt)


def _plural(case: Mapping[str, Any]) -> str:
    return case["title"]


def draw(
    case: Mapping[str, Any],
    table: pd.DataFrame,
    towns: Mapping[str, str],
    words: Caption,
    units_of_measure: tuple[str, str],
) -> Figure:
    """Return the figure. ``towns`` maps types (or names) to the units to label by name."""
    figure, axes = start()
    spec = case["figures"]["quadrants"]
    known = table.dropna(subset=["x", "y"])
    if known.empty:
        say_missing(axes, f"No unit has both {spec['x']} and {spec['y']}: see sufficiency.csv.")
        dress(figure, words)
        return figure
    for type_ in reversed(TYPES):
        part = known[known["type"] == type_]
        if part.empty:
            continue
        fill, _ = COLOURS[type_]
        grey = type_ in ("mixed", "undetermined")
        axes.plot(
            part["x_drawn"],
            part["y"],
            linestyle="none",
            marker=MARKERS[type_],
            markersize=4.5 if grey else 5.5,
            markerfacecolor=fill,
            markeredgecolor=RULE if grey else INK,
            markeredgewidth=0.5,
            alpha=0.75 if grey else 0.95,
            zorder=2 if grey else 3,
        )
    _rules(axes, known)
    label_x, label_y = (case["indicators"][spec[a]]["label"] for a in ("x", "y"))
    axes.set_xlabel(f"{label_x}, {units_of_measure[0]}\n(axis reversed: improving to the right)")
    axes.set_ylabel(f"{label_y}, {units_of_measure[1]}")
    axes.invert_xaxis()
    axes.margins(y=0.09)
    _corners(axes)
    _legend(axes, table)
    dress(figure, words)
    _label_towns(axes, known, towns)
    return figure


def _rules(axes: Axes, known: pd.DataFrame) -> None:
    """Draw a reference line where all units share one reference."""
    for column, line in (("x_reference", axes.axvline), ("y_reference", axes.axhline)):
        values = known[column].dropna().unique()
        if len(values) == 1:
            line(values[0], color=INK, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)


def _label_towns(axes: Axes, known: pd.DataFrame, towns: Mapping[str, str]) -> None:
    at = known[known["unit"].isin(towns.values())]
    axes.plot(
        at["x_drawn"],
        at["y"],
        linestyle="none",
        marker="o",
        markersize=10,
        markerfacecolor="none",
        markeredgecolor=INK,
        markeredgewidth=1.3,
        zorder=5,
    )
    names = [f"{row['name']} ({row['type']})" for row in at.to_dict("records")]
    crowd = list(zip(known["x_drawn"], known["y"], strict=True))
    label_points(axes, names, list(zip(at["x_drawn"], at["y"], strict=True)), crowd)


def _corners(axes: Axes) -> None:
    """Say in each corner what it means; the axis across is reversed."""
    for x, y, text in (
        (0.99, 0.985, "improving side of both: A, B"),
        (0.01, 0.015, "declining side of both: C, D"),
        (0.01, 0.985, "mixed"),
        (0.99, 0.015, "mixed"),
    ):
        axes.text(
            x,
            y,
            text,
            transform=axes.transAxes,
            ha="right" if x > 0.5 else "left",
            va="top" if y > 0.5 else "bottom",
            fontsize=8.5,
            style="italic",
            color=FAINT,
            zorder=1,
        )


def _legend(axes: Axes, table: pd.DataFrame) -> None:
    number = counts(table)
    handles = [
        Line2D(
            [],
            [],
            linestyle="none",
            marker=MARKERS[t],
            markersize=6,
            markerfacecolor=COLOURS[t][0],
            markeredgecolor=INK,
            markeredgewidth=0.6,
            label=f"{t} ({number[t]})",
        )
        for t in TYPES
        if number[t]
    ]
    axes.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, 1.09),
        ncols=len(handles),
        frameon=False,
        fontsize=8.5,
        handletextpad=0.1,
        columnspacing=1.2,
    )
