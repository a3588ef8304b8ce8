"""Rule classify: references and what went into them; answers, cell and type of every unit."""

from pathlib import Path

from smstra import csvio
from smstra import typology as typology_
from smstra.jobs import job, settings_of
from smstra.lookup import Figures
from smstra.stages.typology import typology_and_areas


def run(
    settings: dict,
    harmonised: Path,
    units: Path,
    indicators: Path,
    typology: Path,
    references: Path,
    reference_units: Path,
) -> dict[str, int]:
    """Write typology, references and the areas behind these; return how many units have each type."""
    figures = Figures(csvio.read(harmonised))
    thresholds, table, areas = typology_and_areas(
        settings, figures, csvio.read(units), csvio.read(indicators)
    )
    csvio.write(thresholds, references)
    csvio.write(areas, reference_units)
    csvio.write(table, typology)
    return typology_.counts(table)


if "snakemake" in globals():
    with job(snakemake) as say:
        counts = run(
            settings_of(snakemake),
            *(Path(snakemake.input[key]) for key in ("harmonised", "units", "indicators")),
            *(Path(snakemake.output[key]) for key in ("typology", "references", "reference_units")),
        )
        say(
            f"{snakemake.wildcards.case}: "
            + ", ".join(f"{number} {type_}" for type_, number in counts.items())
        )
