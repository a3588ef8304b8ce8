"""Rule draw_quadrants: the scatter of VARUN against VARNI with the types."""

from pathlib import Path

from smstra import csvio
from smstra.figures import quadrants, style
from smstra.figures.towns import singled_out
from smstra.jobs import job, settings_of
from smstra.report.citations import source_line, sources_in
from smstra.typology import CRITERIA


def run(settings: dict, indicators: Path, typology: Path, sufficiency: Path, stem: Path) -> None:
    """Write the figure in all its formats."""
    case = settings["case"]
    types, values = csvio.read(typology), csvio.read(indicators)
    compared = [case["criteria"][c]["indicator"] for c in CRITERIA]
    line = source_line(sources_in(values[values["indicator"].isin(compared)]), settings["pins"])
    towns = singled_out(case["figures"]["towns"], types)
    words = quadrants.caption(
        case, types, csvio.read(sufficiency), settings["breaks"], bool(towns), line
    )
    measured = tuple(
        values.loc[values["indicator"] == name, "unit_of_measure"].iloc[0] for name in compared[1:]
    )
    table = quadrants.data(types)
    figure = quadrants.draw(case, table, towns, words, measured)
    style.save(figure, words, table, stem)


if "snakemake" in globals():
    with job(snakemake) as say:
        run(
            settings_of(snakemake),
            *(Path(snakemake.input[key]) for key in ("indicators", "typology", "sufficiency")),
            Path(snakemake.output[0]).with_suffix(""),
        )
        say(f"{snakemake.wildcards.case}: figure quadrants")
