"""Numbers, dates and lists as each language writes them; texts that no catalogue has stay English."""

import math
import string

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from build import ROOT
from hypothesis import given
from hypothesis import strategies as st

from smstra.language import CATALOGUES, Language
from smstra.outcomes import LANGUAGES

PACKAGE = ROOT / "workflow/lib/smstra"
METHODS = [("**.py", "python"), ("**.j2", "jinja2.ext:babel_extract")]
KEYWORDS = {"say": None, "plural": (1, 2)}


def messages() -> set[str]:
    """Return every text that the project says to readers, as the extractor finds them."""
    found = set()
    for _, _, message, _, _ in extract_from_dir(PACKAGE, METHODS, keywords=KEYWORDS):
        found |= {message} if isinstance(message, str) else set(message)
    return found


def test_numbers_are_written_as_the_language_does() -> None:
    said = {code: Language(code).number(1234567.891, 1) for code in LANGUAGES}
    assert said == {
        "en": "1,234,567.9",
        "fr": "1\u202f234\u202f567,9",
        "nl": "1.234.567,9",
        "de": "1.234.567,9",
    }


@given(st.floats(-1e9, 1e9), st.integers(0, 4), st.sampled_from(LANGUAGES))
def test_a_number_said_is_the_number_rounded(value: float, decimals: int, code: str) -> None:
    say = Language(code)
    point = say.number(0.5, 1)[1]
    plain = "".join(
        "." if c == point else c for c in say.number(value, decimals) if c in point + "-0123456789"
    )
    assert float(plain) == round(value, decimals)


def test_signs_percent_and_gaps() -> None:
    say = Language("en")
    assert say.signed(-0.44) == "−0.4"
    assert say.signed(0.04) == "0.0"
    assert say.signed(3) == "+3.0"
    assert say.percent(8.345, 2) == "8.35\u202f%" or say.percent(8.345, 2) == "8.34\u202f%"
    assert say.percent(-1.0, signed=True) == "−1.0\u202f%"
    assert {say.number(math.nan), say.signed(None), say.percent(math.nan)} == {"–"}


def test_dates_and_lists() -> None:
    assert Language("en").date("2014-01-01") == "1 January 2014"
    assert Language("fr").date("2014-01-01") == "1er janvier 2014"
    assert Language("fr").date("2014-01-31") == "31 janvier 2014"
    assert Language("de").date("2014-12-31") == "31. Dezember 2014"
    assert Language("nl").date("2014") == "2014"
    assert Language("nl").listing(["a", "b", "c"]) == "a, b en c"


def test_a_text_of_the_case_is_translated_by_the_case_only() -> None:
    own = {"nl": {"Belgian municipalities": "Belgische gemeenten"}}
    assert Language("nl", own).own("Belgian municipalities") == "Belgische gemeenten"
    assert Language("de", own).own("Belgian municipalities") == "Belgian municipalities"
    assert Language("nl", own).own("") == ""


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="'xx'"):
        Language("xx")


def test_the_extractor_sees_the_texts() -> None:
    found = messages()
    assert "Source: {sources}." in found
    assert "Skip to the content" in found
    assert "{n} unit" in found or any("{n}" in text for text in found)


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_every_text_is_translated_with_the_same_places_to_fill(code: str) -> None:
    with (CATALOGUES / f"{code}.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    said = {}
    for message in catalogue:
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        for text in ids:
            said[text] = strings
    lacking = sorted(text for text in messages() if text and not all(said.get(text, ("",))))
    assert not lacking, f"{len(lacking)} texts without {code}, for instance {lacking[:3]}"
    for text, strings in said.items():
        if text:
            for string_ in strings:
                assert _places(string_) == _places(text) or _places(string_) | {"n"} == _places(
                    text
                ) | {"n"}, (text, string_)
    assert set(said) - {""} <= messages(), sorted(set(said) - {""} - messages())[:3]


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
