"""Hold a mapping against its JSON Schema and say the first fault in one sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from smstra import strict_yaml
from smstra.errors import ConfigError, listing, nearest

Key = tuple[str | int, ...]
_KINDS = {
    "object": "a block of `key: value` lines",
    "array": "a list",
    "string": 'text in quotes ("...")',
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
}


def dotted(path: Iterable[str | int], data: Any = None) -> str:
    """Return ``a.b[2]`` for ``("a", "b", 1)``; with ``data``, an entry's id or name behind it."""
    text, names = "", []
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else str(part)
        data = _inside(data, part)
        if isinstance(part, int) and isinstance(data, dict):
            names += [data[key] for key in ("id", "name") if isinstance(data.get(key), str)][:1]
    return f"`{text}`" + (f" ({names[-1]})" if names else "")


def _inside(data: Any, part: str | int) -> Any:
    try:
        return data[part]
    except (KeyError, IndexError, TypeError):
        return None


def check(data: Any, schema_file: Path, file_of: Callable[[Key], str]) -> None:
    """Raise ConfigError for the first place where ``data`` is not what the schema demands.

    A pattern in a schema stands beside ``form``, which says it in words. ``file_of`` returns, for the
    path of a key, the file that a user would mend.
    """
    schema = _read(schema_file, schema_file.stat().st_mtime_ns)
    errors = sorted(
        Draft202012Validator(schema).iter_errors(data),
        key=lambda e: ([str(p) for p in e.absolute_path], e.validator != "additionalProperties"),
    )
    if errors:
        error, others = errors[0], len(errors) - 1
        more = f"; {others} more fault{'s' if others > 1 else ''} after this one" if others else ""
        path = tuple(error.absolute_path)
        at = path
        if error.validator == "required":
            at = (*path, _lacking(error))
        elif error.validator == "additionalProperties":
            at = (*path, _not_known(error))
        sentence = _sentence(error, path, dotted(path, data) if path else "the top level")
        raise ConfigError(f"{file_of(at)}: {sentence.removesuffix('.')}{more}.")


@cache
def _read(schema_file: Path, _: int) -> dict[str, Any]:
    # A load checks the same schema several times; reading it takes longer than the check.
    return strict_yaml.load(schema_file)


def _lacking(error: ValidationError) -> str:
    return next(key for key in error.validator_value if key not in error.instance)


def _not_known(error: ValidationError) -> str:
    return next(key for key in error.instance if key not in error.schema.get("properties", {}))


def _sentence(error: ValidationError, path: Key, here: str) -> str:
    found, demand, schema = error.instance, error.validator_value, error.schema
    if "propertyNames" in error.absolute_schema_path:
        return f"the name '{found}' in {here} is not one{_small(found, schema)}; write {schema['form']}"
    if error.validator == "additionalProperties":
        known = list(schema.get("properties", {}))
        wrong = _not_known(error)
        return (
            f"the key '{wrong}' is not known in {here}{nearest(wrong, known)}; "
            f"known keys are {listing(known, 30)}"
        )
    if error.validator == "required":
        lacking = _lacking(error)
        entry = schema.get("properties", {}).get(lacking, {})
        says = _meaning(entry) or ", ".join(map(str, entry.get("enum", [])))
        return f"{here} lacks the key '{lacking}'; add `{lacking}: ...`" + (
            f" ({says})" if says else ""
        )
    if error.validator == "dependentRequired":
        key, needed = next((k, v) for k, v in demand.items() if k in found and v[0] not in found)
        return f"{here} has '{key}' and lacks the key '{needed[0]}'; add `{needed[0]}: ...`"
    meaning = _meaning(schema)
    return f"{here} {_finding(error, found, demand)}" + (f" ({meaning})" if meaning else "")


def _meaning(schema: Any) -> str:
    text = schema.get("description", "") if isinstance(schema, dict) else ""
    return text.rstrip(".").replace(". ", "; ")


def _finding(error: ValidationError, found: Any, demand: Any) -> str:
    """Return what is wrong with a value and what to write, to follow the key's name."""
    shown = _shown(found)
    match error.validator:
        case "enum":
            able = [_shown(item) if isinstance(item, bool) else item for item in demand]
            wanted = f"one of {listing(able, 30)}" if len(able) > 1 else able[0]
            return f"is {shown}{nearest(found, demand)}; write {wanted}"
        case "type":
            kinds = demand if isinstance(demand, list) else [demand]
            wanted = " or ".join(_KINDS[kind] for kind in kinds)
            if "string" in kinds and isinstance(found, int | float) and not isinstance(found, bool):
                wanted = f'"{found}" in quotes, codes and dates are text'
            elif (number := _as_number(found)) is not None and {"number", "integer"} & set(kinds):
                whole = math.isfinite(number) and number.is_integer()
                wanted = f"{int(number) if whole else number} without quotes"
            return f"is {shown}; write {wanted}"
        case "pattern":
            return f"is {shown}{_small(found, error.schema)}; write {error.schema['form']}"
        case (
            "minItems"
            | "minLength"
            | "minProperties"
            | "maxProperties"
            | "maxItems"
            | "uniqueItems"
        ):
            return _holding(error, found, demand)
        case "exclusiveMinimum":
            return f"is {shown}; write a number above {demand}"
        case "minimum" | "maximum":
            low, high = error.schema.get("minimum"), error.schema.get("maximum")
            bounds = f"from {low} to {high}" if high is not None else f"of {low} or more"
            return f"is {shown}; write a number {bounds}"
    return f"is {shown}, which the rule '{error.validator}' forbids; write another value"


def _holding(error: ValidationError, found: Any, demand: Any) -> str:
    """Return what is wrong with what a list, text or block holds, to follow the key's name."""
    match error.validator:
        case "uniqueItems":
            twice = next(item for item in found if found.count(item) > 1)
            return f"names {_shown(twice)} twice; keep one of them"
        case "maxItems":
            return f"holds {len(found)} entries; write {demand} at most"
        case "maxProperties":
            return f"holds {listing(found)}; write either {' or '.join(f'`{k}:`' for k in found)}"
        case "minItems" if demand > 1 and found:
            return f"holds {len(found)} of the {demand} entries that it needs; write the others too"
    example = error.schema.get("example")
    return "is empty; write at least one" + (f", for instance {example}" if example else "")


def _small(found: str, schema: Any) -> str:
    """Return a guess: the same in small letters, if that has the form wanted."""
    small = found.lower()
    return f" (did you mean '{small}'?)" if re.fullmatch(schema["pattern"], small) else ""


def _as_number(value: Any) -> float | None:
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _shown(value: Any) -> str:
    """Return a value as it would stand in the file."""
    if value is None:
        return "left empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a block of `key: value` lines"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
