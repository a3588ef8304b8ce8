"""Rule compare_areas: series of towns, regions and country, and indicators of regions and country."""

from pathlib import Path

from smstra import area_values, csvio, series
from smstra.indicators import plans
from smstra.jobs import job, settings_of
from smstra.lookup import Figures


def run(
    settings: dict,
    harmonised: Path,
    units: Path,
    indicators: Path,
    towns: Path,
    series_output: Path,
    areas_output: Path,
) -> None:
    """Write both tables."""
    case, variables = settings["case"], settings["variables"]
    figures, members = Figures(csvio.read(harmonised)), csvio.read(units)
    made = series.compute(case, figures, members, csvio.read(towns), variables)
    csvio.write(made, series_output)
    planned = plans(case, figures, members, variables)
    values = csvio.read(indicators)
    made = area_values.compute(case, figures, members, variables, planned, values)
    csvio.write(made, areas_output)


if "snakemake" in globals():
    with job(snakemake) as say:
        run(
            settings_of(snakemake),
            *(Path(snakemake.input[key]) for key in ("harmonised", "units", "indicators", "towns")),
            Path(snakemake.output.series),
            Path(snakemake.output.areas),
        )
        say(f"{snakemake.wildcards.case}: series and areas to compare with")
