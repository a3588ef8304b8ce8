"""Look up harmonised figures by variable and level without searching the whole table each time."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import pandas as pd

from smstra.errors import DataError, listing

_COLUMNS = ("unit", "variable", "date", "value", "status", "level", "source", "territory")


class Figures:
    """The harmonised table of a case, grouped once by variable and level."""

    def __init__(self, harmonised: pd.DataFrame) -> None:
        lacking = [column for column in _COLUMNS if column not in harmonised]
        if lacking:
            raise DataError(
                f"harmonised.csv lacks the columns {listing(lacking)}: it is not the table that the run "
                "wrote; delete it and run again."
            )
        self._empty = harmonised.iloc[:0]
        self._groups = dict(list(harmonised.groupby(["variable", "level"], sort=True)))
        self._units: dict[tuple[str, str], frozenset[str]] = {}

    def levels(self, variables: Iterable[str]) -> list[str]:
        """Return the levels at which any of ``variables`` has rows."""
        wanted = set(variables)
        return sorted({level for variable, level in self._groups if variable in wanted})

    def rows(
        self, variables: Iterable[str], level: str, units: Collection[str] | None = None
    ) -> pd.DataFrame:
        """Return the rows of ``variables`` at ``level``, of all units or of ``units``."""
        found = [
            self._of_units(variable, level, units)
            for variable in dict.fromkeys(variables)
            if (variable, level) in self._groups
        ]
        if len(found) == 1:
            return found[0]
        return pd.concat(found) if found else self._empty

    def _of_units(self, variable: str, level: str, units: Collection[str] | None) -> pd.DataFrame:
        """Return the rows of one variable; those of all units, which is nearly always, without a search."""
        table = self._groups[variable, level]
        if units is None:
            return table
        if (variable, level) not in self._units:
            self._units[variable, level] = frozenset(table["unit"].unique())
        if self._units[variable, level] <= set(units):
            return table
        return table[table["unit"].isin(units)]
