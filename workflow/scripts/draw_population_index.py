"""Rule draw_population_index: inhabitants of the singled-out towns against the country."""

from pathlib import Path

from smstra import csvio
from smstra.figures import population_index, style
from smstra.figures.towns import singled_out
from smstra.jobs import job, settings_of
from smstra.lookup import Figures
from smstra.report.citations import source_line, sources_in


def run(settings: dict, harmonised: Path, units: Path, typology: Path, stem: Path) -> None:
    """Write the figure in all its formats."""
    case = settings["case"]
    types = csvio.read(typology)
    figures = Figures(csvio.read(harmonised))
    variable = case["figures"]["population_index"]["variable"]
    sources = sources_in(figures.rows([variable], case["geography"]["level"]))
    datasets = {source.split("@")[0] for source in sources}
    breaks = population_index.breaks_of(case, settings["breaks"], datasets)
    towns = singled_out(case["figures"]["towns"], types)
    table = population_index.data(case, figures, types, csvio.read(units), towns)
    line = source_line(sources, settings["pins"])
    words = population_index.caption(case, table, breaks, line)
    figure = population_index.draw(case, table, breaks, words)
    style.save(figure, words, table, stem)


if "snakemake" in globals():
    with job(snakemake) as say:
        run(
            settings_of(snakemake),
            *(Path(snakemake.input[key]) for key in ("harmonised", "units", "typology")),
            Path(snakemake.output[0]).with_suffix(""),
        )
        say(f"{snakemake.wildcards.case}: figure population_index")
