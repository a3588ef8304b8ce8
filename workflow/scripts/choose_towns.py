"""Rule choose_towns: the towns that figures, profiles and report compare."""

from pathlib import Path

from smstra import chosen_towns, csvio
from smstra.jobs import job, settings_of


def run(settings: dict, typology: Path, units: Path, selection: Path | None, output: Path) -> None:
    """Write the table of towns; ``selection`` is needed only for the towns of a chosen set."""
    table = chosen_towns.table(
        settings["case"]["figures"]["towns"],
        csvio.read(typology),
        csvio.read(units),
        csvio.read(selection) if selection else None,
    )
    csvio.write(table, output)


if "snakemake" in globals():
    with job(snakemake) as say:
        sets = snakemake.input.get("selection")
        run(
            settings_of(snakemake),
            Path(snakemake.input.typology),
            Path(snakemake.input.units),
            Path(sets) if sets else None,
            Path(snakemake.output[0]),
        )
        say(f"{snakemake.wildcards.case}: chosen towns")
