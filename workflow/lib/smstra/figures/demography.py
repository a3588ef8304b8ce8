"""Figures on demography: inhabitants, growth by component, foreign residents, origin, arrivals, size."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from smstra import window
from smstra.figures import bars, findings, lines
from smstra.figures.bars import Bar, Group
from smstra.figures.findings import Change, Level
from smstra.figures.lines import Line, Mark
from smstra.figures.material import Material
from smstra.figures.palette import COLOURS, FAINT, INK, MARKERS, PARTS, RULE
from smstra.figures.style import (
    MOST_POINTS,
    SMALL,
    WIDTH,
    Caption,
    Drawing,
    dress,
    label_points,
    nothing_to_draw,
    shorten,
    start,
    width_of,
    wrap,
)
from smstra.language import Language
from smstra.report.wording import type_named, unit_in_words
from smstra.vocabulary import as_list

# Parts of a whole may miss 100 % by the rounding of published shares.
_ROUNDING = 0.1
# More towns than this are not all named in a scatter plot.
_LABELLED = 12
_MOST_TOLD = 8  # places that an alt text takes one by one


def population_index(material: Material, spec: Mapping[str, Any]) -> Drawing:
    """Return the series ``spec["series"]`` as an index, 100 at ``spec["base"]``."""
    name, base = spec["series"], spec["base"]
    own = lines.indexed(lines.of_series(material, name), base)
    marks = lines.marks_of(material, [name], _rows_of(material, name, own))
    words = population_index_words(material, spec, own, marks)
    if not _towns(own) or _span(own) is None:
        return nothing_to_draw("population_index", words)
    say = material.say
    label = say("{what}, {base} = 100", what=material.label(name), base=say.date(base))
    return lines.drawing(
        material, "population_index", own, words, y="index", y_label=label, base=base, marks=marks
    )


def population_index_words(
    material: Material, spec: Mapping[str, Any], own: list[Line], marks: Sequence[Mark]
) -> Caption:
    """Return the words of :func:`population_index` for its lines ``own``."""
    say, name = material.say, spec["series"]
    what, base = material.label(name), say.date(spec["base"])
    rows = material.series(name)
    source = _source(material, rows)
    towns = _towns(own)
    span = _span(own, _day_like(towns[0], spec["base"])) if towns else None
    if span is None:
        title = say("{what}: no index can be drawn", what=what)
        why = say(
            "No chosen town has figures for {base}, the base that `figures.population_index` asks for, "
            "and for another date.",
            base=base,
        )
        return _nothing(material, title, why, source)
    first, last = span
    changes, whole = _changes(own, span, findings.relative)
    ends = [lines.day_of(material, [name], day) for day in (first, last)]
    title = findings.headline(say, what, changes, whole, first[:4], last[:4], _percent(material))
    left_out = [
        town.label
        for town in material.towns.itertuples()
        if town.unit not in {line.unit for line in towns}
    ]
    subtitle = [
        say("{what} as an index, {base} = 100.", what=what, base=base),
        say("Dates: {dates}.", dates=_period(material, name, own)),
        say("Percentages: change from {first} to {last}.", first=ends[0], last=ends[1]),
        f"{material.geography()}.",
        *lines.notes(material, [name], rows),
        *lines.said_marks(material, marks),
    ]
    if left_out:
        subtitle.append(
            say(
                "Not drawn, for lack of a figure at the base: {places}.",
                places=lines.few(say, left_out),
            )
        )
    alt = [
        say("Line chart of {what} as an index, {base} = 100, {dates}.",
            what=what, base=base, dates=_period(material, name, own)),
        say("From {first} to {last}: {changes}.", first=ends[0], last=ends[1],
            changes=_told(material, changes, whole, say.number, _percent(material))),
        *lines.crossings(material, own, "index", first),
    ]  # fmt: skip
    return Caption(title, " ".join(subtitle), source, " ".join(alt))


def foreign_residents(material: Material, spec: Mapping[str, Any]) -> Drawing:
    """Return the share ``spec["series"]`` over time.

    ``spec["stands_for"]`` names the indicator whose substituted date is marked.
    """
    name = spec["series"]
    own = lines.of_series(material, name)
    marks = lines.marks_of(material, [name], _rows_of(material, name, own))
    marks += substitution(material, spec.get("stands_for"), own)
    words = foreign_residents_words(material, spec, own, marks)
    if not _towns(own):
        return nothing_to_draw("foreign_residents", words)
    label = material.say("{what}, percent", what=material.label(name))
    return lines.drawing(
        material, "foreign_residents", own, words, y_label=label, marks=marks, floor=0.0
    )


def substitution(material: Material, indicator: str | None, own: Sequence[Line]) -> list[Mark]:
    """Return the mark of the date that was taken for the one that ``indicator`` asks for, if any.

    It is drawn if the series has that date.
    """
    if indicator is None:
        return []
    row = material.tables["sufficiency"].set_index("indicator").loc[indicator]
    asked, found = row["dates_asked"], row["dates_found"]
    days = {day for line in own for day in line.points["date"]}
    there = sorted(day for day in days if found and day.startswith(found))
    if asked == found or not there:
        return []
    say = material.say
    text = say("{found} taken for {asked}", found=say.date(found), asked=say.date(asked))
    return [Mark(there[0], "substitution", text)]


def foreign_residents_words(
    material: Material, spec: Mapping[str, Any], own: list[Line], marks: Sequence[Mark]
) -> Caption:
    """Return the words of :func:`foreign_residents` for its lines ``own``."""
    say, name = material.say, spec["series"]
    what = material.label(name)
    rows = material.series(name)
    source = _source(material, rows)
    if not _towns(own):
        title = say("{what}: nothing can be drawn", what=what)
        return _nothing(material, title, say("No chosen town has a value at any date."), source)
    day, towns, country = _levels(own)
    span, shown = _span(own), _points(material)
    at_last = say("{what}, {date}", what=what, date=lines.day_of(material, [name], day))
    if span is None:
        title = findings.of_level(say, at_last, towns, country, say.percent)
        told = []
    else:
        changes, whole = _changes(own, span, findings.absolute)
        years_ = (span[0][:4], span[1][:4])
        title = findings.headline(say, what, changes, whole, *years_, shown)
        ends = [lines.day_of(material, [name], date) for date in span]
        told = [
            say("From {first} to {last}: {changes}.", first=ends[0], last=ends[1],
                changes=_told(material, changes, whole, say.percent, shown))
        ]  # fmt: skip
    subtitle = [
        say("{what}, percent of inhabitants.", what=what),
        say("Dates: {dates}.", dates=_period(material, name, own)),
        *_against(material, towns, country, lines.day_of(material, [name], day)),
        f"{material.geography()}.",
        *_substituted(material, spec.get("stands_for"), marks),
        *lines.notes(material, [name], rows),
        *lines.said_marks(material, marks),
    ]
    alt = [
        say("Line chart of {what}, percent, {dates}.",
            what=what, dates=_period(material, name, own)),
        *told,
        *([] if told else [f"{title}."]),
        *lines.crossings(material, own, "value"),
        *_substituted(material, spec.get("stands_for"), marks),
    ]  # fmt: skip
    return Caption(title, " ".join(subtitle), source, " ".join(alt))


def _against(
    material: Material, towns: Sequence[Level], whole: Level | None, day: str
) -> list[str]:
    """Return the sentence on who lies above the country at the end."""
    if whole is None:
        return []
    say = material.say
    above = [level.name for level in towns if round(level.value - whole.value, 9) > 0]
    return [
        say(
            "Above {country} ({value}) on {day}: {places}.",
            country=whole.name,
            value=say.percent(whole.value),
            day=day,
            places=lines.few(say, above) if above else say("none of the towns"),
        )
    ]


def _substituted(material: Material, indicator: str | None, marks: Sequence[Mark]) -> list[str]:
    """Return the sentence on the date that stands in for another."""
    if indicator is None:
        return []
    say = material.say
    label = material.label(indicator)
    row = material.tables["sufficiency"].set_index("indicator").loc[indicator]
    if row["dates_asked"] == row["dates_found"]:
        return []
    if not row["dates_found"]:
        return [
            say(
                "The criterion “{label}” asks for {asked}, for which nothing can stand in.",
                label=label,
                asked=say.date(row["dates_asked"]),
            )
        ]
    drawn = [mark.text for mark in marks if mark.kind == "substitution"]
    if drawn:
        return [
            say("Dash-dotted line: in the criterion “{label}”, {what}.", label=label, what=drawn[0])
        ]
    return [
        say(
            "In the criterion “{label}”, {found} is taken for {asked}; the series does not show it.",
            label=label,
            found=say.date(row["dates_found"]),
            asked=say.date(row["dates_asked"]),
        )
    ]


def growth_components(material: Material, spec: Mapping[str, Any]) -> Drawing:
    """Return natural change and net migration, summed over the years, per 1,000 inhabitants.

    ``spec`` names the series ``natural_change``, ``net_migration`` and ``inhabitants``.
    """
    say = material.say
    rows, first, last = components(material, spec)
    words = growth_components_words(material, spec, rows, first, last)
    if not any(bar.what == "town" and not math.isnan(bar.value) for bar in rows):
        return nothing_to_draw("growth_components", words)
    labels = {key: material.label(spec[key]) for key in _COMPONENTS}
    axis = say("per 1,000 inhabitants, {dates}", dates=_years(say, first, last))
    group = Group(rows, axis, signed=True)
    return bars.stacked(material, "growth_components", group, labels, words)


_COMPONENTS = ("natural_change", "net_migration")


def components(material: Material, spec: Mapping[str, Any]) -> tuple[list[Bar], str, str]:
    """Return the bars of towns, regions and country, and the first and last year of both components.

    A component is 1,000 x its sum over the years / the inhabitants on the last date that is not after
    the first day of the first year: parts of relative growth. A place that lacks one of the years has
    no value. ``columns`` has ``inhabitants_date``, ``inhabitants``, ``years`` and ``adjustment``: growth
    to the first date after the last year, less both components, per 1,000 as well (NaN if unknown).
    """
    tables = {key: material.series(spec[key]) for key in (*_COMPONENTS, "inhabitants")}
    there = [
        sorted(set(tables[key].loc[tables[key]["value"].notna(), "date"].str[:4]))
        for key in _COMPONENTS
    ]
    span = sorted(set(there[0]) & set(there[1]))
    if not span:
        return [], "", ""
    first, last = span[0], span[-1]
    by_unit = {
        key: {unit: own.set_index("date")["value"].dropna() for unit, own in table.groupby("unit")}
        for key, table in tables.items()
    }
    made = []
    for line in _places(material, tables["inhabitants"]):
        parts, people = {}, by_unit["inhabitants"].get(line.unit, pd.Series(dtype=float))
        before = people[people.index <= f"{first}-01-01"]
        after = people[people.index >= f"{last}-12-31"]
        start_ = float(before.iloc[-1]) if len(before) and before.iloc[-1] > 0 else math.nan
        for key in _COMPONENTS:
            flow = by_unit[key].get(line.unit, pd.Series(dtype=float))
            flow = flow[(flow.index.str[:4] >= first) & (flow.index.str[:4] <= last)]
            whole = len(flow) == len(span)
            parts[key] = 1000 * math.fsum(flow) / start_ if whole else math.nan
        total = sum(parts.values())
        end = float(after.iloc[0]) if len(after) else math.nan
        columns = {
            "inhabitants_date": before.index[-1] if len(before) else "",
            "inhabitants": start_,
            "years": f"{first}-{last}",
            "adjustment": 1000 * (end / start_ - 1) - total,
        }
        made.append(
            Bar(
                line.unit, line.label, line.what, total, line.type, line.region,
                parts=parts, columns=columns,
            )
        )  # fmt: skip
    made.sort(key=bars.downwards)
    return made, first, last


def growth_components_words(
    material: Material, spec: Mapping[str, Any], rows: Sequence[Bar], first: str, last: str
) -> Caption:
    """Return the words of :func:`growth_components` for its ``rows``."""
    say = material.say
    names = [spec[key] for key in (*_COMPONENTS, "inhabitants")]
    tables = [material.series(name) for name in names]
    source = _source(material, pd.concat(tables))
    natural, migration = (material.label(spec[key]) for key in _COMPONENTS)
    known = [bar for bar in rows if not math.isnan(bar.value)]
    towns = [bar for bar in known if bar.what == "town"]
    if not towns:
        title = say("Growth by component: nothing can be drawn")
        why = say(
            "No chosen town has {natural}, {migration} and inhabitants for the same years.",
            natural=natural, migration=migration,
        )  # fmt: skip
        return _nothing(material, title, why, source)
    dates = _years(say, first, last)

    def shown(value: float) -> str:
        return say.signed(value, 1)

    whole = [Level(bar.label, bar.value) for bar in known if bar.what == "country"]
    finding = findings.of_level(
        say,
        say("Growth per 1,000 inhabitants, {dates}", dates=dates),
        [Level(bar.label, bar.value) for bar in towns],
        whole[0] if whole else None,
        shown,
    )
    outweighs = sum(
        abs(bar.parts["net_migration"]) > abs(bar.parts["natural_change"]) for bar in towns
    )
    title = say.plural(
        "{finding}. “{migration}” outweighs “{natural}” in {of} of {n} town",
        "{finding}. “{migration}” outweighs “{natural}” in {of} of {n} towns",
        len(towns),
        finding=finding, migration=migration, natural=natural, of=say.number(outweighs),
    )  # fmt: skip
    day = next(bar.columns["inhabitants_date"] for bar in towns)
    subtitle = [
        say(
            "{natural} and {migration}, summed over {dates}, per 1,000 inhabitants on {day}.",
            natural=natural,
            migration=migration,
            dates=dates,
            day=say.date(day),
        ),
        f"{material.geography()}.",
    ]
    off = [bar for bar in known if abs(bar.columns["adjustment"]) >= 0.05]
    if off:
        worst = max(off, key=lambda bar: abs(bar.columns["adjustment"]))
        subtitle.append(
            say(
                "Not in the bars: corrections of the count, at most {value} per 1,000 ({place}).",
                value=say.signed(worst.columns["adjustment"]), place=worst.label,
            )
        )  # fmt: skip
    lacking = [bar.label for bar in rows if math.isnan(bar.value)]
    if lacking:
        subtitle.append(
            say("Without a value in each of the years: {places}.", places=lines.few(say, lacking))
        )
    inside = [
        table[(table["date"].str[:4] >= first) & (table["date"].str[:4] <= last)]
        for table in tables
    ]
    drawn = pd.concat(inside)
    areas = drawn[drawn["what"] != "town"]
    marks = [mark for name, own in zip(names, inside, strict=True)
             for mark in lines.marks_of(material, [name], own)]  # fmt: skip
    subtitle += lines.how_made(material, names, areas)
    subtitle += lines.said_breaks(material, marks)
    listed = known if len(known) <= _MOST_TOLD else [max(towns, key=_value), min(towns, key=_value)]
    told = "; ".join(
        say(
            "{place} {natural_value} and {migration_value}, together {total}",
            place=bar.label,
            natural_value=shown(bar.parts["natural_change"]),
            migration_value=shown(bar.parts["net_migration"]),
            total=shown(bar.value),
        )
        for bar in listed
    )
    alt = say(
        "Stacked bars, one a place: {natural} and {migration} per 1,000 inhabitants, {dates}. {told}.",
        natural=natural, migration=migration, dates=dates, told=told,
    )  # fmt: skip
    return Caption(title, " ".join(subtitle), source, alt)


def _value(bar: Bar) -> float:
    return bar.value


def origin(material: Material, spec: Mapping[str, Any]) -> Drawing:
    """Return the shares ``spec["series"]`` of a whole as stacked areas, a panel each place."""
    say = material.say
    table = parts_of_whole(material, spec)
    names = spec["series"]
    marks = [
        mark for name in names for mark in lines.marks_of(material, [name], material.series(name))
    ]
    marks = list(dict.fromkeys(marks))
    words = origin_words(material, spec, table, marks)
    if _cannot_stack(table):
        return nothing_to_draw("origin", words)
    places = [own for _, own in table.groupby("unit", sort=False) if own["complete"].any()]
    heads = []
    for own in places:
        row = own.iloc[0]
        type_ = row["type"] if len(row["type"]) == 1 else type_named(row["type"], say)
        heads.append((f"{row['name']} ({type_})" if row["type"] else row["name"], ""))
    columns = lines.columns_for([title for title, _ in heads])
    grid = lines.grid_of(heads, columns)
    for axes, own in zip(grid.axes, places, strict=True):
        _stack(axes, own, names, marks)
        if columns <= 3:
            _write_shares(axes, own, names, say, grid.heights[0])
    lines.years(grid, sorted(set(table.loc[table["complete"], "date"])))
    grid.axes[0].set_ylim(0, 100)
    grid.axes[0].set_yticks([0, 25, 50, 75, 100] if columns <= 2 else [0, 50, 100])
    grid.axes[0].yaxis.set_major_formatter(FuncFormatter(lambda value, _: say.number(value)))
    handles: list[Any] = [
        Patch(facecolor=PARTS[place], edgecolor=INK, linewidth=0.5, label=material.label(name))
        for place, name in enumerate(names)
    ]
    if table["stands_in"].any():
        look = {"marker": "o", "markerfacecolor": "white", "markeredgecolor": INK, "markersize": 4}
        handles.append(
            Line2D([], [], linestyle="none", **look, label=say("value of a larger unit"))
        )
    if marks:
        handles.append(
            Line2D(
                [], [], color=INK, linewidth=1.1, linestyle=":", label=say("break in the series")
            )
        )
    lines.finish(grid, words, handles, say("percent of inhabitants"))
    return Drawing("origin", words, table.drop(columns="complete"), grid.figure)


def parts_of_whole(material: Material, spec: Mapping[str, Any]) -> pd.DataFrame:
    """Return the shares of towns and the country: one row a place and date.

    ``unit, name, what, type, date``, a column a series, ``sum``, ``complete`` (all parts are known)
    and ``stands_in``.
    """
    names = spec["series"]
    rows = pd.concat([material.series(name) for name in names])
    rows = rows[rows["what"] != "region"]
    wide = rows.pivot(index=["unit", "date"], columns="series", values="value").reindex(
        columns=names
    )
    other = rows.assign(other=rows["merged_unit"].fillna("") != "")
    stands = other.groupby(["unit", "date"])["other"].any()
    dates = sorted(set(rows["date"]))
    parts = []
    for line in _places(material, rows):
        if line.what == "region" or line.unit not in wide.index:
            continue
        own = wide.loc[line.unit].reindex(dates).rename_axis("date").reset_index()
        heads = {"unit": line.unit, "name": line.label, "what": line.what, "type": line.type}
        for place, (column, value) in enumerate(heads.items()):
            own.insert(place, column, value)
        own["stands_in"] = (
            stands.loc[line.unit].reindex(dates, fill_value=False).to_numpy(dtype=bool)
        )
        parts.append(own)
    columns = ["unit", "name", "what", "type", "date", *names, "stands_in"]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    table["complete"] = table[names].notna().all(axis=1)
    table["sum"] = table[names].sum(axis=1).where(table["complete"])
    return table[["unit", "name", "what", "type", "date", *names, "sum", "stands_in", "complete"]]


def _cannot_stack(table: pd.DataFrame) -> bool:
    """Whether no town has all parts, or some parts do not add up to a whole."""
    towns = table[(table["what"] == "town") & table["complete"]]
    return towns.empty or _worst(table) is not None


def _worst(table: pd.DataFrame) -> pd.Series | None:
    """Return the row whose parts miss 100 % most, if by more than rounding."""
    off = (table["sum"] - 100).abs().dropna().astype(float)
    return table.loc[off.idxmax()] if len(off) and off.max() > _ROUNDING + 1e-9 else None


def origin_words(
    material: Material, spec: Mapping[str, Any], table: pd.DataFrame, marks: Sequence[Mark]
) -> Caption:
    """Return the words of :func:`origin` for its data ``table``."""
    say, names = material.say, spec["series"]
    rows = pd.concat([material.series(name) for name in names])
    rows = rows[rows["what"] != "region"]
    source = _source(material, rows)
    labels = [material.label(name) for name in names]
    worst = _worst(table)
    if worst is not None:
        title = say("The shares by origin do not add up, so they are not drawn")
        why = say(
            "{parts}: together {sum} in {place} on {date}; 100 % is what parts of a whole add up to.",
            parts=say.listing(labels), sum=say.percent(worst["sum"], 2),
            place=worst["name"], date=lines.day_of(material, names, worst["date"]),
        )  # fmt: skip
        return _nothing(material, title, why, source)
    whole = table[table["complete"]]
    if whole[whole["what"] == "town"].empty:
        title = say("Residents by origin: nothing can be drawn")
        why = say("No chosen town has all of {parts} on one date.", parts=say.listing(labels))
        return _nothing(material, title, why, source)
    own = [
        Line(unit, at["name"].iloc[0], at["what"].iloc[0], at.rename(columns={names[0]: "value"}))
        for unit, at in whole.groupby("unit", sort=False)
    ]
    span = _span(own)
    day, levels, country = _levels(own)
    if span is None:
        what = say(
            "The share “{label}”, {date}", label=labels[0], date=lines.day_of(material, names, day)
        )
        title = findings.of_level(say, what, levels, country, say.percent)
    else:
        day = span[1]
        what = say("The share “{label}”", label=labels[0])
        changes, country = _changes(own, span, findings.absolute)
        title = findings.headline(
            say, what, changes, country, span[0][:4], span[1][:4], _points(material)
        )
    subtitle = [
        say("Residents by origin, percent of inhabitants: {parts}.", parts=say.listing(labels)),
        say("Dates: {dates}.", dates=lines.period(material, names, whole["date"])),
        f"{material.geography()}.",
        *lines.notes(material, names, rows),
        *lines.said_marks(material, marks),
    ]
    at_last = whole[whole["date"] == day]
    if len(at_last) > _MOST_TOLD:
        of_towns = at_last[at_last["what"] == "town"].sort_values(names[0])
        at_last = pd.concat([of_towns.iloc[[0, -1]], at_last[at_last["what"] == "country"]])
    told = "; ".join(
        say(
            "{place}: {shares}",
            place=row["name"],
            shares=say.listing(
                say("{label} {share}", label=label, share=say.percent(row[name]))
                for name, label in zip(names, labels, strict=True)
            ),
        )
        for _, row in at_last.iterrows()
    )
    alt = [
        say("Stacked areas of the shares of residents by origin, a panel each place."),
        f"{title}.",
        say("On {date}: {told}.", date=lines.day_of(material, names, day), told=told),
    ]
    return Caption(title, " ".join(subtitle), source, " ".join(alt))


def _stack(axes: Axes, own: pd.DataFrame, names: Sequence[str], marks: Sequence[Mark]) -> None:
    """Stack the parts from the last series (darkest) up to the first."""
    days = [dt.date.fromisoformat(day) for day in own["date"]]
    whole = own["complete"].to_numpy(dtype=bool)
    floor = np.zeros(len(own))
    for place in reversed(range(len(names))):
        top = floor + own[names[place]].to_numpy(dtype=float)
        axes.fill_between(
            days, floor, top, where=whole, facecolor=PARTS[place], edgecolor=INK, linewidth=0.4,
            zorder=2, label=f"_{own['unit'].iloc[0]}:{names[place]}",
        )  # fmt: skip
        floor = top
    alone = lines.alone(np.where(whole, 0.0, np.nan))
    for day, at in zip(np.array(days)[alone], own[names].to_numpy(dtype=float)[alone], strict=True):
        low = 0.0
        for place in reversed(range(len(names))):
            axes.bar(
                day, at[place], bottom=low, width=200, color=PARTS[place], edgecolor=INK,
                linewidth=0.4, zorder=2, label="_alone",
            )  # fmt: skip
            low += at[place]
    stands = own["stands_in"].to_numpy(dtype=bool) & whole
    if stands.any():
        axes.plot(
            list(np.array(days)[stands]), [97.0] * int(stands.sum()), linestyle="none", marker="o",
            markersize=3.5, markerfacecolor="white", markeredgecolor=INK, zorder=4,
            label="_stands_in",
        )  # fmt: skip
    for mark in marks:
        day = dt.date.fromisoformat(mark.date)
        axes.axvline(day, color=INK, linewidth=1.1, linestyle=":", zorder=3, label="_break")


def _write_shares(
    axes: Axes, own: pd.DataFrame, names: Sequence[str], say: Language, height: float
) -> None:
    """Write the last shares beside the parts, none over another."""
    last = own[own["complete"]].iloc[-1]
    centres, low = [], 0.0
    for name in reversed(names):
        centres.append(low + last[name] / 2)
        low += last[name]
    places = lines.spread_within(centres, 1.2 * SMALL / 72 / height * 100, 0, 100)
    for name, place in zip(reversed(names), places, strict=True):
        axes.annotate(
            say.number(last[name], 1),
            (1, place / 100),
            xycoords="axes fraction",
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
            color=INK,
            annotation_clip=False,
        )


def arrivals(material: Material, spec: Mapping[str, Any]) -> Drawing:
    """Return the change of foreign residents: ``spec["points"]`` as dots, ``spec["persons"]`` beside."""
    say = material.say
    rows = arrivals_rows(material, spec)
    words = arrivals_words(material, spec, rows)
    if not any(bar.what == "town" and not math.isnan(bar.value) for bar in rows):
        return nothing_to_draw("arrivals", words)
    in_points = "points" in spec
    counted = _others_than_foreigners(material, spec)
    if counted and in_points:
        axis = say("change, percentage points: {what}", what=counted)
    elif counted:
        axis = say("change, persons: {what}", what=counted)
    elif in_points:
        axis = say("change of the share of foreign residents, percentage points")
    else:
        axis = say("change of foreign residents, persons")
    heads = (say("points"), say("persons")) if in_points else (say("persons"), "")
    group = Group(rows, axis, decimals=1 if in_points else 0, signed=True, heads=heads)
    return bars.drawing(material, "arrivals", [group], words)


def arrivals_rows(material: Material, spec: Mapping[str, Any]) -> list[Bar]:
    """Return the rows of :func:`arrivals`: persons as text beside points, if there are both."""
    say = material.say
    drawn = spec.get("points") or spec["persons"]
    rows = bars.of_indicator(material, drawn)
    if "points" not in spec or "persons" not in spec:
        return rows
    persons = {bar.unit: bar for bar in bars.of_indicator(material, spec["persons"])}
    made = []
    for bar in rows:
        other = persons.get(bar.unit)
        count = other.value if other else math.nan
        beside = "" if math.isnan(count) else say.signed(count, 0)
        made.append(replace(bar, beside=beside, columns={**bar.columns, "persons": count}))
    return made


def arrivals_words(material: Material, spec: Mapping[str, Any], rows: Sequence[Bar]) -> Caption:
    """Return the words of :func:`arrivals` for its ``rows``."""
    say = material.say
    names = [spec[key] for key in ("points", "persons") if key in spec]
    found = pd.concat([material.indicator(name) for name in names])
    source = _source(material, found)
    in_points = "points" in spec
    known = [bar for bar in rows if not math.isnan(bar.value)]
    towns = [bar for bar in known if bar.what == "town"]
    if not towns:
        title = say(
            "Migrants arrived after {year}: nothing can be drawn",
            year=window.arrivals_from(material.case, names[0]),
        )
        why = say("No chosen town has a value of: {labels}.",
                  labels=say.listing(material.label(name) for name in names))  # fmt: skip
        return _nothing(material, title, why, source)
    row = towns[0].columns
    first, last = str(row["year_from"]), str(row["year_to"])

    def shown(value: float) -> str:
        return _points(material)(value) if in_points else say.signed(value, 0)

    units = [bar.unit for bar in rows if bar.what == "town"]
    of_points, of_persons = (
        bars.flags_said(material, name, units) for name in (names[0], names[-1])
    )
    counted = _others_than_foreigners(material, spec)
    what = say("The share of foreign residents") if in_points else say("Foreign residents")
    what = counted or what
    changes = [Change(bar.label, math.nan, math.nan, bar.value) for bar in towns]
    whole = [
        Change(bar.label, math.nan, math.nan, bar.value) for bar in known if bar.what == "country"
    ]
    whole = whole[:1] if in_points else []
    title = findings.headline(say, what, changes, whole[0] if whole else None, first, last, shown)
    subtitle = [
        say("{labels}.", labels=say.listing(material.label(name) for name in names)),
        say(
            "{what}: the change stands for arrivals, with births, deaths and departures in it.",
            what=counted,
        )
        if counted
        else say(
            "The change of foreign residents stands for arrivals: births, deaths, departures and "
            "naturalisations are in it."
        ),
        f"{material.geography()}.",
        *bars.notes(material, names[0], rows),
        *(remark for remark in of_persons if remark not in of_points),
    ]
    listed = known
    if len(towns) > _MOST_TOLD:
        listed = [towns[0], towns[-1], *(bar for bar in known if bar.what == "country")]
    told = "; ".join(_arrived(material, bar, shown) for bar in listed)
    alt = [
        say("Dot plot, one row a place, highest first: {what}, change from {first} to {last}.",
            what=what, first=first, last=last),
        f"{title}.",
        f"{told}.",
    ]  # fmt: skip
    return Caption(title, " ".join(subtitle), source, " ".join(alt))


def _others_than_foreigners(material: Material, spec: Mapping[str, Any]) -> str:
    """Return who is counted as arrived where that is not simply foreign residents, else nothing."""
    name = spec.get("points") or spec["persons"]
    of = as_list(material.case["indicators"][name]["of"])
    if set(of) <= {"residents_foreign", "share_foreign"}:
        return ""
    say = material.say
    return say.listing(material.variables[each]["labels"][say.code] for each in of)


def _arrived(material: Material, bar: Bar, shown: findings.Shown) -> str:
    say = material.say
    if bar.beside:
        return say(
            "{place} {value} (persons: {n})", place=bar.label, value=shown(bar.value), n=bar.beside
        )
    return say("{place} {value}", place=bar.label, value=shown(bar.value))


def density_size(material: Material, spec: Mapping[str, Any]) -> Drawing:
    """Return all units by inhabitants and density on logarithmic axes, the towns labelled."""
    say = material.say
    table = density_size_data(material, spec)
    words = density_size_words(material, spec, table)
    towns = table[table["what"] == "town"]
    if towns.empty:
        return nothing_to_draw("density_size", words)
    figure, axes = start(3.6)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.plot(
        table["inhabitants"], table["density"], linestyle="none", marker="o", markersize=2.6,
        markerfacecolor=RULE, markeredgecolor="none", alpha=0.55, zorder=1, label="_units",
        rasterized=len(table) > MOST_POINTS,
    )  # fmt: skip
    for town in towns.itertuples():
        grey = town.type in ("mixed", "undetermined")
        axes.plot(
            [town.inhabitants], [town.density], linestyle="none", marker=MARKERS[town.type],
            markersize=10 if town.type == "mixed" else 7,
            markerfacecolor=FAINT if grey else COLOURS[town.type][0],
            markeredgecolor=INK, markeredgewidth=0.8, zorder=4, label=f"_{town.unit}",
        )  # fmt: skip
    _class_bounds(axes, material, table)
    axes.set_xlabel(material.label(spec["inhabitants"]))
    axes.set_ylabel(wrap(_with_unit(material, spec["density"]), SMALL + 0.5, room=3.2))
    _log_ticks(axes.xaxis, say, WIDTH - 0.75)
    _log_ticks(axes.yaxis, say, 3.0)
    dress(figure, words)
    named = towns[towns["labelled"]]
    texts = []
    for town in named.itertuples():
        type_ = town.type if len(town.type) == 1 else type_named(town.type, say)
        texts.append(f"{shorten(town.name, SMALL, 1.8)} ({type_})")
    crowd = list(zip(table["inhabitants"], table["density"], strict=True)) + _covered(axes)
    points = list(zip(named["inhabitants"], named["density"], strict=True))
    label_points(axes, texts, points, crowd, size=SMALL)
    return Drawing("density_size", words, table, figure)


def _covered(axes: Axes) -> list[tuple[float, float]]:
    """Return points all over the texts in ``axes``, for labels to keep off them."""
    axes.figure.canvas.draw()
    points = []
    for text in axes.texts:
        box = text.get_window_extent()
        x, y = np.meshgrid(np.linspace(box.x0, box.x1, 8), np.linspace(box.y0, box.y1, 8))
        points.append(axes.transData.inverted().transform(np.column_stack([x.ravel(), y.ravel()])))
    return [tuple(point) for point in np.concatenate(points)] if points else []


def density_size_data(material: Material, spec: Mapping[str, Any]) -> pd.DataFrame:
    """Return ``unit, name, what, type, size_class, inhabitants, density, labelled`` of units with both.

    ``what`` is ``town`` for chosen ones, else ``unit``. Of more than a dozen towns only the largest,
    smallest, densest and least dense are labelled.
    """
    typology = material.tables["typology"].set_index("unit")
    both = {
        column: material.indicator(spec[column])["value"].astype(float)
        for column in ("inhabitants", "density")
    }
    table = pd.DataFrame(both).reindex(typology.index)
    table = table[(table > 0).all(axis=1)]
    labels = dict(zip(material.towns["unit"], material.towns["label"], strict=True))
    table.insert(0, "name", [labels.get(unit, typology.at[unit, "name"]) for unit in table.index])
    table.insert(1, "what", ["town" if unit in labels else "unit" for unit in table.index])
    table.insert(2, "type", typology.loc[table.index, "type"])
    table.insert(3, "size_class", typology.loc[table.index, "size_class"])
    towns = table[table["what"] == "town"]
    named = set(towns.index)
    if len(named) > _LABELLED:
        named = {
            unit
            for column in ("inhabitants", "density")
            for unit in (towns[column].idxmax(), towns[column].idxmin())
        }
    table["labelled"] = table.index.isin(named)
    return table.reset_index(names="unit")


def density_size_words(material: Material, spec: Mapping[str, Any], table: pd.DataFrame) -> Caption:
    """Return the words of :func:`density_size` for its data ``table``."""
    say = material.say
    found = pd.concat([material.indicator(spec[key]) for key in ("inhabitants", "density")])
    source = _source(material, found)
    towns = table[table["what"] == "town"]
    labels = [material.label(spec[key]) for key in ("inhabitants", "density")]
    if towns.empty:
        title = say("Density and size: nothing can be drawn")
        why = say("No chosen town has both: {labels}.", labels=say.listing(labels))
        return _nothing(material, title, why, source)
    at = {
        end: lines.few(say, towns.loc[towns[column] == getattr(towns[column], how)(), "name"])
        for end, column, how in (
            ("large", "inhabitants", "max"),
            ("small", "inhabitants", "min"),
            ("dense", "density", "max"),
            ("wide", "density", "min"),
        )
    }
    people = {how: say.number(getattr(towns["inhabitants"], how)()) for how in ("max", "min")}
    per_km2 = {how: say.number(getattr(towns["density"], how)()) for how in ("max", "min")}
    if len(towns) == 1:
        smaller = int((table["inhabitants"] < towns["inhabitants"].iloc[0]).sum())
        title = say(
            "{place}: {people} inhabitants, {density} per km²; {smaller} of {all} units are smaller",
            place=at["large"], people=people["max"], density=per_km2["max"],
            smaller=say.number(smaller), all=say.number(len(table)),
        )  # fmt: skip
    else:
        title = say(
            "{large} is the largest town ({most} inhabitants), {small} the smallest ({least}); "
            "from {wide} ({low} per km²) to {dense} ({high})",
            large=at["large"], most=people["max"], small=at["small"], least=people["min"],
            wide=at["wide"], low=per_km2["min"], dense=at["dense"], high=per_km2["max"],
        )  # fmt: skip
    classes = towns["size_class"].value_counts(sort=False)
    counted = [
        say("{name} {n}", name=say.own(name), n=say.number(int(n))) for name, n in classes.items()
    ]
    missing = len(material.tables["typology"]) - len(table)
    subtitle = [
        say(
            "{labels}, logarithmic axes. Grey: all {n} units with both; marked: the chosen towns.",
            labels=say.listing(labels),
            n=say.number(len(table)),
        ),
        say("Towns by size class: {classes}.", classes=say.listing(counted)),
        say("Thin lines: bounds of the size classes of the case."),
        f"{material.geography()}.",
        *bars.flags_said(material, spec["density"], list(towns["unit"])),
    ]
    if missing:
        subtitle.append(
            say.plural("{n} unit lacks one of them.", "{n} units lack one of them.", missing)
        )
    if not towns["labelled"].all():
        subtitle.append(
            say("Labelled: the largest, the smallest, the densest and the least dense town.")
        )
    share = float(np.corrcoef(np.log(table["inhabitants"]), np.log(table["density"]))[0, 1])
    trend = (
        say("Larger units tend to be denser") if share > 0.3
        else say("Larger units tend to be less dense") if share < -0.3
        else say("Size and density hardly go together")
    ) if len(table) > 2 else ""  # fmt: skip
    alt = [
        say("Scatter plot of {n} units on logarithmic axes, inhabitants across, density upwards.",
            n=say.number(len(table))),
        *([say("{trend} (correlation of the logarithms {r}).", trend=trend, r=say.number(share, 2))]
          if trend else []),
        f"{title}.",
    ]  # fmt: skip
    return Caption(title, " ".join(subtitle), source, " ".join(alt))


def _log_ticks(axis: Axis, say: Language, inches: float) -> None:
    """Tick as many of 1, 2, 5 in each power of ten as there is room for on ``inches``."""
    low, high = axis.get_view_interval()
    decade = inches / math.log10(high / low)
    broad = width_of(say.number(high), SMALL) + 0.1 if axis.axis_name == "x" else 0.2
    tens = ((1.0, 2.0, 5.0), 0.3), ((1.0, 3.0), 0.47), ((1.0,), 1.0)
    subs = next((subs for subs, apart in tens if decade * apart >= broad), (1.0,))
    axis.set_major_locator(LogLocator(base=10, subs=subs, numticks=30))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(
        FuncFormatter(lambda value, _: say.number(value, 0 if value >= 1 else 2))
    )


def _classes_by_bounds(
    classes: Sequence[Mapping[str, Any]],
) -> list[tuple[Mapping[str, Any], list[str]]]:
    """Return the classes with their names; those that only a category tells apart are one."""
    found: dict[tuple[Any, ...], tuple[Mapping[str, Any], list[str]]] = {}
    for entry in classes:
        bounds = tuple(entry.get(key) for key in ("from", "below", "density_below"))
        found.setdefault(bounds, (entry, []))[1].append(entry["name"])
    return list(found.values())


def _class_bounds(axes: Axes, material: Material, table: pd.DataFrame) -> None:
    """Draw the bounds of the size classes and write their names inside them."""
    say = material.say
    low, high = table["inhabitants"].min() / 1.25, table["inhabitants"].max() * 1.25
    axes.set_xlim(low, high)
    bottom, top = table["density"].min() / 1.6, table["density"].max() * 2.6
    axes.set_ylim(bottom, top)
    for entry, names in _classes_by_bounds(material.case["size_classes"]["classes"]):
        left = max(entry.get("from", 0), low)
        right = min(entry.get("below", math.inf), high)
        if left >= right:
            continue
        for bound in (entry.get("from", 0), entry.get("below", math.inf)):
            if low < bound < high:
                axes.axvline(bound, color=RULE, linewidth=0.7, zorder=0.5, label="_bound")
        below = entry.get("density_below")
        if below is not None and bottom < below < top:
            axes.plot(
                [left, right], [below, below], color=RULE, linewidth=0.7, zorder=0.5, label="_bound"
            )
        span = math.log(right / left) / math.log(high / low)
        room = span * (WIDTH - 0.75) - 0.06
        name = say.listing([say.own(each) for each in names])
        upright = max(width_of(word, SMALL) for word in name.split()) > room
        text = name if upright else wrap(name, SMALL, room=room)
        axes.annotate(
            text,
            (math.sqrt(left * right), 0 if below is not None else 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 2 if below is not None else -2),
            textcoords="offset points",
            ha="center",
            va="bottom" if below is not None else "top",
            fontsize=SMALL,
            rotation=90 if upright else 0,
            style="italic",
            color=FAINT,
            zorder=2,
        )


# What the figures share.


def _nothing(material: Material, title: str, why: str, source: str) -> Caption:
    say = material.say
    if material.towns.empty:
        why = say(
            "No town is chosen: `figures.towns` of the case finds none, for instance because no set of "
            "towns satisfies `selection.sets`."
        )
    return Caption(title, why, source, f"{title}. {why}")


def _source(material: Material, rows: pd.DataFrame) -> str:
    """Return the source line of rows, empty if there are none."""
    return material.source_line(rows["source"]) if len(rows) else ""


def _towns(own: Sequence[Line]) -> list[Line]:
    return [line for line in own if line.what == "town"]


def _places(material: Material, rows: pd.DataFrame) -> list[Line]:
    """Return the places of a table of series, towns first, in the order in which they are drawn."""
    empty = pd.DataFrame()
    say = material.say
    places = [
        Line(town.unit, town.label, "town", empty, town.type, town.region)
        for town in material.towns.itertuples()
    ]
    for what in ("region", "country"):
        own = rows[rows["what"] == what].drop_duplicates("unit").sort_values("unit")
        for row in own.itertuples():
            region = row.unit if what == "region" else ""
            places.append(Line(row.unit, say.own(row.name), what, empty, "", region))
    return places


def _rows_of(material: Material, name: str, own: Sequence[Line]) -> pd.DataFrame:
    """Return the rows of a series that its lines draw."""
    rows = material.series(name)
    return rows[rows["unit"].isin({line.unit for line in own})]


def _known(line: Line) -> pd.Series:
    column = "index" if "index" in line.points else "value"
    points = line.points.dropna(subset=[column])
    return points.set_index("date")["value"]


def _span(own: Sequence[Line], base: str | None = None) -> tuple[str, str] | None:
    """Return the two dates between which changes are told, or None if no town has two.

    The first, or ``base``, and the last at which all towns and the country have a value; if these have
    not two dates in common, those at which most towns have one.
    """
    shared = sorted(
        set.intersection(*(set(_known(line).index) for line in own if line.what != "region"))
    )
    if len(shared) < 2:
        return findings.ends([_known(line) for line in _towns(own)])
    if base is not None and base < shared[-1]:
        return base, shared[-1]
    return shared[0], shared[-1]


def _day_like(line: Line, base: str) -> str:
    return next(day for day in line.points["date"] if day.startswith(base))


def _changes(
    own: Sequence[Line],
    span: tuple[str, str],
    how: Callable[[str, float, float], Change],
) -> tuple[list[Change], Change | None]:
    """Return the changes of the towns, and of the country, that have a value at both ends."""
    made = {"town": [], "country": []}
    for line in own:
        known = _known(line)
        if line.what in made and set(span) <= set(known.index):
            made[line.what].append(how(line.label, float(known[span[0]]), float(known[span[1]])))
    return made["town"], next(iter(made["country"]), None)


def _levels(own: Sequence[Line]) -> tuple[str, list[Level], Level | None]:
    """Return the last date at which most towns have a value, and the values there."""
    known = {line.unit: _known(line) for line in own}
    days = pd.Series([day for line in _towns(own) for day in known[line.unit].index]).value_counts()
    day = max(days[days == days.max()].index)
    at = [
        (line.what, Level(line.label, float(known[line.unit][day])))
        for line in own
        if day in known[line.unit]
    ]
    towns = [level for what, level in at if what == "town"]
    return day, towns, next((level for what, level in at if what == "country"), None)


def _period(material: Material, name: str, own: Sequence[Line]) -> str:
    days = [day for line in own for day in _known(line).index]
    return lines.period(material, [name], days)


def _told(
    material: Material,
    changes: Sequence[Change],
    whole: Change | None,
    value: findings.Shown,
    shown: findings.Shown,
) -> str:
    """Return the changes of towns, and that of the country, for an alt text."""
    told = [findings.told(material.say, changes, value, shown)]
    if whole is not None:
        told.append(findings.told(material.say, [whole], value, shown))
    return "; ".join(told)


def _years(say: Language, first: str, last: str) -> str:
    return first if first == last else say("{first} to {last}", first=first, last=last)


def _percent(material: Material) -> findings.Shown:
    return lambda value: material.say.percent(value, 1, signed=True)


def _points(material: Material) -> findings.Shown:
    say = material.say
    return lambda value: say("{n} points", n=say.signed(value, 1))


def _with_unit(material: Material, indicator: str) -> str:
    unit = material.indicator(indicator)["unit_of_measure"].iloc[0]
    return material.say(
        "{label}, {unit}", label=material.label(indicator), unit=unit_in_words(unit, material.say)
    )


FIGURES = {
    "population_index": population_index,
    "growth_components": growth_components,
    "foreign_residents": foreign_residents,
    "origin": origin,
    "arrivals": arrivals,
    "density_size": density_size,
}
