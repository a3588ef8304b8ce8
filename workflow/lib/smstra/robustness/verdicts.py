"""Verdicts: how sure each unit's type is, in a word and in a sentence with the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from smstra import missing
from smstra.errors import DataError, listing
from smstra.measures import unit_of_differences
from smstra.outcomes import VERDICTS
from smstra.typology import CRITERIA, cell_in_words

COLUMNS = [
    "unit",
    "name",
    "region",
    "type",
    "verdict",
    "probability",
    "probability_se",
    "share_agreeing",
    "modal_type",
    "most_probable_type",
    "flips_first",
    "nearest_distance",
    "slack",
    "slack_unit",
    "slack_ranks",
    "typicality",
    "typicality_rank",
    "because",
]
# Those that are numbers, for csvio.read.
NUMBERS = (
    "probability",
    "probability_se",
    "share_agreeing",
    "nearest_distance",
    "slack",
    "slack_ranks",
    "typicality",
    "typicality_rank",
)


def verdicts(
    case: Mapping[str, Any],
    typology: pd.DataFrame,
    schemes: pd.DataFrame,
    probabilities: pd.DataFrame,
    intervals: pd.DataFrame,
) -> pd.DataFrame:
    """Return one verdict a unit, by the bounds in ``robustness.verdicts`` of the case.

    ``undetermined`` where the type is; ``robust`` where both the probability of the type and its
    share of the combinations reach the bounds of ``robust``; ``likely`` where both reach those of
    ``likely``; ``borderline`` otherwise, also where one of the two is missing. The bounds are fractions
    of 1, as are probabilities; shares of combinations are percent. Both are compared to nine decimals.

    Parameters
    ----------
    typology
        As :func:`smstra.typology.classify` makes it.
    schemes, probabilities
        The tables schemes.csv and probabilities.csv, with numbers as numbers.
    intervals
        The table of :func:`smstra.robustness.intervals.intervals`, as it was made or read again.

    Returns
    -------
    DataFrame
        ``COLUMNS``, sorted by unit. ``probability`` and its standard error ``probability_se``
        are fractions of 1 and empty for an undetermined unit; ``share_agreeing`` is percent.
        ``flips_first``: the criteria whose thresholds are nearest, joined with ``;``; ``slack`` (in
        ``slack_unit``, percentage points for an indicator in percent) and ``slack_ranks`` are those
        of the first of them. ``because``: one or two sentences.

    Raises
    ------
    DataError
        A table is not about the same units and types as ``typology``.
    """
    table = typology.sort_values("unit", ignore_index=True)
    combined = _aligned(schemes.drop(columns="types", errors="ignore"), table, "schemes.csv")
    drawn = _aligned(probabilities, table, "probabilities.csv")
    bounds = _aligned(intervals.drop_duplicates("unit"), table, "intervals.csv")
    # Read again from a file, the answer is a word.
    nearest = intervals[intervals["flips_first"].isin([True, "true"])]
    nearest = nearest.sort_values("criterion", key=_places, kind="stable")
    by_unit: dict[str, list[dict[str, Any]]] = {unit: [] for unit in table["unit"]}
    for row in _records(nearest):
        by_unit[row["unit"]].append(row)

    undetermined = table["type"] == "undetermined"
    out = table[["unit", "name", "region", "type"]].copy()
    out["probability"] = drawn["p_type"].mask(undetermined).astype(float)
    out["probability_se"] = drawn["se_type"].mask(undetermined).astype(float)
    out["share_agreeing"] = combined["share_agreeing"].mask(undetermined).astype(float)
    words = case["robustness"]["verdicts"]
    out["verdict"] = np.select(
        [undetermined, *(_reaches(out, words[word]) for word in ("robust", "likely"))],
        ["undetermined", "robust", "likely"],
        "borderline",
    )
    out["modal_type"] = combined["modal_type"]
    out["most_probable_type"] = drawn["most_probable_type"]
    firsts = [by_unit[unit][0] if by_unit[unit] else {} for unit in table["unit"]]
    out["flips_first"] = [
        ";".join(row["criterion"] for row in by_unit[unit]) for unit in table["unit"]
    ]
    out["slack"] = [row.get("slack", np.nan) for row in firsts]
    out["slack_unit"] = [
        unit_of_differences(row["unit_of_measure"]) if row else "" for row in firsts
    ]
    out["slack_ranks"] = [row.get("slack_ranks", np.nan) for row in firsts]
    for column in ("nearest_distance", "typicality", "typicality_rank"):
        out[column] = bounds[column]
    out["because"] = [
        _no_type(case, own, counted)
        if own["type"] == "undetermined"
        else _typed(case, own, counted, draws, by_unit[own["unit"]])
        for own, counted, draws in zip(
            _records(table), _records(combined), _records(drawn), strict=True
        )
    ]
    return out[COLUMNS]


def counts(verdicts_: pd.DataFrame) -> dict[str, int]:
    """Return how many units have each verdict, in the order of ``VERDICTS``."""
    found = verdicts_["verdict"].value_counts()
    return {verdict: int(found.get(verdict, 0)) for verdict in VERDICTS}


def _aligned(other: pd.DataFrame, table: pd.DataFrame, file: str) -> pd.DataFrame:
    """Return ``other`` in the order of ``table``; refuse other units or types than those there."""
    other = other.sort_values("unit", ignore_index=True)
    units = set(table["unit"]) ^ set(other["unit"])
    twice = set(other["unit"][other["unit"].duplicated()])
    if units or twice:
        raise DataError(
            f"{file} does not have one row for each unit of typology.csv (see "
            f"{listing(sorted(units | twice))}); delete it and run again."
        )
    differ = table["unit"][table["type"].to_numpy() != other["type"].to_numpy()]
    if len(differ):
        raise DataError(
            f"{file} gives {listing(differ)} another type than typology.csv; delete it and run again."
        )
    return other


def _places(criteria: pd.Series) -> pd.Series:
    return criteria.map([*CRITERIA].index)


def _records(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    # Several times as fast as to_dict("records"), which looks at the kind of each single value.
    columns = {name: table[name].tolist() for name in table}
    return (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))


def _reaches(out: pd.DataFrame, bounds: Mapping[str, float]) -> pd.Series:
    # 100 x 0.07 is not 7 in binary fractions; a missing figure compares as no.
    probable = out["probability"].round(9) >= round(bounds["probability"], 9)
    return probable & (out["share_agreeing"].round(9) >= round(100 * bounds["agreement"], 9))


def _called(case: Mapping[str, Any], criterion: str) -> str:
    """Return what a reader calls the indicator of a criterion: SF, VARUN, VARNI, or its name."""
    name = case["criteria"][criterion]["indicator"]
    return name.upper() if name == CRITERIA[criterion] else name


def _typed(
    case: Mapping[str, Any],
    own: Mapping[str, Any],
    counted: Mapping[str, Any],
    draws: Mapping[str, Any],
    nearest: list[dict[str, Any]],
) -> str:
    """Return the sentences on a unit that has a type."""
    type_ = own["type"]
    found = []
    if counted["determined"]:
        part = _part(counted["share_agreeing"], counted["determined"], "combination of choices")
        lacking = int(counted["combinations"] - counted["determined"])
        more = f" ({lacking:,} more lack a figure)" if lacking else ""
        found.append(f"in {part}{more}")
    if not np.isnan(draws["p_type"]):
        part = _part(100 * draws["p_type"], draws["draws"], "draw", 100 * draws["se_type"])
        found.append(f"in {part}")
    said = f"Mixed ({cell_in_words(own['cell'])})" if type_ == "mixed" else type_
    if found:
        said += ": mixed of any kind holds " if type_ == "mixed" else " holds "
        said += " and ".join(found)
    else:
        said += " is what the case's own choices give"
    if not counted["determined"]:
        said += ", while the data allow no combination of choices"
    second = _rivals(type_, counted, draws)
    return f"{said}; {_turning(case, nearest)}." + (f" {second}" if second else "")


def _turning(case: Mapping[str, Any], nearest: list[dict[str, Any]]) -> str:
    """Return which threshold changes the type first, and how far it has to move."""
    if not nearest:
        return (
            "no threshold can be called the nearest, for the indicators that would change the type "
            "are the same in all towns"
        )
    said = []
    for row in nearest:
        rises = not np.isnan(row["keeps_to"])
        moves = "rises" if rises else "falls"
        if row["slack"] == 0:
            moves += " at all"
        else:
            included = row["keeps_to_included" if rises else "keeps_from_included"]
            more = "more than " if included in (True, "true") else ""
            others = int(row["slack_ranks"])
            reference = case["criteria"][row["criterion"]]["reference"]
            regional = isinstance(reference, str) and reference.startswith("region_")
            moves += (
                f" by {more}{_quantity(row['slack'], unit_of_differences(row['unit_of_measure']))}, past "
                f"{f'{others:,}' if others else 'no'} other town{'' if others == 1 else 's'}"
                f"{' of its region' if regional else ''}{_together(int(row['slack_ties']))}"
            )
        threshold = f"threshold of {_called(case, row['criterion'])} {moves}"
        if said:
            said.append(f"or as soon into {row['type_if_crossed']} if the {threshold}")
        else:
            said.append(f"it turns into {row['type_if_crossed']} first if the {threshold}")
    return ", ".join(said)


def _together(ties: int) -> str:
    return f" and together with {ties:,} at the same value" if ties else ""


def _rivals(type_: str, counted: Mapping[str, Any], draws: Mapping[str, Any]) -> str:
    """Return a sentence on the types that are more frequent than the unit's own; empty if none is."""
    said = []
    modal = [name for name in counted["modal_type"].split(";") if name]
    if modal and type_ not in modal:
        said.append(f"the combinations most often give {_shared(modal, counted['modal_share'])}")
    probable = [name for name in draws["most_probable_type"].split(";") if name]
    if probable and type_ not in probable:
        share = 100 * draws[f"p_{probable[0]}"]
        verb = "" if said else "most often give "
        said.append(f"the draws {verb}{_shared(probable, share)}")
    text = ", ".join(said)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _shared(names: list[str], share: float) -> str:
    each = " each" if len(names) > 1 else ""
    return f"{_listed(names)} ({_percent(share)} %{each})"


