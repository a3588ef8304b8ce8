"""Rule draw_comparison: the figures of several cases side by side."""

from pathlib import Path

from smstra.across import figures, tables
from smstra.figures import style
from smstra.jobs import job, settings_of


def run(settings: dict, paths: dict[str, Path], folder: Path, words: Path) -> int:
    """Draw the figures into ``folder`` and list their words in ``words``; return how many there are."""
    say = figures.made_language(settings)
    drawings = figures.all_of(figures.Compared(settings, say, tables.read(paths)))
    for drawing in drawings:
        style.save(drawing, folder)
    style.write_list(drawings, words)
    return len(drawings)


if "snakemake" in globals():
    with job(snakemake) as say:
        words = Path(snakemake.output.words)
        number = run(
            settings_of(snakemake),
            {
                name: Path(snakemake.input[name])
                for name in ("cases", "counts", "criteria", "schemes", "answers")
            },
            words.parent,
            words,
        )
        say(f"comparison: {number} figures")
