"""Hold a mapping against its JSON Schema and say the first fault in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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


def dotted(path: Iterable[str | int]) -> str:
    """Return ``a.b[2]`` for ``("a", "b", 2)``."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def check(data: Any, schema_file: Path, file_of: Callable[[Key], str]) -> None:
    """Raise ConfigError for the first place where ``data`` is not what the schema demands.

    ``file_of`` returns, for the path of a key, the file that a user would mend.
    """
    schema = strict_yaml.load(schema_file)
    errors = sorted(
        Draft202012Validator(schema).iter_errors(data),
        key=lambda e: ([str(p) for p in e.absolute_path], e.validator != "additionalProperties"),
    )
    if errors:
        error = errors[0]
        more = f" ({len(errors) - 1} more faults after this one.)" if len(errors) > 1 else ""
        path = tuple(error.absolute_path)
        raise ConfigError(f"{file_of(path)}: {_sentence(error, path)}{more}")


def _sentence(error: ValidationError, path: Sequence[str | int]) -> str:
    here = f"`{dotted(path)}`" if path else "the top level"
    found, demand = error.instance, error.validator_value
    meaning = error.schema.get("description") if isinstance(error.schema, dict) else None
    hint = f" It means: {meaning}" if meaning else ""
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        wrong = [key for key in found if key not in known]
        return (
            f"the key '{wrong[0]}' is not known in {here}{nearest(wrong[0], known)}; "
            f"known keys are {listing(known, 30)}."
        )
    if error.validator == "required":
        lacking = next(key for key in demand if key not in found)
        entry = error.schema.get("properties", {}).get(lacking, {})
        says = entry.get("description") or entry.get("enum")
        return f"{here} lacks the key '{lacking}'; add `{lacking}: ...`" + (
            f" ({says})" if says else "."
        )
    if error.validator == "enum":
        return f"{here} is {found!r}{nearest(found, demand)}; write one of {listing(demand, 30)}.{hint}"
    if error.validator == "type":
        kinds = demand if isinstance(demand, list) else [demand]
        wanted = " or ".join(_KINDS[kind] for kind in kinds)
        return f"{here} is {_shown(found)}; write {wanted}.{hint}"
    if error.validator == "pattern":
        return f"{here} is {_shown(found)}, which does not have the form {demand}.{hint}"
    return f"{here} is {_shown(found)}: {error.message}.{hint}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
