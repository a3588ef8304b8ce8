"""Rule summarise: counts by type of every case, and where the results lie."""

from pathlib import Path

from smstra import csvio, summary
from smstra.jobs import job, settings_of
from smstra.textfiles import write_text


def run(typologies: dict[str, Path], titles: dict[str, str], output: Path) -> None:
    """Write the summary that a run ends with."""
    parts = {
        case: summary.of_case(case, titles[case], csvio.read(path))
        for case, path in typologies.items()
    }
    write_text(summary.joined(parts), output)


if "snakemake" in globals():
    with job(snakemake) as say:
        titles = settings_of(snakemake)["titles"]
        paths = [Path(path) for path in snakemake.input.typology]
        run(dict(zip(titles, paths, strict=True)), titles, Path(snakemake.output[0]))
        say("summary of all cases")
