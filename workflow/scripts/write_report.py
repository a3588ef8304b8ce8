"""Rule write_report: the report of a case as one page that stands alone."""

from pathlib import Path

from smstra import csvio
from smstra.jobs import job, settings_of
from smstra.language import Language
from smstra.report import document, pages, pictures, provenance
from smstra.robustness.verdicts import NUMBERS as OF_VERDICTS
from smstra.textfiles import write_text

# The columns of each table that are numbers, beside those that csvio knows.
NUMBERS = {
    "verdicts": OF_VERDICTS,
    "combinations": ("A", "B", "C", "D", "mixed", "undetermined", "agreeing"),
    "sensitivity": ("levels", "first_order_exact", "total_exact"),
    "selection": (
        "inhabitants",
        "typicality",
        "probability",
        "set_objective",
        "set_typicality",
        "set_stability",
        "set_coverage",
        "least_km",
    ),
}


def path_of(given: str | list[str]) -> Path:
    """Return the path of an input; one that a case may lack comes in a list."""
    return Path(given if isinstance(given, str) else given[0])


def run(
    settings: dict,
    tables: dict[str, Path],
    figures: dict[str, Path],
    resolved: Path,
    output: Path,
) -> None:
    """Write the page; ``figures`` maps each family to the list of what its figures say."""
    case = settings["case"]
    say = Language(case.get("language", "en"), case.get("translations"))
    read = {name: csvio.read(path, NUMBERS.get(name, ())) for name, path in tables.items()}
    text = resolved.read_text(encoding="utf-8")
    shown = pictures.of_case(figures)
    made_by = provenance.versions()
    content = document.content(settings, read, shown, text, made_by, say)
    write_text(pages.render("report.html.j2", say, **content), output)


if "snakemake" in globals():
    with job(snakemake) as say:
        given = snakemake.input
        run(
            settings_of(snakemake),
            {name: path_of(given[name]) for name in document.TABLES if given.get(name)},
            {Path(path).stem.removeprefix("list_"): Path(path) for path in given.figures},
            Path(given.resolved),
            Path(snakemake.output[0]),
        )
        say(f"{snakemake.wildcards.case}: report")
