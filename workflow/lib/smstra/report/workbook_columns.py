"""What each column of the workbook's sheets means, and in which unit it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from smstra import window
from smstra.language import Language
from smstra.measures import unit_of_differences
from smstra.typology import CRITERIA

# The unit of a row stands in another column.
BESIDE = {
    "value": "unit_of_measure",
    "region_value": "unit_of_measure",
    "country_value": "unit_of_measure",
    "slack": "slack_unit",
}
_UNITS = {
    "arrivals_persons": "inhabitants",
    "arrivals_points": "percentage points",
    "density": "inhabitants per km2",
    "gap_years": "years",
    "inhabitants": "inhabitants",
    "least_km": "km",
    "nearest_distance": "standard deviations",
    "share_agreeing": "percent",
    "typicality": "standard deviations",
}
_CLASS_AT = re.compile(r"size_class_(\d{4})")
_MEASURES = re.compile(rf"({'|'.join(CRITERIA.values())})(_reference|_distance)?")


@dataclass(frozen=True)
class Column:
    """A column: its name, what it means, and the unit of all its values (empty if they have none)."""

    name: str
    meaning: str
    unit_of_measure: str


def describe(
    sheet: str,
    table: pd.DataFrame,
    case: Mapping[str, Any],
    units_of: Mapping[str, str],
    say: Language,
) -> list[Column]:
    """Return what the columns of a sheet mean; ``units_of`` are the units of the case's indicators."""
    meanings = _meanings(case, say) | _meanings_in(sheet, case, say)
    return [_column(str(name), sheet, case, units_of, meanings, say) for name in table.columns]


def _column(
    name: str,
    sheet: str,
    case: Mapping[str, Any],
    units_of: Mapping[str, str],
    meanings: Mapping[str, str],
    say: Language,
) -> Column:
    if sheet == "overview" and name in case["profile"]:
        return Column(name, say.own(case["indicators"][name]["label"]), units_of.get(name, ""))
    measure = _MEASURES.fullmatch(name)
    if sheet == "typology" and measure:
        criterion = next(key for key, short in CRITERIA.items() if short == measure[1])
        indicator = case["criteria"][criterion]["indicator"]
        label, unit = say.own(case["indicators"][indicator]["label"]), units_of.get(indicator, "")
        if measure[2] == "_reference":
            return Column(name, say("threshold of: {label}", label=label), unit)
        if measure[2] == "_distance":
            meaning = say("value minus threshold of: {label}", label=label)
            return Column(name, meaning, unit_of_differences(unit))
        return Column(name, label, unit)
    if at := _CLASS_AT.fullmatch(name):
        return Column(name, say("size class by the inhabitants of {year}", year=at[1]), "")
    return Column(name, meanings.get(name, ""), _UNITS.get(name, ""))


def _meanings(case: Mapping[str, Any], say: Language) -> dict[str, str]:
    return {
        "unit": say("code of the unit, as text"),
        "name": say("name of the unit"),
        "label": say("label"),
        "region": say("code of the region"),
        "region_name": say("name of the region"),
        "size_class": say("population size class"),
        "type": say("type: A, B, C, D, mixed or undetermined"),
        "cell": say("cell of the truth table; tells the mixed types apart"),
        "flags": say("what is substituted, stands in, spans a break or is missing; see readme"),
        "source": say("table and vintage that the figures are from"),
        "indicator": say("indicator of the case"),
        "value": say("value, in the unit of measure of its row"),
        "unit_of_measure": say("unit of measure"),
        "year_from": say("year of the figure, or of the first one of a change"),
        "year_to": say("year of the figure, or of the last one of a change"),
        "year_asked": say("year, or years, that the case asks for"),
        "level": say("level of the areas that the figures are about"),
        "substituted": say("whether another date stands for the one asked for"),
        "sf_high": say("had migrants settled before {year}?", year=window.last_year(case)),
        "economy_improving": say("does the economy improve?"),
        "population_improving": say("does the population improve?"),
        "criterion": say("criterion of the typology"),
        "definition": say("definition as a formula"),
        "units": say("number of units"),
        "verdict": say("how sure the type is: robust, likely, borderline, undetermined"),
        "probability": say("probability of the type, from 0 to 1"),
        "probability_se": say("standard error of the probability"),
        "share_agreeing": say("share of the combinations of choices that give the same type"),
        "modal_type": say("type that most combinations give"),
        "most_probable_type": say("type with the greatest probability"),
        "typicality": say("how deep the unit lies inside its type; greater is deeper"),
        "typicality_rank": say("rank of the typicality within the type, 1 being the deepest"),
        "inhabitants": say("inhabitants at the date of the size class"),
        "density": say("density at the date of the size class"),
        "tradition": say("local political tradition, from the user's own table"),
        "dates": say("dates of the figures"),
        "column": say("column of the sheet overview"),
    }


