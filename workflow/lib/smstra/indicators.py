"""From harmonised figures to the indicators of units, and to the same indicators of whole areas."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from smstra import breaks as breaks_
from smstra.errors import DataError, GeographyError, listing
from smstra.exact import exact_sum, weighted_mean
from smstra.geography import refuse_split
from smstra.lookup import Figures
from smstra.measures import Measure, measure_of
from smstra.sufficiency import Plan, areas_of, around, plan

COLUMNS = [
    "unit",
    "indicator",
    "value",
    "unit_of_measure",
    "year_from",
    "year_to",
    "year_asked",
    "level",
    "substituted",
    "flags",
    "source",
]
TERM_COLUMNS = [
    "indicator",
    "position",
    "side",
    "variable",
    "date",
    "date_asked",
    "level",
    "factor",
    "change",
    "years",
]
# Of an aggregate; the last two say which areas went into it, and with which weights.
AGGREGATE_COLUMNS = ["value", "units", "weight", "areas", "weights"]
# In flags: the larger area, or the later unit, whose figure a value is.
_TERRITORY = r"(?:^|;)(?:level=[^;:]+:|merged_unit=)([^;]+)"
Vocabulary = Mapping[str, Mapping[str, Any]]


def plans(
    case: Mapping[str, Any], figures: Figures, units: pd.DataFrame, variables: Vocabulary
) -> dict[str, Plan]:
    """Return the plan of every indicator of the case (see :func:`smstra.sufficiency.plan`)."""
    return {name: plan(name, case, figures, units, variables) for name in case["indicators"]}


def terms(
    case: Mapping[str, Any], variables: Vocabulary, planned: Mapping[str, Plan]
) -> pd.DataFrame:
    """Return what each indicator is computed from, by the plans and measures that compute it.

    Returns
    -------
    DataFrame
        ``TERM_COLUMNS``: one row a term and date. ``position`` counts the dates of the plan from 1 on;
        the terms of one position are one quantity, ``factor`` times the sum of those whose ``side`` is
        ``numerator`` over the sum of those in the ``denominator`` (of the numerator alone where there is
        none). ``years`` positions that follow each other are averaged; ``change`` (``difference``,
        ``relative_change`` in percent, or empty) is taken from the first to the last of these means.
        ``date`` was found for ``date_asked``. No row for an indicator that cannot be had.
    """
    rows = []
    for name, plan_ in planned.items():
        if not plan_.dates:
            continue
        indicator = case["indicators"][name]
        measure = measure_of(indicator, variables)
        for position, (date, asked) in enumerate(
            zip(plan_.dates, plan_.asked, strict=True), start=1
        ):
            base = plan_.denominator_date
            sides = (
                ("numerator", measure.numerator, date, asked),
                (
                    "denominator",
                    measure.denominator,
                    base or date,
                    indicator["in_date"] if base else asked,
                ),
            )
            rows += [
                {
                    "indicator": name,
                    "position": position,
                    "side": side,
                    "variable": variable,
                    "date": found,
                    "date_asked": wanted,
                    "level": plan_.level,
                    "factor": measure.factor,
                    "change": measure.change or "",
                    "years": measure.years,
                }
                for side, held, found, wanted in sides
                for variable in held
            ]
    return pd.DataFrame(rows, columns=TERM_COLUMNS)


def compute(
    case: Mapping[str, Any],
    figures: Figures,
    units: pd.DataFrame,
    variables: Vocabulary,
    breaks: Mapping[str, Mapping[str, Any]],
    planned: Mapping[str, Plan],
    compared: Collection[str],
) -> pd.DataFrame:
    """Return all indicators of all units; ``compared`` are those that criteria compare.

    Definitions are those of the case: SF in percent, VARUN in percentage points, VARNI in percent.

    Returns
    -------
    DataFrame
        One row a unit and indicator, sorted by both: ``unit, indicator, value`` (NaN where it
        cannot be had), ``unit_of_measure, year_from, year_to`` (of the figures found),
        ``year_asked, level`` (at which the figures are), ``substituted``, ``flags`` (joined with
        ``;``: see docs/flags.md), ``source`` (``dataset@vintage``, joined with ``;``).

    Raises
    ------
    GeographyError
        A count would have to be split among former units and the case says ``counts: stop``.
    DataError
        A criterion's indicator spans a break and the case says ``when_spanned: stop``.
    """
    parts = []
    for name, plan_ in planned.items():
        part = _compute_one(name, case, figures, units, variables, breaks, plan_)
        parts.append(part)
        spans = part["flags"].str.extract(r"(?:^|;)break=([^;:]+)(?:;|$)")[0].dropna()
        if name in compared and len(spans) and case["breaks"]["when_spanned"] == "stop":
            raise DataError(
                f"`indicators.{name}`: the comparison spans the break {listing(sorted(set(spans)))} "
                f"in {len(spans)} units and the case says `breaks.when_spanned: stop`; choose other "
                "dates or another series, or write `mark`."
            )
    return pd.concat(parts).sort_values(["unit", "indicator"], ignore_index=True)[COLUMNS]


def _compute_one(
    name: str,
    case: Mapping[str, Any],
    figures: Figures,
    units: pd.DataFrame,
    variables: Vocabulary,
    breaks: Mapping[str, Mapping[str, Any]],
    plan_: Plan,
) -> pd.DataFrame:
    table = pd.DataFrame({"unit": units["unit"], "indicator": name, "value": np.nan})
    table["year_asked"] = "-".join(date[:4] for date in plan_.asked)
    table["level"] = plan_.level if plan_.dates else ""
    table["substituted"] = plan_.substituted
    table["year_from"] = plan_.dates[0][:4] if plan_.dates else ""
    table["year_to"] = plan_.dates[-1][:4] if plan_.dates else ""
    indicator = case["indicators"][name]
    if indicator["definition"] == "not_available":
        return table.assign(unit_of_measure="", flags="missing=not_available", source="")
    measure = measure_of(indicator, variables)
    table["unit_of_measure"] = measure.unit_of_measure
    if not plan_.dates:
        return table.assign(flags="missing=no_figures_at_this_level", source="")
    geography = case["geography"]
    areas = areas_of(plan_.level, units, geography)
    rows = figures.rows(measure.terms, plan_.level, set(areas.to_numpy(object)))
    by_area = _by_area(name, rows, areas, measure, plan_, geography)
    sources = sorted(set(rows["source"].unique()))
    known = _known_breaks(rows, measure, variables, breaks, plan_)
    by_area["flags"] = _flags(by_area, rows, plan_, known, geography["level"])
    table["value"] = areas.map(by_area["value"]).to_numpy()
    table["flags"] = areas.map(by_area["flags"]).to_numpy()
    table["source"] = ";".join(sources)
    return table


def values_of(
    name: str,
    case: Mapping[str, Any],
    figures: Figures,
    units: pd.DataFrame,
    variables: Vocabulary,
    plan_: Plan,
) -> pd.Series:
    """Return the values alone of an indicator (index: unit), as :func:`compute` gives them."""
    measure = measure_of(case["indicators"][name], variables)
    areas = areas_of(plan_.level, units, case["geography"])
    rows = figures.rows(measure.terms, plan_.level, set(areas.to_numpy(object)))
    by_area = _by_area(name, rows, areas, measure, plan_, case["geography"])
    return pd.Series(areas.map(by_area["value"]).to_numpy(), index=units["unit"].to_numpy())


def breaks_spanned(
    name: str,
    case: Mapping[str, Any],
    figures: Figures,
    units: pd.DataFrame,
    variables: Vocabulary,
    breaks: Mapping[str, Mapping[str, Any]],
    plan_: Plan,
) -> list[str]:
    """Return the flags for the breaks that an indicator spans in any unit, as in its flags."""
    measure = measure_of(case["indicators"][name], variables)
    areas = set(areas_of(plan_.level, units, case["geography"]).to_numpy(object))
    rows = figures.rows(measure.terms, plan_.level, areas)
    flagged = {year for years in breaks_.flagged(rows, plan_.dates).values() for year in years}
    return _known_breaks(rows, measure, variables, breaks, plan_) + [
        f"break=flag_b_{year}" for year in sorted(flagged)
    ]


def _known_breaks(
    rows: pd.DataFrame,
    measure: Measure,
    variables: Vocabulary,
    breaks: Mapping[str, Mapping[str, Any]],
    plan_: Plan,
) -> list[str]:
    datasets = {source.split("@")[0] for source in rows["source"].unique()}
    yearly = all(variables[term]["dates"] == "year" for term in measure.terms)
    return breaks_.registered(breaks, measure.terms, datasets, plan_.dates, yearly)


def values_at(rows: pd.DataFrame, measure: Measure, date: str, level: str) -> pd.DataFrame:
    """Return a quantity by area at one date: ``value, status, why, merged_unit`` (index: unit).

    ``rows`` are the figures of its terms at that date, all of one level. ``why`` says why a value is
    missing; ``merged_unit`` is the later unit whose figure an area has.
    """
    lacking = set(measure.terms) - set(rows["variable"])
    if lacking:
        index = pd.Index(sorted(set(rows["unit"])), name="unit", dtype=object)
        why = f"{min(lacking)}:no_row@{date[:4]}"
        empty = {"value": np.nan, "status": "", "why": why, "merged_unit": ""}
        return pd.DataFrame(empty, index=index)
    return _quantities(rows, measure, Plan((date,), (date,), level))


def _by_area(
    name: str,
    rows: pd.DataFrame,
    areas: pd.Series,
    measure: Measure,
    plan_: Plan,
    geography: Mapping[str, Any],
) -> pd.DataFrame:
    """Return :func:`_quantities` of all areas, after the case's rule for units that merged later."""
    by_area = _quantities(rows, measure, plan_).reindex(sorted(set(areas.to_numpy(object))))
    by_area = by_area.fillna({"status": "", "why": "", "merged_unit": ""})
    _leave_out_split(name, by_area, rows, measure, plan_, geography)
    return by_area


