"""Rule compute_indicators: what the data allow, every indicator of every unit, and its terms."""

from pathlib import Path

from smstra import csvio, sufficiency
from smstra.jobs import job, settings_of
from smstra.lookup import Figures
from smstra.stages.indicators import indicators_and_terms


def run(
    name: str,
    settings: dict,
    harmonised: Path,
    units: Path,
    indicators: Path,
    report: Path,
    terms: Path,
) -> str:
    """Write indicators, sufficiency table and terms; return the second as lines for the terminal."""
    towns = csvio.read(units)
    table, found, used = indicators_and_terms(settings, Figures(csvio.read(harmonised)), towns)
    csvio.write(table, indicators)
    csvio.write(found, report)
    csvio.write(used, terms)
    return sufficiency.as_text(found, name)


if "snakemake" in globals():
    with job(snakemake) as say:
        say(
            run(
                snakemake.wildcards.case,
                settings_of(snakemake),
                Path(snakemake.input.harmonised),
                Path(snakemake.input.units),
                Path(snakemake.output.indicators),
                Path(snakemake.output.sufficiency),
                Path(snakemake.output.terms),
            )
        )
