"""Figures of the economy: unemployment at two dates, income per resident over time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from smstra.figures import findings, lines, remarks
from smstra.figures.lines import Line, Mark
from smstra.figures.material import Material
from smstra.figures.palette import FAINT, INK, RULE
from smstra.figures.style import (
    SMALL,
    Caption,
    Drawing,
    nothing_to_draw,
    spread_labels,
    width_of,
    wrap,
)
from smstra.language import Language
from smstra.pseudonym_rules import WITHHELD
from smstra.report.wording import decimals_of, quantity, unit_in_words
from smstra.vocabulary import as_list, terms_of

_COLUMNS = [
    "unit",
    "name",
    "what",
    "type",
    "region",
    "line",
    "end",
    "date",
    "value",
    "unit_of_measure",
    "level",
    "area",
    "stands_in",
    "flags",
    "how",
    "units",
    "source",
]
_ENDS = ("from", "to")
_NO_BREAK = "\u00a0"


def unemployment(material: Material, spec: Mapping[str, Any]) -> Drawing:
    """Return the slope chart of two indicators, ``spec["from"]`` and ``spec["to"]``.

    They measure one thing at two dates. Towns that have the figure of one larger area share a line.
    """
    data = unemployment_data(material, spec)
    marks = _marks(material, spec, data)
    words = unemployment_words(material, spec, data, marks)
    if data.loc[data["what"] == "town", "value"].isna().all():
        return nothing_to_draw("unemployment", words)
    return Drawing("unemployment", words, data, _slopes(material, data, words, marks))


def unemployment_data(material: Material, spec: Mapping[str, Any]) -> pd.DataFrame:
    """Return one row for each town, region and the country at each of the two ends.

    ``unit, name, what, type, region, line, end, date, value, unit_of_measure, level, area, stands_in,
    flags, how, units, source``: ``line`` numbers the lines, from 0; ``end`` is ``from`` or ``to``,
    ``date`` the year found; ``area`` is the larger area whose figure stands for the town's.
    """
    rows: list[dict[str, Any]] = []
    numbers: dict[tuple[str, ...], int] = {}
    own_level = material.case["geography"]["level"]
    found = {end: material.indicator(spec[end]) for end in _ENDS}
    for town in material.towns.to_dict("records"):
        cells = {end: found[end].loc[town["unit"]] for end in _ENDS}
        areas = {end: remarks.area_of(cell["flags"]) for end, cell in cells.items()}
        key = tuple(areas.values()) if all(areas.values()) else (town["unit"],)
        number = numbers.setdefault(key, len(numbers))
        for end, cell in cells.items():
            level = cell["level"] or own_level
            rows.append(
                {
                    "unit": town["unit"],
                    "name": town["label"],
                    "what": "town",
                    "type": town["type"],
                    "region": town["region"],
                    "line": number,
                    "end": end,
                    "date": cell["year_from"],
                    "value": cell["value"],
                    "unit_of_measure": cell["unit_of_measure"],
                    "level": level,
                    "area": areas[end],
                    "stands_in": level != own_level or "merged_unit=" in cell["flags"],
                    "flags": cell["flags"],
                    "how": "",
                    "units": 1,
                    "source": cell["source"],
                }
            )
    rows += _of_areas(material, spec, found, len(numbers))
    return pd.DataFrame(rows, columns=_COLUMNS)


def _of_areas(
    material: Material, spec: Mapping[str, Any], found: Mapping[str, pd.DataFrame], number: int
) -> list[dict[str, Any]]:
    """Return the rows of the regions in which towns lie, and of the country; lines from ``number``."""
    rows = []
    tables = {end: material.areas(spec[end]) for end in _ENDS}
    country = material.case["geography"]["country_unit"]["code"]
    wanted = [*sorted(set(material.towns["region"])), country]
    for area in wanted:
        if any(area not in table.index for table in tables.values()):
            continue
        for end, table in tables.items():
            cell = table.loc[area]
            rows.append(
                {
                    "unit": area,
                    "name": material.say.own(cell["name"]),
                    "what": cell["what"],
                    "type": "",
                    "region": area if cell["what"] == "region" else "",
                    "line": number,
                    "end": end,
                    "date": cell["year_from"],
                    "value": cell["value"],
                    "unit_of_measure": cell["unit_of_measure"],
                    "level": cell["what"],
                    "area": "",
                    "stands_in": False,
                    "flags": "",
                    "how": cell["how"],
                    "units": cell["units"],
                    "source": found[end]["source"].iloc[0],
                }
            )
        number += 1
    return rows


def _years(data: pd.DataFrame) -> tuple[str, str]:
    """Return the years found for the two ends."""
    by_end = data.drop_duplicates("end").set_index("end")["date"]
    return by_end["from"], by_end["to"]


def _marks(material: Material, spec: Mapping[str, Any], data: pd.DataFrame) -> list[Mark]:
    """Return the breaks between the two dates: registered ones, and flags ``b`` of the source.

    The flags lie on the indicator of the case that compares the same two dates, if it has one.
    """
    known = data.dropna(subset="value")
    if known.empty:
        return []
    first, last = _years(data)
    cases = material.case["indicators"]
    ends = [cases[spec[end]] for end in _ENDS]
    registered = material.breaks_within(
        terms_of(ends[0], material.variables),
        known["source"],
        f"{first}-01-01",
        f"{last}-12-31",
    )
    say = material.say
    marks = [
        Mark(entry["effective"], "break", say.own(entry["title"])) for entry in registered.values()
    ]
    years = set()
    for name, entry in cases.items():
        if (
            entry["definition"] in ("difference", "relative_change")
            and entry.get("of") == ends[0]["of"]
            and [entry["from"], entry["to"]] == [end["date"] for end in ends]
        ):
            own = material.indicator(name).reindex(material.towns["unit"])["flags"]
            flagged = own.str.extractall(r"(?:^|;)break=flag_b_(\d{4})")[0]
            years |= set(flagged)
    for year in sorted(years):
        text = say("flag b (break) of the source in {year}", year=year)
        marks.append(Mark(f"{year}-01-01", "break", text))
    return sorted(marks, key=lambda mark: (mark.date, mark.text))


def unemployment_words(
    material: Material, spec: Mapping[str, Any], data: pd.DataFrame, marks: Sequence[Mark]
) -> Caption:
    """Return the words of the slope chart, computed from its data."""
    say = material.say
    what = variable_label(material, material.case["indicators"][spec["from"]])
    towns = data[data["what"] == "town"]
    if towns.empty:
        return remarks.no_towns(material, what)
    if towns["value"].isna().all():
        return remarks.no_value(material, what, remarks.missing(material, towns))
    unit = towns["unit_of_measure"].iloc[0]
    first, last = _years(data)
    changes = _changes(say, data)
    own = [change for of, change in changes if of == "town"]
    whole = next((change for of, change in changes if of == "country"), None)

    def shown(amount: float) -> str:
        return points(say, amount, unit)

    def value(number: float) -> str:
        return quantity(number, unit, say)

    if own:
        title = findings.headline(say, what, own, whole, first, last, shown)
    else:
        title = say(
            "{what}: no chosen town has figures of both {first} and {last}",
            what=what,
            first=first,
            last=last,
        )
    alt = say(
        "Slope chart of two dates, {first} at the left and {last} at the right; upwards: {what}, {unit}.",
        first=first,
        last=last,
        what=what,
        unit=unit_in_words(unit, say),
    )
    told = findings.told(say, [change for _, change in changes], value, shown)
    said = [
        say(
            "{what}, {unit}, {first} and {last}.",
            what=what,
            unit=unit_in_words(unit, say),
            first=first,
            last=last,
        ),
        *remarks.level(material, data),
        say("{geography}.", geography=material.geography()),
        *remarks.how_made(material, [spec["from"]], data),
        *remarks.of_dates(material, data),
        *lines.said_marks(material, marks),
        *remarks.missing(material, data),
        *remarks.no_areas(say, data.loc[data["value"].notna(), "what"]),
    ]
    source = material.source_line(data.loc[data["value"].notna(), "source"])
    return Caption(title, " ".join(said), source, " ".join([f"{title}.", alt, f"{told}."]))


def variable_label(material: Material, entry: Mapping[str, Any]) -> str:
    """Return what an indicator or series measures: the label of its (first) variable."""
    return material.variables[as_list(entry["of"])[0]]["labels"][material.say.code]


def points(say: Language, amount: float, unit: str) -> str:
    """Return a change with its sign in the unit of the values; of percentages in points."""
    if unit == "percent":
        said = say("{change} points", change=say.signed(amount, decimals_of(unit)))
        return said.replace(" ", _NO_BREAK)
    return quantity(amount, unit, say, signed=True)


def _changes(say: Language, data: pd.DataFrame) -> list[tuple[str, findings.Change]]:
    """Return the change of each line that has both ends, and what the line is of."""
    changes = []
    for _, line in data.groupby("line", sort=True):
        ends = line.drop_duplicates("end")["value"]
        if ends.notna().all():
            changes.append(
                (line["what"].iloc[0], findings.absolute(_line_name(say, line), *ends.tolist()))
            )
    return changes


def _line_name(say: Language, line: pd.DataFrame) -> str:
    """Return the name of a line in a sentence; of a larger area by the towns that lie in it."""
    names = list(dict.fromkeys(line["name"]))
    if line["what"].iloc[0] != "town":
        return remarks.area_name(say, names[0], line["how"].iloc[0])
    if (line["area"] == "").any():
        return names[0]
    if len(names) > lines.NAMED:
        towns = say.plural("{n} town", "{n} towns", len(names))
        return say("area {code} of {towns}", code=line["area"].iloc[0], towns=towns)
    return say("the area of {towns}", towns=say.listing(names))


# The slope chart.


def _slopes(
    material: Material, data: pd.DataFrame, words: Caption, marks: Sequence[Mark]
) -> Figure:
    """Draw one panel with names at the ends, or a panel for each line of towns if there are many."""
    say = material.say
    unit = unit_in_words(data["unit_of_measure"].iloc[0], say)
    decimals = decimals_of(data["unit_of_measure"].iloc[0])
    drawn = [group for _, group in data.groupby("line", sort=True) if group["value"].notna().any()]
    own = [group for group in drawn if group["what"].iloc[0] == "town"]
    behind = [group for group in drawn if group["what"].iloc[0] != "town"]
    if len(drawn) <= lines.MOST:
        grid = lines.grid_of([("", "")], 1)
        texts = _one_slope(grid.axes[0], material, data, drawn, marks)
        lines.upward(grid.axes[0], grid, say)
        lines.finish(grid, words, _legend(say, data, [], marks), unit)
        _place(grid.axes[0], texts)
        return grid.figure
    heads = [(_label(say, line), "") for line in own]
    columns = lines.columns_for([title for title, _ in heads])
    grid = lines.grid_of(heads, columns)
    numbers = [say.number(value, decimals) for value in data["value"].dropna()]
    beside = max(width_of(number, SMALL, "bold") for number in numbers) + 0.17
    margin = beside / max(grid.width - 2 * beside, 0.15)
    for line, axes in zip(own, grid.axes, strict=True):
        regions = set(line["region"])
        shown = [each for each in behind if each["region"].iloc[0] in regions | {""}]
        _panel(axes, material, data, [*shown, line], marks, margin)
        _values(axes, say, line)
    lines.upward(grid.axes[0], grid, say)
    lines.finish(grid, words, _legend(say, data, behind, marks), unit)
    return grid.figure


def _label(say: Language, line: pd.DataFrame) -> str:
    """Return the name of a line in the picture, with types and the code of a larger area."""
    once = line.drop_duplicates("unit")
    if once["what"].iloc[0] != "town":
        return _line_name(say, line)
    names = [lines.named(_as_line(once[once["unit"] == unit]), say) for unit in once["unit"]]
    if (line["area"] == "").any():
        return names[0]
    return say("{code}: {towns}", code=line["area"].iloc[0], towns=", ".join(names))


def _look(line: pd.DataFrame, among: Iterable[pd.DataFrame]) -> dict[str, Any]:
    """Return colour, dash and marker of a line; grey for one that is of towns of several types."""

    everyone = [_as_line(each) for each in among]
    own = next(each for each in everyone if each.points is line)
    return lines.look_of(own, everyone)


def _as_line(group: pd.DataFrame) -> Line:
    first = group.iloc[0]
    type_ = first["type"] if group["type"].nunique() == 1 else "mixed"
    return Line(first["unit"], first["name"], first["what"], group, type_, first["region"])


def _panel(
    axes: Axes,
    material: Material,
    data: pd.DataFrame,
    drawn: list[pd.DataFrame],
    marks: Sequence[Mark],
    margin: float,
) -> None:
    """Draw lines between two dates, at 0 and 1 across, with ``margin`` left and right of them."""
    first, last = _years(data)
    for mark in marks:
        day = pd.Timestamp(mark.date)
        span = pd.Timestamp(f"{last}-01-01") - pd.Timestamp(f"{first}-01-01")
        at = (day - pd.Timestamp(f"{first}-01-01")) / span
        axes.axvline(
            min(at, 1), color=FAINT, linewidth=1.1, linestyle=":", zorder=1, label="_break"
        )
    for line in drawn:
        ends = line.drop_duplicates("end")
        look = {"marker": ".", **_look(line, drawn)}
        if ends["what"].iloc[0] == "town":
            look |= {"markersize": 5.5}
        label = f"_{ends['unit'].iloc[0]}"
        axes.plot([0, 1], ends["value"].to_numpy(dtype=float), label=label, **look)
        for at, (value, stands) in enumerate(zip(ends["value"], ends["stands_in"], strict=True)):
            if stands and not math.isnan(value):
                axes.plot(
                    [at],
                    [value],
                    linestyle="none",
                    # A dot or a cross has no inside to be open.
                    marker="o" if look["marker"] in (".", "x") else look["marker"],
                    markersize=6,
                    markerfacecolor="white",
                    markeredgecolor=INK,
                    markeredgewidth=0.9,
                    zorder=4,
                    label="_stands_in",
                )
    ticks = [
        year + (remarks.DAGGER if remarks.dated(material, data, year) else "")
        for year in (first, last)
    ]
    axes.set_xticks([0, 1], ticks)
    axes.set_xlim(-margin, 1 + margin)


def _values(axes: Axes, say: Language, line: pd.DataFrame) -> None:
    """Write the values of a line beside its ends."""
    decimals = decimals_of(line["unit_of_measure"].iloc[0])
    for at, value in enumerate(line.drop_duplicates("end")["value"]):
        if math.isnan(value):
            continue
        axes.annotate(
            say.number(value, decimals),
            (at, value),
            xytext=(5 if at else -5, 0),
            textcoords="offset points",
            ha="left" if at else "right",
            va="center",
            fontsize=SMALL,
            weight="bold",
            color=INK,
        )


_ROOM = 1.75  # inches for names at the ends of lines


def _one_slope(
    axes: Axes,
    material: Material,
    data: pd.DataFrame,
    drawn: list[pd.DataFrame],
    marks: Sequence[Mark],
) -> list[tuple[Any, ...]]:
    """Draw all lines in one panel; return its texts for :func:`_place`."""
    say = material.say
    _panel(axes, material, data, drawn, marks, 0.05)
    unit = data["unit_of_measure"].iloc[0]
    texts = []
    for line in drawn:
        ends = line.drop_duplicates("end").set_index("end")["value"]
        weight = "bold" if line["what"].iloc[0] == "town" else "normal"
        for at, end in enumerate(_ENDS):
            if math.isnan(ends[end]):
                continue
            number = say.number(ends[end], decimals_of(unit))
            label = f"{number} {_label(say, line)}" if at else number
            texts.append((at, ends[end], wrap(label, SMALL, weight, _ROOM), weight))
    return texts


def _place(axes: Axes, texts: list[tuple[Any, ...]]) -> None:
    """Make room for the texts at both ends and write them, none over another."""
    figure = axes.figure
    box = axes.get_window_extent()
    wide, tall = box.width / figure.dpi, box.height / figure.dpi
    left = max((_widest(text, weight) for at, _, text, weight in texts if at == 0), default=0)
    right = max((_widest(text, weight) for at, _, text, weight in texts if at == 1), default=0)
    # However broad the texts are, time runs from left to right.
    span = max(wide - left - right - 0.4, wide / 8)
    axes.set_xlim(-(left + 0.2) / span, 1 + (right + 0.2) / span)
    low, high = axes.get_ylim()
    for side in (0, 1):
        own = [each for each in texts if each[0] == side]
        if not own:
            continue
        most = max(text.count("\n") + 1 for _, _, text, _ in own)
        least = most * 1.25 * SMALL / 72 / tall * (high - low)
        places = spread_labels([value for _, value, _, _ in own], least)
        for (_, value, text, weight), place in zip(own, places, strict=True):
            axes.annotate(
                text,
                (side, value),
                xytext=(side + (0.16 if side else -0.16) / span, place),
                textcoords="data",
                ha="left" if side else "right",
                va="center",
                fontsize=SMALL,
                weight=weight,
                color=INK,
                annotation_clip=False,
                arrowprops={"arrowstyle": "-", "color": RULE, "linewidth": 0.6, "shrinkB": 4},
            )


def _widest(text: str, weight: str) -> float:
    return max(width_of(line, SMALL, weight) for line in text.split("\n"))


def _legend(
    say: Language, data: pd.DataFrame, behind: list[pd.DataFrame], marks: Sequence[Mark]
) -> list[Line2D]:
    handles = []
    for what in ("region", "country"):
        own = [line for line in behind if line["what"].iloc[0] == what]
        if own:
            label = _line_name(say, own[0]) if len(own) == 1 else say("region of the town")
            handles.append(Line2D([], [], **_look(own[0], own[:1]), label=label))
    if (data["stands_in"] & data["value"].notna()).any():
        look = {"marker": "o", "markerfacecolor": "white", "markeredgecolor": INK, "markersize": 5}
        handles.append(
            Line2D([], [], linestyle="none", **look, label=say("value of a larger unit"))
        )
    if marks:
        label = say("break in the series")
        handles.append(Line2D([], [], color=FAINT, linewidth=1.1, linestyle=":", label=label))
    return handles


# Income per resident.


def income(material: Material, spec: Mapping[str, Any]) -> Drawing:
    """Return ``spec["series"]`` over time: as an index (``spec["base"]`` = 100) and, below, in its unit."""
    name, base = spec["series"], spec["base"]
    own = lines.of_series(material, name)
    parts = [line for line in own if line.what == "town"]
    words = income_words(material, spec, own)
    if not parts:
        return nothing_to_draw("income", words)
    with_index = {(line.what, line.unit): line for line in lines.indexed(own, base)}
    drawn = [with_index.get((line.what, line.unit), _without_index(line)) for line in own]
    rows = material.series(name)
    unit = rows["unit_of_measure"].iloc[0]
    level = lines.Scale("value", unit_in_words(unit, material.say), decimals_of(unit))
    marks = lines.marks_of(material, [name], rows)
    if not any(what == "town" for what, _ in with_index):
        return lines.drawing(
            material,
            "income",
            own,
            words,
            y_label=level.y_label,
            decimals=level.decimals,
            marks=marks,
        )
    label = material.say("Index, {base} = 100", base=material.say.date(base))
    return lines.drawing(
        material,
        "income",
        drawn,
        words,
        y="index",
        y_label=label,
        base=base,
        marks=marks,
        below=level,
    )


def _without_index(line: Line) -> Line:
    """Return a line that has no value at the base: it is drawn in its unit only."""
    return replace(line, points=line.points.assign(index=math.nan))


def income_words(material: Material, spec: Mapping[str, Any], own: Sequence[Line]) -> Caption:
    """Return the words of the figure of income, computed from its lines."""
    say, name = material.say, spec["series"]
    what, rows = material.label(name), material.series(name)
    towns = [line for line in own if line.what == "town"]
    if material.towns.empty:
        return remarks.no_towns(material, what)
    if not towns:
        return remarks.no_value(material, what, lines.notes(material, [name], rows))
    unit = rows["unit_of_measure"].iloc[0]
    changed, whole, dates = lines_changed(say, own, "value", base=spec["base"])
    period = lines.period(material, [name], rows.loc[rows["value"].notna(), "date"])

    def shown(amount: float) -> str:
        return say.percent(amount, 1, signed=True)

    def value(number: float) -> str:
        return quantity(number, unit, say)

    if changed:
        first, last = (lines.day_of(material, [name], date) for date in dates)
        title = findings.headline(say, what, changed, whole, first, last, shown)
    else:
        title = say(
            "{what}: no chosen town has values of both the base, {base}, and another date",
            what=what,
            base=say.date(spec["base"]),
        )
    base = say.date(spec["base"])
    based = {(line.what, line.unit) for line in lines.indexed(list(own), spec["base"])}
    lacking = [line.label for line in own if (line.what, line.unit) not in based]
    said = [
        say(
            "{what}, {unit}, {period}, nominal: not adjusted for prices. Above: index, {base} = 100; "
            "below: the values.",
            what=what,
            unit=unit_in_words(unit, say),
            period=period,
            base=base,
        ),
        *(
            [
                say(
                    "No index, for want of a value of {base}: {places}.",
                    base=base,
                    places=lines.few(say, lacking),
                )
            ]
            if lacking
            else []
        ),
        say("{geography}.", geography=material.geography()),
        *lines.notes(material, [name], rows),
        *lines.said_marks(material, lines.marks_of(material, [name], rows)),
        *remarks.no_areas(say, {line.what for line in own}),
    ]
    alt = say(
        "Two line charts one below the other, {period} across: {what} as an index, {base} = 100, and in "
        "{unit}.",
        period=period,
        what=what,
        base=base,
        unit=unit_in_words(unit, say),
    )
    told = findings.told(say, [*changed, *([whole] if whole else [])], value, shown)
    source = material.source_line(rows.loc[rows["value"].notna(), "source"])
    return Caption(
        title,
        " ".join(said),
        source,
        " ".join([f"{title}.", alt, f"{told}." if told else ""]).strip(),
    )


def lines_changed(
    say: Language, own: Sequence[Line], y: str, base: str | None = None
) -> tuple[list[findings.Change], findings.Change | None, tuple[str, str]]:
    """Return the change in percent of each town and of the country, and the two dates.

    The dates are those at which most towns have a value (the first is ``base`` if given). A town
    is left out that lacks one of them, has zero at the first, or whose value is another unit's at only
    one of them.
    """
    at = {id(line): line.points.set_index("date") for line in own}
    towns = [line for line in own if line.what == "town"]
    known = [at[id(line)][y] for line in towns]
    if base is not None:
        known = [each[each.index >= base] for each in known]
        known = [each for each in known if len(each) and each.index[0].startswith(base)]
        known = [each for each in known if not math.isnan(each.iloc[0])]
    dates = findings.ends(known)
    if dates is None or not dates[0].startswith(base or ""):
        return [], None, ("", "")
    made = {"town": [], "country": []}
    for line in own:
        if line.what not in made:
            continue
        table = at[id(line)].reindex(dates)
        before, after = table[y].tolist()
        if not before > 0 or math.isnan(after) or table["stands_in"].nunique() > 1:
            continue
        made[line.what].append(findings.relative(place_name(say, line, table), before, after))
    return made["town"], next(iter(made["country"]), None), dates


def place_name(say: Language, line: Line, points: pd.DataFrame) -> str:
    """Return the name of a place in a sentence on ``points``: says whose value it is if not its own."""
    # The mean of a group of units is named by its pseudonym.
    grouped = line.points["merged_unit"].eq(WITHHELD).any()
    if points["stands_in"].eq(True).any() and not grouped:
        return say("the merged unit with {town}", town=line.label)
    how = "median_of_units" if points["how"].eq("median_of_units").any() else ""
    return remarks.area_name(say, line.label, how)


FIGURES = {"unemployment": unemployment, "income": income}