def territories(flags: pd.Series) -> pd.Series:
    """Return the code of the territory that each value describes (``flags`` indexed by unit).

    That of the larger area that stands in, or of the unit into which this one merged; else its own.
    """
    found = flags.fillna("").str.extract(_TERRITORY)[0]
    return found.fillna(pd.Series(flags.index, index=flags.index))


def led_by(column: str, flags: pd.Series) -> pd.Series:
    """Return flags (joined with ``;``) with the column that they concern before each."""
    return flags.map(lambda text: ";".join(f"{column}:{flag}" for flag in text.split(";") if flag))


def _leave_out_split(
    name: str,
    by_area: pd.DataFrame,
    rows: pd.DataFrame,
    measure: Measure,
    plan_: Plan,
    geography: Mapping[str, Any],
) -> None:
    """Follow the case's ``merged_later``: refuse what needs a split, or empty it in ``by_area``."""
    policy = geography["merged_later"]
    merged = by_area["merged_unit"] != ""
    needs_split = (by_area["why"] == "territories_differ") | (merged & measure.extensive)
    if needs_split.any() and policy["counts"] == "stop":
        dates = {*plan_.dates, plan_.denominator_date}
        later = rows[(rows["conversion"] == "merged_unit") & rows["date"].isin(dates)]
        refuse_split(later, f"`indicators.{name}`", geography)
    key = "counts" if measure.extensive else "rates_medians_and_ratios"
    if policy[key] == "leave_empty":
        by_area.loc[merged, "value"] = np.nan
        by_area.loc[merged, "why"] = "not_split"


