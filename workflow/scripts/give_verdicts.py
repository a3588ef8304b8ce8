"""Rule give_verdicts: how sure the type of each unit is, in a word and in a sentence."""

from pathlib import Path

from smstra import csvio
from smstra.jobs import job, settings_of
from smstra.robustness import verdicts
from smstra.robustness.intervals import NUMBERS as OF_INTERVALS
from smstra.robustness.probabilities import NUMBERS as OF_PROBABILITIES
from smstra.robustness.schemes import NUMBERS as OF_SCHEMES


def run(
    settings: dict,
    typology: Path,
    schemes: Path,
    probabilities: Path,
    intervals: Path,
    output: Path,
) -> dict[str, int]:
    """Write the verdicts; return how many units have each."""
    table = verdicts.verdicts(
        settings["case"],
        csvio.read(typology),
        csvio.read(schemes, OF_SCHEMES),
        csvio.read(probabilities, OF_PROBABILITIES),
        csvio.read(intervals, OF_INTERVALS),
    )
    csvio.write(table, output)
    return verdicts.counts(table)


if "snakemake" in globals():
    with job(snakemake) as say:
        counts = run(
            settings_of(snakemake),
            *(
                Path(snakemake.input[key])
                for key in ("typology", "schemes", "probabilities", "intervals")
            ),
            Path(snakemake.output[0]),
        )
        found = ", ".join(f"{number} {word}" for word, number in counts.items())
        say(f"{snakemake.wildcards.case}: {found}")
