"""Rule draw_probabilities: how probable each type is, given errors of figures and thresholds."""

from pathlib import Path

from smstra import csvio
from smstra.indicators import plans
from smstra.jobs import job, settings_of
from smstra.lookup import Figures
from smstra.robustness import probabilities as probabilities_


def run(
    settings: dict,
    harmonised: Path,
    units: Path,
    typology: Path,
    references: Path,
    probabilities: Path,
    convergence: Path,
    errors: Path,
) -> float:
    """Write probabilities, their convergence and the errors assumed; return the largest standard error."""
    case, variables = settings["case"], settings["variables"]
    figures, towns = Figures(csvio.read(harmonised)), csvio.read(units)
    types = csvio.read(typology)
    planned = plans(case, figures, towns, variables)
    model = probabilities_.model_of(
        case, figures, towns, variables, planned, types, csvio.read(references)
    )
    block = case["robustness"]["probabilities"]
    points = probabilities_.checkpoints(block["draws"])
    drawn = probabilities_.draw(model, block["draws"], block["seed"], points)
    course = probabilities_.convergence(drawn)
    csvio.write(probabilities_.probabilities(model, drawn, types), probabilities)
    csvio.write(course, convergence)
    csvio.write(probabilities_.assumptions(case, model, variables), errors)
    return float(course["largest_se"].iloc[-1])


if "snakemake" in globals():
    with job(snakemake) as say:
        settings = settings_of(snakemake)
        largest = run(
            settings,
            *(
                Path(snakemake.input[key])
                for key in ("harmonised", "units", "typology", "references")
            ),
            *(Path(snakemake.output[key]) for key in ("probabilities", "convergence", "errors")),
        )
        draws = settings["case"]["robustness"]["probabilities"]["draws"]
        say(f"{snakemake.wildcards.case}: {draws} draws, largest standard error {largest:.3f}")
