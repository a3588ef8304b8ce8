"""Rule measure_influence: what drives the types, one change at a time and all together."""

from pathlib import Path

from smstra import csvio
from smstra.indicators import plans
from smstra.jobs import job, settings_of
from smstra.lookup import Figures
from smstra.robustness.choices import of_table
from smstra.robustness.influence import influence as influence_
from smstra.robustness.sensitivity import sensitivity as sensitivity_
from smstra.typology import TYPES


def run(
    settings: dict,
    harmonised: Path,
    units: Path,
    typology: Path,
    references: Path,
    choices: Path,
    combinations: Path,
    influence: Path,
    sensitivity: Path,
    left_out: Path,
) -> None:
    """Write the influence of each single change and the sensitivity indices of all choices."""
    case, variables = settings["case"], settings["variables"]
    figures, towns = Figures(csvio.read(harmonised)), csvio.read(units)
    types = csvio.read(typology)
    planned = plans(case, figures, towns, variables)
    made = of_table(csvio.read(choices, ["threshold"]), types["unit"])
    one_by_one = influence_(
        case, made, types, figures, towns, variables, planned, csvio.read(references)
    )
    csvio.write(one_by_one, influence)
    block = case["robustness"]["sensitivity"]
    counted = csvio.read(combinations, [*TYPES, "agreeing"])
    indices, without = sensitivity_(made, counted, block["seed"], block["samples"])
    csvio.write(indices, sensitivity)
    csvio.write(without, left_out)


if "snakemake" in globals():
    with job(snakemake) as say:
        run(
            settings_of(snakemake),
            *(
                Path(snakemake.input[key])
                for key in (
                    "harmonised",
                    "units",
                    "typology",
                    "references",
                    "choices",
                    "combinations",
                )
            ),
            *(Path(snakemake.output[key]) for key in ("influence", "sensitivity", "left_out")),
        )
        say(f"{snakemake.wildcards.case}: what each choice changes")
