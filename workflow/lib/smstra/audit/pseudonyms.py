"""A case without its towns' names: units by pseudonyms, every value that of a group of at least k units.

All that is published of a unit is a function of its group, so k units or more share it whole; which of them
was chosen shows nowhere. The anonymity is that of k-anonymity (Samarati and Sweeney 1998): it says nothing
against what a reader knows from elsewhere. Tables of the country and of regions stay exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from smstra import series
from smstra.audit.pseudonym_key import key_of, mean
from smstra.language import Language
from smstra.lookup import Figures
from smstra.outcomes import VERDICTS
from smstra.profiles import overview
from smstra.pseudonym_rules import REGION_NOT_GIVEN, TOO_FEW, WITHHELD
from smstra.report.wording import type_named
from smstra.robustness import probabilities
from smstra.size_classes import NOT_GIVEN
from smstra.typology import CRITERIA, holds

# Flags that name a unit or an area: what of them may be said.
_NAMING = re.compile(r"^((?:\w+:)?)(?:(level=[^:]*):.*|(merged_unit=).*)$", re.DOTALL)
_MISSING = re.compile(r"^(?:\w+:)?missing=")


def _common(values: pd.Series) -> Any:
    """Return the value that all units of a group have; empty if they differ."""
    return values.iloc[0] if values.nunique(dropna=False) == 1 else ""


def flags_said(cells: Iterable[str], known: bool) -> str:
    """Return the flags of a group's units, each once, without the codes of units and areas.

    ``known`` says whether the group has a value: the reasons of missing ones then go; else, where
    some units have a value that may not be shown, ``missing=too_few_in_group`` stands for them all.
    """
    cells = sorted(cells)
    flags: dict[str, None] = {}
    lacking = all(any(_MISSING.match(flag) for flag in cell.split(";")) for cell in cells)
    for flag in (flag for cell in cells for flag in cell.split(";") if flag):
        found = _NAMING.match(flag)
        if not _MISSING.match(flag):
            said = found[1] + (found[2] or f"{found[3]}{WITHHELD}") if found else flag
            flags[said] = None
        elif not known:
            flags[flag if lacking else f"missing={TOO_FEW}"] = None
    return ";".join(flags)


def combined(
    table: pd.DataFrame,
    group: pd.Series,
    by: Sequence[str],
    numbers: Iterable[str],
    common: Iterable[str],
    spec: Mapping[str, Any],
) -> pd.DataFrame:
    """Return ``group``, ``by``, ``numbers`` and ``common`` of each group of units, and ``flags`` if there are.

    A number is the mean of the units that have it, rounded to ``spec["digits"]`` significant digits, and
    NaN where fewer than ``spec["k"]`` have it; another cell is what all units have, empty where they differ.
    ``table`` has a row a unit and ``by``; units without a group are left out.
    """
    table = table.assign(group=table["unit"].map(group)).dropna(subset="group")
    numbers, rows = list(numbers), []
    for keys, own in table.groupby(["group", *by], sort=True):
        row: dict[str, Any] = dict(zip(["group", *by], keys, strict=True))
        row |= {name: mean(own[name].astype(float), spec["k"], spec["digits"]) for name in numbers}
        row |= {name: _common(own[name]) for name in common}
        if "flags" in table:
            # Of a table with several numbers a row, each flag is led by its column.
            known = not any(np.isnan(row[name]) for name in numbers)
            row["flags"] = flags_said(own["flags"], known)
        rows.append(row)
    named = ["flags"] if "flags" in table else []
    return pd.DataFrame(rows, columns=["group", *by, *numbers, *common, *named])


def units_table(
    key: pd.DataFrame, said: pd.DataFrame, units: pd.DataFrame, say: Language
) -> pd.DataFrame:
    """Return ``unit, name, level, region, region_name, country`` of the localities, by their code."""
    about = units.set_index("unit")
    shown = key[key["locality"] != ""].sort_values("locality")
    regions = dict(zip(units["region"], units["region_name"], strict=True))
    codes = _said(said, "region", shown["unit"]).fillna("")
    return pd.DataFrame(
        {
            "unit": shown["locality"].to_numpy(),
            "name": [
                say("{locality}, {type}", locality=_named(code, say), type=type_named(type_, say))
                for code, type_ in zip(
                    shown["locality"], _said(said, "type", shown["unit"]), strict=True
                )
            ],
            "level": about.loc[shown["unit"], "level"].to_numpy(),
            "region": codes.to_numpy(),
            "region_name": [regions.get(code, REGION_NOT_GIVEN) for code in codes],
            "country": about.loc[shown["unit"], "country"].to_numpy(),
        }
    )


def _said(said: pd.DataFrame, attribute: str, units: Iterable[str]) -> pd.Series:
    if attribute not in said:
        return pd.Series(None, index=list(units), dtype=object)
    return said.loc[list(units), attribute]


def _named(code: str, say: Language) -> str:
    return say("Locality {n}", n=say.number(int(code[1:])))


def _expanded(
    rows: pd.DataFrame, key: pd.DataFrame, localities: pd.DataFrame, by: Sequence[str] = ()
) -> pd.DataFrame:
    """Return a row for each locality of each group, with ``unit, name`` and the other attributes of it."""
    shown = key.loc[key["locality"] != "", ["locality", "group"]]
    made = shown.merge(rows, on="group").rename(columns={"locality": "unit"})
    made = localities[["unit", "name", "region", "region_name"]].merge(made, on="unit")
    return made.sort_values(["unit", *by], kind="stable", ignore_index=True)


def of_units(
    case: Mapping[str, Any],
    found: Mapping[str, pd.DataFrame],
    figures: Figures,
    variables: Mapping[str, Mapping[str, Any]],
    say: Language,
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Return who is who, and the tables of a pseudonymised case that have a row a unit, by name.

    Parameters
    ----------
    case
        With all that the types, the profile and the series depend on, and ``pseudonymise``.
    found
        ``units, indicators, typology, towns, series`` as the pipeline wrote them.
    figures
        The harmonised figures, for the series of the groups of the chosen towns.

    Returns
    -------
    DataFrame, dict
        The key (see :func:`smstra.audit.pseudonym_key.key_of`); ``units, indicators, typology, towns,
        series`` and the overview ``profiles``, with the columns of the pipeline's tables.
    """
    spec = case["pseudonymise"]
    typology, indicators = found["typology"], found["indicators"]
    key, said = key_of(case, typology, indicators, found["towns"])
    group = key.set_index("unit")["group"].dropna()
    localities = units_table(key, said, found["units"], say)
    # What is said of the class of each group, of which all units are of one.
    of_class = said.assign(group=group).drop_duplicates("group").set_index("group")
    made = {"units": localities}
    common = [c for c in indicators if c not in ("unit", "indicator", "value", "flags")]
    rows = combined(indicators, group, ["indicator"], ["value"], common, spec)
    made["indicators"] = _expanded(rows, key, localities, ["indicator"])[list(indicators)]
    rows = _types(case, typology, group, of_class)
    made["typology"] = _expanded(rows, key, localities)[list(typology)]
    made["towns"] = _towns(found["towns"], key, made["typology"], localities, say)
    made["series"] = _series(case, found["series"], key, figures, variables, made["towns"])
    made["profiles"] = overview(case, made["typology"], made["indicators"], localities)
    return key, made