def _flags(
    by_area: pd.DataFrame, rows: pd.DataFrame, plan_: Plan, known_breaks: list[str], own_level: str
) -> list[str]:
    """Return the flags of each area (docs/flags.md), joined with ``;``."""
    common = [
        f"year_substituted={said}_for_{asked}"
        for asked, found, said in zip(plan_.asked, plan_.dates, plan_.shown, strict=False)
        if not found.startswith(asked)
    ]
    if plan_.denominator_date:
        common.append(f"denominator_date={plan_.shown[-1]}")
    common += known_breaks
    spans = breaks_.flagged(rows, plan_.dates)
    flags = []
    for area, row in zip(by_area.index, by_area.to_dict("records"), strict=True):
        own = list(common)
        if plan_.level != own_level:
            own.append(f"level={plan_.level}:{area}")
        own += [f"break=flag_b_{year}" for year in spans.get(area, [])]
        own += row["status"].split(";") if row["status"] else []
        if np.isnan(row["value"]):
            own.append(f"missing={row['why'] or 'no_row'}")
        elif row["merged_unit"]:
            own.append(f"merged_unit={row['merged_unit'].split('@')[0]}")
        flags.append(";".join(own))
    return flags


class _Cells(NamedTuple):
    """The figures of one term at one date, each array in the order of the areas.

    ``there``: whether the area has a row; without one the value is NaN and the texts are empty.
    """

    term: str
    year: str
    there: np.ndarray
    value: np.ndarray
    status: np.ndarray
    merged: np.ndarray
    territory: np.ndarray


