"""The quadrant scatter: economy against population, absolute and relative to the references."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from smstra.exact import population_sd
from smstra.figures import criteria
from smstra.figures.material import Material
from smstra.figures.one_axis import one_axis
from smstra.figures.palette import COLOURS, FAINT, INK, MARKERS, PARTS, RULE
from smstra.figures.style import (
    MOST_POINTS,
    SMALL,
    TEXT,
    Caption,
    Drawing,
    dress,
    label_points,
    nothing_to_draw,
    numbered,
    start,
    wrap,
)
from smstra.language import Language
from smstra.report.wording import quantity, unit_in_words
from smstra.typology import CRITERIA, holds

# Across and upwards: the criterion whose indicator is drawn.
AXES = {"x": "economy_improving", "y": "population_improving"}
# With more units than this to each distinct value of x, they are spread sideways to be seen.
_CROWD = 4
# The guard band reaches so many standard deviations of the threshold to either side of it.
_DEVIATIONS = 2
_HEIGHT = 3.3  # inches of the panels
_MOST_REFERENCES = 10  # lines that may be drawn before they hide the points
_LABEL_ROOM = 1.25  # inches for the name of a town
# Mixed units, settled before or not: the types' shapes say SF, so theirs do too.
_MIXED = {True: ("#7F7F7F", "D"), False: (COLOURS["mixed"][0], MARKERS["mixed"])}


def quadrants(material: Material, _: Mapping[str, Any]) -> Drawing:
    """Return the scatter of all units, absolute (against zero) and less their references, side by side."""
    table = data(material)
    known = table.dropna(subset=["x", "y"])
    if known.empty:
        apart = {
            axis: criterion
            for axis, criterion in AXES.items()
            if material.tables["typology"][criterion].isin([True, False]).any()
        }
        if apart:
            return one_axis("quadrants", material, table, apart)
        return nothing_to_draw("quadrants", caption(material, table))
    words = caption(material, table)
    say, case = material.say, material.case
    figure, (left, right) = start(_HEIGHT, 1, 2)
    relative = known.dropna(subset=["x_relative", "y_relative"])
    _marks(left, known, "x_drawn", "y")
    _marks(right, relative, "x_relative_drawn", "y_relative")
    _rules(left, known, case)
    _bands(right, bands(material))
    names = criteria.labels(material)
    for axes, title, measured in (
        (left, say("Absolute"), {axis: _unit(material, axis) for axis in AXES}),
        (right, say("Less the reference"), {axis: _unit(material, axis, True) for axis in AXES}),
    ):
        axes.set_title(title, loc="left", fontsize=TEXT, weight="bold", color=INK)
        axes.margins(0.07, 0.24 if len(material.towns) else 0.11)
        numbered(axes.xaxis, say)
        numbered(axes.yaxis, say)
        texts = {
            axis: say("{label}, {unit}", label=names[criterion], unit=measured[axis])
            + (f" {criteria.STANDS_IN}" if criteria.standing_in(material, criterion).any() else "")
            for axis, criterion in AXES.items()
        }
        axes.set_xlabel(wrap(texts["x"], SMALL, room=1.65), fontsize=SMALL)
        axes.set_ylabel(wrap(texts["y"], SMALL, room=_HEIGHT * 0.75), fontsize=SMALL)
        if _lower_is_better(case, "x"):
            axes.invert_xaxis()
        if _lower_is_better(case, "y"):
            axes.invert_yaxis()
    dress(figure, words, _legend(material, table))
    for axes, column, part in ((left, "", known), (right, "_relative", relative)):
        _corners(axes, part, column, material)
        _label_towns(axes, part, column, material)
    return Drawing("quadrants", words, table, figure)


def data(material: Material) -> pd.DataFrame:
    """Return what is drawn, one row a unit.

    Returns
    -------
    DataFrame
        ``unit, name, region, type, settled, chosen`` and for each of ``x`` (economy) and ``y``
        (population) the value, ``_reference``, ``_relative`` (value less reference), ``_in_band``
        (inside the guard band; empty without one), ``_stands_in`` (the value of a larger or later
        unit). Where many units share one ``x``, ``x_drawn`` and ``x_relative_drawn`` lie a little
        beside it.
    """
    typology = material.tables["typology"]
    table = typology[["unit", "name", "region", "type"]].copy()
    table["settled"] = typology["sf_high"]
    table["chosen"] = table["unit"].isin(material.towns["unit"])
    widths = bands(material)
    for axis, criterion in AXES.items():
        column = CRITERIA[criterion]
        table[axis] = typology[column]
        table[f"{axis}_reference"] = typology[f"{column}_reference"]
        table[f"{axis}_relative"] = typology[f"{column}_distance"]
        inside = (typology[f"{column}_distance"].abs() < widths.get(axis, np.nan)).astype(object)
        table[f"{axis}_in_band"] = inside.where(
            table[f"{axis}_relative"].notna() & (axis in widths), None
        )
        table[f"{axis}_stands_in"] = criteria.standing_in(material, criterion).to_numpy()
    aside = _sideways(table["x"])
    table["x_drawn"] = table["x"] + aside
    table["x_relative_drawn"] = table["x_relative"] + aside
    return table


def bands(material: Material) -> dict[str, float]:
    """Return the half-width of the guard band of each axis, in the unit of its indicator.

    Two standard deviations of the threshold, as the case spreads it in the probabilities of the types
    (``threshold_spread``, in standard deviations of the indicator over classified units). A unit is
    inside if its stability interval ends within the band: its threshold need move no farther than
    is likely to change its type. (A guard band as in JCGM 106:2012 keeps so many standard
    uncertainties from a limit.) Empty for a case without robustness.
    """
    spread = (
        material.case.get("robustness", {}).get("probabilities", {}).get("threshold_spread", {})
    )
    intervals = material.tables.get("intervals")
    widths = {}
    for axis, criterion in AXES.items():
        if intervals is None or not spread.get(criterion):
            continue
        own = intervals[
            (intervals["criterion"] == criterion) & (intervals["type"] != "undetermined")
        ]
        width = _DEVIATIONS * spread[criterion] * population_sd(own["value"].to_numpy(dtype=float))
        if width > 0:
            widths[axis] = width
    return widths


def _lower_is_better(case: Mapping[str, Any], axis: str) -> bool:
    """Whether the improving side is that of lower values; the axis is reversed then."""
    return case["criteria"][AXES[axis]]["holds_if"] in ("at_most", "below")


def _is_change(case: Mapping[str, Any], axis: str) -> bool:
    """Whether the indicator is a change, so that zero means that nothing improved."""
    return "from" in case["indicators"][case["criteria"][AXES[axis]]["indicator"]]


def _unit(material: Material, axis: str, difference: bool = False) -> str:
    measured = criteria.unit_of_measure(material, AXES[axis])
    if difference and measured == "percent":
        measured = "percentage points"
    return unit_in_words(measured, material.say)


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


def looks(table: pd.DataFrame, say: Language) -> dict[str, tuple[pd.Series, str, str]]:
    """Return, by label, which rows of ``table`` a mark stands for, its fill and its shape."""
    made = {type_: (table["type"] == type_, COLOURS[type_][0], MARKERS[type_]) for type_ in "ABCD"}
    for settled, label in (
        (True, say("mixed, settled")),
        (False, say("mixed, not settled")),
    ):
        mixed = (table["type"] == "mixed") & (table["settled"] == settled)
        made[label] = (mixed, *_MIXED[settled])
    made[say("undetermined")] = (
        table["type"] == "undetermined",
        INK,
        MARKERS["undetermined"],
    )
    return made


def _marks(axes: Axes, table: pd.DataFrame, x: str, y: str) -> None:
    for label, (rows, fill, marker) in reversed(looks(table, Language()).items()):
        part = table[rows]
        typed = len(label) == 1
        if len(part):
            axes.plot(
                part[x],
                part[y],
                linestyle="none",
                marker=marker,
                markersize=_size(marker),
                markerfacecolor=fill,
                markeredgecolor=INK if typed or marker == "x" else RULE,
                markeredgewidth=0.4,
                zorder=3 if typed else 2,
                label=f"_{label}",
                rasterized=len(table) > MOST_POINTS,
            )


def _size(marker: str) -> float:
    return 2.7 if marker == "D" else 3.9


def _rules(axes: Axes, known: pd.DataFrame, case: Mapping[str, Any]) -> None:
    """Draw zero, where the indicator is a change, and the references: one line for each region's."""
    for axis, line in (("x", axes.axvline), ("y", axes.axhline)):
        if _is_change(case, axis):
            line(0, color=INK, linewidth=0.9, zorder=1, label="_zero")
        references = _lines_of(known, axis)
        width = 0.9 if len(references) == 1 else 0.5
        for value in references:
            line(
                value,
                color=FAINT,
                linewidth=width,
                linestyle=(0, (4, 3)),
                zorder=1,
                label="_reference",
            )


