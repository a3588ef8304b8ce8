"""Indicators as formulas in words of the vocabulary, and what their variables are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from smstra.language import Language
from smstra.report import words
from smstra.vocabulary import Variables, as_list


def formula(indicator: Mapping[str, Any], variables: Variables, say: Language) -> str:
    """Return the definition of an indicator as a formula of the vocabulary's labels."""
    if indicator["definition"] == "not_available":
        return say("not available: {because}", because=say.own(indicator["because"]))
    of = _bracketed(indicator["of"], variables, say)
    base = _bracketed(indicator.get("in", []), variables, say)
    quantity = f"{of} / {base}" if base else of
    return {
        "level": lambda: words.variable(indicator["of"], variables, say),
        "share": lambda: say("100 × {quantity}", quantity=quantity),
        "ratio": lambda: quantity,
        "difference": lambda: say(
            "{quantity}, at the end minus at the start",
            quantity=f"({quantity})" if base else quantity,
        ),
        "difference_of_shares": lambda: say(
            "100 × {quantity}, at the end minus at the start", quantity=quantity
        ),
        "relative_change": lambda: say(
            "100 × ({quantity} at the end / {quantity} at the start − 1)",
            quantity=f"({quantity})" if base else quantity,
        ),
    }[indicator["definition"]]()


def _bracketed(names: str | Iterable[str], variables: Variables, say: Language) -> str:
    text = words.variable(names, variables, say)
    return f"({text})" if len(as_list(names)) > 1 else text


def made_of(indicator: Mapping[str, Any], variables: Variables, say: Language) -> list[str]:
    """Return how the variables of an indicator that are no published figures are put together."""
    said = []
    names = [*as_list(indicator.get("of", [])), *as_list(indicator.get("in", []))]
    for name in dict.fromkeys(names):
        entry = variables.get(name, {})
        if "sum_of" in entry:
            said.append(
                say(
                    "{whole} = {parts}.",
                    whole=words.variable(name, variables, say),
                    parts=words.variable(entry["sum_of"], variables, say),
                )
            )
        if "rebuilt_from" in entry and not indicator.get("in"):
            rebuilt = entry["rebuilt_from"]
            said.append(
                say(
                    "{rate} = {factor} × {above} / ({below}), of counts that are added up before they are "
                    "divided.",
                    rate=words.variable(name, variables, say),
                    factor=words.plain(rebuilt["factor"], say),
                    above=_bracketed(rebuilt["numerator"], variables, say),
                    below=words.variable(rebuilt["denominator"], variables, say),
                )
            )
    return said
