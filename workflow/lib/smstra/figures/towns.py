"""Which towns the figures single out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from smstra.typology import typical


def singled_out(spec: Mapping[str, Any], typology: pd.DataFrame) -> dict[str, str]:
    """Return the units to show, by type or, if the case names them, by code."""
    if spec["choose"] == "named":
        return {unit: unit for unit in spec["units"]}
    return typical(typology, spec["among_size_classes"], spec["choose"])


def labels_of(towns: pd.DataFrame, everyone: pd.DataFrame) -> list[str]:
    """Return the names of ``towns``, with the code where another unit has the same name.

    A register may call a city and the district around it alike.
    """
    count = everyone["name"].value_counts()
    return [
        f"{name}, {unit}" if count.get(name, 0) > 1 else name
        for unit, name in zip(towns["unit"], towns["name"], strict=True)
    ]