def _no_type(case: Mapping[str, Any], own: Mapping[str, Any], counted: Mapping[str, Any]) -> str:
    """Return the sentences on a unit without a type: what is missing, and what other choices give."""
    reasons = missing.reasons(own["flags"])
    lacking = []
    for criterion, column in CRITERIA.items():
        called = _called(case, criterion)
        if np.isnan(own[column]):
            why = reasons.get(column, "")
            lacking.append(f"{called} is missing{f' ({why})' if why else ''}")
        elif np.isnan(own[f"{column}_reference"]):
            lacking.append(f"the threshold of {called} is missing")
    said = f"No type, for {_listed(lacking)}"
    combinations, determined = int(counted["combinations"]), int(counted["determined"])
    if not combinations:
        return f"{said}."
    if not determined:
        return f"{said}; no other choice of definition, reference or window gives it one."
    part = _part(100 * determined / combinations, combinations, "combination of choices")
    modal = _listed(counted["modal_type"].split(";"))
    return f"{said}; other choices give it one in {part}, most often {modal}."


def _listed(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _part(percent: float, whole: float, what: str, error: float = 0.0) -> str:
    """Return ``61 % (standard error 1.4 points) of 2,310 draws``, ``all 2,310 draws``, ``none of ...``."""
    number = int(whole)
    first, _, rest = what.partition(" ")
    named = f"{number:,} {first}{'' if number == 1 else 's'} {rest}".rstrip()
    if percent == 100:
        return f"the only {what}" if number == 1 else f"all {named}"
    if percent == 0:
        return f"none of {named}"
    noted = f" (standard error {_figure(error)} points)" if error else ""
    return f"{_percent(percent)} %{noted} of {named}"


def _percent(share: float) -> str:
    """Return a share to three digits, never rounded up to the whole."""
    text = _figure(share)
    return "more than 99.9" if text == "100" and share < 100 else text


def _quantity(value: float, unit: str) -> str:
    """Return a number with its unit, ``1 percentage point`` but ``1.2 percentage points``."""
    text = _figure(value)
    noun, per, base = unit.partition(" per ")
    if text == "1" and not noun.startswith("thousand"):
        noun = noun.removesuffix("s")
    return f"{text} {noun}{per}{base}".rstrip()


def _figure(value: float) -> str:
    """Return ``value`` to three significant digits, without exponent, trailing zeros or -0."""
    text = format(Decimal(f"{value + 0.0:.2e}"), ",f")
    return text.rstrip("0").rstrip(".") if "." in text else text
