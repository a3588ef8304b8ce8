"""What each column of a comparison says and where it comes from: columns.csv, from the internal rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from smstra import strict_yaml
from smstra.across.rules import FOLDER

# workflow/lib/smstra/across/columns.py -> workflow
_INTERNAL = Path(__file__).resolve().parents[3] / "internal"
COLUMNS = ["table", "column", "description", "how", "made_of", "rule", "function"]
_OWN = f"{FOLDER}/"


@cache
def rules() -> dict[str, dict[str, Any]]:
    """Return by table how its columns are made: ``comparison`` of ``workflow/internal/lineage.yaml``."""
    return strict_yaml.load(_INTERNAL / "lineage.yaml")[FOLDER]


@cache
def descriptions() -> dict[str, str]:
    """Return what a column says wherever it stands: ``comparison`` of ``workflow/internal/tables.yaml``."""
    return strict_yaml.load(_INTERNAL / "tables.yaml")[FOLDER]


def upstream(said: str) -> tuple[str, list[str]]:
    """Return how a column is made, and what it is made of, from a rule such as ``copied typology.type``."""
    how, _, sources = said.partition(" ")
    return how, [each.strip() for each in sources.split(";")]


def shown(source: str, cases: Sequence[str]) -> str:
    """Return where a source lies: a column of the tables of each case, of the comparison, or a key."""
    if ":" in source:
        kind, _, key = source.partition(":")
        return f"{kind}: {key}"
    table, _, column = source.rpartition(".")
    if table.startswith(_OWN):
        return f"results/{table}.csv:{column}"
    of = cases[0] if len(cases) == 1 else f"<{'|'.join(cases)}>"
    return f"results/{of}/{table}.csv:{column}"


def described(headers: Mapping[str, Sequence[str]], cases: Sequence[str]) -> pd.DataFrame:
    """Return columns.csv: a row for each column of the tables in ``headers``, by table in their order.

    Raises
    ------
    KeyError
        A column has no rule or no description, which is a fault of the program.
    """
    rows = []
    for table, header in headers.items():
        about = rules()[table]
        for column in header:
            how, sources = upstream(about["columns"][column])
            made_of = "; ".join(shown(source, cases) for source in sources)
            rows.append(
                (
                    table,
                    column,
                    descriptions()[column],
                    how,
                    made_of,
                    about["rule"],
                    about["function"],
                )
            )
    return pd.DataFrame(rows, columns=COLUMNS)
