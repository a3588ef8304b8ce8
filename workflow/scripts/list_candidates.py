"""Rule list_candidates: every unit against each criterion of the selection, with the reasons."""

from pathlib import Path

from smstra import csvio
from smstra.jobs import job, settings_of
from smstra.lookup import Figures
from smstra.robustness.verdicts import NUMBERS as OF_VERDICTS
from smstra.selection import own_tables
from smstra.selection.candidates import candidates


def run(
    settings: dict,
    harmonised: Path,
    units: Path,
    indicators: Path,
    typology: Path,
    verdicts: Path | None,
    reception: Path | None,
    politics: Path | None,
    output: Path,
) -> tuple[int, int]:
    """Write the candidates; return how many pass, of how many units."""
    towns = csvio.read(units)
    table = candidates(
        settings["case"],
        csvio.read(typology),
        towns,
        Figures(csvio.read(harmonised)),
        csvio.read(indicators),
        csvio.read(verdicts, OF_VERDICTS) if verdicts else None,
        own_tables.read("reception", reception, towns) if reception else None,
        own_tables.read("politics", politics, towns) if politics else None,
        settings["variables"],
    )
    csvio.write(table, output)
    return int((table["candidate"] == "pass").sum()), len(table)


if "snakemake" in globals():
    with job(snakemake) as say:
        own = {
            key: Path(paths[0]) if (paths := list(snakemake.input[key])) else None
            for key in ("verdicts", "reception", "politics")
        }
        passed, units = run(
            settings_of(snakemake),
            *(
                Path(snakemake.input[key])
                for key in ("harmonised", "units", "indicators", "typology")
            ),
            **own,
            output=Path(snakemake.output[0]),
        )
        say(f"{snakemake.wildcards.case}: {passed} of {units} units may be chosen")
