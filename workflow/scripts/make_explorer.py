"""Rule make_explorer: the page on which thresholds move and types follow."""

from pathlib import Path

from smstra import csvio
from smstra.explorer import page, payload
from smstra.explorer.outlines import outlines_of
from smstra.jobs import job, settings_of
from smstra.language import Language
from smstra.lookup import Figures
from smstra.robustness.intervals import NUMBERS as OF_INTERVALS
from smstra.robustness.probabilities import NUMBERS as OF_PROBABILITIES
from smstra.robustness.verdicts import NUMBERS as OF_VERDICTS
from smstra.textfiles import write_text

NUMBERS = {
    "intervals": OF_INTERVALS,
    "probabilities": OF_PROBABILITIES,
    "verdicts": OF_VERDICTS,
}


def run(
    name: str,
    settings: dict,
    harmonised: Path,
    units: Path,
    indicators: Path,
    typology: Path,
    robustness: dict[str, Path],
    output: Path,
) -> float:
    """Write the page of the case ``name``; return its megabytes.

    ``robustness`` are the tables named in ``NUMBERS``, or none for a case without them.
    """
    case = settings["case"]
    say = Language(case.get("language", "en"), own=case.get("translations"))
    towns = csvio.read(units).sort_values("unit", ignore_index=True)
    made = payload.of_case(
        name,
        settings,
        Figures(csvio.read(harmonised)),
        towns,
        csvio.read(indicators),
        csvio.read(typology),
        say,
        {key: csvio.read(path, NUMBERS[key]) for key, path in robustness.items()} or None,
        outlines_of(settings, towns),
    )
    text = page.html(made, say)
    write_text(text, output)
    return len(text.encode()) / 1e6


if "snakemake" in globals():
    with job(snakemake) as say:
        size = run(
            snakemake.wildcards.case,
            settings_of(snakemake),
            *(
                Path(snakemake.input[key])
                for key in ("harmonised", "units", "indicators", "typology")
            ),
            {key: Path(path) for key in NUMBERS if (path := snakemake.input.get(key))},
            Path(snakemake.output[0]),
        )
        say(f"{snakemake.wildcards.case}: explorer, {size:.1f} MB")
