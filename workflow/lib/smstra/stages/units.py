"""From registers, changes and membership to the units of a case."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from smstra import geography
from smstra.sources.registers import join_registers, load_changes, load_frame, read_membership


def units_of(settings: Mapping[str, Any], root: Path = Path()) -> pd.DataFrame:
    """Return the units of a case; ``settings`` as :func:`job_settings.units`."""
    block = settings["case"]["geography"]
    datasets, pins = settings["datasets"], settings["pins"]
    geography.not_after_the_registers(block, pins)
    register = join_registers(block["units"], block.get("changes"), datasets, pins, root)
    changes = load_changes(block.get("changes"), datasets, pins, root)
    members = {}
    for level, area in block.get("stand_in_levels", {}).items():
        name = area["membership"]
        table = read_membership(name, datasets[name], load_frame(name, datasets, pins, root))
        day = datasets[name]["geography_date"]
        members[level] = geography.membership_at(table, level, day, block, changes)
    towns = geography.units_of_case(register, block, members)
    geography.towns_named(settings["towns_named"], towns, "`figures.towns.units`")
    for case, regions in settings.get("regions_named", {}).items():
        where = f"`comparison.sets.regions.each.{case}` in config/config.yaml"
        geography.regions_named(regions, towns, where)
    return towns
