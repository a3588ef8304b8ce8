"""Texts in which a year stands, as headers and names of sheets, with {year} in its place."""

from __future__ import annotations

import re
from collections.abc import Sequence

_YEAR = re.compile(r"(?<![0-9])(19[5-9][0-9]|20[0-9]{2})(?![0-9])")


def form_of(text: str) -> str:
    """Return a text with its years replaced by {year}."""
    return _YEAR.sub("{year}", text)


def forms_of(texts: Sequence[str]) -> list[str]:
    """Return texts with a year replaced by {year}, each once."""
    return list(dict.fromkeys(map(form_of, texts)))
