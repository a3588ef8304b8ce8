"""Rows of dots and stacked bars: an indicator, or the parts of a change, of towns, regions, the country."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from smstra.figures.lines import few, fitted_to, made_how
from smstra.figures.material import Material
from smstra.figures.palette import COLOURS, FAINT, INK, MARKERS, PARTS, RULE
from smstra.figures.style import (
    SMALL,
    TEXT,
    WIDTH,
    Caption,
    Drawing,
    dress,
    numbered,
    start,
    width_of,
)
from smstra.flags_in_words import in_words
from smstra.language import Language
from smstra.report.wording import type_named

_NAME_ROOM = 1.55  # inches for the names of the rows
_LINE = 1.25 * SMALL / 72
_ROW_GAP = 0.07
# Fill and hatch of the parts of a bar: apart in grey, too.
_PART_LOOKS = ((PARTS[1], "////"), (PARTS[3], ""), (PARTS[0], "...."), (PARTS[2], "xxxx"))


@dataclass(frozen=True)
class Bar:
    """A row: a place with its value.

    Attributes
    ----------
    unit, label, type, region
        Code, name, type and region of a town; of a region its own code; empty for the country.
    what
        ``town``, ``region`` or ``country``.
    value
        NaN where there is none; the row then says so.
    stands_in
        Whether the value is that of a larger area or unit: the mark is open.
    beside
        A text after the value.
    parts
        For :func:`stacked`: part and value; ``value`` is the total.
    columns
        What else the data of the figure shall have.
    """

    unit: str
    label: str
    what: str
    value: float
    type: str = ""
    region: str = ""
    stands_in: bool = False
    beside: str = ""
    parts: Mapping[str, float] = field(default_factory=dict)
    columns: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """Rows that share an axis.

    ``axis`` says what it shows, ``heads`` what the columns of values and of texts beside them show.
    ``zero``: whether the axis has to reach zero, where stems start.
    """

    bars: list[Bar]
    axis: str
    title: str = ""
    decimals: int = 1
    signed: bool = False
    zero: bool = True
    heads: tuple[str, str] = ("", "")


def of_indicator(material: Material, name: str) -> list[Bar]:
    """Return an indicator of the towns, highest first, of their regions and of the country.

    Towns without a value come last. ``columns`` has ``indicator, unit_of_measure, year_from, year_to,
    level, flags, how, units``. A value stands in if it is of another level than the case's, or of a
    larger unit.
    """
    found = material.indicator(name)
    level = material.case["geography"]["level"]
    bars = []
    for town in material.towns.itertuples():
        if town.unit not in found.index:
            continue
        row = found.loc[town.unit]
        flags = str(row["flags"])
        stands = row["level"] not in ("", level) or "merged_unit=" in flags
        columns = {
            "indicator": name,
            **{key: row[key] for key in ("unit_of_measure", "year_from", "year_to", "level")},
            "flags": flags,
            "how": "",
            "units": math.nan,
        }
        bars.append(
            Bar(
                town.unit,
                town.label,
                "town",
                float(row["value"]),
                town.type,
                town.region,
                stands_in=stands and not math.isnan(row["value"]),
                columns=columns,
            )
        )
    bars.sort(key=downwards)
    areas = material.areas(name)
    regions = set(material.towns["region"])
    for what in ("region", "country"):
        for code, row in areas[areas["what"] == what].sort_index().iterrows():
            if what == "region" and code not in regions:
                continue
            columns = {
                "indicator": name,
                **{key: row[key] for key in ("unit_of_measure", "year_from", "year_to")},
                "level": what,
                "flags": "",
                "how": row["how"],
                "units": row["units"],
            }
            region = code if what == "region" else ""
            label = material.say.own(row["name"])
            bars.append(Bar(code, label, what, float(row["value"]), "", region, columns=columns))
    return bars


def downwards(bar: Bar) -> tuple[int, float]:
    """Sort towns from the highest value, those without one after them; areas keep their order."""
    if bar.what != "town":
        return 2, 0.0
    return (1, 0.0) if math.isnan(bar.value) else (0, -bar.value)


def drawing(material: Material, name: str, groups: Sequence[Group], words: Caption) -> Drawing:
    """Return a figure of dots, one row a place, the groups below one another.

    The country's value is a dashed line through all rows, that of a town's region a grey tick in its
    row. ``data`` has the columns of :func:`table_of`. The artist of a row has the label ``_<unit>``.
    """
    say = material.say
    figure, panels, places = _panels(say, groups)
    for group, axes, centres in zip(groups, panels, places, strict=True):
        regions = {bar.region: bar.value for bar in group.bars if bar.what == "region"}
        country = [bar.value for bar in group.bars if bar.what == "country"]
        if group.zero:
            axes.axvline(0, color=RULE, linewidth=0.9, zorder=1, label="_zero")
        for value in country:
            axes.axvline(
                value, color=INK, linewidth=1.1, linestyle=(0, (5, 2)), zorder=1, label="_country"
            )
        for bar, y in zip(group.bars, centres, strict=True):
            if math.isnan(bar.value):
                continue
            if group.zero:
                axes.plot(
                    [0, bar.value], [y, y], color=RULE, linewidth=1.6, zorder=2, label="_stem"
                )
            if bar.what == "town" and not math.isnan(regions.get(bar.region, math.nan)):
                axes.plot(
                    [regions[bar.region]],
                    [y],
                    marker="|",
                    markersize=9,
                    markeredgewidth=1.6,
                    color=FAINT,
                    zorder=3,
                    label="_own_region",
                )
            axes.plot([bar.value], [y], label=f"_{bar.unit}", linestyle="none", **_look(bar))
        _write_columns(axes, group, centres, say)
        numbered(axes.xaxis, say)
    dress(figure, words, _legend(say, groups))
    return Drawing(name, words, table_of(groups), figure)


def stacked(
    material: Material, name: str, group: Group, labels: Mapping[str, str], words: Caption
) -> Drawing:
    """Return a figure of bars of stacked parts, one row a place, the total marked and written.

    Parts above zero are stacked to the right of it, those below to the left. ``labels`` names the
    parts, in order. Artists: a bar has the label ``_<unit>:<part>``, a total ``_<unit>``.
    """
    say = material.say
    figure, panels, places = _panels(say, [group])
    axes = panels[0]
    axes.axvline(0, color=INK, linewidth=0.9, zorder=3, label="_zero")
    for bar, y in zip(group.bars, places[0], strict=True):
        if math.isnan(bar.value):
            continue
        right = left = 0.0
        for part, (fill, hatch) in zip(labels, _PART_LOOKS, strict=False):
            value = bar.parts[part]
            axes.barh(
                y,
                value,
                left=right if value >= 0 else left,
                height=_LINE * 0.95,
                color=fill,
                hatch=hatch,
                edgecolor=INK,
                linewidth=0.6,
                zorder=2,
                label=f"_{bar.unit}:{part}",
            )
            right, left = right + max(value, 0), left + min(value, 0)
        axes.plot(
            [bar.value],
            [y],
            linestyle="none",
            marker="D",
            markersize=5.5,
            markerfacecolor="white",
            markeredgecolor=INK,
            markeredgewidth=1.1,
            zorder=4,
            label=f"_{bar.unit}",
        )
    _write_columns(axes, group, places[0], say)
    numbered(axes.xaxis, say)
    handles: list[Any] = [
        Patch(facecolor=fill, hatch=hatch, edgecolor=INK, linewidth=0.6, label=label)
        for label, (fill, hatch) in zip(labels.values(), _PART_LOOKS, strict=False)
    ]
    total = {"marker": "D", "markerfacecolor": "white", "markeredgecolor": INK, "markersize": 5.5}
    handles.append(Line2D([], [], linestyle="none", **total, label=say("total")))
    dress(figure, words, handles)
    return Drawing(name, words, table_of([group]), figure)


def notes(material: Material, name: str, rows: Sequence[Bar]) -> list[str]:
    """Return the sentences on what the ``rows`` of an indicator are: how made, marked, missing."""
    say = material.say
    made: dict[str, list[str]] = {}
    for what in ("country", "region"):
        own = [bar for bar in rows if bar.what == what and not math.isnan(bar.value)]
        if own:
            units = pd.Series([bar.columns["units"] for bar in own])
            text = made_how(material, own[0].columns["how"], units, what, [name])
            made.setdefault(text, []).append(
                own[0].label if what == "country" else say("the regions")
            )
    said = [
        say("Values of {areas}: {how}.", areas=say.listing(areas), how=text)
        for text, areas in made.items()
    ]
    said += flags_said(material, name, [bar.unit for bar in rows if bar.what == "town"])
    if any(bar.stands_in for bar in rows):
        said.append(say("Open marks: values of a larger area or unit."))
    return said


def flags_said(material: Material, name: str, units: Sequence[str]) -> list[str]:
    """Return what the flags of an indicator say of towns: each remark with the towns, or of all."""
    say = material.say
    found = material.indicator(name)
    labels = dict(zip(material.towns["unit"], material.towns["label"], strict=True))
    there = [unit for unit in units if unit in found.index]
    remarks: dict[str, list[str]] = {}
    for unit in there:
        flags = str(found.at[unit, "flags"])
        for text in in_words(flags, material.case, material.breaks, say, material.variables):
            remarks.setdefault(text, []).append(labels[unit])
    return [
        say("All towns: {remark}.", remark=text)
        if len(places) == len(there) > 1
        else say("{places}: {remark}.", places=few(say, places), remark=text)
        for text, places in remarks.items()
    ]


def table_of(groups: Sequence[Group]) -> pd.DataFrame:
    """Return ``unit, name, what, type``, the columns of the bars, ``value``, parts, ``stands_in``."""
    rows = [
        {
            "unit": bar.unit,
            "name": bar.label,
            "what": bar.what,
            "type": bar.type,
            **bar.columns,
            "value": bar.value,
            **bar.parts,
            "stands_in": bar.stands_in,
        }
        for group in groups
        for bar in group.bars
    ]
    return pd.DataFrame(rows)


def _written(say: Language, group: Group, bar: Bar) -> str:
    if math.isnan(bar.value):
        return say("no value")
    return (say.signed if group.signed else say.number)(bar.value, group.decimals)


def _look(bar: Bar) -> dict[str, Any]:
    if bar.what == "country":
        return {"marker": "D", "markersize": 5, "color": INK, "zorder": 4}
    if bar.what == "region":
        return {"marker": "D", "markersize": 5, "color": FAINT, "zorder": 4}
    fill = FAINT if bar.type in ("mixed", "undetermined") else COLOURS[bar.type][0]
    # Open for a value that stands in; a cross has no inside, so a ring takes its place.
    marker = MARKERS[bar.type]
    if bar.stands_in and marker in (".", "x"):
        marker = "o"
    return {
        "marker": marker,
        "markersize": 9 if marker == "." else 6.5,
        "markerfacecolor": "white" if bar.stands_in else fill,
        "markeredgecolor": INK if marker != "x" else fill,
        "markeredgewidth": 1.1 if bar.stands_in else 0.6,
        "zorder": 4,
    }


def _panels(say: Language, groups: Sequence[Group]) -> tuple[Any, list[Axes], list[list[float]]]:
    """Return the figure, an axes for each group with the names of its rows, the heights of the rows."""
    names = [[_name(say, bar) for bar in group.bars] for group in groups]
    tall = [[_LINE * (name.count("\n") + 1) + _ROW_GAP for name in group] for group in names]
    heights = [sum(rows) for rows in tall]
    axis_names = [fitted_to(group.axis, TEXT, WIDTH - _NAME_ROOM - 0.9) for group in groups]
    # Ticks and name of the axis below; title and heads of the columns above.
    around = sum(0.3 + _LINE * (name.count("\n") + 1) for name in axis_names)
    around += 0.2 * sum(bool(group.title) + bool(any(group.heads)) for group in groups)
    figure, axes = start(
        sum(heights) + around, len(groups), 1, squeeze=False, height_ratios=heights
    )
    places = []
    for group, each, labels, rows, height, axis_name in zip(
        groups, axes.flat, names, tall, heights, axis_names, strict=True
    ):
        ends = [sum(rows[: place + 1]) for place in range(len(rows))]
        centres = [end - row / 2 for end, row in zip(ends, rows, strict=True)]
        each.set_ylim(height + 0.02, -0.02)
        each.set_yticks(centres, labels)
        each.tick_params(axis="y", length=0)
        for tick, bar in zip(each.get_yticklabels(), group.bars, strict=True):
            tick.set_weight("bold" if bar.what == "town" else "normal")
            tick.set_color(FAINT if bar.what == "region" else INK)
        each.spines["left"].set_visible(False)
        each.set_xlabel(axis_name)
        if group.title:
            pad = 15 if any(group.heads) else 4
            each.set_title(
                group.title, loc="left", fontsize=TEXT, weight="bold", color=INK, pad=pad
            )
        changes = [
            place
            for place in range(1, len(rows))
            if (group.bars[place - 1].what == "town") != (group.bars[place].what == "town")
        ]
        for place in changes:
            each.axhline(ends[place - 1], color=RULE, linewidth=0.6, zorder=0, label="_rule")
        places.append(centres)
    return figure, list(axes.flat), places


def _name(say: Language, bar: Bar) -> str:
    if not bar.type:
        return fitted_to(bar.label, SMALL, _NAME_ROOM)
    short = bar.type if len(bar.type) == 1 else type_named(bar.type, say)
    return fitted_to(f"{bar.label} ({short})", SMALL, _NAME_ROOM, "bold")


def _write_columns(axes: Axes, group: Group, centres: Sequence[float], say: Language) -> None:
    """Write the values, and the texts beside them, as columns to the right of the axes."""
    axes.autoscale_view(scaley=False)
    columns = [
        [_written(say, group, bar) for bar in group.bars],
        [bar.beside for bar in group.bars],
    ]
    right = 0.0
    for head, texts in zip(group.heads, columns, strict=True):
        if not any(texts):
            continue
        right += max(width_of(text, SMALL) for text in [head, *texts]) * 72 + 9
        look = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
        look |= {"ha": "right", "fontsize": SMALL, "annotation_clip": False}
        if head:
            axes.annotate(
                head,
                (1, 1),
                xytext=(right, 2),
                va="bottom",
                color=FAINT,
                **{**look, "xycoords": "axes fraction"},
            )
        for text, y in zip(texts, centres, strict=True):
            if text:
                axes.annotate(text, (1, y), xytext=(right, 0), va="center", color=INK, **look)


def _legend(say: Language, groups: Sequence[Group]) -> list[Line2D]:
    every = [bar for group in groups for bar in group.bars]
    handles = []
    countries = {bar.label for bar in every if bar.what == "country"}
    for label in sorted(countries):
        handles.append(Line2D([], [], color=INK, linewidth=1.1, linestyle=(0, (5, 2)), label=label))
    if any(bar.what == "region" for bar in every):
        tick = {"marker": "|", "markersize": 9, "markeredgewidth": 1.6, "color": FAINT}
        handles.append(Line2D([], [], linestyle="none", **tick, label=say("region of the town")))
    if any(bar.stands_in for bar in every):
        look = {"marker": "o", "markerfacecolor": "white", "markeredgecolor": INK, "markersize": 6}
        label = say("value of a larger unit")
        handles.append(Line2D([], [], linestyle="none", **look, label=label))
    return handles
