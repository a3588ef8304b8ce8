"""Days and dates as tables and their titles write them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from smstra.onboarding.words import plain

_NAMES_OF_MONTHS = (
    "jan january januar januari janvier enero gennaio janeiro styczen stycznia ocak leden ledna jaanuar "
    "tammikuu",
    "feb february februar februari fevrier febrero febbraio fevereiro luty lutego subat unor unora",
    "march marz maerz maart marts mars marzo marco marzec marca mart brezen brezna",
    "apr april avril abril aprile kwiecien kwietnia nisan duben dubna",
    "may mai maj maja mei mayo maggio maio mayis",
    "jun june juni juin junio giugno junho czerwiec czerwca haziran",
    "jul july juli juillet julio luglio julho lipiec lipca temmuz",
    "aug august augustus augusti aout agosto sierpien sierpnia agustos",
    "sep sept september septembre septiembre settembre setembro wrzesien wrzesnia eylul",
    "oct okt october oktober octobre octubre ottobre outubro pazdziernik pazdziernika ekim",
    "nov november novembre noviembre novembro listopad listopada kasim",
    "dec dez des december dezember decembre diciembre dicembre dezembro desember grudzien grudnia aralik "
    "prosinec prosince",
)
_MONTH = {
    word: number for number, words in enumerate(_NAMES_OF_MONTHS, 1) for word in words.split()
}
MONTHS = frozenset(_MONTH)
_NAMES = "|".join(sorted(_MONTH, key=len, reverse=True))
_Y = r"(?:(?:19[5-9]|20[0-9])[0-9]|\{year\})"
_END = r"(?![0-9])"
# A day and a month in a text, by who stands first; the last three are of figures only.
_DAY_MONTH = re.compile(
    rf"(?<![0-9.])([0-9]{{1,2}})(?:\.|er|st|nd|rd|th)?(?: de| of| d')? ?({_NAMES})(?![a-z])"
)
# 31 XII, as Polish tables write it; one letter only before a year, for it is a word as well.
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_DAY_ROMAN = re.compile(
    rf"(?<![0-9.])([0-9]{{1,2}})\.? (?:(ii|iii|iv|vi|vii|viii|ix|xi|xii)(?![a-z])|([ivx])\.? (?={_Y}))"
)
_MONTH_DAY = re.compile(rf"(?<![a-z])({_NAMES})\.? ([0-9]{{1,2}})(?:st|nd|rd|th)?(?![0-9.])")
_DOTTED = re.compile(rf"(?<![0-9.])([0-9]{{1,2}})\. ?([0-9]{{1,2}})\.(?: ?{_Y}|(?![0-9]))")
_ISO = re.compile(rf"(?<![0-9]){_Y}([-/.])([0-9]{{1,2}})\1([0-9]{{1,2}}){_END}")
_EITHER = re.compile(rf"(?<![0-9])([0-9]{{1,2}})([-/])([0-9]{{1,2}})\2{_Y}{_END}")
# A whole cell that is a year, or a date with one.
_YEAR = r"((?:19[5-9]|20[0-9])[0-9])"
_CELLS = tuple(
    re.compile(form)
    for form in (
        rf"(){_YEAR}()",
        rf"(){_YEAR}([-/.][0-9]{{1,2}}[-/.][0-9]{{1,2}}(?:[T ]00:00(?::00)?)?)",
        rf"([0-9]{{1,2}}[-/.][0-9]{{1,2}}[-/.]){_YEAR}()",
        rf"(){_YEAR}((?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])?)",
    )
)
_ONE_YEAR = re.compile(rf"(.*?)(?<![0-9]){_YEAR}(?![0-9])(.*)", re.DOTALL)
_COMPACT = re.compile(r"\{year\}(0[1-9]|1[0-2])([0-2][0-9]|3[01])")
# A month or a quarter: 2014M12, 2014-12, 12/2014, 201412, Dec 2014, 2014Q4.
_PART = re.compile(
    rf"\{{year\}}[-/ ]?(?:m?(?:0?[1-9]|1[0-2])|[qkt][1-4])|(?:0?[1-9]|1[0-2])[-/.]\{{year\}}|"
    rf"[qkt][1-4][-/ ]\{{year\}}|(?:{_NAMES})\.? \{{year\}}|\{{year\}}[- ]?(?:{_NAMES})"
)


@dataclass(frozen=True)
class Days:
    """The days of the year that a text names, as ``12-31``; ``doubtful`` those that can be either of two."""

    named: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()

    def __or__(self, other: Days) -> Days:
        return Days(self.named | other.named, self.doubtful | other.doubtful)


def days_in(text: str) -> Days:
    """Return the days that stand in a title, a header or a cell; a year in it may be written ``{year}``."""
    told = re.sub(r"[_\s]+", " ", plain(text))
    found = [(int(d), _MONTH[m]) for d, m in _DAY_MONTH.findall(told)]
    found += [(int(d), _MONTH[m]) for m, d in _MONTH_DAY.findall(told)]
    found += [(int(d), _ROMAN.index(a or b) + 1) for d, a, b in _DAY_ROMAN.findall(told)]
    found += [(int(d), int(m)) for d, m in _DOTTED.findall(told)]
    found += [(int(d), int(m)) for _, m, d in _ISO.findall(told)]
    found += [(int(d), int(m)) for m, d in _COMPACT.findall(told)]
    doubtful: set[str] = set()
    for first, _, second in _EITHER.findall(told):
        ways = {_day(int(first), int(second)), _day(int(second), int(first))} - {""}
        if len(ways) > 1:
            doubtful |= ways
        else:
            found += [(int(day[3:]), int(day[:2])) for day in ways]
    return Days(frozenset({_day(*each) for each in found} - {""}), frozenset(doubtful))


def _day(day: int, month: int) -> str:
    try:
        return dt.date(2015, month, day).isoformat()[5:]
    except ValueError:
        return ""


def year_of(cell: str) -> tuple[str, str] | None:
    """Return the year in a cell and the cell with {year} in its place; None where there is none, or several."""
    for form in _CELLS:
        if match := form.fullmatch(cell):
            return match[2], f"{match[1]}{{year}}{match[3]}"
    match = _ONE_YEAR.fullmatch(cell)
    if match is None or _ONE_YEAR.fullmatch(match[3]):
        return None
    return match[2], f"{match[1]}{{year}}{match[3]}"


def part_of_year(form: str) -> bool:
    """Whether a form such as ``{year}M12`` names a month or a quarter, and no day of it."""
    return _PART.fullmatch(plain(form).replace("_", " ").strip()) is not None
