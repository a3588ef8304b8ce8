"""Rule make_units: the units of a case on the day of its geography, with the areas they lie in."""

from pathlib import Path

from smstra import csvio, geography
from smstra.jobs import job, settings_of
from smstra.sources.registers import (
    join_registers,
    load_changes,
    load_frame,
    read_membership,
)


def run(settings: dict, output: Path, root: Path = Path()) -> int:
    """Write the units of the case; return how many there are."""
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
    units = geography.units_of_case(register, block, members)
    geography.towns_named(settings["towns_named"], units, "`figures.towns.units`")
    csvio.write(units, output)
    return len(units)


if "snakemake" in globals():
    with job(snakemake) as say:
        number = run(settings_of(snakemake), Path(snakemake.output[0]))
        say(f"{snakemake.wildcards.case}: {number:,} units")
