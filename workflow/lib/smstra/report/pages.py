"""Pages that stand alone: one HTML file each, from the Jinja templates, in the reader's language."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from smstra.figures.palette import COLOURS, FAINT, INK
from smstra.language import Language

TEMPLATES = Path(__file__).resolve().parent / "templates"


def render(template: str, say: Language, **content: Any) -> str:
    """Return the page that ``template`` makes of ``content``; every text in it is escaped.

    Each template extends ``page.html.j2``, which brings the style and forbids the page to load
    anything. A name that ``content`` lacks is an error, not an empty place.
    """
    surroundings = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=select_autoescape(enabled_extensions=("j2",)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    style = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    return surroundings.get_template(template).render(
        say=say, style=Markup(style + _colours()), **content
    )


def embedded(path: Path) -> str:
    """Return a PNG or SVG file as an address that holds the picture itself."""
    kind = {".png": "image/png", ".svg": "image/svg+xml"}[path.suffix]
    return data_address(path.read_bytes(), kind)


def data_address(raw: bytes, kind: str) -> str:
    """Return bytes of the media type ``kind`` as an address that holds them."""
    return f"data:{kind};base64,{base64.b64encode(raw).decode('ascii')}"


def _colours() -> str:
    """The palette of the figures as style rules, so that a type looks alike everywhere."""
    rules = "".join(
        f".type-{name} {{ background: {fill}; color: {ink}; }}\n"
        for name, (fill, ink) in COLOURS.items()
    )
    return f"\n:root {{ --ink: {INK}; --faint: {FAINT}; }}\n{rules}"
