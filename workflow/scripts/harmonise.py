"""Rule harmonise: the figures that a case uses, brought to its one dated geography."""

from pathlib import Path

from smstra import csvio
from smstra.jobs import job, settings_of
from smstra.stages.harmonised import harmonised_figures


def run(
    settings: dict, observations: list[Path], units: Path, output: Path, root: Path = Path()
) -> None:
    """Write the harmonised figures of the variables that the case uses."""
    tables = (csvio.read(path) for path in observations)
    made = harmonised_figures(settings, tables, csvio.read(units), root)
    csvio.write(made, output)


if "snakemake" in globals():
    with job(snakemake) as say:
        run(
            settings_of(snakemake),
            [Path(path) for path in snakemake.input.observations],
            Path(snakemake.input.units),
            Path(snakemake.output[0]),
        )
        say(f"{snakemake.wildcards.case}: figures brought to the case's geography")