def _cells(rows: pd.DataFrame, index: pd.Index, term: str, date: str) -> _Cells:
    at = index.get_indexer(rows["unit"])
    there, merged = np.zeros(len(index), dtype=bool), np.zeros(len(index), dtype=bool)
    value = np.full(len(index), np.nan)
    status, territory = np.full((2, len(index)), "", dtype=object)
    there[at] = True
    value[at] = rows["value"].to_numpy(float)
    status[at] = rows["status"].to_numpy(object)
    merged[at] = (rows["conversion"] == "merged_unit").to_numpy(bool)
    territory[at] = rows["territory"].to_numpy(object)
    return _Cells(term, date[:4], there, value, status, merged, territory)


def _quantities(rows: pd.DataFrame, measure: Measure, plan_: Plan) -> pd.DataFrame:
    """Return the indicator by area: ``value, status, why, merged_unit`` (index: unit)."""
    index = pd.Index(sorted(set(rows["unit"])), name="unit", dtype=object)
    rows = rows[rows["date"].isin({*plan_.dates, plan_.denominator_date})]
    by_key = {key: _cells(part, index, *key) for key, part in rows.groupby(["variable", "date"])}
    used, values = [], []
    for date in plan_.dates:
        sums = []
        for terms, at in (
            (measure.numerator, date),
            (measure.denominator, plan_.denominator_date or date),
        ):
            cells = [by_key[term, at] for term in terms]
            sums.append(sum((cell.value for cell in cells), np.zeros(len(index))))
            used += cells
        values.append(measure.at(*sums))
    value = np.array(measure.over(values), dtype=float)
    why, merged_unit, first = np.full((3, len(index)), "", dtype=object)
    seen, apart = np.zeros((2, len(index)), dtype=bool)
    for cell in used:
        for place in np.flatnonzero(np.isnan(cell.value) & (why == "")):
            gap = (cell.status[place] or "missing") if cell.there[place] else "no_row"
            why[place] = f"{cell.term}:{gap}@{cell.year}"
        new = cell.merged & (merged_unit == "")
        merged_unit[new] = cell.territory[new]
        # A numerator of one territory and a denominator of another describe no unit at all.
        apart |= cell.there & seen & (cell.territory != first)
        first[cell.there & ~seen] = cell.territory[cell.there & ~seen]
        seen |= cell.there
    why[np.isnan(value) & (why == "")] = "division_by_zero"
    value[apart], why[apart] = np.nan, "territories_differ"
    return pd.DataFrame(
        {
            "value": value,
            "status": _joined_flags(used, len(index)),
            "why": why,
            "merged_unit": merged_unit,
        },
        index=index,
    )


def _joined_flags(used: Iterable[_Cells], areas: int) -> np.ndarray:
    """Return, for each area with flagged figures, ``status=<year>:<flags>`` joined with ``;``."""
    texts: dict[int, dict[str, None]] = {}
    for cell in used:
        for place in np.flatnonzero(~np.isnan(cell.value) & (cell.status != "")).tolist():
            texts.setdefault(place, {})[f"status={cell.year}:{cell.status[place]}"] = None
    flags = np.full(areas, "", dtype=object)
    for place, each in texts.items():
        flags[place] = ";".join(each)
    return flags


