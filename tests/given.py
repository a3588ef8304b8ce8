"""Small files of an invented office as `smstra new` understands them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from smstra import config
from smstra.onboarding.files import inspect
from smstra.onboarding.mapping import Mapped, Said, frame_of, map_table, reading_of
from smstra.sources.registers import read_units
from smstra.sources.tables import read_observations

VARIABLES = config.load_vocabulary(Path())


def understood(folder: Path, content: str, name: str = "a.csv", **said: object) -> Mapped:
    """Return how a text is understood; ``said`` are the attributes of `Said`."""
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return of_file(path, **said)


def of_file(path: Path, **said: object) -> Mapped:
    """Return how a file is understood."""
    return map_table(inspect(path), Said(**said), VARIABLES)


def figures(mapped: Mapped) -> dict[tuple[str, str, str], float]:
    """Return the figures by variable, unit and year, as a run reads them by the description."""
    assert mapped.open == []
    units = mapped.units.drop_duplicates("code").assign(
        region="all", region_name="x", valid_from="2000-01-01", valid_to="2030-01-01"
    )
    valid = {"valid_from": {"column": "valid_from"}, "valid_to": {"column": "valid_to"}}
    register = {
        "code_system": "x",
        "vintage": "v",
        "file": "units",
        "register": [
            {
                "level": "town",
                "code": {"column": "code"},
                "names": {"local": "name", "as_written": "as_written"},
                **valid,
            }
        ],
    }
    columns = ["code", "region", "name", "region_name", "as_written", "valid_from", "valid_to"]
    reading = reading_of(mapped)
    entry = {
        "vintage": "v",
        "file": mapped.file,
        **reading,
        "code_system": "x",
        "code_lists": ["units"],
        "geography_date": "2014-01-01",
        "exclude": mapped.exclude,
        "unit": mapped.unit,
        "level": "town",
        "date": mapped.date,
        "variables": mapped.variables,
    }
    known = read_units("units", register, units[columns])
    table: pd.DataFrame = read_observations("a", entry, frame_of(mapped), VARIABLES, known)
    return {(row.variable, row.unit, row.date[:4]): row.value for row in table.itertuples()}
