"""What all pages are made with: Jinja templates of which every text is escaped, and the palette as style."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from smstra.figures.palette import COLOURS, FAINT, INK


def templates(folder: Path) -> Environment:
    """Return the templates of ``folder``; a name that one lacks is an error, not an empty place."""
    return Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=select_autoescape(enabled_extensions=("j2",)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def palette_rules() -> str:
    """Return the palette of the figures as style rules, so that a type looks alike everywhere."""
    rules = "".join(
        f".type-{name} {{ background: {fill}; color: {ink}; }}\n"
        for name, (fill, ink) in COLOURS.items()
    )
    return f":root {{ --ink: {INK}; --faint: {FAINT}; }}\n{rules}"
