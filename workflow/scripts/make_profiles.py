"""Rule make_profiles: the overview of local cases, and what each of its columns means."""

from pathlib import Path

from smstra import csvio, profiles
from smstra.indicators import plans
from smstra.jobs import job, settings_of
from smstra.lookup import Figures


def run(
    settings: dict,
    harmonised: Path,
    units: Path,
    indicators: Path,
    typology: Path,
    overview: Path,
    columns: Path,
) -> None:
    """Write the overview and the description of its columns."""
    case = settings["case"]
    towns, values = csvio.read(units), csvio.read(indicators)
    planned = plans(case, Figures(csvio.read(harmonised)), towns, settings["variables"])
    csvio.write(profiles.overview(case, csvio.read(typology), values, towns), overview)
    csvio.write(profiles.columns(case, values, planned), columns)


if "snakemake" in globals():
    with job(snakemake) as say:
        run(
            settings_of(snakemake),
            *(
                Path(snakemake.input[key])
                for key in ("harmonised", "units", "indicators", "typology")
            ),
            *(Path(snakemake.output[key]) for key in ("profiles", "columns")),
        )
        say(f"{snakemake.wildcards.case}: overview of cases")
