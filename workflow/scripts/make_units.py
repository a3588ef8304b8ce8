"""Rule make_units: the units of a case on the day of its geography, with the areas they lie in."""

from pathlib import Path

from smstra import csvio
from smstra.jobs import job, settings_of
from smstra.stages.units import units_of


def run(settings: dict, output: Path, root: Path = Path()) -> int:
    """Write the units of the case; return how many there are."""
    units = units_of(settings, root)
    csvio.write(units, output)
    return len(units)


if "snakemake" in globals():
    with job(snakemake) as say:
        number = run(settings_of(snakemake), Path(snakemake.output[0]))
        say(f"{snakemake.wildcards.case}: {number:,} units")
