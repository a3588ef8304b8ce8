"""Rule pseudonymise_robustness: how sure the types of a pseudonymised case are."""

import shutil
from pathlib import Path

from smstra import csvio
from smstra.audit import pseudonyms
from smstra.jobs import job, settings_of
from smstra.robustness.probabilities import NUMBERS as OF_PROBABILITIES
from smstra.robustness.verdicts import NUMBERS as OF_VERDICTS

NUMBERS = {
    "verdicts": OF_VERDICTS,
    "probabilities": OF_PROBABILITIES,
    "choices": (),
    "influence": (),
}
# Of the country: published as they are.
EXACT = ("combinations", "convergence", "errors", "sensitivity", "sensitivity_left_out")


def run(
    settings: dict, tables: dict[str, Path], key: Path, units: Path, outputs: dict[str, Path]
) -> None:
    """Write the tables; ``tables`` and ``outputs`` are those named in ``NUMBERS`` and ``EXACT``."""
    made = pseudonyms.of_robustness(
        {each: csvio.read(tables[each], numbers) for each, numbers in NUMBERS.items()},
        csvio.read(key, ("group",)),
        csvio.read(units),
        settings["case"]["pseudonymise"],
    )
    for each, table in made.items():
        csvio.write(table, outputs[each])
    for each in EXACT:
        shutil.copyfile(tables[each], outputs[each])


if "snakemake" in globals():
    with job(snakemake) as say:
        given, names = snakemake.input, (*NUMBERS, *EXACT)
        run(
            settings_of(snakemake),
            {each: Path(given[each]) for each in names},
            Path(given.key),
            Path(given.localities),
            {each: Path(snakemake.output[each]) for each in names},
        )
        say(f"{snakemake.wildcards.case}: how sure the types are, under pseudonyms")