def aggregate(
    name: str,
    case: Mapping[str, Any],
    figures: Figures,
    units: pd.DataFrame,
    variables: Vocabulary,
    plan_: Plan,
    how: Mapping[str, Any],
    by_region: bool,
) -> pd.DataFrame:
    """Return an indicator of the country or of each region, at the dates of ``plan_``.

    Parameters
    ----------
    how
        A criterion's ``aggregate`` block. ``sum_of_counts``: terms are summed over units, each
        territory once, then divided; only units with every term at every date count.
        ``published_total``: the publisher's own figures for the country. ``weighted_mean``: mean of
        published rates weighted by a count of the dates named.
    by_region
        One row for each region instead of one for the country.

    Returns
    -------
    DataFrame
        Index: region code or country code; ``value``, ``units`` (how many went in), ``weight``,
        ``areas`` (a tuple of codes: the areas that went in, or the publisher's code of this one) and
        ``weights`` (a tuple: for each of these areas, a tuple of its weight at each date; empty for
        what is not weighted).
    """
    geography = case["geography"]
    measure = measure_of(case["indicators"][name], variables)
    if how["by"] == "published_total":
        return _published(name, geography, figures, measure, plan_, by_region)
    areas = areas_of(plan_.level, units, geography)
    group = pd.Series(
        units["region" if by_region else "country"].to_numpy(), index=areas.to_numpy()
    )
    spread = group.groupby(level=0).nunique()
    if (spread > 1).any():
        lost = spread[spread > 1].index[0]
        raise GeographyError(
            f"`indicators.{name}`: the {plan_.level} area {lost} lies in more than one region, so "
            "no aggregate by region can be made of it; compare with the country."
        )
    group_of = group[~group.index.duplicated()]
    rows = figures.rows(measure.terms, plan_.level, set(areas.to_numpy(object)))
    if how["by"] == "weighted_mean":
        return _weighted(case, figures, measure, plan_, how, group_of, rows)
    wide = terms_by_area(rows, measure, plan_)
    out = {}
    for key, part in wide.groupby(group_of.reindex(wide.index), sort=True):

        def total(terms: tuple[str, ...], date: str, part: pd.DataFrame = part) -> float:
            return sum(exact_sum(part[term, date]) for term in terms) if terms else 0.0

        values = [
            measure.at(
                total(measure.numerator, date),
                total(measure.denominator, plan_.denominator_date or date),
            )
            for date in plan_.dates
        ]
        out[key] = {
            "value": float(measure.over(values)),
            "units": len(part),
            "weight": "",
            "areas": tuple(part.index),
            "weights": (),
        }
    return pd.DataFrame.from_dict(out, orient="index", columns=AGGREGATE_COLUMNS)


def areas_counted(rows: pd.DataFrame) -> pd.Index:
    """Return the units of ``rows`` that an aggregate counts: one for each territory, if it stays.

    The parts of a unit that merged later all carry its figures, which must count once; a figure of
    a part at one date and of the whole at another describe no change.
    """
    territory = rows.groupby("unit")["territory"].agg(["nunique", "first"]).sort_index()
    steady = territory[territory["nunique"] == 1]
    return steady.index[~steady["first"].duplicated()]


def terms_by_area(rows: pd.DataFrame, measure: Measure, plan_: Plan) -> pd.DataFrame:
    """Return the figures that a sum of counts adds up: index unit, columns (variable, date)."""
    needed = [(term, date) for date in plan_.dates for term in measure.numerator]
    needed += [
        (term, plan_.denominator_date or date)
        for date in plan_.dates
        for term in measure.denominator
    ]
    used = rows[rows["date"].isin({*plan_.dates, plan_.denominator_date})]
    used = used[used["unit"].isin(areas_counted(used))]
    wide = used.pivot(index="unit", columns=["variable", "date"], values="value").sort_index()
    return wide.reindex(columns=pd.MultiIndex.from_tuples(dict.fromkeys(needed))).dropna()


