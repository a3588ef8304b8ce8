"""Sums over units held against the totals that publishers print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from smstra.errors import DataError
from smstra.exact import exact_sum
from smstra.lookup import Figures
from smstra.sufficiency import areas_of
from smstra.vocabulary import as_list, parts_of

COLUMNS = [
    "check",
    "date",
    "group",
    "units",
    "computed",
    "published",
    "difference",
    "tolerance",
    "agrees",
    "source",
]


def run(
    case: Mapping[str, Any],
    figures: Figures,
    units: pd.DataFrame,
    variables: Mapping[str, Mapping[str, Any]],
) -> pd.DataFrame:
    """Return every check of the case's ``aggregate_checks``: one row a date and area.

    ``computed`` is the sum over all units of the level (a share in percent if the check has ``in``);
    a date at which a unit is missing, or stands for a merged one, is left out of ``every`` and is an
    error where it is asked for; with ``each_area_alone`` only the areas with such a unit are left out.

    Raises
    ------
    DataError
        A sum differs from the published figure by more than the tolerance, or cannot be made.
    """
    rows: list[dict[str, Any]] = []
    for name, check in case.get("aggregate_checks", {}).items():
        rows += _one(name, check, case, figures, units, variables)
    table = pd.DataFrame(rows, columns=COLUMNS)
    wrong = table[~table["agrees"].astype(bool)]
    if len(wrong):
        row = wrong.iloc[0]
        raise DataError(
            f"`aggregate_checks.{row['check']}`: on {row['date']} the units of {row['group']} add up "
            f"to {row['computed']:,}, but {row['source']} has {row['published']:,} (tolerance "
            f"{row['tolerance']}; {len(wrong)} such differences). A unit is missing or counted twice, "
            "or the source was revised: look at the source before you widen the tolerance."
        )
    return table


def _one(
    name: str,
    check: Mapping[str, Any],
    case: Mapping[str, Any],
    figures: Figures,
    units: pd.DataFrame,
    variables: Mapping[str, Mapping[str, Any]],
) -> list[dict[str, Any]]:
    geography = case["geography"]
    level, own = check["sum_over"], geography["level"]
    over = (
        pd.Series(units["region"].unique(), index=units["region"].unique())
        if level == geography["region_level"]
        else areas_of(level, units, geography)
    )
    by = "country" if check["to"] == "country" else "region"
    if level == geography["region_level"]:
        whole = geography["country_unit"]["code"]
        group_of = over if by == "region" else pd.Series(whole, index=over.index)
    else:
        group_of = pd.Series(units[by].to_numpy(), index=over.to_numpy())
        group_of = group_of[~group_of.index.duplicated()]
    of, base = parts_of(check["of"], variables), parts_of(as_list(check.get("in", [])), variables)
    rows = figures.rows([*of, *base], level, set(over))
    rows = rows[rows["value"].notna() & (rows["conversion"] != "merged_unit")]
    if check["date"] != "every":
        rows = rows[rows["date"].str.startswith(check["date"])]
    terms = list(dict.fromkeys([*of, *base]))
    made = []
    complete = 0
    for date, at in rows.groupby("date", sort=True):
        # A date at which a unit lacks a figure gives no total.
        wide = at.pivot(index="unit", columns="variable", values="value")
        wide = wide.reindex(columns=terms).dropna()
        complete = max(complete, len(wide))
        alone = check.get("each_area_alone", False)
        if len(wide) < len(set(over)) and not alone:
            continue
        for group, part in wide.groupby(group_of.reindex(wide.index), sort=True):
            if check.get("unit", group) != group:
                continue
            if len(part) < (group_of == group).sum():
                continue
            computed = exact_sum(part[of].to_numpy().ravel())
            if base:
                computed = 100 * computed / exact_sum(part[base].to_numpy().ravel())
            published, source = _published(check, case, figures, of, date, group, level == own)
            if published is None:
                continue
            difference = computed - published
            made.append(
                {
                    "check": name,
                    "date": date,
                    "group": group,
                    "units": len(part),
                    "computed": computed,
                    "published": published,
                    "difference": difference,
                    "tolerance": check["tolerance"],
                    "agrees": abs(round(difference, 9)) <= check["tolerance"],
                    "source": source,
                }
            )
    if not made:
        raise DataError(
            f"`aggregate_checks.{name}`: no date has the figures on both sides (at most {complete} of "
            f"{len(set(over))} units have them for '{check['date']}'); mend `date`, `sum_over` or "
            f"`published_by`, within the case's geography of {geography['date']}."
        )
    return made


def _published(
    check: Mapping[str, Any],
    case: Mapping[str, Any],
    figures: Figures,
    of: list[str],
    date: str,
    group: str,
    own_level: bool,
) -> tuple[float | None, str]:
    if "published" in check:
        return check["published"], check["source"]
    geography = case["geography"]
    unit = group
    if check["to"] == "country" and not own_level:
        unit = geography["stand_in_levels"][check["sum_over"]]["country_unit"]
    level = "country" if check["to"] == "country" else geography["region_level"]
    rows = figures.rows(of, level, {unit})
    rows = rows[
        (rows["date"] == date)
        & rows["source"].str.startswith(check["published_by"] + "@")
        & rows["value"].notna()
    ]
    if len(rows) < len(of):
        return None, ""
    return exact_sum(rows["value"]), rows["source"].iloc[0]
