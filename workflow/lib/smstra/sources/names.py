"""Names of places as people write them: one plain form to compare spellings by."""

from __future__ import annotations

import unicodedata


def plain_name(name: str) -> str:
    """Return ``name`` for comparing: composed letters, one kind of blank, apostrophe and hyphen,
    small letters. Accents stay: some names differ by nothing else.
    """
    text = unicodedata.normalize("NFKC", name)
    for odd, usual in (("\u2019", "'"), ("\u2018", "'"), ("\u2010", "-"), ("\u2011", "-")):
        text = text.replace(odd, usual)
    return " ".join(text.split()).casefold()


def bare_name(name: str) -> str:
    """Return the plain name without accents, as lists in capitals or plain ASCII have it."""
    parts = unicodedata.normalize("NFKD", plain_name(name))
    return "".join(char for char in parts if not unicodedata.combining(char))