def _meanings_in(sheet: str, case: Mapping[str, Any], say: Language) -> dict[str, str]:
    """Return the meanings of columns that are peculiar to one sheet."""
    year = window.arrivals_from(case)
    return {
        "references": {
            "scheme": say("kind of reference"),
            "aggregate": say("how the value of the country or region was made"),
            "group": say("country or region that the threshold holds for"),
            "value": say("threshold, in the unit of measure of its row"),
            "units": say("number of units behind the threshold"),
            "weight": say("count by which the mean is weighted"),
        },
        "sufficiency": {
            "dates_asked": say("dates that the case asks for"),
            "dates_found": say("dates of the figures used"),
            "level_asked": say("level of the case's units"),
            "level_found": say("level of the areas that the figures are about"),
            "units_covered": say("number of units with a value"),
            "units_missing": say("number of units without a value"),
            "gap_years": say("largest gap between a date asked for and the date found"),
            "what_was_done": say("what was done where the data do not suffice"),
        },
        "checks": {
            "check": say("name of the check"),
            "date": say("date"),
            "group": say("country or region"),
            "computed": say("sum of the units"),
            "published": say("total that the publisher has"),
            "difference": say("sum minus published total"),
            "tolerance": say("largest difference allowed"),
            "agrees": say("whether the difference is within the tolerance"),
            "source": say("source of the published total"),
        },
        "locality_profiles": {
            "region_value": say("value of the region, in the unit of measure of its row"),
            "region_how": say("how the value of the region was made"),
            "country_value": say("value of the country, in the unit of measure of its row"),
            "country_how": say("how the value of the country was made"),
            "rank_in_region": say(
                "rank within the region, 1 being the highest value; ties share it"
            ),
            "of_in_region": say("number of distinct territories with a value in the region"),
            "rank_in_country": say(
                "rank within the country, 1 being the highest value; ties share it"
            ),
            "of_in_country": say("number of distinct territories with a value in the country"),
        },
        "look_alikes": {
            "place": say("1 for the nearest"),
            "other": say("code of the look-alike, as text"),
            "other_name": say("name of the look-alike"),
            "other_region_name": say("region of the look-alike"),
            "other_type": say("type of the look-alike"),
            "distance": say("distance by the indicators that the case compares"),
            "contributions": say(
                "standard deviations by which the look-alike has more or less of each indicator"
            ),
        },
        "verdicts": {
            "flips_first": say("criterion whose threshold changes the type first as it moves"),
            "nearest_distance": say("how far that threshold may move"),
            "slack": say("how far that threshold may move, in the unit beside it"),
            "slack_unit": say("unit of slack"),
            "slack_ranks": say("number of other units that change their answer before"),
            "because": say("the verdict as a sentence"),
        },
        "candidates": {
            "type_check": say("may the type be chosen?"),
            "typicality_by_answers": say(
                "least distance from the references of the criteria by whose answers towns are chosen"
            ),
            "answers_check": say("may a town with these answers be chosen?"),
            "size_date": say("date of the size class"),
            "size_check": say("may the size class be chosen?"),
            "arrivals_persons": say("migrants arrived after {year}, persons", year=year),
            "arrivals_points": say("migrants arrived after {year}, share of residents", year=year),
            "arrivals_check": say("did migrants arrive after {year}?", year=year),
            "reception": say("reception centre in the period, from the user's own table"),
            "reception_places": say("most places on one day"),
            "reception_check": say("does the answer on reception centres pass?"),
            "region_check": say("may the region be chosen?"),
            "parties": say("parties in government, from the user's own table"),
            "politics_check": say("does the answer on local politics pass?"),
            "candidate": say("pass if the unit may be chosen"),
            "reasons": say("what excludes the unit, what is unknown, remarks"),
        },
        "selection": {
            "set": say("number of the set, 1 being the best"),
            "forced": say("whether the case asks for this town by name"),
            "remark": say("remark"),
            "set_objective": say("objective of the set, from 0 to 1; the greater the better"),
            "set_typicality": say("mean typicality of its towns, scaled from 0 to 1"),
            "set_stability": say("mean probability of the types of its towns"),
            "set_coverage": say(
                "share of the types, size classes, regions, traditions and answers of the candidates that it "
                "has"
            ),
            "loss": say("objective of the best set minus that of this one"),
            "least_km": say("least distance between two towns of the set"),
            "optimal": say("proven if no other set can take its place"),
            "trades_off": say("what the set gives up against the best"),
            "others_exist": say("whether there are sets beyond those listed"),
        },
        "sources": {
            "id": say("name of the table in this project"),
            "publisher": say("publisher"),
            "dataset": say("the publisher's own name of the table"),
            "title": say("title"),
            "edition": say("the publisher's own state of the table"),
            "vintage": say("day on which this copy was taken"),
            "licence": say("licence"),
            "publisher_address": say("address of the publisher"),
            "address": say("address that was asked for the file"),
            "obtained_via": say("where the copy came from"),
            "date_accessed": say("day on which the file was read there"),
            "reference_dates": say("first and last date of the figures"),
            "geography": say("areas of the figures"),
            "geography_date": say("date of these areas"),
            "unit_of_measure": say("unit of measure"),
            "definition": say("what the figures count"),
            "notes": say("notes"),
            "file": say("file in the project"),
            "rows": say("number of rows"),
            "sha256": say("SHA-256 of the bytes"),
            "sha256_table": say("SHA-256 of the table that was read from them"),
        },
    }.get(sheet, {})
