"""Lines over time for towns, their regions and the country: what is drawn, and the words for it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from smstra.figures.material import Material
from smstra.figures.palette import COLOURS, DASHES, FAINT, INK, MARKERS, PARTS, RULE
from smstra.figures.style import (
    SMALL,
    TEXT,
    WIDTH,
    Caption,
    Drawing,
    dress,
    numbered,
    shorten,
    spread_labels,
    start,
    wrap,
)
from smstra.language import Language
from smstra.measures import measure_of
from smstra.pseudonym_rules import WITHHELD
from smstra.report.wording import type_named
from smstra.vocabulary import shown, terms_of

MOST = 5  # lines in one panel
NAMED = 4  # towns named one by one in a note; the data of the figure have all
REASONS = ("missing", "not_split", "incomplete")  # words of `status` for an empty value
_LABEL_ROOM = 1.45  # inches for labels at the ends of lines
MOST_COLUMNS = 4
_PANEL_HEIGHTS = {1: 2.7, 2: 1.2, 3: 0.95, 4: 0.6}  # columns -> inches that a panel is high
_LINE = 1.25 * SMALL / 72  # inches of a line of text
_GAP = 0.12  # inches between the panels of a column
_YEAR_ROOM = 0.44  # inches for the number of a year
# A second and third town of one type: shapes that no type has.
_MORE_MARKERS = ("D", "P", "h", "*")
_SHADES = (PARTS[3], PARTS[2], INK, FAINT)  # lines of parts, told apart by dash and marker as well
_PART_MARKERS = ("o", "s", "^", "D")


@dataclass(frozen=True)
class Line:
    """A line of a figure.

    Attributes
    ----------
    unit, label
        Code and name of the place.
    what
        ``town``, ``region`` or ``country``.
    points
        One row a date, sorted: ``date`` (ISO day), ``stands_in`` (whether the value is another
        unit's), the column that is drawn, and what else the data of the figure shall have.
    type
        Type of a town, empty for others.
    region
        Code of the region in which a town lies; of a region its own code; empty for the country.
    part, part_label
        Where a place has several lines (types of dwelling): the place among them, and its label.
    """

    unit: str
    label: str
    what: str
    points: pd.DataFrame
    type: str = ""
    region: str = ""
    part: int | None = None
    part_label: str = ""


@dataclass(frozen=True)
class Mark:
    """A day marked by a vertical line: ``kind`` is ``break`` or ``substitution``."""

    date: str
    kind: str
    text: str


@dataclass(frozen=True)
class Scale:
    """A second quantity of the same lines: see the parameters of :func:`drawing`."""

    y: str
    y_label: str
    decimals: int = 1
    base: str | None = None
    floor: float | None = None


@dataclass(frozen=True)
class Panel:
    """Axes with at most ``MOST`` lines; ``title`` and ``note`` (the region) stand above."""

    title: str
    note: str
    lines: list[Line]


def of_series(material: Material, name: str) -> list[Line]:
    """Return the lines of a series of the case: towns in their order, regions, country.

    ``points`` has ``date, value, unit_of_measure, status, merged_unit, stands_in, units, how``. A
    place without any value is left out; where others have a row and a place has none, it gets an empty one.
    """
    rows = material.series(name)
    rows = rows.assign(stands_in=rows["merged_unit"].fillna("") != "")
    dates = sorted(set(rows["date"]))
    columns = ["date", "value", "unit_of_measure", "status", "merged_unit", "stands_in"]
    columns += ["units", "how"]

    def points(what: str, unit: str) -> pd.DataFrame:
        own = rows[(rows["what"] == what) & (rows["unit"] == unit)].set_index("date")
        if len(own) < len(dates):  # so that a line has a gap there
            absent = {"status": "missing", "merged_unit": "", "stands_in": False, "units": 0.0}
            absent |= {key: next(iter(own[key]), "") for key in ("unit_of_measure", "how")}
            own = own.reindex(dates)
            own = own.fillna({key: absent[key] for key in absent}).astype({"stands_in": bool})
        return own.reset_index()[columns]

    lines = [
        Line(town.unit, town.label, "town", points("town", town.unit), town.type, town.region)
        for town in material.towns.itertuples()
    ]
    for what in ("region", "country"):
        for unit, own in rows[rows["what"] == what].groupby("unit", sort=True):
            region = unit if what == "region" else ""
            label = material.say.own(own["name"].iloc[0])
            lines.append(Line(unit, label, what, points(what, unit), "", region))
    return [line for line in lines if line.points["value"].notna().any()]


def indexed(lines: list[Line], base: str) -> list[Line]:
    """Return the lines with ``index``: the value as percent of that at ``base`` (a day or a year).

    A line without a value, or with zero, at the base is left out; so is one whose value there is
    another unit's while later ones are its own, or the other way round: those rows have no index.
    """
    made = []
    for line in lines:
        points = line.points
        at = points[points["date"].str.startswith(base)]
        if at.empty or not at["value"].iloc[0] > 0:
            continue
        like = points["stands_in"] == at["stands_in"].iloc[0]
        index = (points["value"] / at["value"].iloc[0] * 100).where(like)
        made.append(replace(line, points=points.assign(index=index)))
    return made


def drawing(
    material: Material,
    name: str,
    parts: list[Line],
    words: Caption,
    *,
    y: str = "value",
    y_label: str,
    decimals: int = 1,
    base: str | None = None,
    marks: Sequence[Mark] = (),
    floor: float | None = None,
    panels: list[Panel] | None = None,
    below: Scale | None = None,
    own_scales: bool = False,
) -> Drawing:
    """Return a figure of lines over time.

    One panel with labels at the lines' ends if there are at most ``MOST`` lines; else a panel for
    each town, with its region and the country behind. ``panels`` overrides that (lines with ``part``
    are told apart by shade, dash and marker, and named in the legend).

    Parameters
    ----------
    parts
        The lines; at least one has a value.
    y, y_label, decimals
        The column of ``points`` that is drawn, what the axis says, decimals of values in labels.
    base
        The base of an index, a day or a year: marked, with a line at 100.
    marks
        Breaks (dotted) and substitutions (dash-dotted).
    floor
        The least value of the axis, if the data do not go below.
    below
        What the same panels, drawn once more below, show of the lines.
    own_scales
        Whether each panel has an upward axis of its own.

    Returns
    -------
    Drawing
        ``data``: ``unit, name, what, type`` (``part`` if there are any), then the columns of ``points``.
        The artist of a line has the label ``_<unit>``, or ``_<unit>:<part>``.
    """
    say = material.say
    single = panels is None and len(parts) <= MOST
    if panels is None:
        panels = [Panel("", "", parts)] if single else _by_town(material, parts)
    of_towns = not single and all(line.part is None for line in parts)
    columns = columns_for([panel.title for panel in panels])
    scales = [Scale(y, y_label, decimals, base, floor), *([below] if below else [])]
    crowded = columns == MOST_COLUMNS
    heads = []
    for scale in scales:
        heads += [(panel.title, panel.note) for panel in panels]
        if of_towns and crowded:  # no room beside the lines
            ends = [_end(_town(panel.lines), scale.y) for panel in panels]
            heads[-len(panels) :] = [
                (
                    f"{panel.title} {say.number(end[1], scale.decimals)}" if end else panel.title,
                    panel.note,
                )
                for panel, end in zip(panels, ends, strict=True)
            ]
    grid = grid_of(heads, columns, len(scales), own_scales)
    columns_drawn = [scale.y for scale in scales]
    days = sorted(
        {
            day
            for line in parts
            for day in line.points.dropna(subset=columns_drawn, how="all")["date"]
        }
    )
    years(grid, days)
    texts = []
    for number, scale in enumerate(scales):
        block = grid.axes[number * len(panels) :][: len(panels)]
        for panel, axes in zip(panels, block, strict=True):
            step = grid.width / max(len(days), 1) * 72
            _draw_panel(axes, panel, scale.y, step, scale.base, marks)
        for axes in block if own_scales else block[:1]:
            upward(axes, grid, say, scale.floor)
        if single:
            labels = [_end_label(block[0], line, scale.y, scale.decimals, say) for line in parts]
            texts.append([label for label in labels if label])
        elif of_towns and not crowded:
            for panel, axes in zip(panels, block, strict=True):
                _end_value(axes, panel.lines, scale.y, scale.decimals, say)
    legend = _legend(say, panels, single, base, marks)
    finish(grid, words, legend, *(scale.y_label for scale in scales))
    for axes, own in zip(grid.axes, texts, strict=False):
        _spread(axes, own)
    return Drawing(name, words, table_of(parts), grid.figure)


def upward(axes: Axes, grid: Grid, say: Language, floor: float | None = None) -> None:
    """Scale and number the upward axis; down to ``floor`` if that is not far below the data."""
    axes.margins(y=0.08)
    axes.autoscale_view(scalex=False)
    if floor is not None and axes.get_ylim()[0] < floor + axes.get_ylim()[1] * 0.6:
        axes.set_ylim(bottom=min(floor, axes.dataLim.y0))
    # By their number, not by the height, so that the numbers stay as wide as the layout takes them.
    axes.yaxis.set_major_locator(MaxNLocator(6 if grid.columns == 1 else 4, steps=[1, 2, 5, 10]))
    numbered(axes.yaxis, say)


@dataclass(frozen=True)
class Grid:
    """Panels of one size side by side and one below another; made by :func:`grid_of`.

    ``width`` is that of a panel in inches, about; ``heights`` those of a panel and of the heads of
    each row.
    """

    figure: Figure
    axes: list[Axes]
    columns: int
    width: float
    heights: tuple[float, list[float]]


def columns_for(titles: Sequence[str]) -> int:
    """Return how many panels stand side by side: fewer where titles would take too many lines."""
    count = len(titles)
    columns = 1 if count == 1 else 2 if count <= 4 else 3 if count <= 9 else MOST_COLUMNS
    while columns > 2:
        wrapped = [wrap(title, SMALL, "bold", _room(columns)) for title in titles]
        if max(text.count("\n") for text in wrapped) < 3:
            break
        columns -= 1
    return columns


def _room(columns: int) -> float:
    return (WIDTH - 0.5) / columns - 0.15


def grid_of(
    heads: Sequence[tuple[str, str]], columns: int, blocks: int = 1, own_scales: bool = False
) -> Grid:
    """Return a figure with a panel for each of ``heads`` (title and note above it).

    Titles and notes are broken into lines; a word too long for the panel is cut. The panels lie in
    so many ``blocks`` of one size, each beginning a row. All share the axis across, those of a block
    the one upwards unless they have ``own_scales``.
    """
    size = len(heads) // blocks
    rows = math.ceil(size / columns)
    places = [number // size * rows * columns + number % size for number in range(len(heads))]
    rows *= blocks
    # Numbers beside every panel take room from all.
    room = _room(columns) - (0.35 if own_scales else 0.0)
    fitted = [
        (fitted_to(title, SMALL, room, "bold"), fitted_to(note, SMALL, room))
        for title, note in heads
    ]
    # Above a second block there is room for the years under the first.
    spaces = [0.26 if row and row % (rows // blocks) == 0 else 0.06 for row in range(rows)]
    head_heights = list(spaces)
    for place, head in zip(places, fitted, strict=True):
        row = place // columns
        tall = spaces[row] + sum(_LINE * (part.count("\n") + 1) for part in head if part)
        head_heights[row] = max(head_heights[row], tall)
    panel = _PANEL_HEIGHTS[columns] * (0.75 if columns == 1 and blocks > 1 else 1)
    height = sum(panel + head + _GAP for head in head_heights) + 0.1
    figure, axes = start(height, rows, columns, sharex=True, squeeze=False)
    flat = list(axes.flat)
    for place, each in enumerate(flat):
        if place not in places:
            each.set_axis_off()
    panels = [flat[place] for place in places]
    for number, ((title, note), each) in enumerate(zip(fitted, panels, strict=True)):
        _head(each, title, note)
        first = panels[number // size * size]
        if own_scales:
            each.tick_params(axis="y", pad=1.5, length=2.5)
        elif each is not first:
            each.sharey(first)
            each.tick_params(labelleft=places[number] % columns == 0)
        if number % size + columns >= size:
            each.tick_params(labelbottom=True)
    width = room - (0.05 if columns == MOST_COLUMNS else 0.3 if columns > 1 else 1.4)
    return Grid(figure, panels, columns, width, (panel, head_heights))


def fitted_to(text: str, size: float, room: float, weight: str = "normal") -> str:
    """Return ``text`` in lines of at most ``room`` inches, each too long a word cut."""
    return "\n".join(
        shorten(line, size, room) for line in wrap(text, size, weight, room).split("\n")
    )


def finish(grid: Grid, words: Caption, legend: Sequence[Any] = (), *y_labels: str) -> None:
    """Put the words around the panels (as :func:`style.dress`) and these below one another.

    ``y_labels`` say what goes upwards in each block of panels.
    """
    figure, (panel, heads) = grid.figure, grid.heights
    blocks = [label for label in y_labels if label]
    size = len(grid.axes) // max(len(blocks), 1)
    room = (sum(heads) + panel * len(heads)) / max(len(blocks), 1) * 0.95
    wrapped = [wrap(label, TEXT, room=room) for label in blocks]
    beside = None
    if wrapped and grid.columns == 1:
        for label, axes in zip(wrapped, grid.axes[::size], strict=True):
            axes.set_ylabel(label)
    elif wrapped:
        beside = figure.supylabel(max(wrapped, key=_lines_of), x=0.006, fontsize=TEXT, color=INK)
    dress(figure, words, legend)
    if len(grid.axes) == 1:
        return
    height = figure.get_figheight()
    bottom = min(each.get_position().y0 for each in grid.axes) * height
    for row in reversed(range(len(heads))):
        for each in figure.axes[row * grid.columns : (row + 1) * grid.columns]:
            at = each.get_position()
            each.set_position((at.x0, bottom / height, at.width, panel / height))
        bottom += panel + heads[row] + _GAP
    if beside is None:
        return
    for number, label in enumerate(wrapped):
        block = [axes.get_position() for axes in grid.axes[number * size :][:size]]
        middle = (block[0].y1 + block[-1].y0) / 2
        if number == 0:
            beside.set(text=label, y=middle)
        else:
            copied = {key: getattr(beside, f"get_{key}")() for key in ("rotation", "ha", "va")}
            x = beside.get_position()[0]
            figure.text(x, middle, label, fontsize=TEXT, color=INK, **copied)


def _lines_of(text: str) -> int:
    return text.count("\n")


def years(grid: Grid, days: Sequence[str]) -> None:
    """Tick the years of ``days`` (ISO, sorted) that have room for their numbers."""
    first, last = _day(days[0]), _day(days[-1])
    margin = dt.timedelta(days=max((last - first).days * 0.03, 20))
    axes = grid.axes[0]
    axes.set_xlim(first - margin, last + margin)
    span = last.year - first.year
    by_year = {int(day[:4]): day for day in reversed(days)}
    steps = (1, 2, 5, 10, 20, 50, 100)
    step = next((n for n in steps if grid.width * n >= _YEAR_ROOM * span), 1000)
    ticks = [year for year in sorted(by_year) if year % step == 0]
    if len(ticks) < 2:
        ticks = sorted({first.year, last.year} if grid.width > _YEAR_ROOM else {first.year})
    axes.set_xticks([_day(by_year[year]) for year in ticks], [str(year) for year in ticks])


def table_of(parts: list[Line]) -> pd.DataFrame:
    """Return the data of lines, one row a point."""
    tables = []
    for line in parts:
        table = line.points.reset_index(drop=True)
        heads = {"unit": line.unit, "name": line.label, "what": line.what, "type": line.type}
        if line.part is not None:
            heads["part"] = line.part_label
        for place, (column, value) in enumerate(heads.items()):
            table.insert(place, column, value)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _by_town(material: Material, parts: list[Line]) -> list[Panel]:
    """Return a panel a town, the lines of its region and of the country before its own."""
    names = dict(zip(material.towns["unit"], material.towns["region_name"], strict=True))
    one_region = material.towns["region"].nunique() == 1
    panels = []
    for line in parts:
        if line.what == "town":
            behind = [each for each in parts if each.what == "country"]
            behind += [
                each for each in parts if each.what == "region" and each.region == line.region
            ]
            note = "" if one_region else material.say.own(names[line.unit])
            panels.append(Panel(named(line, material.say), note, [*behind, line]))
    return panels


def named(line: Line, say: Language) -> str:
    """Return the label of a line, with the type of a town."""
    if not line.type:
        return line.label
    short = line.type if len(line.type) == 1 else type_named(line.type, say)
    return f"{line.label} ({short})"


def _head(axes: Axes, title: str, note: str) -> None:
    lines = note.count("\n") + 1 if note else 0
    axes.set_title(
        title, loc="left", fontsize=SMALL, weight="bold", color=INK, pad=3 + lines * 1.25 * SMALL
    )
    if note:
        axes.annotate(
            note,
            (0, 1),
            xycoords="axes fraction",
            xytext=(0, 2),
            textcoords="offset points",
            va="bottom",
            fontsize=SMALL,
            color=FAINT,
        )


def look_of(line: Line, among: Sequence[Line]) -> dict[str, Any]:
    """Return colour, dash, width and marker of a line, different from those of others ``among`` it."""
    if line.what == "country" and line.part is None:
        return {"color": INK, "linestyle": (0, (5, 2)), "linewidth": 1.3, "zorder": 2}
    if line.what == "region" and line.part is None:
        behind = [each for each in among if each.what == "region"]
        dash = ((0, (2, 1.5)), (0, (1, 1)), (0, (6, 1, 1, 1)))[behind.index(line) % 3]
        return {"color": FAINT, "linestyle": dash, "linewidth": 1.0, "zorder": 2}
    if line.part is not None:
        return {
            "color": _SHADES[line.part % len(_SHADES)],
            "linestyle": DASHES[line.part % len(DASHES)],
            "linewidth": 1.5,
            "marker": _PART_MARKERS[line.part % len(_PART_MARKERS)],
            "markeredgewidth": 0.5,
            "zorder": 3,
        }
    alike = [each for each in among if each.what == "town" and each.type == line.type]
    place = alike.index(line)
    return {
        "color": colour_of(line.type),
        "linestyle": DASHES[place % len(DASHES)],
        "linewidth": 2.0,
        "marker": [MARKERS[line.type], *_MORE_MARKERS][place % (1 + len(_MORE_MARKERS))],
        "markeredgecolor": INK,
        "markeredgewidth": 0.5,
        "zorder": 3,
    }


def colour_of(type_: str) -> str:
    """Return the colour of a type for lines and texts: greys dark enough to be seen on white."""
    return FAINT if type_ in ("mixed", "undetermined") else COLOURS[type_][0]


def _draw_panel(
    axes: Axes,
    panel: Panel,
    y: str,
    step: float,
    base: str | None,
    marks: Sequence[Mark],
) -> None:
    """Draw the lines of a panel; ``step`` is the points of width from one date to the next."""
    if base is not None:
        axes.axhline(100, color=RULE, linewidth=0.9, zorder=1, label="_hundred")
        based = [day for line in panel.lines for day in line.points["date"] if day.startswith(base)]
        for day in based[:1]:
            axes.axvline(_day(day), color=RULE, linewidth=0.9, zorder=1, label="_base")
    for mark in marks:
        look = {"linestyle": ":" if mark.kind == "break" else "-.", "color": FAINT}
        axes.axvline(_day(mark.date), linewidth=1.1, zorder=1, label=f"_{mark.kind}", **look)
    size = min(max(step * 0.5, 1.6), 4.6)
    for line in panel.lines:
        look = look_of(line, panel.lines)
        days = [_day(day) for day in line.points["date"]]
        values = line.points[y].to_numpy(dtype=float)
        part = "" if line.part is None else f":{line.part}"
        axes.plot(days, values, markersize=size, label=f"_{line.unit}{part}", **look)
        single = alone(values)
        if "marker" not in look and single.any():
            at = [day for day, isolated in zip(days, single, strict=True) if isolated]
            dots = {"linestyle": "none", "marker": "_", "markersize": 5, "color": look["color"]}
            axes.plot(at, values[single], label="_alone", **dots)
        stands = line.points["stands_in"].to_numpy(dtype=bool) & ~np.isnan(values)
        if stands.any():
            axes.plot(
                [day for day, other in zip(days, stands, strict=True) if other],
                values[stands],
                linestyle="none",
                # A dot or a cross has no inside to be open.
                marker="o" if look.get("marker", "x") in (".", "x") else look["marker"],
                markersize=size + 1.2,
                markerfacecolor="white",
                markeredgecolor=INK,
                markeredgewidth=0.9,
                zorder=4,
                label="_stands_in",
            )


def alone(values: np.ndarray) -> np.ndarray:
    """Return which values have no neighbour to be joined with by a line."""
    known = ~np.isnan(values)
    padded = np.concatenate([[False], known, [False]])
    return known & ~padded[:-2] & ~padded[2:]


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _town(lines: list[Line]) -> Line:
    return next(line for line in lines if line.what == "town")


def _end(line: Line, y: str) -> tuple[dt.date, float] | None:
    """Return the last day and value of a line; None if it has no value of ``y``."""
    known = line.points.dropna(subset=[y])
    return (_day(known["date"].iloc[-1]), float(known[y].iloc[-1])) if len(known) else None


def _end_label(axes: Axes, line: Line, y: str, decimals: int, say: Language) -> Any:
    """Write name and last value to the right of the axes; :func:`_spread` gives it its height."""
    end = _end(line, y)
    if end is None:
        return None
    day, value = end
    label = f"{named(line, say)} {say.number(value, decimals)}"
    text = fitted_to(label, SMALL, _LABEL_ROOM, "bold")
    return axes.annotate(
        text,
        (day, value),
        xytext=(1.05, 0.5),
        textcoords="axes fraction",
        fontsize=SMALL,
        weight="bold" if line.what == "town" else "normal",
        va="center",
        color=INK if line.what != "region" else FAINT,
        annotation_clip=False,
        arrowprops={"arrowstyle": "-", "color": RULE, "linewidth": 0.6, "shrinkA": 1, "shrinkB": 3},
    )


def _spread(axes: Axes, texts: list[Any]) -> None:
    """Move the labels at the ends of lines to the heights of these, none over another."""
    if not texts:
        return
    low, high = axes.get_ylim()
    tall = axes.get_window_extent().height / axes.figure.dpi
    lines = max(text.get_text().count("\n") + 1 for text in texts)
    least = lines * _LINE / tall
    heights = [(text.xy[1] - low) / (high - low) for text in texts]
    places = spread_within(heights, least, -0.05, 1.05)
    for text, place in zip(texts, places, strict=True):
        text.set_position((1.05, place))


def spread_within(places: list[float], least: float, low: float, high: float) -> list[float]:
    """Return places as :func:`style.spread_labels`, moved together if they leave ``low`` to ``high``."""
    spread = spread_labels(places, least)
    over = max(max(spread) + least / 2 - high, 0) or min(min(spread) - least / 2 - low, 0)
    return [place - over for place in spread]


def _end_value(axes: Axes, lines: list[Line], y: str, decimals: int, say: Language) -> None:
    """Write the last value of the town of a panel beside its line."""
    end = _end(_town(lines), y)
    if end is None:
        return
    axes.annotate(
        say.number(end[1], decimals),
        end,
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        fontsize=SMALL,
        weight="bold",
        color=INK,
        annotation_clip=False,
    )


def _legend(
    say: Language, panels: list[Panel], single: bool, base: str | None, marks: Sequence[Mark]
) -> list[Line2D]:
    """Return what the legend shows: what the lines do not say at their ends."""
    every = [line for panel in panels for line in panel.lines]
    parts = {line.part: line for line in every if line.part is not None}
    handles = [
        Line2D([], [], **{**look_of(line, every), "markersize": 4}, label=line.part_label)
        for _, line in sorted(parts.items())
    ]
    if not single:
        for what in ("region", "country"):
            there = {line.unit: line for line in every if line.what == what and line.part is None}
            if there:
                line = next(iter(there.values()))
                label = line.label if len(there) == 1 else say("region of the town")
                handles.append(Line2D([], [], **look_of(line, [line]), label=label))
    stands = any((line.points["stands_in"] & line.points["value"].notna()).any() for line in every)
    if stands:
        look = {"marker": "o", "markerfacecolor": "white", "markeredgecolor": INK, "markersize": 5}
        label = say("value of a larger unit")
        handles.append(Line2D([], [], linestyle="none", **look, label=label))
    if base is not None:
        label = say("base, {date}", date=say.date(base))
        handles.append(Line2D([], [], color=RULE, linewidth=0.9, label=label))
    for kind, label, dash in (
        ("break", say("break in the series"), ":"),
        ("substitution", say("date that stands in"), "-."),
    ):
        if any(mark.kind == kind for mark in marks):
            handles.append(Line2D([], [], color=FAINT, linewidth=1.1, linestyle=dash, label=label))
    return handles


# The words.


def terms(material: Material, names: Iterable[str]) -> list[str]:
    """Return the observed variables that series of the case are made of."""
    specs = [material.case["series"][name] for name in names]
    return list(dict.fromkeys(t for spec in specs for t in terms_of(spec, material.variables)))


def day_of(material: Material, names: Iterable[str], date: str) -> str:
    """Return a date of series in words: the year alone for figures of whole years."""
    return material.say.date(shown(date, terms(material, names), material.variables))


def period(material: Material, names: Collection[str], dates: Iterable[str]) -> str:
    """Return ``1 January 2005 to 1 January 2018``, ``2005 to 2014``, or the only date."""
    known = sorted(set(dates))
    first, last = (day_of(material, names, day) for day in (known[0], known[-1]))
    return first if first == last else material.say("{first} to {last}", first=first, last=last)


def marks_of(material: Material, names: Collection[str], rows: pd.DataFrame) -> list[Mark]:
    """Return the breaks inside ``rows`` (of series ``names``), registered or flagged ``b`` by the source."""
    known = rows[rows["value"].notna()]
    if known.empty:
        return []
    first, last = known["date"].min(), known["date"].max()
    registered = material.breaks_within(terms(material, names), known["source"], first, last)
    marks = [
        Mark(entry["effective"], "break", material.say.own(entry["title"]))
        for entry in registered.values()
    ]
    flags = known["status"].fillna("")
    flagged = known[flags.str.contains("b", regex=False) & (known["date"] > first)]
    for date in sorted(set(flagged["date"])):
        text = material.say("flag b (break) of the source in {year}", year=date[:4])
        marks.append(Mark(date, "break", text))
    return sorted(marks, key=lambda mark: (mark.date, mark.text))


def notes(
    material: Material, names: Sequence[str], rows: pd.DataFrame, gaps: bool = True
) -> list[str]:
    """Return the sentences on what ``rows`` of series are: how made, standing in, missing, flagged.

    ``rows`` are those of the table of series that are drawn or ought to be. ``gaps`` asks for what
    is missing. The sentences on breaks are in :func:`said_marks`.
    """
    return [
        *how_made(material, names, rows),
        *_standing_in(material, rows),
        *(_missing(material, names, rows) if gaps else []),
        *_flagged(material, rows),
    ]


def said_marks(material: Material, marks: Sequence[Mark]) -> list[str]:
    """Return the sentence that names the breaks that are marked, with their days."""
    say = material.say
    named_ = [
        say("{what} ({date})", what=mark.text, date=say.date(mark.date))
        for mark in marks
        if mark.kind == "break"
    ]
    if not named_:
        return []
    return [
        say.plural(
            "Dotted line, a break in the series: {breaks}.",
            "Dotted lines, breaks in the series: {breaks}.",
            len(named_),
            breaks="; ".join(named_),
        )
    ]


def said_breaks(material: Material, marks: Sequence[Mark]) -> list[str]:
    """Return the sentence that names breaks where the figure has no dates to mark them at."""
    say = material.say
    named_ = [
        say("{what} ({date})", what=mark.text, date=say.date(mark.date))
        for mark in dict.fromkeys(marks)
        if mark.kind == "break"
    ]
    if not named_:
        return []
    return [
        say.plural(
            "Inside the period, a break in the series: {breaks}.",
            "Inside the period, breaks in the series: {breaks}.",
            len(named_),
            breaks="; ".join(named_),
        )
    ]


def crossings(material: Material, parts: Sequence[Line], y: str, after: str = "") -> list[str]:
    """Return which towns change sides with the country, and from when on, as a sentence.

    Dates up to ``after`` do not count: an index has all lines meet at its base.
    """
    say = material.say
    whole = next((line for line in parts if line.what == "country"), None)
    if whole is None:
        return []
    said = []
    for line in parts:
        if line.what != "town":
            continue
        apart = (
            (line.points.set_index("date")[y] - whole.points.set_index("date")[y])
            .round(9)
            .dropna()
            .sort_index()
        )
        apart = apart[(apart != 0) & (apart.index > after)]
        if apart.empty or (apart.iloc[0] > 0) == (apart.iloc[-1] > 0):
            continue
        same = ((apart > 0) == (apart.iloc[-1] > 0)).iloc[::-1].cummin()
        since = same[same].index[-1]
        values = {"place": line.label, "country": whole.label, "year": since[:4]}
        said.append(
            say("{place} is above {country} from {year} on", **values)
            if apart.iloc[-1] > 0
            else say("{place} is below {country} from {year} on", **values)
        )
    return [say("Crossings: {crossings}.", crossings=few(say, said))] if said else []


def how_made(material: Material, names: Sequence[str], rows: pd.DataFrame) -> list[str]:
    """Return how the values of regions and the country in ``rows`` of series are made."""
    say = material.say
    known = rows[rows["value"].notna()]
    made: dict[str, list[str]] = {}
    for what in ("country", "region"):
        own = known[known["what"] == what]
        for how in own["how"].unique():
            area = say.own(own["name"].iloc[0]) if what == "country" else say("the regions")
            names_there = [name for name in names if name in set(own["series"])]
            text = made_how(material, how, own["units"], what, names_there or list(names))
            made.setdefault(text, []).append(area)
    return [
        say("Values of {areas}: {how}.", areas=say.listing(areas), how=text)
        for text, areas in made.items()
    ]


def made_how(
    material: Material, how: str, units: pd.Series, what: str, names: Sequence[str]
) -> str:
    """Return how values of regions or the country are made, in words.

    ``how`` as in the tables of series and areas; ``units`` how many units went in; ``names`` the
    series or indicators of the case whose definition says what is divided and weighted.
    """
    say, case = material.say, material.case
    entry = {**case["indicators"], **case.get("series", {})}[names[0]]
    if how == "published":
        return say("as published")
    if how == "weighted_mean":
        weight = material.variables[entry[what]["weight"]]["labels"][say.code]
        return say("mean of the units, weighted ({weight})", weight=weight)
    if how == "median_of_units":
        if what == "region":
            return say("median of their units")
        low, high = int(units.min()), int(units.max())
        if low == high:
            return say.plural("median of {n} unit", "median of {n} units", high)
        return say("median of {low} to {high} units", low=say.number(low), high=say.number(high))
    if measure_of(entry, material.variables).denominator:
        return say("counts summed over the units, then divided")
    return say("counts summed over the units")


def _standing_in(material: Material, rows: pd.DataFrame) -> list[str]:
    own = rows[(rows["what"] == "town") & rows["value"].notna() & (rows["merged_unit"] != "")]
    if own.empty:
        return []
    say = material.say
    pairs = own.drop_duplicates(["unit", "merged_unit"])
    if pairs["merged_unit"].eq(WITHHELD).all():
        return [means_of_larger(say, list(pairs["name"]))]
    towns = [
        say("{town}: unit {code}", town=name, code=code)
        for name, code in zip(pairs["name"], pairs["merged_unit"], strict=True)
    ]
    return [
        say(
            "Open markers: value of the larger unit of which the town became part later, not the "
            "town's own ({towns}).",
            towns=few(say, towns),
        )
    ]


def means_of_larger(say: Language, names: Sequence[str]) -> str:
    """Return what open markers mean of pseudonyms ``names``, whose values are means of groups."""
    return say(
        "Open markers: some of the units behind the mean have the value of the larger unit of which they "
        "became part later ({towns}).",
        towns=few(say, names),
    )


def few(say: Language, names: Sequence[str]) -> str:
    """Return the first names and how many more there are."""
    names = list(names)
    more = len(names) - NAMED
    if more < 2:
        return "; ".join(names)
    rest = say.plural(
        "{n} more in the data of the figure", "{n} more in the data of the figure", more
    )
    return "; ".join([*names[:NAMED], rest])


def _missing(material: Material, names: Sequence[str], rows: pd.DataFrame) -> list[str]:
    """Return what has no value, and why: of towns, regions and the country."""
    say = material.say
    places = dict(zip(material.towns["unit"], material.towns["label"], strict=True))
    places |= dict(zip(rows["unit"], rows["name"], strict=True))
    dates = {name: sorted(set(own["date"])) for name, own in rows.groupby("series", sort=False)}
    # A place may have no row at all on a date on which others have one.
    whole = pd.MultiIndex.from_tuples(
        [(name, unit, date) for name, days in dates.items() for unit in places for date in days],
        names=["series", "unit", "date"],
    )
    every = rows.set_index(["series", "unit", "date"])[["value", "status"]].reindex(whole)
    empty = every[every["value"].isna()].fillna({"status": ""}).reset_index()
    said = []
    for unit, own in empty.groupby("unit", sort=False):
        reasons = dict.fromkeys(why_missing(material, status) for status in own["status"])
        days = sorted({day for name in own["series"].unique() for day in dates[name]})
        when = _when(material, names, sorted(set(own["date"])), days)
        said.append(
            say("{place}, {dates} ({why})", place=places[unit], dates=when, why="; ".join(reasons))
        )
    return [say("Without a value: {places}.", places=few(say, said))] if said else []


def _when(
    material: Material, names: Sequence[str], lacking: Sequence[str], days: Sequence[str]
) -> str:
    """Return ``lacking`` of ``days`` in words: as a period if they follow one another."""
    say = material.say
    first, last = days.index(lacking[0]), days.index(lacking[-1])
    if last - first + 1 == len(lacking):
        return period(material, names, lacking)
    if len(lacking) <= NAMED:
        return say.listing(day_of(material, names, day) for day in lacking)
    return say(
        "{n} dates from {first} to {last}",
        n=say.number(len(lacking)),
        first=day_of(material, names, lacking[0]),
        last=day_of(material, names, lacking[-1]),
    )


def why_missing(material: Material, status: str) -> str:
    """Return the reason in ``status`` of an empty value, in words."""
    say = material.say
    reason, _, rest = status.partition(":")
    if reason == "incomplete":
        have, _, all_ = rest.partition(" of ")
        return say(
            "known for {have} of {all} units", have=say.number(int(have)), all=say.number(int(all_))
        )
    if reason == "territories_differ":
        have, _, all_ = rest.partition(" of ")
        return say(
            "its figures are of different territories in {have} of {all} units",
            have=say.number(int(have)),
            all=say.number(int(all_)),
        )
    if reason == "not_split":
        return say("published for the merged unit {unit} only", unit=rest.split("@")[0])
    variable = rest.split(":")[0]
    if variable in material.variables:
        label = material.variables[variable]["labels"][say.code]
        return say("not in the source: {variable}", variable=label)
    return say("not in the source")


def _flagged(material: Material, rows: pd.DataFrame) -> list[str]:
    """Return which flags of the source the values have; breaks are marked and said apart."""
    known = rows[rows["value"].notna() & (rows["status"].fillna("") != "")]
    named_: Mapping[str, list[str]] = {
        flag: list(dict.fromkeys(own["name"]))
        for flag, own in known.groupby("status")
        if flag != "b"
    }
    say = material.say
    return [
        say("Flag {flag} of the source: {places}.", flag=flag, places=few(say, places))
        for flag, places in sorted(named_.items())
    ]
