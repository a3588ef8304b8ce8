"""Which towns figures, profiles and report compare: those of a chosen set, named ones, or typical ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from smstra.errors import DataError
from smstra.typology import typical

COLUMNS = ["unit", "name", "label", "region", "region_name", "type", "why"]


def table(
    spec: Mapping[str, Any],
    typology: pd.DataFrame,
    units: pd.DataFrame,
    selection: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the towns that ``figures.towns`` (``spec``) asks for, in order: ``COLUMNS``.

    ``best_set``: the towns of ``selection`` (as selection.csv) of the set ``spec["set"]``, by type and
    code; none if no set fits. ``named``: those of ``spec["units"]``, in its order.
    ``closest_to_type_median`` and ``deepest_inside_type``: see :func:`smstra.typology.typical`.
    ``label`` is the name, with the code where another unit has the same name; ``why`` says which rule
    chose the town.

    Raises
    ------
    DataError
        There are sets, but not the one asked for.
    """
    choose = spec["choose"]
    if choose == "named":
        chosen = [(unit, "named") for unit in spec["units"]]
    elif choose == "best_set":
        number = str(spec["set"])
        own = selection[selection["set"] == number]
        if own.empty and len(selection):
            raise DataError(
                f"`figures.towns.set` asks for set {number}, and selection.csv has only "
                f"{selection['set'].nunique()}; ask for one of these, or raise `selection.sets.how_many`."
            )
        own = own.sort_values(["type", "unit"])
        chosen = [(unit, f"best_set:{number}") for unit in own["unit"]]
    else:
        found = typical(typology, spec["among_size_classes"], choose)
        chosen = [(unit, f"{choose}:{type_}") for type_, unit in found.items()]
    at = typology.set_index("unit")
    regions = units.set_index("unit")["region_name"]
    alike = typology["name"].value_counts()
    rows = []
    for unit, why in chosen:
        name = at.at[unit, "name"]
        label = f"{name} ({unit})" if alike[name] > 1 else name
        rows.append(
            (unit, name, label, at.at[unit, "region"], regions[unit], at.at[unit, "type"], why)
        )
    return pd.DataFrame(rows, columns=COLUMNS)
