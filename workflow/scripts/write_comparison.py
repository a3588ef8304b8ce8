"""Rule write_comparison: the page of a comparison, its configuration, and where its columns come from."""

from pathlib import Path

from smstra import csvio, strict_yaml
from smstra.across import columns, document, figures, tables
from smstra.jobs import job, settings_of
from smstra.report import pages, pictures
from smstra.report.parts import Figure
from smstra.textfiles import write_text

HEADER = (
    "# How the cases were compared; what each case is, its own config.resolved.yaml says.\n"
    "# Written by the run; change config/, not this file.\n"
)


def run(
    settings: dict,
    paths: dict[str, Path],
    words: Path,
    page: Path,
    listed: Path,
    resolved: Path,
) -> int:
    """Write the three files; return of how many columns the list says where they come from."""
    say = figures.made_language(settings)
    compared = figures.Compared(settings, say, tables.read(paths))
    shown: list[Figure] = pictures.of_list("comparison", words)
    write_text(
        pages.render("report.html.j2", say, **document.content(compared, shown)),
        page,
    )
    headers = {name: list(table) for name, table in compared.tables.items()}
    headers |= {
        f"{words.parent.name}/{each.name}": list(csvio.read(words.parent / f"{each.name}.csv"))
        for each in shown
    }
    described = columns.described(headers, compared.cases)
    csvio.write(described, listed)
    content = {"settings": {"comparison": {**settings["comparison"], "cases": compared.cases}}}
    write_text(HEADER + strict_yaml.dumps(content), resolved)
    return len(described)


if "snakemake" in globals():
    with job(snakemake) as say:
        given = snakemake.input
        number = run(
            settings_of(snakemake),
            {name: Path(given[name]) for name in (*tables.ALWAYS, *tables.SETS) if given.get(name)},
            Path(given.words),
            *(Path(snakemake.output[key]) for key in ("page", "columns", "resolved")),
        )
        say(f"comparison: page, and where {number} columns come from")
