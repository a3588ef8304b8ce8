"""How many units of each case have each type, and what the cases are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from smstra.outcomes import TYPES
from smstra.typology import counts as counted

COLUMNS = ["case", "type", "units", "share"]
CASE_COLUMNS = [
    "case",
    "title",
    "country",
    "level",
    "geography",
    "units",
    "with_type",
    "candidates",
    "in_sets",
    "because",
]
# What of a pseudonymised case may be compared.
UNDER_PSEUDONYMS = "under pseudonyms: only its published counts and references are compared"


def of_types(typologies: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return a row a case and type, in the order of the cases and of ``TYPES``.

    ``units`` how many units have the type, ``share`` in percent of all units of the case, those that
    are undetermined among them.
    """
    rows = []
    for case, table in typologies.items():
        rows += rows_of(case, counted(table))
    return pd.DataFrame(rows, columns=COLUMNS)


def rows_of(case: str, number: Mapping[str, int]) -> list[tuple[str, str, int, float]]:
    """Return for each type case, type, units and their share of all units in percent."""
    whole = sum(number.values())
    return [
        (case, type_, number[type_], 100 * number[type_] / whole if whole else float("nan"))
        for type_ in TYPES
    ]


def of_cases(
    cases: Mapping[str, Mapping[str, Any]],
    typologies: Mapping[str, pd.DataFrame],
    candidates: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """Return a row a case: what its units are, how many have a type, how many may be chosen.

    ``in_sets`` says whether its towns may be in the sets across cases, ``because`` why not.
    ``candidates`` has the tables of the cases that may name units and have a block `selection`.
    """
    rows = []
    for name, case in cases.items():
        number = counted(typologies[name])
        able = candidates.get(name)
        passed = float("nan") if able is None else int((able["candidate"] == "pass").sum())
        because = ""
        if case.get("pseudonymise"):
            because = UNDER_PSEUDONYMS
        elif able is None:
            because = "the case has no block `selection`, so it has no candidates"
        elif not passed:
            because = "none of its units is a candidate"
        rows.append(
            {
                "case": name,
                "title": case["title"],
                "country": case["country"],
                "level": case["geography"]["level"],
                "geography": case["geography"]["date"],
                "units": sum(number.values()),
                "with_type": sum(number.values()) - number["undetermined"],
                "candidates": passed,
                "in_sets": not because,
                "because": because,
            }
        )
    return pd.DataFrame(rows, columns=CASE_COLUMNS)
