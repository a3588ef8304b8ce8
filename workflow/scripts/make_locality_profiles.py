"""Rule make_locality_profiles: each chosen town in numbers, its look-alikes, and a page of its own."""

from pathlib import Path

from smstra import csvio, locality_profiles
from smstra.jobs import job, settings_of
from smstra.language import Language
from smstra.report import profile_pages
from smstra.robustness.intervals import NUMBERS as OF_INTERVALS
from smstra.robustness.probabilities import NUMBERS as OF_PROBABILITIES
from smstra.robustness.verdicts import NUMBERS as OF_VERDICTS
from smstra.selection.candidates import NUMBERS as OF_CANDIDATES
from smstra.textfiles import write_text

NUMBERS = {
    "verdicts": OF_VERDICTS,
    "intervals": OF_INTERVALS,
    "probabilities": OF_PROBABILITIES,
    "candidates": OF_CANDIDATES,
}


def run(
    settings: dict, tables: dict[str, Path], profiles: Path, look_alikes: Path, pages: Path
) -> list[str]:
    """Write the tables and the folder of pages; return the labels of the towns.

    ``tables``: towns, units, indicators, areas, typology, sufficiency; verdicts, intervals,
    probabilities and candidates where the case has them.
    """
    case = settings["case"]
    read = {name: csvio.read(path, NUMBERS.get(name, ())) for name, path in tables.items()}
    about = locality_profiles.profiles(
        case, read["towns"], read["units"], read["indicators"], read["areas"]
    )
    alike = locality_profiles.look_alikes(
        case,
        read["towns"],
        read["units"],
        read["indicators"],
        read["typology"],
        read.get("candidates"),
    )
    csvio.write(about, profiles)
    csvio.write(alike, look_alikes)
    say = Language(case.get("language", "en"), own=case.get("translations"))
    made = profile_pages.pages(
        settings, profile_pages.Tables(profiles=about, look_alikes=alike, **read), say
    )
    pages.mkdir(parents=True, exist_ok=True)
    for page in pages.glob("*.html"):
        if page.name not in made:
            page.unlink()
    for name, text in made.items():
        write_text(text, pages / name)
    return read["towns"]["label"].tolist()


if "snakemake" in globals():
    with job(snakemake) as say:
        given, made = snakemake.input, snakemake.output
        names = ("towns", "units", "indicators", "areas", "typology", "sufficiency", *NUMBERS)
        # A table that the case may lack is a list of one path, or of none.
        paths = {name: "".join(given.get(name, [])) for name in names}
        labels = run(
            settings_of(snakemake),
            {name: Path(path) for name, path in paths.items() if path},
            *(Path(made[key]) for key in ("profiles", "look_alikes", "pages")),
        )
        say(f"{snakemake.wildcards.case}: profiles of {', '.join(labels) or 'no town'}")
