"""Words that the parts of the report share, beside those of all pages: references, variables, amounts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from smstra.language import NARROW, Language
from smstra.outcomes import TYPES
from smstra.report import wording
from smstra.vocabulary import as_list

_SHOWN = 3  # significant digits


def types(names: Iterable[str], say: Language) -> str:
    """Return several types in words, in the order of the typology."""
    wanted = set(names)
    return say.listing([wording.type_named(name, say) for name in TYPES if name in wanted])


def amount(value: float, say: Language) -> str:
    """Return a number with three digits, or as many as it has before the point; small ones stay small."""
    if math.isnan(value) or abs(value) >= 10**_SHOWN:
        return say.number(value)
    return plain(float(f"{value:.{_SHOWN}g}"), say)


def signed(value: float, say: Language) -> str:
    """Return a difference with its sign, as :func:`amount` shows it."""
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return sign + amount(abs(value), say)


def quantity(value: float, unit: str, say: Language) -> str:
    """Return a number with its unit: ``9.42 %``, ``0.083 percentage points``."""
    said = amount(value, say)
    if math.isnan(value):
        return said
    return f"{said}{NARROW}%" if unit == "percent" else f"{said} {wording.unit_in_words(unit, say)}"


def share(part: float, whole: float, say: Language) -> str:
    """Return what part of a whole is, in percent; a dash of nothing."""
    return say.percent(100 * part / whole if whole else math.nan)


def plain(number: float, say: Language) -> str:
    """Return a number of the configuration as precisely as it is written there."""
    text = f"{Decimal(repr(number)):f}" if isinstance(number, float) else str(number)
    return say.number(number, len(text.partition(".")[2].rstrip("0")))


def variable(
    name: str | Iterable[str], variables: Mapping[str, Mapping[str, Any]], say: Language
) -> str:
    """Return the label of a variable, or of several that are added up: ``Nationals + Foreigners``."""
    return " + ".join(
        variables[each]["labels"][say.code] if each in variables else each for each in as_list(name)
    )


def holds_if(name: str, say: Language) -> str:
    """Return how a value must stand to its reference for a yes."""
    return {
        "at_least": say("at least the reference"),
        "at_most": say("at most the reference"),
        "above": say("above the reference"),
        "below": say("below the reference"),
    }[name]


def reference(scheme: str | float, unit: str, say: Language) -> str:
    """Return a reference scheme, or a number with its unit, in a few words."""
    if not isinstance(scheme, str):
        return quantity(scheme, unit, say) if unit else plain(scheme, say)
    return wording.scheme_in_words(scheme, say)


def coded(code: str, names: Mapping[str, str]) -> str:
    """Return a region or town by its name with the code: ``Vlaams Gewest (02000)``."""
    return f"{names[code]} ({code})" if names.get(code, code) != code else code
