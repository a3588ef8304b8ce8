"""The quadrant scatter: two criteria's indicators against their references, types as marks."""

from __future__ import annotations

import textwrap
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
from smstra.figures.towns import labels_of
from smstra.typology import CRITERIA, TYPES, counts

# With more units than this to each distinct value of x, they are spread sideways to be seen.
_CROWD = 4


# Across and upwards: the criterion, and the columns of typology.csv that hold its indicator.
_AXES = {"x": "economy_improving", "y": "population_improving"}


def _lower_is_better(case: Mapping[str, Any], axis: str) -> bool:
    """Whether the improving side is that of lower values; the axis is reversed then."""
    return case["criteria"][_AXES[axis]]["holds_if"] in ("at_most", "below")


def data(typology: pd.DataFrame) -> pd.DataFrame:
    """Return what is drawn: ``unit, name, type, x, y, x_reference, y_reference, x_drawn``.

    ``x`` is the indicator of the criterion of the economy, ``y`` that of the population, in their
    units. Where many units share one ``x`` (they have the value of a larger area), ``x_drawn`` lies
    a little beside it.
    """
    table = typology[["unit", "name", "type"]].copy()
    for axis, criterion in _AXES.items():
        table[axis] = typology[CRITERIA[criterion]]
        table[f"{axis}_reference"] = typology[f"{CRITERIA[criterion]}_reference"]
    table["x_drawn"] = table["x"] + _sideways(table["x"])
    return table


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
    circled: bool,
    source: str,
) -> Caption:
    """Return the words, computed from the data; ``circled`` says whether towns are singled out."""
    number = counts(typology)
    known = sum(number[t] for t in TYPES[:5])
    up, down = number["A"] + number["B"], number["C"] + number["D"]
    units = case["title"]
    title = (
        f"{up} of {known} {units} improve against both references, {down} decline against both, "
        f"{number['mixed']} are mixed"
        if known
        else f"No {units} can be classified"
    )
    notes = sufficiency.set_index("indicator")["what_was_done"]
    lines, done = [], []
    for criterion, column in CRITERIA.items():
        spec = case["criteria"][criterion]
        label = case["indicators"][spec["indicator"]]["label"]
        if notes[spec["indicator"]] != "as asked":
            done.append(f"{label}: {notes[spec['indicator']]}")
        if criterion in _AXES.values():
            lines.append(f"{label}: {_reference(spec, typology[f'{column}_reference'])}")
    spans = [in_words(flag, breaks) for flag in flags_in(typology["flags"])]
    spread = _sideways(typology[CRITERIA[_AXES["x"]]]).any()
    subtitle = " ".join(
        [
            f"Each mark is a unit: {units}, geography of {case['geography']['date']}.",
            f"References, dashed: {'; '.join(lines)}.",
            *([f"{'; '.join(done)}."] if done else []),
            *([f"Breaks in series: {'; '.join(spans)}."] if spans else []),
            *(["Units that share a value are spread sideways."] if spread else []),
            *(["Circled: the towns singled out."] if circled else []),
        ]
    )
    across, up_ = (
        case["indicators"][case["criteria"][c]["indicator"]]["label"] for c in _AXES.values()
    )
    alt = (
        f"Scatter plot of {len(typology)} units, {across} across and {up_} upwards, the improving side "
        f"of each to the right and at the top. {title}. By type: "
        + ", ".join(f"{t} {number[t]}" for t in TYPES)
        + "."
    )
    return Caption(title, subtitle, source, alt)


def _reference(spec: Mapping[str, Any], references: pd.Series) -> str:
    values = references.dropna().unique()
    scheme = str(spec["reference"]).replace("_", " ")
    if len(values) == 0:
        return f"{scheme}, which cannot be had"
    if len(values) > 1:
        return f"{scheme}, one for each region, not drawn"
    return (
        f"{values[0]:.2f}"
        if isinstance(spec["reference"], int | float)
        else f"{scheme} {values[0]:.2f}"
    )


def draw(
    case: Mapping[str, Any],
    table: pd.DataFrame,
    towns: Mapping[str, str],
    words: Caption,
    units_of_measure: tuple[str, str],
) -> Figure:
    """Return the figure. ``towns`` maps types (or names) to the units to label by name."""
    figure, axes = start()
    labels = [
        case["indicators"][case["criteria"][criterion]["indicator"]]["label"]
        for criterion in _AXES.values()
    ]
    known = table.dropna(subset=["x", "y"])
    if known.empty:
        say_missing(axes, f"No unit has both: {' and '.join(labels)}. See sufficiency.csv.")
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
    axes.set_xlabel(_axis_label(case, "x", labels[0], units_of_measure[0], "right"))
    axes.set_ylabel(_axis_label(case, "y", labels[1], units_of_measure[1], "top"))
    if _lower_is_better(case, "x"):
        axes.invert_xaxis()
    if _lower_is_better(case, "y"):
        axes.invert_yaxis()
    axes.margins(y=0.09)
    _corners(axes)
    _legend(axes, table)
    dress(figure, words)
    _label_towns(axes, known, towns)
    return figure


def _axis_label(case: Mapping[str, Any], axis: str, label: str, unit: str, side: str) -> str:
    way = f"axis reversed: improving to the {side}" if _lower_is_better(case, axis) else ""
    text = f"{label}, {unit}" + (f"\n({way})" if way else "")
    return text if axis == "x" else textwrap.fill(text, 48)


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
    names = [
        f"{name} ({type_})" for name, type_ in zip(labels_of(at, known), at["type"], strict=True)
    ]
    crowd = list(zip(known["x_drawn"], known["y"], strict=True))
    label_points(axes, names, list(zip(at["x_drawn"], at["y"], strict=True)), crowd)


def _corners(axes: Axes) -> None:
    """Say in each corner what it means: the axes run so that improving is right and top."""
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