def of_robustness(
    found: Mapping[str, pd.DataFrame],
    key: pd.DataFrame,
    localities: pd.DataFrame,
    spec: Mapping[str, Any],
) -> dict[str, pd.DataFrame]:
    """Return ``verdicts, probabilities, choices, influence`` without the names of units.

    ``found`` are the same tables as the pipeline wrote them, numbers as float;
    ``key`` as :func:`of_units` returns it, ``localities`` its table ``units``, ``spec`` the block
    ``pseudonymise``. Of the choices the list of answers by unit goes, of their influence the list of units
    and what leaving out a single unit changes.
    """
    group = key.set_index("unit")["group"].dropna()
    drawn, influence = found["probabilities"], found["influence"]
    numbers = probabilities.NUMBERS
    common = [name for name in drawn if name not in ("unit", "name", *numbers)]
    rows = combined(drawn, group, [], numbers, common, spec)
    sure = _sureness(found["verdicts"], group, spec)
    return {
        "verdicts": _expanded(sure, key, localities)[list(found["verdicts"])],
        "probabilities": _expanded(rows, key, localities)[list(drawn)],
        "choices": found["choices"].drop(columns="answers"),
        "influence": influence[influence["kind"] != "unit_left_out"].drop(columns="which"),
    }


def _types(
    case: Mapping[str, Any], typology: pd.DataFrame, group: pd.Series, of_class: pd.DataFrame
) -> pd.DataFrame:
    """Return typology.csv by group; the values are rounded so that they still give their answers."""
    spec = case["pseudonymise"]
    shorts = list(CRITERIA.values())
    numbers = [*shorts, *(f"{short}_reference" for short in shorts)]
    own = typology.drop(columns=["region", "size_class"])
    rows = combined(own, group, [], numbers, ["type", "cell", *CRITERIA], spec)
    precise = combined(own, group, [], numbers, [], {**spec, "digits": 15})
    decimals = case["comparison_decimals"]
    for criterion, short in CRITERIA.items():
        entry = case["criteria"][criterion]
        # A reference that all units of a group have is the country's, a region's or a number, and exact.
        reference = f"{short}_reference"
        of_group = typology.groupby(typology["unit"].map(group))[reference]
        alike = of_group.first().where(of_group.nunique() == 1)
        rows[reference] = rows["group"].map(alike).fillna(rows[reference])
        answers = rows[criterion].map({True: 1, False: 0})
        off = holds(rows[short], rows[reference], entry["holds_if"], decimals) != answers
        rows[short] = rows[short].where(~(off & answers.notna()), precise[short])
        rows[f"{short}_distance"] = rows[short] - rows[reference]
        rows[criterion] = [
            value if isinstance(value, bool | np.bool_) else None for value in rows[criterion]
        ]
    rows["cell"] = rows["group"].map(of_class["cell"]).fillna("")
    size = of_class["size_class"] if "size_class" in of_class else pd.Series(dtype=object)
    rows["size_class"] = rows["group"].map(size).fillna(NOT_GIVEN)
    return rows


