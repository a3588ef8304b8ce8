"""Bring the catalogues up to date with the code: `python docs/catalogues.py`, then translate what is empty."""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from smstra.language import CATALOGUES
from smstra.outcomes import LANGUAGES

PACKAGE = CATALOGUES.parent
METHODS = [("**.py", "python"), ("**.j2", "jinja2.ext:babel_extract")]
# `say("...")` and `say.plural("...", "...", n)`.
KEYWORDS = {"say": None, "plural": (1, 2)}

# Lines of a catalogue's head that say the clock, who wrote it, or nothing.
_LEFT_OUT = (
    '"POT-Creation-Date',
    '"PO-Revision-Date',
    '"Last-Translator',
    '"Generated-By',
    '"Project-Id-Version',
    '"Report-Msgid-Bugs-To',
    '"Language-Team',
)


def messages() -> Catalog:
    """Return all texts that the project says to readers, sorted."""
    texts = {}
    for _, _, text, _, _ in extract_from_dir(PACKAGE, METHODS, keywords=KEYWORDS):
        texts[text if isinstance(text, str) else text[0]] = text
    template = Catalog(project="smstra", charset="utf-8")
    for key in sorted(texts):
        template.add(texts[key])
    return template


def update(path: Path, code: str) -> tuple[int, int]:
    """Write the catalogue anew; what is translated stays. Return how many texts it has, how many are empty."""
    catalogue = Catalog(locale=code, fuzzy=False)
    if path.is_file():
        with path.open("rb") as file:
            catalogue = read_po(file, locale=code)
    catalogue.update(messages(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    plain = Catalog(
        locale=code, fuzzy=False, header_comment=f"# What smstra says to readers: {code}."
    )
    for text in sorted((m for m in catalogue if m.id), key=lambda m: str(m.id)):
        plain.add(text.id, text.string)
    with path.open("wb") as file:
        write_po(file, plain, width=110, omit_header=False, no_location=True, sort_output=True)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(_LEFT_OUT)]
    path.write_text("".join(kept), encoding="utf-8")
    empty = [
        m
        for m in plain
        if m.id and not all(m.string if isinstance(m.string, tuple) else [m.string])
    ]
    return len(plain), len(empty)


if __name__ == "__main__":
    for code_ in LANGUAGES:
        if code_ != "en":
            whole, lacking = update(CATALOGUES / f"{code_}.po", code_)
            print(f"{code_}: {whole} texts, {lacking} to translate")
