"""Economy and population each by itself: for cases in which no unit has figures of both."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from smstra import answers
from smstra.figures import criteria
from smstra.figures.material import Material
from smstra.figures.palette import COLOURS, FAINT, HATCHES, INK
from smstra.figures.style import (
    SMALL,
    WIDTH,
    Caption,
    Drawing,
    dress,
    numbered,
    shorten,
    start,
    wrap,
)
from smstra.report.wording import answer_to_criterion, quantity, unit_in_words

# The colours of the types say the same: blue improves, orange does not.
_LOOKS = {True: (COLOURS["B"][0], ""), False: (COLOURS["D"][0], HATCHES["D"])}
_HEIGHT, _ROW = 2.3, 0.19  # inches of the bars, and of the line of a town
_BARS = 36  # so many at most, about
# With more units than this the outermost bars take in what lies farther out than the others.
_MANY, _OUTSIDE = 200, 0.005
_NAME = 1.1  # inches for the name of a town


def one_axis(
    name: str, material: Material, table: pd.DataFrame, axes: Mapping[str, str]
) -> Drawing:
    """Return bars of how many units have which value, one panel for each of ``axes``.

    ``table`` is that of :func:`smstra.figures.quadrants.data`; ``axes`` are those of its columns ``x`` and
    ``y`` that have values, with their criteria. The answers are told by colour and hatching; below the
    bars lie the chosen towns. Where units are compared with several references, values less the
    reference are drawn.
    """
    say = material.say
    answered = {axis: _answered(material, table, axis, axes[axis]) for axis in axes}
    towns = {axis: _towns(material, table, axis, answered[axis]) for axis in axes}
    lines = max(len(each) for each in towns.values())
    lines = min(lines, 1 if lines > criteria.MOST_NAMED else lines)
    rows = 2 if lines else 1
    below = _ROW * (lines + 1)
    figure, panels = start(
        _HEIGHT + (below if lines else 0),
        rows,
        len(axes),
        squeeze=False,
        sharex="col",
        **({"height_ratios": [_HEIGHT, below]} if lines else {}),
    )
    outside = {}
    for column, (axis, criterion) in enumerate(axes.items()):
        drawn, relative = answered[axis], _is_relative(table, axis)
        edges = _edges(drawn["value"], [0.0, *_rules(table, axis, relative), *towns[axis]["value"]])
        outside[axis] = int(((drawn["value"] < edges[0]) | (drawn["value"] > edges[-1])).sum())
        top, bottom = panels[0, column], panels[-1, column]
        _bars(top, drawn, edges)
        for panel in {top, bottom}:
            panel.axvline(0, color=INK, linewidth=0.9, zorder=1, label="_zero")
            for value in _rules(table, axis, relative):
                panel.axvline(
                    value, color=FAINT, linewidth=0.9, linestyle=(0, (4, 3)), label="_reference"
                )
        if lines:
            _named(bottom, towns[axis], lines, material)
        numbered(top.yaxis, say)
        numbered(bottom.xaxis, say)
        top.set_ylabel(say("Units"), fontsize=SMALL)
        text = say(
            "{label}, {unit}",
            label=criteria.labels(material)[criterion],
            unit=_unit(material, criterion, relative),
        )
        room = WIDTH / len(axes) * 0.72
        bottom.set_xlabel(wrap(text, SMALL, room=room), fontsize=SMALL)
    words = _caption(material, table, axes, outside)
    legend = [
        Patch(
            facecolor=_LOOKS[answer][0],
            hatch=_LOOKS[answer][1] or None,
            edgecolor=INK,
            linewidth=0.5,
            label=say(
                "{type} {number}",
                type=answer_to_criterion(criterion, answer, say),
                number=say.number(int((answered[axis]["answer"] == answer).sum())),
            ),
        )
        for axis, criterion in axes.items()
        for answer in (True, False)
    ]
    dress(figure, words, legend)
    return Drawing(name, words, table, figure)


def _answered(material: Material, table: pd.DataFrame, axis: str, criterion: str) -> pd.DataFrame:
    """Return the units with an answer: ``unit, value`` (as it is drawn) and ``answer``."""
    column = f"{axis}_relative" if _is_relative(table, axis) else axis
    found = pd.DataFrame(
        {
            "unit": table["unit"],
            "value": table[column],
            "answer": material.tables["typology"][criterion].to_numpy(object),
        }
    )
    return found[found["answer"].isin([True, False])]


def _is_relative(table: pd.DataFrame, axis: str) -> bool:
    return table[f"{axis}_reference"].nunique() > 1


def _rules(table: pd.DataFrame, axis: str, relative: bool) -> list[float]:
    """Return where the reference is drawn; nowhere but at zero if values are less their reference."""
    return [] if relative else table[f"{axis}_reference"].dropna().unique().tolist()


def _towns(
    material: Material, table: pd.DataFrame, axis: str, answered: pd.DataFrame
) -> pd.DataFrame:
    """Return the chosen towns that have a value, the highest first: ``label, value``."""
    found = material.towns.merge(answered, on="unit")[["label", "value"]]
    return found.sort_values("value", ascending=False, kind="stable", ignore_index=True)


def _edges(values: pd.Series, within: list[float]) -> np.ndarray:
    """Return the edges of the bars: round numbers that hold nearly all ``values`` and all of ``within``."""
    inner = (
        np.quantile(values, [_OUTSIDE, 1 - _OUTSIDE])
        if len(values) > _MANY
        else np.array([values.min(), values.max()])
    )
    low, high = min(inner[0], *within), max(inner[1], *within)
    least = (high - low) / _BARS or 1.0
    power = 10.0 ** math.floor(math.log10(least))
    step = power * next(each for each in (1, 2, 2.5, 5, 10) if each * power >= least * (1 - 1e-9))
    first, last = math.floor(low / step), math.ceil(high / step)
    return np.arange(first, max(last, first + 1) + 1) * step


def _bars(axes: Axes, drawn: pd.DataFrame, edges: np.ndarray) -> None:
    foot = np.zeros(len(edges) - 1)
    for answer, (fill, hatch) in _LOOKS.items():
        values = drawn.loc[drawn["answer"] == answer, "value"].to_numpy(float)
        counted, _ = np.histogram(np.clip(values, edges[0], edges[-1]), bins=edges)
        axes.bar(
            edges[:-1],
            counted,
            width=np.diff(edges),
            bottom=foot,
            align="edge",
            facecolor=fill,
            hatch=hatch or None,
            edgecolor=INK,
            linewidth=0.4,
            label=f"_{answer}",
        )
        foot = foot + counted


def _named(axes: Axes, towns: pd.DataFrame, lines: int, material: Material) -> None:
    """Draw the chosen towns, each on a line of its own with its name; all on one if they are many."""
    places = range(len(towns)) if lines > 1 or len(towns) == 1 else [0] * len(towns)
    axes.plot(
        towns["value"],
        list(places),
        linestyle="none",
        marker="o",
        markersize=5,
        markerfacecolor="none",
        markeredgecolor=INK,
        markeredgewidth=1.1,
        zorder=5,
        label="_chosen",
    )
    axes.set_ylim(lines - 0.3, -0.7)
    axes.tick_params(left=False)
    names = [shorten(label, SMALL, _NAME) for label in towns["label"]]
    several = lines == 1 and len(towns) > 1
    axes.set_yticks([0] if several else places, [material.say("chosen")] if several else names)


def _unit(material: Material, criterion: str, relative: bool) -> str:
    measured = criteria.unit_of_measure(material, criterion)
    if relative and measured == "percent":
        measured = "percentage points"
    return unit_in_words(measured, material.say)


def _caption(
    material: Material, table: pd.DataFrame, axes: Mapping[str, str], outside: Mapping[str, int]
) -> Caption:
    say, typology = material.say, material.tables["typology"]
    labels = criteria.labels(material)
    found = {criterion: answers.counts(typology, criterion) for criterion in axes.values()}
    said = [_headline(criterion, number, material) for criterion, number in found.items()]
    lacking = [each for each in ("economy_improving", "population_improving") if each not in found]
    title = "; ".join(
        [
            *said,
            *(say("“{label}” is not known", label=labels[criterion]) for criterion in lacking),
            *([] if lacking else [say("no unit has figures of both")]),
        ]
    )
    beyond = [
        say.plural(
            "The outermost bars take in {n} unit farther out ({label}).",
            "The outermost bars take in {n} units farther out ({label}).",
            number,
            label=labels[axes[axis]],
        )
        for axis, number in outside.items()
        if number
    ]
    relative = [
        say("“{label}” is drawn less the reference of the unit's region.", label=labels[criterion])
        for axis, criterion in axes.items()
        if _is_relative(table, axis)
    ]
    subtitle = " ".join(
        [
            say(
                "{geography}. How many units have which value; solid: zero, dashed: the reference.",
                geography=material.geography(),
            ),
            criteria.references(material, list(axes.values())),
            *relative,
            *criteria.substitutions(material),
            *criteria.breaks(material),
            *criteria.undetermined(material),
            *beyond,
            *criteria.chosen(material),
        ]
    )
    middles = [
        say(
            "{label}: median {median}, from {least} to {most}",
            label=labels[criterion],
            **{
                word: quantity(
                    value, criteria.unit_of_measure(material, criterion), say, signed=True
                )
                for word, value in _spread(table[axis]).items()
            },
        )
        for axis, criterion in axes.items()
    ]
    alt = say(
        "Bar chart of how many units have which value, those that improve against their reference apart from "
        "those that do not. {title}. {spread}.",
        title=title,
        spread="; ".join(middles),
    )
    return Caption(title, subtitle, material.source_line(criteria.sources(material)), alt)


def _headline(criterion: str, number: Mapping[str, int], material: Material) -> str:
    say = material.say
    yes, known = say.number(number["yes"]), say.number(number["yes"] + number["no"])
    if criterion == "economy_improving":
        return say(
            "The economy improves against its reference in {yes} of {all} units", yes=yes, all=known
        )
    return say(
        "The population improves against its reference in {yes} of {all} units", yes=yes, all=known
    )


def _spread(values: pd.Series) -> dict[str, Any]:
    known = values.dropna()
    return {"median": known.median(), "least": known.min(), "most": known.max()}