def _towns(
    towns: pd.DataFrame,
    key: pd.DataFrame,
    typology: pd.DataFrame,
    localities: pd.DataFrame,
    say: Language,
) -> pd.DataFrame:
    """Return towns.csv: the chosen localities in the order of their numbers."""
    codes = sorted(key.loc[key["chosen"], "locality"])
    about, places = typology.set_index("unit").loc[codes], localities.set_index("unit").loc[codes]
    made = places[["name", "region", "region_name"]].reset_index()
    made["type"] = about["type"].to_numpy()
    # Figures write the type beside it.
    made["label"] = [_named(code, say) for code in codes]
    return made.assign(why="named")[list(towns)]


def _series(
    case: Mapping[str, Any],
    found: pd.DataFrame,
    key: pd.DataFrame,
    figures: Figures,
    variables: Mapping[str, Mapping[str, Any]],
    towns: pd.DataFrame,
) -> pd.DataFrame:
    """Return series.csv: of towns the mean of the units of the group; of regions those that are said."""
    spec = case["pseudonymise"]
    chosen = key[key["chosen"]]
    members = key[key["group"].isin(chosen["group"])].rename(columns={"name": "label"})
    alone = {
        name: {part: value for part, value in entry.items() if part not in ("country", "region")}
        for name, entry in case.get("series", {}).items()
    }
    nobody = pd.DataFrame(columns=["unit", "region", "region_name"])
    of_units = series.compute({**case, "series": alone}, figures, nobody, members, variables)
    group = members.set_index("unit")["group"]
    rows = combined(
        of_units,
        group,
        ["series", "date"],
        ["value"],
        ["what", "unit_of_measure", "status", "how"],
        spec,
    )
    by = of_units.assign(group=of_units["unit"].map(group)).groupby(["group", "series", "date"])
    rows = rows.set_index(["group", "series", "date"])
    rows["units"] = by["value"].count().astype(float)
    rows["merged_unit"] = by["merged_unit"].agg(lambda each: WITHHELD if (each != "").any() else "")
    rows["source"] = by["source"].agg(
        lambda each: ";".join(sorted({one for cell in each for one in cell.split(";") if one}))
    )
    rows = rows.reset_index()
    lacking = rows["value"].isna()
    rows.loc[lacking, "status"] = f"missing:{TOO_FEW}"
    rows.loc[lacking, ["units", "merged_unit"]] = [0.0, ""]
    rows["what"] = "town"
    codes = (
        chosen[["locality", "group"]].merge(rows, on="group").rename(columns={"locality": "unit"})
    )
    codes["name"] = codes["unit"].map(towns.set_index("unit")["label"])
    region = found["what"] == "region"
    kept = found[(found["what"] == "country") | (region & found["unit"].isin(towns["region"]))]
    table = pd.concat([kept, codes[list(found)]], ignore_index=True)
    place = {name: at for at, name in enumerate(case.get("series", {}))}
    kinds = {what: at for at, what in enumerate(("country", "region", "town"))}
    table = table.assign(_at=table["series"].map(place), _what=table["what"].map(kinds))
    table = table.sort_values(["_at", "_what", "unit", "date"], kind="stable", ignore_index=True)
    return table[list(found)]


def _sureness(table: pd.DataFrame, group: pd.Series, spec: Mapping[str, Any]) -> pd.DataFrame:
    """Return verdicts.csv by group: the verdict of its least sure unit, means of shares and distances.

    Ranks, the threshold that would turn a type first, and the sentence are of single units and left out.
    """
    numbers = ["probability", "probability_se", "share_agreeing", "nearest_distance", "typicality"]
    common = ["type", "modal_type", "most_probable_type"]
    rows = combined(table, group, [], numbers, common, spec)
    least = table["verdict"].map(VERDICTS.index).groupby(table["unit"].map(group)).max()
    rows["verdict"] = rows["group"].map(least.map(lambda place: VERDICTS[place]))
    left_out = ("flips_first", "slack_unit", "because")
    return rows.assign(
        **dict.fromkeys(left_out, ""),
        **dict.fromkeys(("slack", "slack_ranks", "typicality_rank"), np.nan),
    )
