"""What each case measures for each criterion, and whether that is like for like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from smstra.across.counts import UNDER_PSEUDONYMS
from smstra.breaks import flags_in
from smstra.typology import CRITERIA
from smstra.vocabulary import as_list

COLUMNS = [
    "case",
    "criterion",
    "indicator",
    "label",
    "definition",
    "measures",
    "unit_of_measure",
    "holds_if",
    "dates_asked",
    "dates_found",
    "years_averaged",
    "level_asked",
    "level_found",
    "units",
    "units_covered",
    "reference",
    "lowest",
    "highest",
    "lower_quartile",
    "median",
    "upper_quartile",
    "breaks",
    "sources",
    "like_for_like",
    "differs_in",
    "remark",
]
# What must be the same for two figures to be like for like, in the words of `differs_in`.
ASPECTS = {
    "what is measured": ("definition", "measures"),
    "unit of measure": ("unit_of_measure",),
    "direction": ("holds_if",),
    "dates": ("dates_found",),
    "years averaged": ("years_averaged",),
    "level": ("level_found",),
    "larger areas standing in": ("stands_in",),
}
# Said instead of a difference.
NO_FIGURES, ONE_CASE = "no figures", "only this case has figures"


def of_case(
    name: str,
    case: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
) -> list[dict[str, Any]]:
    """Return a row for each criterion of a case, without what depends on the other cases.

    ``tables`` as the case wrote them: ``sufficiency``, ``references``, ``typology``, and ``indicators``
    unless it is pseudonymised. Quartiles and median are those of the values of all units that have one
    (linear between two), in the indicator's unit.
    """
    found = tables["sufficiency"].set_index("indicator")
    rows = []
    for criterion, short in CRITERIA.items():
        spec = case["criteria"][criterion]
        indicator = case["indicators"][spec["indicator"]]
        data = found.loc[spec["indicator"]]
        references = tables["references"][tables["references"]["criterion"] == criterion]
        known = references["value"].dropna()
        own = tables.get("indicators")
        if own is not None:
            own = own[own["indicator"] == spec["indicator"]]
        values = tables["typology"][short].dropna().to_numpy(float) if own is not None else []
        quartiles = np.quantile(values, [0.25, 0.5, 0.75]) if len(values) else [np.nan] * 3
        unit = references["unit_of_measure"].iloc[0] if len(references) else ""
        if not unit and own is not None and len(own):
            unit = own["unit_of_measure"].iloc[0]
        sources = (
            sorted({each for cell in own["source"].unique() for each in cell.split(";") if each})
            if own is not None
            else []
        )
        flags = tables["typology"]["flags"].str.extractall(rf"(?:^|;){short}:(break=[^;]+)")
        rows.append(
            {
                "case": name,
                "criterion": criterion,
                "indicator": spec["indicator"],
                "label": indicator["label"],
                "definition": indicator["definition"],
                "measures": _measures(indicator),
                "unit_of_measure": unit,
                "holds_if": spec["holds_if"],
                "dates_asked": data["dates_asked"],
                "dates_found": data["dates_found"],
                "years_averaged": indicator.get("years_averaged", 1),
                "level_asked": data["level_asked"],
                "level_found": data["level_found"],
                "units": data["units"],
                "units_covered": data["units_covered"],
                "reference": spec["reference"],
                "lowest": known.min() if len(known) else np.nan,
                "highest": known.max() if len(known) else np.nan,
                "lower_quartile": float(quartiles[0]),
                "median": float(quartiles[1]),
                "upper_quartile": float(quartiles[2]),
                "breaks": ";".join(
                    each.removeprefix("break=") for each in flags_in(flags[0].drop_duplicates())
                )
                if len(flags)
                else "",
                "sources": ";".join(sources),
                "remark": data["what_was_done"]
                if own is not None
                else f"{data['what_was_done']}; {UNDER_PSEUDONYMS}",
            }
        )
    return rows


def _measures(indicator: Mapping[str, Any]) -> str:
    """Return the variables of an indicator, ``residents_foreign / residents``; empty if not available."""
    of, bases = as_list(indicator.get("of", [])), as_list(indicator.get("in", []))
    return " / ".join(" + ".join(part) for part in (of, bases) if part)


def compared(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return criteria.csv: the rows of all cases by criterion, with what is not the same among them.

    ``like_for_like`` is true where all cases with figures agree in every one of ``ASPECTS``, no
    larger area stands in, and there are at least two of them; ``differs_in`` names the others, or
    that a case has no figures.
    """
    table = pd.DataFrame(rows)
    table["stands_in"] = (table["level_found"] != table["level_asked"]) & (
        table["dates_found"] != ""
    )
    parts = []
    for criterion in CRITERIA:
        part = table[table["criterion"] == criterion].copy()
        there = part[part["dates_found"] != ""]
        differs = [
            aspect
            for aspect, columns in ASPECTS.items()
            if len(there[list(columns)].drop_duplicates()) > 1
            # Where larger areas stand in everywhere, their extent still is each country's own.
            or (columns == ("stands_in",) and there["stands_in"].any())
        ]
        said = "; ".join(differs) if len(there) > 1 else ONE_CASE
        has = part["dates_found"] != ""
        part["differs_in"] = [said if each else NO_FIGURES for each in has]
        part["like_for_like"] = [bool(each and not differs and len(there) > 1) for each in has]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)[COLUMNS]
