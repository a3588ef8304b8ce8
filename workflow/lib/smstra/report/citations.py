"""Name the sources of a table or figure: publisher, dataset, edition and vintage."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd


def sources_in(table: pd.DataFrame) -> list[str]:
    """Return the distinct ``dataset@vintage`` in a table's ``source`` column."""
    return sorted({s for cell in table["source"].unique() for s in cell.split(";") if s})


def source_line(sources: Iterable[str], pins: list[dict[str, Any]]) -> str:
    """Return ``Source: publisher, dataset (edition; copy of vintage); ...`` for those sources."""
    wanted = set(sources)
    named = [
        f"{pin['publisher']}, {pin['dataset']} ({pin['edition']}; copy of {pin['vintage']})"
        for pin in pins
        if f"{pin['id']}@{pin['vintage']}" in wanted
    ]
    return "Source: " + "; ".join(named) + "."


def table(
    names: Iterable[str], datasets: dict[str, Any], pins: list[dict[str, Any]]
) -> pd.DataFrame:
    """Return the pins in use of the datasets ``names`` as a table, one row a dataset."""
    rows = []
    for name in sorted(names):
        for pin in pins:
            if pin["id"] == name and pin["vintage"] == datasets[name]["vintage"]:
                dates = pin["reference_dates"]
                rows.append(
                    {
                        **{k: v for k, v in pin.items() if k not in ("reference_dates", "notes")},
                        "reference_dates": f"{dates['first']} to {dates['last']}",
                        "notes": pin.get("notes", ""),
                    }
                )
    return pd.DataFrame(rows)
