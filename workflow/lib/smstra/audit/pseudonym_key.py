"""Who is who in a pseudonymised case: the group of each unit, and its pseudonym."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from smstra.audit import groups
from smstra.errors import DataError
from smstra.exact import exact_mean, significant
from smstra.outcomes import TYPES

KEY_COLUMNS = ["unit", "name", "group", "group_size", "chosen", "locality"]


def key_of(
    case: Mapping[str, Any], typology: pd.DataFrame, indicators: pd.DataFrame, towns: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return who is who, and what is said of each unit's class.

    Parameters
    ----------
    case
        With ``pseudonymise`` (all keys), ``criteria`` and ``profile``.
    typology, indicators
        As the pipeline wrote them.
    towns
        The chosen towns, in the order of the case.

    Returns
    -------
    DataFrame, DataFrame
        ``KEY_COLUMNS`` by unit: ``locality`` is the pseudonym (``L001``), empty where fewer than k units
        have the unit's type, which is then in no table. And ``type, cell`` and the attributes of ``publish``
        by unit, None where not said; left-out units are not in it.

    Raises
    ------
    DataError
        A chosen town is left out, or more than half of the units of its group are chosen.
    """
    spec = case["pseudonymise"]
    k, publish = spec["k"], [name for name in spec["publish"] if name in typology]
    about = typology.set_index("unit")[["name", "type", "cell", *publish]]
    said = groups.classes(about[["type", "cell", *publish]].astype(str), k)
    chosen = list(towns["unit"])
    for unit in chosen:
        if unit not in said.index:
            raise DataError(
                f"`pseudonymise.k` is {k}, but fewer than {k} units have the type of {unit} "
                f"({about.at[unit, 'type']}), so no table can show it; lower `k`, or leave it out of "
                "`figures.towns.units`."
            )
    compared = [entry["indicator"] for entry in case["criteria"].values()]
    names = list(dict.fromkeys([*compared, *case["profile"]]))
    found = indicators[indicators["indicator"].isin(names)]
    values = found.pivot(index="unit", columns="indicator", values="value").reindex(
        index=said.index, columns=names
    )
    group = groups.grouped(values.astype(float), said, k)
    size = group.value_counts()
    for unit in chosen:
        among = sum(group[other] == group[unit] for other in chosen)
        if 2 * among > size[group[unit]]:
            raise DataError(
                f"`pseudonymise`: {among} of the {size[group[unit]]} units that share the values of {unit} are "
                "chosen, so who knows the group knows them; raise `k`, or choose other towns."
            )
    order = _order(group, said, values, spec["digits"])
    key = pd.DataFrame({"unit": typology["unit"], "name": typology["name"]})
    key["group"] = key["unit"].map(group.map(order))
    key["group_size"] = key["unit"].map(group.map(size))
    key["chosen"] = key["unit"].isin(chosen)
    # Chosen towns first, so that their numbers are small; by group, and within one by the case's own list.
    place = key["unit"].map({unit: at for at, unit in enumerate(chosen)}).fillna(len(chosen))
    sort = key.assign(last=~key["chosen"], place=place).dropna(subset="group")
    sort = sort.sort_values(["last", "group", "place", "unit"])
    width = max(len(str(len(sort))), 2)
    code = {unit: f"L{at:0{width}d}" for at, unit in enumerate(sort["unit"], start=1)}
    key["locality"] = key["unit"].map(code).fillna("")
    return key.sort_values(["unit"], ignore_index=True)[KEY_COLUMNS], said


def _order(
    group: pd.Series, said: pd.DataFrame, values: pd.DataFrame, digits: int
) -> dict[int, int]:
    """Return the number of each group, from 1 on, in the order of what is published of it."""
    rank = {type_: place for place, type_ in enumerate(TYPES)}
    about = {}
    for number, units in group.groupby(group).groups.items():
        first = said.loc[units].iloc[0].fillna("").tolist()
        means = [mean(values.loc[units, name], 1, digits) for name in values]
        known = [(1, 0.0) if np.isnan(value) else (0, value) for value in means]
        about[number] = (rank[first[0]], first[1:], known)
    return {number: place for place, number in enumerate(sorted(about, key=about.get), start=1)}


def mean(values: pd.Series, k: int, digits: int) -> float:
    """Return the mean of the values that there are, rounded; NaN if they are fewer than ``k``."""
    known = values.dropna().tolist()
    return float(significant(exact_mean(known), digits)) if len(known) >= k else np.nan
