"""Rule check_aggregates: sums over units held against published totals."""

from pathlib import Path

from smstra import aggregate_checks, csvio
from smstra.jobs import job, settings_of
from smstra.lookup import Figures


def run(settings: dict, harmonised: Path, units: Path, output: Path) -> int:
    """Write the checks; return how many sums were held against a published figure."""
    figures = Figures(csvio.read(harmonised))
    table = aggregate_checks.run(
        settings["case"], figures, csvio.read(units), settings["variables"]
    )
    csvio.write(table, output)
    return len(table)


if "snakemake" in globals():
    with job(snakemake) as say:
        number = run(
            settings_of(snakemake),
            Path(snakemake.input.harmonised),
            Path(snakemake.input.units),
            Path(snakemake.output[0]),
        )
        say(
            f"{snakemake.wildcards.case}: {number or 'no'} sums held against published totals, all agree"
        )
