"""Rule summarise: counts by type of every case, how sure they are, and where the results lie."""

from pathlib import Path

from smstra import csvio, summary
from smstra.jobs import job, settings_of
from smstra.textfiles import write_text


def run(
    titles: dict[str, str],
    results: dict[str, dict[str, Path]],
    output: Path,
    pseudonymised: dict[str, dict],
    comparison: str = "",
) -> None:
    """Write the summary that a run ends with; ``results`` holds the tables of each case by name,
    ``pseudonymised`` the block of each case that has it, ``comparison`` the line on all of them."""
    parts = {
        case: summary.of_case(
            case,
            titles[case],
            pseudonymised=pseudonymised.get(case),
            **{name: csvio.read(path) for name, path in tables.items()},
        )
        for case, tables in results.items()
    }
    write_text(summary.joined(parts, comparison), output)


if "snakemake" in globals():
    with job(snakemake) as say:
        settings = settings_of(snakemake)
        titles = settings["titles"]
        results: dict[str, dict[str, Path]] = {case: {} for case in titles}
        for name in ("typology", "verdicts", "selection", "conflicts"):
            for path in map(Path, snakemake.input[name]):
                # results/<case>/...
                results[path.parts[1]][name] = path
        run(
            titles,
            results,
            Path(snakemake.output[0]),
            settings.get("pseudonymised", {}),
            settings.get("comparison", ""),
        )
        say("summary of all cases")
