"""What a reader must know of a pseudonymised case, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smstra.language import Language


def notice(case: Mapping[str, Any], say: Language) -> list[str]:
    """Return what the pages of a pseudonymised case say of its values; nothing for another case."""
    if "pseudonymise" not in case:
        return []
    spec = case["pseudonymise"]
    least, digits = say.number(spec["k"]), say.number(spec["digits"])
    return [
        say(
            "The units bear pseudonyms. Each value of one is the mean of a group of at least {k} units, "
            "rounded to {digits} significant digits, so all units of a group read alike; a unit without a "
            "figure is left out of the mean, and fewer than {k} figures are not shown.",
            k=least,
            digits=digits,
        ),
        say(
            "A verdict is that of the least sure unit of the group. A type that fewer than {k} units have is "
            "left out. Values of regions and of the country are exact.",
            k=least,
        ),
    ]


def in_short(case: Mapping[str, Any], say: Language) -> list[str]:
    """Return the same for the source line of a figure."""
    if "pseudonymise" not in case:
        return []
    return [
        say(
            "Pseudonyms; values of units are means of groups of at least {k}.",
            k=say.number(case["pseudonymise"]["k"]),
        )
    ]


def withheld(say: Language) -> str:
    """Return why something is not among the results of a pseudonymised case."""
    return say(
        "Not published: the units of the case bear pseudonyms, and this would show which they are."
    )
