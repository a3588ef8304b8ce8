"""What the user says of a table, and what is understood of it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from smstra.onboarding.files import Table


def flag(name: str, file: str, rest: str) -> str:
    """Return a flag for a file as it is typed in a shell."""
    text = f"{file}:{rest}"
    return f"--{name} " + (shlex.quote(text) if "'" in text else f"'{text}'")


@dataclass(frozen=True)
class Said:
    """What the user says of a file instead of what would be found out, by the file's name.

    ``columns`` has, by variable of the vocabulary, a column; ``where`` the values of a dimension; ``aliases``
    codes by name; ``rows`` whether a row, by its code or name, is a ``unit`` or left ``out``; ``fractions``
    whether a column's shares are fractions (``yes``) or percent (``no``); ``missing`` the texts that mean no
    figure; ``decimal`` is ``point`` or ``comma``; ``country`` the country asked for.
    """

    code_column: str = ""
    name_column: str = ""
    region_column: str = ""
    year_column: str = ""
    year: str = ""
    day: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, str] = field(default_factory=dict)
    fractions: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    decimal: str = ""
    country: str = ""


@dataclass
class Mapped:
    """How a table is understood.

    ``unit``, ``date``, ``variables``, ``exclude``, ``figures`` (decimal, take_out, missing) are keys of its
    description; ``why`` has reasons by key. ``units`` is a frame ``code, name, region, region_name,
    as_written, year`` of the units that it holds, a row for each row of the table, empty texts where it does
    not say. ``open`` lists what could not be decided, each with the flag that decides it; a table with such
    cannot be read.
    """

    table: Table
    unit: dict[str, Any] = field(default_factory=dict)
    date: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, dict[str, Any]] = field(default_factory=dict)
    exclude: list[dict[str, Any]] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    units: pd.DataFrame = field(default_factory=pd.DataFrame)
    years: list[str] = field(default_factory=list)
    unused: dict[str, str] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    by_name: bool = False

    @property
    def file(self) -> str:
        """The name of the file."""
        return self.table.path.name
