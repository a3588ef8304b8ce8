"""Read a table of figures, as its dataset is described, into tidy observations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from smstra.errors import SourceError, listing, nearest
from smstra.sources.registers import level_of

COLUMNS = [
    "unit",
    "variable",
    "date",
    "value",
    "unit_of_measure",
    "status",
    "level",
    "geography",
    "source",
    "row",
]
# Eurostat's observation flags, of both generations (before and since 2018: s and z, i and m).
FLAGS = {"eurostat": "bcdefimnpsuz"}
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?")
_YEAR = re.compile(r"[12][0-9]{3}")


def read_observations(
    name: str,
    entry: Mapping[str, Any],
    frame: pd.DataFrame,
    variables: Mapping[str, Mapping[str, Any]],
    units: pd.DataFrame | None,
) -> pd.DataFrame:
    """Return the observations of a table.

    Parameters
    ----------
    name, entry
        The dataset and its description in ``config/datasets``.
    frame
        The snapshot as text, index = line in the file.
    variables
        The vocabulary.
    units
        The joined registers of the dataset's ``code_lists``, or None if it names prefixes.

    Returns
    -------
    DataFrame
        One row for each unit, variable and date: ``unit, variable, date`` (ISO day; a whole year by
        its first day), ``value`` (float, NaN where none), ``unit_of_measure``, ``status`` (the
        source's flags; ``missing`` for an empty cell without a flag), ``level``, ``geography``
        (``system@day`` on which the code is valid), ``source`` (``dataset@vintage``), ``row`` (line
        in the snapshot). Sorted by variable, level, unit, date.

    Raises
    ------
    SourceError
        A year, figure, flag, code, name, level or code-list value is not as described, or a figure
        stands twice: the message names the file and the line.
    """
    where = f"{entry['file']}: {name}"
    if frame.empty:
        raise SourceError(f"{where}: the table has a header and no rows; fetch it again.")
    frame = _without_excluded(entry, frame, where)
    years = _years(entry, frame, where)
    codes = _codes(entry, frame, units, where)
    level = level_of(entry["level"], codes, frame, where)
    parts = []
    used = pd.Series(False, index=frame.index)
    for variable, spec in entry["variables"].items():
        keep = pd.Series(True, index=frame.index)
        for column, value in spec.get("where", {}).items():
            if value not in set(frame[column].unique()):
                raise SourceError(
                    f"{where}: no row has {column} = '{value}', which `{variable}.where` asks for"
                    f"{nearest(value, set(frame[column].unique()))}."
                )
            keep &= frame[column] == value
        used |= keep
        rows = frame[keep]
        on_day = variables[variable]["dates"] == "day"
        day = entry["date"]["day"] if on_day else "01-01"
        values, missing = _figures(rows[spec["column"]], entry, spec, where)
        parts.append(
            pd.DataFrame(
                {
                    "unit": codes[keep],
                    "variable": variable,
                    "date": years[keep] + "-" + day,
                    "value": values,
                    "unit_of_measure": variables[variable]["unit_of_measure"],
                    "status": _status(rows, missing, entry, spec, where),
                    "level": level[keep],
                    "row": rows.index,
                }
            )
        )
    if not used.all():
        line = used.index[~used][0]
        raise SourceError(
            f"{where}, line {line}: no variable reads this row ({listing(frame.loc[line], 30)}); add "
            "a variable for it, or leave it out by `exclude` with the reason."
        )
    table = pd.concat(parts, ignore_index=True)
    fixed = entry["geography_date"]
    geography_day = table["date"] if fixed == "each_date" else fixed
    table["geography"] = entry["code_system"] + "@" + geography_day
    table["source"] = f"{name}@{entry['vintage']}"
    _check_codes(table, entry, units, where)
    table = table.sort_values(["variable", "level", "unit", "date"], ignore_index=True)
    twice = table.duplicated(["variable", "level", "unit", "date"])
    if twice.any():
        row = table[twice].iloc[0]
        raise SourceError(
            f"{where}, line {row['row']}: '{row['variable']}' of unit {row['unit']} for "
            f"{row['date']} stands twice; remove one of the rows at the source."
        )
    return table[COLUMNS]


def _without_excluded(entry: Mapping[str, Any], frame: pd.DataFrame, where: str) -> pd.DataFrame:
    if "exclude" not in entry:
        return frame
    spec = entry["exclude"]
    gone = [value for value in spec["values"] if value not in set(frame[spec["column"]].unique())]
    if gone:
        raise SourceError(
            f"{where}: `exclude` names {listing(gone)}, which the table does not hold; the list of "
            "codes has changed, so look at the table and mend `exclude`."
        )
    return frame[~frame[spec["column"]].isin(spec["values"])]


def _years(entry: Mapping[str, Any], frame: pd.DataFrame, where: str) -> pd.Series:
    if "fixed" in entry["date"]:
        return pd.Series(entry["date"]["fixed"], index=frame.index, dtype=object)
    years = frame[entry["date"]["column"]]
    odd = [y for y in years.unique() if not _YEAR.fullmatch(y)]
    if odd:
        line = years.index[years == odd[0]][0]
        raise SourceError(f"{where}, line {line}: '{odd[0]}' is not a year such as 2005.")
    return years


def _codes(
    entry: Mapping[str, Any], frame: pd.DataFrame, units: pd.DataFrame | None, where: str
) -> pd.Series:
    spec = entry["unit"]
    found = frame[spec["column"]]
    if "names" not in spec:
        return found
    if units is None:
        raise SourceError(f"{where}: names can be looked up only in `code_lists`.")
    day = entry["geography_date"]
    valid = units[
        (units["valid_from"] <= day)
        & (units["valid_to"] >= day)
        & (units["level"] == entry["level"])
    ]
    names = valid[f"name_{spec['names']}"]
    unique = ~names.duplicated(keep=False)
    lookup = dict(zip(names[unique], valid.loc[unique, "unit"], strict=True))
    lookup |= spec.get("aliases", {})
    unknown = [name for name in found.unique() if name not in lookup]
    if unknown:
        line = found.index[found == unknown[0]][0]
        raise SourceError(
            f"{where}, line {line}: the name '{unknown[0]}' is not in the register of {day}"
            f"{nearest(unknown[0], lookup, 'the nearest is')}; add it with its code to "
            f"`unit.aliases` ({len(unknown)} unknown names in all)."
        )
    return found.map(lookup)


def _figures(
    cells: pd.Series, entry: Mapping[str, Any], spec: Mapping[str, Any], where: str
) -> tuple[pd.Series, pd.Series]:
    missing = cells.isin(entry["missing"])
    odd = [c for c in cells[~missing].unique() if not _NUMBER.fullmatch(c)]
    if odd:
        line = cells.index[cells == odd[0]][0]
        raise SourceError(
            f"{where}, line {line}: '{odd[0]}' in column {spec['column']} is not a number; if it "
            "means no figure, add it to `missing`."
        )
    values = cells.mask(missing, "nan").astype(float)
    if not np.isfinite(values[~missing]).all():
        raise SourceError(f"{where}: column {spec['column']} holds a number too large to be true.")
    return values * spec.get("multiply_by", 1), missing


def _status(
    rows: pd.DataFrame,
    missing: pd.Series,
    entry: Mapping[str, Any],
    spec: Mapping[str, Any],
    where: str,
) -> pd.Series:
    if "flags_column" not in spec:
        return pd.Series(np.where(missing, "missing", ""), index=rows.index, dtype=object)
    flags = rows[spec["flags_column"]]
    known = FLAGS[entry["flags"]]
    odd = [f for f in flags.unique() if set(f) - set(known)]
    if odd:
        line = flags.index[flags == odd[0]][0]
        raise SourceError(
            f"{where}, line {line}: the flag '{odd[0]}' is not in the code list of "
            f"{entry['flags']} ({', '.join(known)})."
        )
    return flags.mask(missing & (flags == ""), "missing")


def _check_codes(
    table: pd.DataFrame, entry: Mapping[str, Any], units: pd.DataFrame | None, where: str
) -> None:
    """Every code must be a unit of its level on the day of its geography."""
    keys = table[["unit", "level", "geography"]].drop_duplicates()
    keys = keys[keys["unit"] != entry.get("country_unit")]
    if units is None:
        bad = keys[~keys["unit"].str[:2].isin(entry["code_prefixes"])]
        known: list[str] = entry["code_prefixes"]
    else:
        day = keys["geography"].str.split("@").str[1]
        joined = keys.assign(day=day, key=range(len(keys))).merge(units, on=["unit", "level"])
        valid = joined[
            (joined["valid_from"] <= joined["day"]) & (joined["valid_to"] >= joined["day"])
        ]
        bad = keys[~pd.Series(range(len(keys)), index=keys.index).isin(valid["key"])]
        known = sorted(set(units["unit"].unique()))
    if len(bad):
        first = bad.iloc[0]
        hits = table[(table["unit"] == first["unit"]) & (table["geography"] == first["geography"])]
        day = first["geography"].split("@")[1]
        hint = nearest(first["unit"], known, "the nearest code is")
        if units is not None and first["unit"] in set(units["unit"].unique()):
            times = units[units["unit"] == first["unit"]]
            spans = [
                f"{a} to {b}" for a, b in zip(times["valid_from"], times["valid_to"], strict=True)
            ]
            hint = f" (the register has it as {listing(times['level'])} from {listing(spans)})"
        raise SourceError(
            f"{where}, line {hits['row'].iloc[0]}: the code '{first['unit']}' is no {first['level']} of "
            f"{day}{hint}; mend the code, or the `geography_date` or `code_lists` of "
            f"'{name_of(where)}' ({len(bad)} such codes in all)."
        )


def name_of(where: str) -> str:
    """Return the dataset's name in a ``file: name`` label."""
    return where.rsplit(": ", 1)[-1]