def _published(
    name: str,
    geography: Mapping[str, Any],
    figures: Figures,
    measure: Measure,
    plan_: Plan,
    by_region: bool,
) -> pd.DataFrame:
    country = geography["country_unit"]["code"]
    code = country
    if plan_.level != geography["level"]:
        code = geography["stand_in_levels"][plan_.level]["country_unit"]
    level = geography["region_level"] if by_region else "country"
    rows = figures.rows(measure.terms, level, None if by_region else {code})
    found = _quantities(rows, measure, plan_)["value"] if _complete(rows, measure, plan_) else None
    if found is None or found.isna().all():
        areas = "regions" if by_region else f"the country '{code}'"
        raise DataError(
            f"`indicators.{name}`: no published figures for {areas} at "
            f"{listing(plan_.dates)}; write `{{by: sum_of_counts}}`."
        )
    made = pd.DataFrame({"value": found, "units": 1, "weight": ""})
    made["areas"] = [(area,) for area in found.index]
    made["weights"] = [()] * len(made)
    return made if by_region else made.rename(index={code: country})


def _complete(rows: pd.DataFrame, measure: Measure, plan_: Plan) -> bool:
    there = set(zip(rows["variable"], rows["date"], strict=True))
    return all(
        (term, at) in there
        for date in plan_.dates
        for terms, at in (
            (measure.numerator, date),
            (measure.denominator, plan_.denominator_date or date),
        )
        for term in terms
    )


def rates_and_weights(
    figures: Figures, measure: Measure, plan_: Plan, how: Mapping[str, Any], rows: pd.DataFrame
) -> tuple[pd.DataFrame, list[str]]:
    """Return rate and weight of each unit at each date in turn (index: unit), and the weights' dates.

    DataError where the weight has no figures, or several, for a date.
    """
    ends = [how["date"]] if measure.change is None else [how["from"], how["to"]]
    asked = [date for end in ends for date in around(end, measure.years)]
    weights = figures.rows([how["weight"]], plan_.level)
    at = [sorted({d for d in weights["date"].unique() if d.startswith(day)}) for day in asked]
    for found, day in zip(at, asked, strict=True):
        if len(found) != 1:
            raise DataError(
                f"`criteria`: the weight '{how['weight']}' has {listing(found) or 'no figures'} for "
                f"{day}; write a date that there is."
            )
    days = [found[0] for found in at]
    both = pd.concat([rows[rows["date"].isin(plan_.dates)], weights[weights["date"].isin(days)]])
    kept = areas_counted(both)
    columns = []
    for date, day in zip(plan_.dates, days, strict=True):
        single = replace(plan_, asked=(date,), dates=(date,))
        one_year = replace(measure, change=None, years=1)
        columns.append(_quantities(rows, one_year, single)["value"])
        columns.append(weights[weights["date"] == day].set_index("unit")["value"])
    wide = pd.concat(columns, axis=1, join="inner").dropna().sort_index()
    return wide[wide.index.isin(kept)], asked


def _weighted(
    case: Mapping[str, Any],
    figures: Figures,
    measure: Measure,
    plan_: Plan,
    how: Mapping[str, Any],
    group_of: pd.Series,
    rows: pd.DataFrame,
) -> pd.DataFrame:
    wide, asked = rates_and_weights(figures, measure, plan_, how, rows)
    out = {}
    for key, part in wide.groupby(group_of.reindex(wide.index), sort=True):
        means = [
            weighted_mean(part.iloc[:, 2 * i], part.iloc[:, 2 * i + 1])
            for i in range(len(plan_.dates))
        ]
        label = f"{how['weight']}@{'/'.join(asked)}"
        out[key] = {
            "value": float(measure.over(means)),
            "units": len(part),
            "weight": label,
            "areas": tuple(part.index),
            "weights": tuple(part.iloc[:, 1::2].itertuples(index=False, name=None)),
        }
    return pd.DataFrame.from_dict(out, orient="index", columns=AGGREGATE_COLUMNS)
