"""What figures and pages say, in the reader's language: gettext catalogues and number formats.

English is the text in the code; the catalogues of the others lie in ``workflow/lib/smstra/locale``.
"""

from __future__ import annotations

import datetime as dt
import gettext
import io
import math
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, lists, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from smstra.outcomes import LANGUAGES

CATALOGUES = Path(__file__).resolve().parent / "locale"
# Two words that belong together stay on one line.
NARROW = "\u202f"


class Language:
    """Says texts of the project and of a case in one language, with its number formats (CLDR).

    Called with an English text and its values it returns the translation, filled in::

        say("{town} has {share} foreign residents", town="Gent", share=say.percent(8.3))

    A text that no catalogue has is said in English. Texts of the case's own configuration (titles,
    labels, size classes) are said by :meth:`own`, from the case's block ``translations``.
    """

    def __init__(
        self, code: str = "en", own: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        if code not in LANGUAGES:
            raise ValueError(f"no language '{code}' among {', '.join(LANGUAGES)}")
        self.code = code
        self._locale = Locale.parse("en_GB" if code == "en" else code)
        self._texts = _catalogue(code)
        self._own = (own or {}).get(code, {})

    def __call__(self, text: str, **values: Any) -> str:
        """Return ``text`` in the language, its ``{names}`` filled in with ``values``."""
        said = self._texts.gettext(text) if text else ""
        return said.format(**values) if values else said

    def plural(self, one: str, many: str, n: int, **values: Any) -> str:
        """Return ``one`` or ``many`` as the language counts ``n``; ``{n}`` is the formatted number."""
        return self._texts.ngettext(one, many, n).format(n=self.number(n), **values)

    def own(self, text: str) -> str:
        """Return a text of the case's configuration in the language; as it is if not translated."""
        return self._own.get(text) or self._texts.gettext(text) if text else ""

    def number(self, value: float | None, decimals: int = 0) -> str:
        """Return ``12,345.6`` as the language writes it; an en dash for a missing value."""
        if value is None or math.isnan(value):
            return "–"
        # Rounded as Python and the tables round, not as a pattern would: 0.5 must not be 0 here, 1 there.
        rounded = round(float(value), decimals) + 0.0
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return numbers.format_decimal(rounded, format=pattern, locale=self._locale)

    def signed(self, value: float | None, decimals: int = 1) -> str:
        """Return a change with its sign, a real minus: ``+1.2``, ``0.0``."""
        if value is None or math.isnan(value):
            return "–"
        rounded = round(float(value), decimals)
        sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
        return sign + self.number(abs(rounded), decimals)

    def percent(self, value: float | None, decimals: int = 1, signed: bool = False) -> str:
        """Return a percentage (a number of percent, not a fraction): ``8.3 %``."""
        how = self.signed if signed else self.number
        said = how(value, decimals)
        return said if said == "–" else f"{said}{NARROW}%"

    def date(self, day: str) -> str:
        """Return ``2014`` as it is and ``2014-01-01`` as ``1 January 2014``."""
        if len(day) == 4:
            return day
        # CLDR's long form; imported here, for numbers are what most callers need.
        from babel.dates import format_date  # noqa: PLC0415

        said = format_date(dt.date.fromisoformat(day), format="long", locale=self._locale)
        # French says the first of a month as an ordinal, which CLDR's pattern does not.
        return "1er" + said[1:] if self.code == "fr" and said.startswith("1 ") else said

    def listing(self, words: Iterable[str]) -> str:
        """Return ``a, b and c``."""
        return lists.format_list(list(words), locale=self._locale)


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    if code == "en":
        return gettext.NullTranslations()
    binary = io.BytesIO()
    with (CATALOGUES / f"{code}.po").open("rb") as file:
        write_mo(binary, read_po(file, locale=code))
    binary.seek(0)
    return gettext.GNUTranslations(binary)
