"""Rule measure_stability: how far each threshold may move before a type changes."""

from pathlib import Path

from smstra import csvio
from smstra.jobs import job, settings_of
from smstra.robustness.intervals import intervals


def run(settings: dict, typology: Path, references: Path, output: Path) -> int:
    """Write the stability intervals; return how many units one threshold alone can change."""
    table = intervals(settings["case"], csvio.read(typology), csvio.read(references))
    csvio.write(table, output)
    return table.loc[table["slack"].notna(), "unit"].nunique()


if "snakemake" in globals():
    with job(snakemake) as say:
        number = run(
            settings_of(snakemake),
            *(Path(snakemake.input[key]) for key in ("typology", "references")),
            Path(snakemake.output[0]),
        )
        say(
            f"{snakemake.wildcards.case}: one threshold alone can change the type of {number} units"
        )