def _lines_of(known: pd.DataFrame, axis: str) -> np.ndarray:
    """Return the references to draw: none, where those of many regions would hide the points."""
    references = np.sort(known[f"{axis}_reference"].dropna().unique())
    return references if len(references) <= _MOST_REFERENCES else references[:0]


def _bands(axes: Axes, widths: Mapping[str, float]) -> None:
    """Draw the references, which lie at zero here, and the guard band on either side of each."""
    for axis, line, span in (("x", axes.axvline, axes.axvspan), ("y", axes.axhline, axes.axhspan)):
        line(0, color=FAINT, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1, label="_reference")
        if axis in widths:
            span(
                -widths[axis],
                widths[axis],
                facecolor=PARTS[0],
                edgecolor="none",
                alpha=0.75,
                zorder=0,
                label="_band",
            )


def sides(table: pd.DataFrame, column: str, case: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return, by axis, which units are on the improving side of zero (``column`` empty) or the reference.

    1 yes, 0 no, -1 unknown, by the comparison of the criterion.
    """
    return {
        axis: holds(
            table[axis].to_numpy(float),
            np.zeros(len(table)) if not column else table[f"{axis}_reference"].to_numpy(float),
            case["criteria"][criterion]["holds_if"],
            case["comparison_decimals"],
        )
        for axis, criterion in AXES.items()
    }


def _corners(axes: Axes, table: pd.DataFrame, column: str, material: Material) -> None:
    """Write how many units lie in each quadrant; the axes run so that improving is right and top."""
    say, case = material.say, material.case
    if not column and not all(_is_change(case, axis) for axis in AXES):
        return
    side = sides(table, column, case)
    for right, top in ((1, 1), (0, 1), (0, 0), (1, 0)):
        count = int(((side["x"] == right) & (side["y"] == top)).sum())
        axes.text(
            0.99 if right else 0.01,
            0.99 if top else 0.01,
            say.number(count),
            transform=axes.transAxes,
            ha="right" if right else "left",
            va="top" if top else "bottom",
            fontsize=TEXT,
            weight="bold",
            style="italic",
            color=FAINT,
            zorder=4,
            bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "alpha": 0.8, "linewidth": 0},
        )


def _label_towns(axes: Axes, table: pd.DataFrame, column: str, material: Material) -> None:
    say = material.say
    place = table.set_index("unit")
    at = material.towns[material.towns["unit"].isin(table["unit"])]
    if at.empty:
        return
    points = [
        (place.at[unit, f"x{column}_drawn"], place.at[unit, f"y{column}"]) for unit in at["unit"]
    ]
    axes.plot(
        *zip(*points, strict=True),
        linestyle="none",
        marker="o",
        markersize=8 if len(at) <= criteria.MOST_NAMED else 5.5,
        markerfacecolor="none",
        markeredgecolor=INK,
        markeredgewidth=1.1,
        zorder=5,
        label="_chosen",
    )
    if len(at) > criteria.MOST_NAMED:
        return
    names = [
        criteria.typed(label, type_, say, _LABEL_ROOM)
        for label, type_ in zip(at["label"], at["type"], strict=True)
    ]
    crowd = list(zip(table[f"x{column}_drawn"], table[f"y{column}"], strict=True))
    label_points(axes, names, points, crowd, SMALL)


def _legend(material: Material, table: pd.DataFrame) -> list[Any]:
    say = material.say
    return [
        Line2D(
            [],
            [],
            linestyle="none",
            marker=marker,
            markersize=_size(marker) + 1.2,
            markerfacecolor=fill,
            markeredgecolor=INK,
            markeredgewidth=0.5,
            label=say("{type} {number}", type=label, number=say.number(int(rows.sum()))),
        )
        for label, (rows, fill, marker) in looks(table, say).items()
        if rows.any()
    ]


def caption(material: Material, table: pd.DataFrame) -> Caption:
    """Return the words, computed from the data."""
    say = material.say
    known = table[table["type"] != "undetermined"]
    if known.empty:
        # The two axes may be answered where no unit has a type.
        known = table.dropna(subset=["x_relative", "y_relative"])
    source = material.source_line(criteria.sources(material))
    labels = criteria.labels(material)
    if table.dropna(subset=["x", "y"]).empty:
        title = say("No unit has both {x} and {y}", x=labels[AXES["x"]], y=labels[AXES["y"]])
        subtitle = " ".join(
            [
                say("{geography}.", geography=material.geography()),
                *criteria.substitutions(material),
                say("sufficiency.csv says what was asked for and found."),
            ]
        )
        return Caption(title, subtitle, source, f"{title}. {subtitle}")
    title = _title(material, known)
    widths = bands(material)
    measured = {axis: criteria.unit_of_measure(material, AXES[axis]) for axis in AXES}
    if widths:
        inside = int((known[[f"{axis}_in_band" for axis in widths]] == True).any(axis=1).sum())  # noqa: E712
        band = say(
            "Grey guard bands: two standard deviations of each threshold, as the case spreads it ({widths}); "
            "so small a move turns the type of the {n} units of {all} inside one.",
            widths=say.listing(
                "±" + quantity(width, _difference(measured[axis]), say, more=1)
                for axis, width in widths.items()
            ),
            n=say.number(inside),
            all=say.number(len(known)),
        )
    elif "pseudonymise" in material.case:
        band = say("No guard band: the intervals of units under pseudonyms are not published.")
    else:
        band = say("No guard band: the case gives its thresholds no spread (`robustness`).")
    subtitle = " ".join(
        [
            say(
                "{geography}. Improving is right and top; numbers in the corners count units.",
                geography=material.geography(),
            ),
            _sides_words(material, table),
            criteria.references(material, list(CRITERIA)),
            say("Triangles and diamonds: migrants settled before."),
            band,
            *criteria.substitutions(material),
            *criteria.breaks(material),
            *criteria.undetermined(material),
            *([say("Units that share a value are spread sideways.")] if _aside(table) else []),
            *criteria.chosen(material),
        ]
    )
    alt = say(
        "Two scatter plots side by side of {n} units, {x} across and {y} upwards, improving to the right "
        "and at the top; on the left the values, on the right the values less their references. {title}. "
        "By type: {counts}.",
        n=say.number(len(table)),
        x=labels[AXES["x"]],
        y=labels[AXES["y"]],
        title=title,
        counts=criteria.said_counts(criteria.counted(material), say),
    )
    return Caption(title, subtitle, source, alt)


def _difference(measured: str) -> str:
    return "percentage points" if measured == "percent" else measured


def _aside(table: pd.DataFrame) -> bool:
    return bool((table["x_drawn"] - table["x"]).abs().gt(0).any())


def _title(material: Material, known: pd.DataFrame) -> str:
    say, case = material.say, material.case
    if known.empty:
        return say("No unit can be classified against the references")
    side = sides(known, "_relative", case)
    up = int(((side["x"] == 1) & (side["y"] == 1)).sum())
    down = int(((side["x"] == 0) & (side["y"] == 0)).sum())
    against = say(
        "Economy and population both improve against their references in {up} of {all} units, both decline "
        "in {down}",
        up=say.number(up),
        all=say.number(len(known)),
        down=say.number(down),
    )
    if not all(_is_change(case, axis) for axis in AXES):
        return against
    zero = sides(known, "", case)
    absolute = int(((zero["x"] == 1) & (zero["y"] == 1)).sum())
    return say(
        "{sentence}; against zero they improve in {n}", sentence=against, n=say.number(absolute)
    )


def _sides_words(material: Material, table: pd.DataFrame) -> str:
    say = material.say
    known = table.dropna(subset=["x", "y"])
    many = max(known[f"{axis}_reference"].nunique() for axis in AXES)
    if many > _MOST_REFERENCES:
        return say(
            "Left: values; the references, of up to {n} regions, are not drawn; right: values less references.",
            n=say.number(many),
        )
    if all(_is_change(material.case, axis) for axis in AXES):
        return say(
            "Left: values, with zero (solid) and references (dashed); right: values less references."
        )
    return say(
        "Left: values and references (dashed), for a level has no zero to improve on; right: values less "
        "references."
    )
