"""Figures of housing: prices and sales by type of dwelling, the stock of dwellings, rent, living space."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from smstra.figures import bars, findings, lines, remarks
from smstra.figures.economy import lines_changed, place_name
from smstra.figures.findings import Level
from smstra.figures.lines import Line, Panel
from smstra.figures.material import Material
from smstra.figures.style import Caption, Drawing, nothing_to_draw
from smstra.language import Language
from smstra.report.wording import decimals_of, quantity, unit_in_words
from smstra.vocabulary import as_list

_YEARS_NAMED = 4  # years without a value that are named one by one

# Prices, prices against income, sales: lines by type of dwelling, a panel a place.


def house_prices(material: Material, spec: Mapping[str, Any]) -> Drawing:
    """Return the prices ``spec["series"]``, one for each type of dwelling, over time."""
    say, names = material.say, as_list(spec["series"])
    parts = _of_types(material, names)
    rows = _rows(material, names)
    unit = _unit(rows)
    what = [_price(material, name) for name in names]

    def words() -> Caption:
        opening = say(
            "{what}, {unit}, {period}, nominal: not adjusted for prices.",
            what=_prices(material, names),
            unit=unit_in_words(unit, say),
            period=_period(material, names, rows),
        )
        shown = _percent(say)
        title, told = _change(material, names, parts, what, _quantities(say, unit), shown)
        made = lines.notes(material, names, rows[rows["what"] != "town"], gaps=False)
        return _words(material, names, title, told, opening, rows, made)

    return _by_type(material, "house_prices", names, parts, words, unit)


def house_sales(material: Material, spec: Mapping[str, Any]) -> Drawing:
    """Return the numbers of sales ``spec["series"]``, one for each type of dwelling, over time.

    Each panel has an upward axis of its own: a town and the country differ a thousandfold.
    """
    say, names = material.say, as_list(spec["series"])
    parts = _of_types(material, names)
    rows = _rows(material, names)
    unit = _unit(rows)
    what = [say("Sales ({type})", type=material.label(name)) for name in names]

    def words() -> Caption:
        opening = say(
            "Sales in the year by type of dwelling, {period}; each panel has a scale of its own.",
            period=_period(material, names, rows),
        )
        shown = _percent(say)
        title, told = _change(material, names, parts, what, _quantities(say, unit), shown)
        made = lines.notes(material, names, rows[rows["what"] != "town"], gaps=False)
        return _words(material, names, title, told, opening, rows, made)

    return _by_type(material, "house_sales", names, parts, words, unit, own_scales=True)


def house_prices_to_income(material: Material, spec: Mapping[str, Any]) -> Drawing:
    """Return prices (``spec["series"]``) as multiples of yearly income per resident (``spec["income"]``).

    A price is divided by the income of the same place and year; a place and year is left out if one of
    them is missing, or if they describe different territories (a merged unit and one of its parts).
    """
    say, names, income = material.say, as_list(spec["series"]), spec["income"]
    parts, left_out = _multiples(material, names, income)
    what = [
        say("{price} in yearly incomes per resident", price=_price(material, name))
        for name in names
    ]
    rows = lines.table_of(parts) if parts else pd.DataFrame()

    def words() -> Caption:
        opening = say(
            "{prices}, divided by {income} of the same year and place, {period}; both nominal.",
            prices=_prices(material, names),
            income=material.label(income),
            period=_period(material, names, rows.rename(columns={"part": "series"})),
        )
        title, told = _ratio_finding(material, names, parts, what)
        made = _made_of(material, names, income)
        return _words(
            material, names, title, told, opening, _rows(material, [*names, income]), made, left_out
        )

    label = say("years of income per resident")
    return _by_type(
        material, "house_prices_to_income", names, parts, words, "", label, reasons=left_out
    )


def _of_types(material: Material, names: Sequence[str]) -> list[Line]:
    """Return the lines of the series, each line knowing which type of dwelling it is of."""
    return [
        replace(line, part=place, part_label=material.label(name))
        for place, name in enumerate(names)
        for line in lines.of_series(material, name)
    ]


def _multiples(
    material: Material, names: Sequence[str], income: str
) -> tuple[list[Line], list[str]]:
    """Return the lines of price divided by income, and sentences on the years that are left out.

    ``points`` has ``price`` and ``income`` beside ``value``; ``status`` says why a value is missing.
    """
    incomes = material.series(income).set_index(["what", "unit", "date"])
    made = []
    no_income: dict[str, None] = {}
    apart: dict[str, None] = {}
    for line in _of_types(material, names):
        keys = [(line.what, line.unit, date) for date in line.points["date"]]
        found = incomes.reindex(keys)
        price, divisor = line.points["value"].to_numpy(), found["value"].to_numpy()
        same = line.points["merged_unit"].to_numpy() == found["merged_unit"].fillna("").to_numpy()
        value, status = [], []
        for number, (top, bottom, alike) in enumerate(zip(price, divisor, same, strict=True)):
            known = not math.isnan(top)
            why = line.points["status"].iloc[number]
            if known and not bottom > 0:
                why = "no_income"
                no_income |= {line.points["date"].iloc[number]: None}
            elif known and not alike:
                why = "territories_differ"
                apart |= {line.label: None}
            good = known and bottom > 0 and alike
            value.append(top / bottom if good else math.nan)
            status.append(why)
        points = line.points.assign(
            value=value, unit_of_measure="", status=status, price=price, income=divisor
        )
        if points["value"].notna().any():
            made.append(replace(line, points=points))
    return made, _left_out(material, names, list(no_income), list(apart))


def _made_of(material: Material, names: Sequence[str], income: str) -> list[str]:
    """Return how price and income of regions and the country are made."""
    say = material.say
    made: dict[tuple[str, str], list[str]] = {}
    for what in ("country", "region"):
        words = []
        for series in (list(names), [income]):
            own = _rows(material, series)
            own = own[(own["what"] == what) & own["value"].notna()]
            each = [
                lines.made_how(material, how, own.loc[own["how"] == how, "units"], what, series)
                for how in own["how"].unique()
            ]
            words.append(say.listing(each))
        if all(words):
            area = say.own(own["name"].iloc[0]) if what == "country" else say("the regions")
            made.setdefault((words[0], words[1]), []).append(area)
    return [
        say(
            "Values of {areas}: price {price}; income {income}.",
            areas=say.listing(areas),
            price=price,
            income=divisor,
        )
        for (price, divisor), areas in made.items()
    ]


def _left_out(
    material: Material, names: Sequence[str], dates: Sequence[str], places: Sequence[str]
) -> list[str]:
    say = material.say
    said = []
    if dates:
        days = [lines.day_of(material, names, date) for date in sorted(dates)]
        said.append(say("Left out, for want of income: {years}.", years=say.listing(days)))
    if places:
        said.append(
            say(
                "Left out, for price and income are of different territories (a merged unit and its "
                "part): {places}.",
                places=lines.few(say, places),
            )
        )
    return said


def _rows(material: Material, names: Sequence[str]) -> pd.DataFrame:
    return pd.concat([material.series(name) for name in names], ignore_index=True)


def _unit(rows: pd.DataFrame) -> str:
    return rows["unit_of_measure"].iloc[0] if len(rows) else ""


def _period(material: Material, names: Sequence[str], rows: pd.DataFrame) -> str:
    return lines.period(material, names, rows.loc[rows["value"].notna(), "date"])


def _percent(say: Language) -> findings.Shown:
    return lambda amount: say.percent(amount, 1, signed=True)


def _quantities(say: Language, unit: str) -> findings.Shown:
    return lambda value: quantity(value, unit, say)


def _price(material: Material, name: str) -> str:
    """Return what a series of prices is called in a sentence: a median only if it is one."""
    say, type_ = material.say, material.label(name)
    variable = material.variables[as_list(material.case["series"][name]["of"])[0]]
    if variable["kind"] == "median":
        return say("Median price ({type})", type=type_)
    return say("Price ({type})", type=type_)


def _prices(material: Material, names: Sequence[str]) -> str:
    """Return what the series of prices are called together."""
    kinds = {
        material.variables[as_list(material.case["series"][name]["of"])[0]]["kind"]
        for name in names
    }
    if kinds == {"median"}:
        return material.say("Median price by type of dwelling")
    return material.say("Price by type of dwelling")


def _by_type(
    material: Material,
    figure: str,
    names: Sequence[str],
    parts: list[Line],
    words: Callable[[], Caption],
    unit: str,
    label: str = "",
    own_scales: bool = False,
    reasons: Sequence[str] = (),
) -> Drawing:
    """Return the panels of towns, then of regions and the country; or what is missing."""
    say = material.say
    heading = _prices(material, names)
    if own_scales:
        heading = say("Sales by type of dwelling")
    if material.towns.empty:
        return nothing_to_draw(figure, remarks.no_towns(material, heading))
    if not any(line.what == "town" for line in parts):
        rows = _rows(material, names)
        gaps = [*reasons, *_gaps(material, names, rows)]
        return nothing_to_draw(figure, remarks.no_value(material, heading, gaps))
    places: dict[tuple[str, str], list[Line]] = {}
    for line in parts:
        places.setdefault((line.what, line.unit), []).append(line)
    regions = dict(zip(material.towns["unit"], material.towns["region_name"], strict=True))
    one_region = material.towns["region"].nunique() == 1
    panels = []
    for what in ("town", "region", "country"):
        order = (
            material.towns["unit"] if what == "town" else sorted(u for w, u in places if w == what)
        )
        for unit_ in order:
            own = places.get((what, unit_), [])
            if not own:
                continue
            note = {"town": "" if one_region else say.own(regions.get(unit_, ""))}.get(what)
            if note is None:
                note = say("region") if what == "region" else say("country")
            panels.append(Panel(lines.named(own[0], say), note, own))
    rows = _rows(material, names)
    return lines.drawing(
        material,
        figure,
        parts,
        words(),
        y_label=label or unit_in_words(unit, say),
        decimals=1 if label else decimals_of(unit),
        marks=lines.marks_of(material, names, rows),
        floor=0.0,
        panels=panels,
        own_scales=own_scales,
    )


def _change(
    material: Material,
    names: Sequence[str],
    parts: Sequence[Line],
    what: Sequence[str],
    value: findings.Shown,
    shown: findings.Shown,
) -> tuple[str, str]:
    """Return headline and the numbers for the alt text, of the type known for most towns."""
    say = material.say
    found = [
        lines_changed(say, [line for line in parts if line.part == number], "value")
        for number in range(len(names))
    ]
    most = max(range(len(names)), key=lambda number: (len(found[number][0]), -number))
    changed, whole, dates = found[most]
    if not changed:
        return say(
            "{what}: no chosen town has two values that can be compared",
            what=say.listing(what),
        ), ""
    first, last = (lines.day_of(material, [names[most]], date) for date in dates)
    title = findings.headline(say, what[most], changed, whole, first, last, shown)
    told = findings.told(say, [*changed, *([whole] if whole else [])], value, shown)
    return title, say("{what}: {values}.", what=what[most], values=told)


def _ratio_finding(
    material: Material, names: Sequence[str], parts: Sequence[Line], what: Sequence[str]
) -> tuple[str, str]:
    """Return headline and numbers for the alt text: the newest multiples, of the commonest type."""
    say = material.say
    best: tuple[int, str, int] | None = None
    for number in range(len(names)):
        towns = [line for line in parts if line.part == number and line.what == "town"]
        known = pd.concat([line.points for line in towns]) if towns else pd.DataFrame()
        counts = known.dropna(subset="value").groupby("date").size() if towns else pd.Series()
        for date, count in counts.items():
            if best is None or (count, date, -number) > best:
                best = (int(count), str(date), -number)
    _, date, number = best or (0, "", 0)
    own = [line for line in parts if line.part == -number]
    levels = {
        what_: [
            Level(place_name(say, line, at), float(at["value"].iloc[0]))
            for line in own
            if line.what == what_
            for at in [line.points[line.points["date"] == date].dropna(subset="value")]
            if len(at)
        ]
        for what_ in ("town", "country")
    }
    whole = next(iter(levels["country"]), None)

    def shown(value: float) -> str:
        return say.number(value, 1)

    when = lines.day_of(material, [names[-number]], date)
    quantity_ = say("{what}, {date}", what=what[-number], date=when)
    title = findings.of_level(say, quantity_, levels["town"], whole, shown)
    told = findings.values_told(say, [*levels["town"], *levels["country"]], shown)
    return title, say("{what}: {values}.", what=quantity_, values=told)


def _words(
    material: Material,
    names: Sequence[str],
    title: str,
    told: str,
    opening: str,
    rows: pd.DataFrame,
    made: Sequence[str],
    left_out: Sequence[str] = (),
) -> Caption:
    """Return the words of a figure of lines by type of dwelling; ``rows`` are all that it is made of.

    ``made`` says how values of regions and the country are made, ``left_out`` what is not drawn.
    """
    say = material.say
    types = say.listing(material.label(name) for name in names)
    priced = rows[rows["series"].isin(names)]
    of_towns = priced[(priced["what"] == "town") & priced["value"].notna()]
    said = [
        opening,
        say("{geography}.", geography=material.geography()),
        *made,
        *lines.notes(material, names, of_towns, gaps=False),
        *left_out,
        *_gaps(material, names, priced),
        *lines.said_marks(material, lines.marks_of(material, names, priced)),
        *remarks.no_areas(say, set(priced.loc[priced["value"].notna(), "what"])),
    ]
    source = material.source_line(rows.loc[rows["value"].notna(), "source"])
    alt = say(
        "Line charts, a panel for each town, region and the country, {period} across; a line for each "
        "of: {types}.",
        period=_period(material, names, priced),
        types=types,
    )
    return Caption(title, " ".join(said), source, " ".join(filter(None, [f"{title}.", alt, told])))


def _gaps(material: Material, names: Sequence[str], rows: pd.DataFrame) -> list[str]:
    """Return which places have no value of which type of dwelling, and why."""
    say = material.say
    by_reason: dict[str, list[str]] = {}
    for name in names:
        own = rows[(rows["series"] == name) & rows["value"].isna()]
        every = rows.loc[rows["series"] == name, "date"].nunique()
        places: dict[str, list[str]] = {}
        for (place, _), at in own.groupby(["name", "unit"], sort=False):
            for status, group in at.groupby(at["status"].map(_kind), sort=True):
                if len(group) == every:
                    text = say("{place}, all dates", place=place)
                elif len(group) > _YEARS_NAMED:
                    text = say.plural(
                        "{place}, {n} date", "{place}, {n} dates", len(group), place=place
                    )
                else:
                    days = [lines.day_of(material, [name], date) for date in group["date"]]
                    text = say("{place}, {dates}", place=place, dates=say.listing(days))
                places.setdefault(str(status), []).append(text)
        for status, texts in places.items():
            text = say("{type}: {places}", type=material.label(name), places=lines.few(say, texts))
            by_reason.setdefault(status, []).append(text)
    reasons = {
        "not_split": say("published for the later merged unit only, and a count is not split"),
        "missing": say("the source gives none"),
        "incomplete": say("not known for all units"),
    }
    return [
        say("Gaps ({why}): {places}.", why=reasons.get(status, status), places="; ".join(texts))
        for status, texts in by_reason.items()
    ]


def _kind(status: str) -> str:
    return status.partition(":")[0]


# The stock of dwellings at a census: dots of an indicator.


def unoccupied_dwellings(material: Material, spec: Mapping[str, Any]) -> Drawing:
    """Return ``spec["indicator"]`` of the towns, their regions and the country."""
    return _dots(material, "unoccupied_dwellings", as_list(spec["indicator"]))


def building_stock(material: Material, spec: Mapping[str, Any]) -> Drawing:
    """Return ``spec["indicators"]`` of the towns, their regions and the country."""
    return _dots(material, "building_stock", as_list(spec["indicators"]))


def household_size(material: Material, spec: Mapping[str, Any]) -> Drawing:
    """Return ``spec["indicator"]``; says so if it divides inhabitants by dwellings."""
    name = spec["indicator"]
    entry = material.case["indicators"][name]
    remark = []
    if any(term.startswith("dwellings") for term in as_list(entry.get("in", []))):
        remark = [
            material.say(
                "Inhabitants divided by occupied dwellings: no household register; residents of "
                "institutions are counted, and a dwelling may hold several households."
            )
        ]
    return _dots(material, "household_size", [name], remark)


def _dots(
    material: Material, figure: str, names: Sequence[str], extra: Sequence[str] = ()
) -> Drawing:
    """Return dots of indicators, one group below another, or what is missing."""
    say = material.say
    groups = []
    for name in names:
        own = bars.of_indicator(material, name)
        if not any(bar.what == "town" and not math.isnan(bar.value) for bar in own):
            continue
        unit = own[0].columns["unit_of_measure"]
        axis = say("{label}, {unit}", label=material.label(name), unit=unit_in_words(unit, say))
        title = material.label(name) if len(names) > 1 else ""
        groups.append(bars.Group(own, axis, title, _decimals(own)))
    what = material.label(names[0])
    if material.towns.empty:
        return nothing_to_draw(figure, remarks.no_towns(material, what))
    if not groups:
        tables = [_table(material, name) for name in names]
        reasons = [text for table in tables for text in remarks.missing(material, table)]
        return nothing_to_draw(figure, remarks.no_value(material, what, reasons))
    words = dots_words(material, names, extra)
    return bars.drawing(material, figure, groups, words)


def _decimals(own: Sequence[bars.Bar]) -> int:
    """Return the decimals of the unit, or as many as tell small ratios apart."""
    usual = decimals_of(own[0].columns["unit_of_measure"])
    highest = max(abs(bar.value) for bar in own if not math.isnan(bar.value))
    return usual if usual or highest >= 100 else 2 if highest < 10 else 1


def _table(material: Material, name: str) -> pd.DataFrame:
    """Return the rows of :func:`bars.of_indicator` as :mod:`remarks` takes them."""
    table = bars.table_of([bars.Group(bars.of_indicator(material, name), "")])
    columns = ["name", "what", "year_from", "value", "level", "flags", "how", "units"]
    return table.reindex(columns=columns).rename(columns={"year_from": "date"})


def dots_words(material: Material, names: Sequence[str], extra: Sequence[str] = ()) -> Caption:
    """Return the words of dots of indicators; the headline is of the first that towns have."""
    say = material.say
    said, told, title, sources = [], [], "", []
    for name in names:
        own, table = bars.of_indicator(material, name), _table(material, name)
        known = [bar for bar in own if not math.isnan(bar.value)]
        towns = [Level(bar.label, bar.value) for bar in known if bar.what == "town"]
        label = material.label(name)
        if not towns:
            said += remarks.missing(material, table)
            continue
        country = [
            Level(remarks.area_name(say, bar.label, bar.columns["how"]), bar.value)
            for bar in known
            if bar.what == "country"
        ]
        unit, decimals = known[0].columns["unit_of_measure"], _decimals(own)

        def shown(value: float, unit: str = unit, decimals: int = decimals) -> str:
            return _with_unit(say, value, unit, decimals)

        dates = say.listing(sorted({bar.columns["year_from"] for bar in known}))
        # A label may name its date already.
        dated = label if dates in label else say("{what}, {date}", what=label, date=dates)
        found = findings.of_level(say, dated, towns, next(iter(country), None), shown)
        title = title or found
        told.append(
            say(
                "{what}: {values}.",
                what=dated,
                values=findings.values_told(say, [*towns, *country], shown),
            )
        )
        said += [
            say("{what}, {unit}.", what=dated, unit=unit_in_words(unit, say)),
            *remarks.level(material, table),
            *remarks.how_made(material, [name], table),
            *remarks.of_dates(material, table),
            *remarks.missing(material, table),
            *remarks.no_areas(say, {bar.what for bar in known}),
        ]
        sources += list(material.indicator(name)["source"].unique())
    said += [*extra, say("{geography}.", geography=material.geography())]
    alt = say("Dot chart, a row for each town, its region and the country, highest first.")
    return Caption(
        title,
        " ".join(dict.fromkeys(said)),
        material.source_line(sources),
        " ".join([f"{title}.", alt, *told]),
    )


def _with_unit(say: Language, value: float, unit: str, decimals: int) -> str:
    if unit == "percent":
        return say.percent(value, decimals)
    return say.number(value, decimals)


# Rent and living space: one line a place.


def rent(material: Material, spec: Mapping[str, Any]) -> Drawing:
    """Return the series of rents of the towns, their regions and the country; nominal."""
    note = material.say("Nominal: not adjusted for prices.")
    return _one_series(material, "rent", spec["series"], [note])


def living_space(material: Material, spec: Mapping[str, Any]) -> Drawing:
    """Return the series of living space of the towns, their regions and the country."""
    return _one_series(material, "living_space", spec["series"])


def _dates_of_none(
    material: Material, names: Sequence[str], rows: pd.DataFrame
) -> tuple[pd.DataFrame, list[str]]:
    """Return ``rows`` without dates at which no place has a value, and the sentence that names these."""
    known = set(rows.loc[rows["value"].notna(), "date"])
    none = sorted(set(rows["date"]) - known)
    if not none or not known:
        return rows, []
    days = material.say.listing(
        lines.period(material, names, run) for run in _runs(none, sorted(set(rows["date"])))
    )
    said = material.say("No place has a value of {dates}.", dates=days)
    return rows[rows["date"].isin(known)], [said]


def _runs(some: Sequence[str], every: Sequence[str]) -> list[list[str]]:
    """Return ``some`` dates as runs that follow one another without a gap in ``every``."""
    runs: list[list[str]] = []
    for date in some:
        if runs and every.index(date) == every.index(runs[-1][-1]) + 1:
            runs[-1].append(date)
        else:
            runs.append([date])
    return runs


def _one_series(material: Material, figure: str, name: str, extra: Sequence[str] = ()) -> Drawing:
    own, rows = lines.of_series(material, name), material.series(name)
    what = material.label(name)
    if material.towns.empty:
        return nothing_to_draw(figure, remarks.no_towns(material, what))
    if not any(line.what == "town" for line in own):
        notes = lines.notes(material, [name], rows)
        return nothing_to_draw(figure, remarks.no_value(material, what, notes))
    unit = _unit(rows)
    label = material.say("{what}, {unit}", what=what, unit=unit_in_words(unit, material.say))
    return lines.drawing(
        material,
        figure,
        own,
        series_words(material, name, own, extra),
        y_label=label,
        decimals=decimals_of(unit),
        marks=lines.marks_of(material, [name], rows),
    )


def series_words(
    material: Material, name: str, own: Sequence[Line], extra: Sequence[str] = ()
) -> Caption:
    """Return the words of lines of one series."""
    say, rows, what = material.say, material.series(name), material.label(name)
    unit = _unit(rows)
    parts = [replace(line, part=0) for line in own]
    title, told = _change(material, [name], parts, [what], _quantities(say, unit), _percent(say))
    period = _period(material, [name], rows)
    some, of_none = _dates_of_none(material, [name], rows)
    said = [
        say("{what}, {unit}, {period}.", what=what, unit=unit_in_words(unit, say), period=period),
        *extra,
        say("{geography}.", geography=material.geography()),
        *lines.notes(material, [name], some),
        *of_none,
        *lines.said_marks(material, lines.marks_of(material, [name], rows)),
        *remarks.no_areas(say, {line.what for line in own}),
    ]
    alt = say(
        "Line chart, {period} across: {what}, {unit}, of towns, their regions and the country.",
        period=period,
        what=what,
        unit=unit_in_words(unit, say),
    )
    source = material.source_line(rows.loc[rows["value"].notna(), "source"])
    return Caption(title, " ".join(said), source, " ".join(filter(None, [f"{title}.", alt, told])))


FIGURES = {
    "house_prices": house_prices,
    "house_prices_to_income": house_prices_to_income,
    "house_sales": house_sales,
    "unoccupied_dwellings": unoccupied_dwellings,
    "building_stock": building_stock,
    "household_size": household_size,
    "rent": rent,
    "living_space": living_space,
}
