"""What is asked of a new case: its name, code, years and day, each checked before a file is read."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from smstra.errors import SmstraError, listing
from smstra.onboarding import words

# Of a case: folders that a run writes beside those of the cases.
_FOLDERS = ("comparison", "logs", "private", "refresh", "observations", "settings", "summary")
_OTHER = ("audit", "new", "default", "cases", "all")
# Snakemake reads them as an answer or as nothing, whatever else they mean.
_YAML_WORDS = ("true", "false", "yes", "no", "on", "off", "null", "y", "n")
_NAME = re.compile("[a-z][a-z0-9-]{0,59}")
_CODE = re.compile("[A-Za-z0-9][A-Za-z0-9-]{0,59}")
_YEAR = re.compile("(?:19|20)[0-9]{2}")
_DAY = re.compile("[0-9]{2}-[0-9]{2}")
_DATE = re.compile("(?:19|[2-9][0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}")
_ADDRESS = re.compile(r"https://[^\s/.]+(?:\.[^\s/.]+)+(?:[/:?#]\S*)?")
# Control signs, ends of lines and paragraphs, and what a terminal could not decode.
_UNFIT = ("Cc", "Zl", "Zp", "Cs")


@dataclass(frozen=True)
class Asked:
    """What is known of the new case from its user; ``about`` has, by file, keys of its pin."""

    country: str
    name: str
    code: str
    title: str
    language: str
    level: str
    start: str
    end: str
    vintage: str
    region_digits: int = 0
    prefer: str = ""
    about: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def slug(text: str, sign: str) -> str:
    """Return a text in small plain letters, its words joined by ``sign``; begins with a letter.

    Empty where the text has no letter or digit of the Latin alphabet.
    """
    made = sign.join(re.findall("[a-z0-9]+", words.plain(text)))
    if not made:
        return ""
    return made if made[:1].isalpha() else f"t{sign}{made}".rstrip(sign)


def as_flag(name: str, text: str) -> str:
    """Return a flag as it is to be typed: its text in quotes that a shell reads as they stand."""
    quoted = text.replace("'", "'\"'\"'")
    return f"--{name} '{quoted}'"


def check(asked: Asked) -> None:
    """Raise SmstraError where a part cannot be what it is for."""
    check_texts([("COUNTRY", asked.country), ("--level", asked.level), ("--title", asked.title)])
    if not _CODE.fullmatch(asked.code):
        raise SmstraError(
            f"--code {asked.code}: write up to 60 plain letters, digits and hyphens, as in SE."
        )
    level = asked.level
    if level in ("region", "country", *_YAML_WORDS) or slug(level, "_") != level:
        raise SmstraError(
            f"--level {level}: write one word in small plain letters, other than region, country and "
            f"{listing(_YAML_WORDS, 20)}, as in kommun."
        )
    check_year("--start", asked.start)
    check_year("--end", asked.end)
    if asked.start >= asked.end:
        where = "is" if asked.start == asked.end else "lies after"
        raise SmstraError(
            f"--start {asked.start}: {where} --end {asked.end}, and a change needs two years; write an "
            "earlier year."
        )
    if not 0 <= asked.region_digits <= 20:
        raise SmstraError(
            f"--region-digits {asked.region_digits}: write how many characters at the head of a code are "
            "its region, as in 2."
        )


def check_name(name: str) -> None:
    """Raise SmstraError where a case cannot have this name."""
    if not _NAME.fullmatch(name) or name.endswith("-") or "--" in name:
        raise SmstraError(
            f"--name {name}: write up to 60 small letters, digits and single hyphens, as in se or se-stockholm."
        )
    if name in _YAML_WORDS:
        raise SmstraError(
            f"--name {name}: YAML reads this word as an answer and not as a name; write another, as in "
            f"{name}-case."
        )
    if name in _FOLDERS or name in _OTHER:
        raise SmstraError(
            f"--name {name}: smstra uses this name itself in results/ or in its commands; write another, "
            f"as in {name}-case."
        )


def check_texts(given: Iterable[tuple[str, str]]) -> None:
    """Raise SmstraError for a flag whose text holds a sign that no line can show."""
    for flag, text in given:
        odd = [sign for sign in text if unicodedata.category(sign) in _UNFIT]
        if odd:
            shown = "".join(sign if sign not in odd else " " for sign in text).strip()
            raise SmstraError(
                f"{flag} {shown[:60]!r}: holds an end of line or a control sign "
                f"({listing(dict.fromkeys(f'U+{ord(sign):04X}' for sign in odd))}); write it in one line."
            )


def check_year(flag: str, text: str) -> str:
    """Return a year; SmstraError where it is none."""
    if not _YEAR.fullmatch(text):
        raise SmstraError(f"{flag} {text}: write a year of four digits such as 2005.")
    return text


def check_day(flag: str, text: str) -> str:
    """Return a month and day that every year has; SmstraError where it is none."""
    try:
        # 2001 is no leap year.
        right = bool(_DAY.fullmatch(text)) and bool(dt.date.fromisoformat(f"2001-{text}"))
    except ValueError:
        right = False
    if not right:
        raise SmstraError(
            f"{flag} {text}: write month and day without a year, a day that each year has, as in 12-31."
        )
    return text


def check_addresses(flag: str, texts: Iterable[str]) -> None:
    """Raise SmstraError where a text is no address of a site."""
    for text in texts:
        if not _ADDRESS.fullmatch(text):
            raise SmstraError(
                f"{flag} {text}: write an address that begins with https:// and names a site, as in "
                "https://office.example."
            )


def vintage(text: str | None) -> str:
    """Return the day on which the files were obtained, today if not said; SmstraError where it is none."""
    today = dt.datetime.now(dt.UTC).date().isoformat()
    if text is None:
        return today
    try:
        right = bool(_DATE.fullmatch(text)) and bool(dt.date.fromisoformat(text))
    except ValueError:
        right = False
    if not right:
        raise SmstraError(f"--vintage {text}: write a day such as 2026-05-03.")
    if text > today:
        raise SmstraError(
            f"--vintage {text}: this day is still to come; write the day on which you got the files."
        )
    return text
