"""Pages that stand alone: one HTML file each, from the Jinja templates, in the reader's language."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from markupsafe import Markup

from smstra.language import Language
from smstra.templates import palette_rules, templates

TEMPLATES = Path(__file__).resolve().parent / "templates"


def render(template: str, say: Language, **content: Any) -> str:
    """Return the page that ``template`` makes of ``content``; every text in it is escaped.

    Each template extends ``page.html.j2``, which brings the style and forbids the page to load
    anything. A name that ``content`` lacks is an error, not an empty place.
    """
    style = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    return (
        templates(TEMPLATES)
        .get_template(template)
        .render(say=say, style=Markup(f"{style}\n{palette_rules()}"), **content)
    )


def embedded(path: Path) -> str:
    """Return a PNG or SVG file as an address that holds the picture itself."""
    kind = {".png": "image/png", ".svg": "image/svg+xml"}[path.suffix]
    return data_address(path.read_bytes(), kind)


def data_address(raw: bytes, kind: str) -> str:
    """Return bytes of the media type ``kind`` as an address that holds them."""
    return f"data:{kind};base64,{base64.b64encode(raw).decode('ascii')}"
