"""Rule draw_housing: the figures on housing, of the chosen towns against region and country."""

from pathlib import Path

from smstra.figures import family, housing
from smstra.figures.material import load
from smstra.jobs import job, settings_of

TABLES = ("series", "areas", "indicators", "typology", "sufficiency")


def run(settings: dict, towns: Path, tables: dict[str, Path], words: Path) -> None:
    """Write the figures beside ``words``, the list of what they say."""
    family.write(housing.FIGURES, load(settings, towns, tables), words.parent, words)


if "snakemake" in globals():
    with job(snakemake) as say:
        run(
            settings_of(snakemake),
            Path(snakemake.input.towns),
            {name: Path(snakemake.input[name]) for name in TABLES},
            Path(snakemake.output.words),
        )
        say(f"{snakemake.wildcards.case}: figures on housing")
