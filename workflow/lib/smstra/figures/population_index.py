"""Inhabitants as an index, base year 100: the singled-out towns against the country."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from smstra.exact import exact_sum
from smstra.figures.palette import COLOURS, FAINT, INK, MARKERS, RULE
from smstra.figures.style import Caption, dress, say_missing, spread_labels, start
from smstra.figures.towns import labels_of
from smstra.lookup import Figures

_COUNTRY = "country"


def data(
    case: Mapping[str, Any],
    figures: Figures,
    typology: pd.DataFrame,
    units: pd.DataFrame,
    towns: Mapping[str, str],
) -> pd.DataFrame:
    """Return ``unit, name, type, date, value, index`` for each town and the country.

    ``value`` is the count; ``index`` is 100 on the base date. The country is the sum over all units,
    on dates at which every unit has a figure. A figure for a merged unit is left out.
    """
    spec = case["figures"]["population_index"]
    rows = figures.rows([spec["variable"]], case["geography"]["level"])
    rows = rows[
        rows["value"].notna()
        & (rows["conversion"] != "merged_unit")
        & (rows["date"] >= spec["from"])
        & (rows["date"] <= spec["to"])
    ]
    country = case["geography"]["country_unit"]
    named = typology.set_index("unit")
    series = []
    totals = {
        date: exact_sum(at["value"])
        for date, at in rows.groupby("date", sort=True)
        if len(at) == len(units)
    }
    series.append((country["code"], country["name"], _COUNTRY, pd.Series(totals, dtype=float)))
    singled = named.loc[list(towns.values())].reset_index()
    labels = dict(zip(singled["unit"], labels_of(singled, typology), strict=True))
    for unit in towns.values():
        own = rows[rows["unit"] == unit].set_index("date")["value"].sort_index()
        series.append((unit, labels[unit], named.at[unit, "type"], own))
    parts = []
    for unit, name, type_, own in series:
        part = pd.DataFrame({"date": own.index, "value": own.to_numpy()})
        base = own.get(spec["base"], np.nan)
        part["index"] = part["value"] / base * 100
        part.insert(0, "unit", unit)
        part.insert(1, "name", name)
        part.insert(2, "type", type_)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def caption(
    case: Mapping[str, Any], table: pd.DataFrame, breaks: Mapping[str, Any], source: str
) -> Caption:
    """Return the words, computed from the data."""
    spec = case["figures"]["population_index"]
    geography = case["geography"]
    known = table.dropna(subset=["index"])
    dates = [set(part["date"]) for _, part in known.groupby("unit")]
    shared = sorted(set.intersection(*dates)) if dates else []
    last = known[known["date"] == shared[-1]].set_index("unit") if shared else known.iloc[:0]
    towns, country = last[last["type"] != _COUNTRY], last[last["type"] == _COUNTRY]
    if towns.empty or country.empty:
        title = f"No index of inhabitants can be drawn for {case['title']}"
        return Caption(title, f"Asked for: base {spec['base']}.", source, title + ".")
    # Series may end on different dates; what is compared in words is of one date.
    end = shared[-1]
    change = (towns["index"] - 100).round(1)
    high, low = change.idxmax(), change.idxmin()
    whole = float(country["index"].iloc[0]) - 100
    title = (
        f"{towns.at[high, 'name']} {_grew(change[high])} and {towns.at[low, 'name']} "
        f"{_grew(change[low])}, {country['name'].iloc[0]} {_grew(whole)}"
        if high != low
        else f"{towns.at[high, 'name']} {_grew(change[high])}, {country['name'].iloc[0]} {_grew(whole)}"
    )
    how = {
        "closest_to_type_median": "the unit closest to the medians of its type (in the size classes "
        f"{', '.join(case['figures']['towns']['among_size_classes'])})",
        "deepest_inside_type": "the unit farthest from any reference of its type",
        "named": "the units named in the case",
    }[case["figures"]["towns"]["choose"]]
    marked = [entry["title"] for entry in breaks.values()]
    noted = f" Dotted line, a break: {'; '.join(marked)}." if marked else ""
    subtitle = (
        f"Inhabitants, {spec['base']} = 100; percentages are those of {end}. Shown: {how}; letters are types. "
        f"{case['title']}, geography of {geography['date']}.{noted}"
    )
    alt = f"Line chart of the number of inhabitants, {spec['base']} = 100. On {end}: " + "; ".join(
        f"{row.name_} (type {row.type}) {row.index_:.1f}"
        for row in towns.rename(columns={"name": "name_", "index": "index_"}).itertuples()
    )
    alt += f"; {country['name'].iloc[0]} {100 + whole:.1f}."
    return Caption(title, subtitle, source, alt)


def _grew(change: float) -> str:
    if abs(change) < 0.05:
        return "stayed level"
    return f"{'grew' if change > 0 else 'shrank'} by {abs(change):.1f} %"


def breaks_of(
    case: Mapping[str, Any], breaks: Mapping[str, Any], datasets: set[str]
) -> dict[str, Any]:
    """Return the registered breaks of the drawn variable inside the period drawn."""
    spec = case["figures"]["population_index"]
    return {
        name: entry
        for name, entry in breaks.items()
        if spec["variable"] in entry["variables"]
        and datasets & set(entry["datasets"])
        and spec["from"] < entry["effective"] <= spec["to"]
    }


def draw(
    case: Mapping[str, Any], table: pd.DataFrame, breaks: Mapping[str, Any], words: Caption
) -> Figure:
    """Return the figure: at most one line a type and the country's."""
    figure, axes = start()
    known = table.dropna(subset=["index"])
    if known.empty:
        spec = case["figures"]["population_index"]
        say_missing(axes, f"No unit has {spec['variable']} on {spec['base']}, the base date.")
        dress(figure, words)
        return figure
    axes.axhline(100, color=RULE, linewidth=0.9, zorder=1)
    ends = []
    for _, part in known.groupby("unit", sort=False):
        type_, name = part["type"].iloc[0], part["name"].iloc[0]
        days = [dt.date.fromisoformat(d) for d in part["date"]]
        if type_ == _COUNTRY:
            axes.plot(
                days, part["index"], color=INK, linewidth=1.6, linestyle=(0, (5, 2)), zorder=2
            )
            ends.append((days[-1], part["index"].iloc[-1], name, INK))
            continue
        fill = COLOURS[type_][0]
        axes.plot(
            days,
            part["index"],
            color=fill,
            linewidth=2.2,
            marker=MARKERS[type_],
            markersize=5,
            markeredgecolor=INK,
            markeredgewidth=0.5,
            zorder=3,
        )
        ends.append((days[-1], part["index"].iloc[-1], f"{name} ({type_})", INK))
    base = dt.date.fromisoformat(case["figures"]["population_index"]["base"])
    axes.axvline(base, color=RULE, linewidth=0.8, zorder=1)
    for entry in breaks.values():
        day = dt.date.fromisoformat(entry["effective"])
        axes.axvline(day, color=FAINT, linewidth=1.0, linestyle=":", zorder=1)
    low, high = axes.get_ylim()
    places = spread_labels([end[1] for end in ends], (high - low) * 0.055)
    for (day, value, text, ink), place in zip(ends, places, strict=True):
        axes.annotate(
            text,
            (day, value),
            xytext=(day + dt.timedelta(days=120), place),
            textcoords="data",
            fontsize=8.5,
            va="center",
            color=ink,
            annotation_clip=False,
        )
    axes.set_ylabel(f"Index of inhabitants, {base.isoformat()} = 100")
    _years(axes, known["date"].min(), known["date"].max(), [text for _, _, text, _ in ends])
    dress(figure, words)
    return figure


def _years(axes: Any, first: str, last: str, texts: list[str]) -> None:
    """Tick whole years of the data only, and leave room for the labels at the lines' ends."""
    start_day, end_day = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    span = (end_day - start_day).days
    share = min(0.0125 * max(len(text) for text in texts) + 0.02, 0.45)
    axes.set_xlim(
        start_day - dt.timedelta(days=span * 0.02),
        end_day + dt.timedelta(days=span * share / (1 - share)),
    )
    step = max(1, round(span / 365.25 / 8))
    days = [start_day.replace(year=year) for year in range(start_day.year, end_day.year + 1, step)]
    axes.set_xticks(days, [str(day.year) for day in days])
    axes.set_xlabel(f"{start_day:%d %B}".lstrip("0") + " of the year")
