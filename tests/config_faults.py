"""Faults for test_config.py: the shipped configuration, edits of it, and what a message must say."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from smstra import strict_yaml

REPOSITORY = Path(__file__).resolve().parents[1]
MAIN = "config/config.yaml"
BE = "config/cases/be.yaml"
DE = "config/cases/de.yaml"
CHILD = "config/cases/be-child.yaml"
BE_TABLES = "config/datasets/be.yaml"
DE_TABLES = "config/datasets/de.yaml"
EU_TABLES = "config/datasets/eu.yaml"
BREAKS = "config/breaks.yaml"
PINS = "data/sources.yaml"
VOCABULARY = "workflow/internal/variables.yaml"
SHIPPED = (MAIN, BE, DE, BE_TABLES, DE_TABLES, EU_TABLES, BREAKS, PINS, VOCABULARY)

Docs = dict[str, Any]
Edit = Callable[[Docs], None]
Place = tuple[str | int, ...]


def shipped() -> Docs:
    """Return the repository's own configuration, by file."""
    return {name: strict_yaml.load(REPOSITORY / name) for name in SHIPPED}


def write(root: Path, before: Docs, after: Docs) -> None:
    """Write the files of ``after`` that differ from ``before``; text stands as it is."""
    for name, data in after.items():
        if before.get(name) == data:
            continue
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(data, bytes):
            path.write_bytes(data)
        elif isinstance(data, str):
            path.write_text(data, encoding="utf-8")
        else:
            text = yaml.dump(data, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
            path.write_text(text, encoding="utf-8")
    for name in before.keys() - after.keys():
        (root / name).unlink()


def copy_repository(root: Path) -> None:
    """Copy ``config/``, the pins and the parts of ``workflow/`` that hold rules to ``root``."""
    shutil.copytree(REPOSITORY / "config", root / "config")
    (root / "data").mkdir()
    shutil.copy(REPOSITORY / PINS, root / PINS)
    for part in ("schemas", "internal"):
        shutil.copytree(REPOSITORY / "workflow" / part, root / "workflow" / part)


def at(data: Any, place: Place) -> Any:
    """Return what stands at ``place`` of ``data``."""
    for part in place:
        data = data[part]
    return data


def steps(dotted: str) -> Place:
    """Return ``("a", "b", 0)`` for ``"a.b.0"``."""
    return tuple(int(part) if part.isdigit() else part for part in dotted.split("."))


def put(file: str, dotted: str, value: Any) -> Edit:
    """Set the key ``dotted`` of ``file``; blocks on the way are made where there are none."""

    def edit(docs: Docs) -> None:
        *above, last = steps(dotted)
        block = docs[file]
        for part in above:
            block = block[part] if isinstance(part, int) else block.setdefault(part, {})
        block[last] = value

    return edit


def drop(file: str, dotted: str) -> Edit:
    """Remove the key ``dotted`` of ``file``."""

    def edit(docs: Docs) -> None:
        *above, last = steps(dotted)
        del at(docs[file], tuple(above))[last]

    return edit


def raw(file: str, text: str | bytes) -> Edit:
    """Let ``file`` hold ``text``."""
    return lambda docs: docs.__setitem__(file, text)


def swap(file: str, old: str, new: str) -> Edit:
    """Replace ``old``, which must be there, by ``new`` in the shipped text of ``file``."""

    def edit(docs: Docs) -> None:
        text = (REPOSITORY / file).read_text(encoding="utf-8")
        assert old in text
        docs[file] = text.replace(old, new, 1)

    return edit


def override(case: str, change: Any) -> Edit:
    """Write ``change`` below ``overrides.<case>`` of config/config.yaml."""
    return put(MAIN, f"overrides.{case}", change)


def every_key_used() -> Docs:
    """Return the shipped configuration with each key that it does not need written out as well.

    It is valid; each rule of each schema has a place in it to be broken.
    """
    docs = shipped()
    for edit in (
        override("be", {"comparison_decimals": 9}),
        put(BE, "indicators.rents", {"label": "Rents", "definition": "not_available"}),
        put(BE, "indicators.rents.because", "no table of rents was found"),
        put(BE, "figures.towns.choose", "named"),
        put(BE, "figures.towns.units", ["11002", "62063"]),
        put(BREAKS, "lfs_2017_be.transition_until", "2017-12-31"),
        put(DE_TABLES, "bbsr_kreise_inkar.unused_columns", {"rent_level": "a test"}),
        put(DE, "criteria.economy_improving.reference", "national_aggregate"),
        put(
            DE,
            "criteria.economy_improving.aggregate",
            {"by": "weighted_mean", "weight": "residents", "from": "2005", "to": "2014"},
        ),
        put(
            BE,
            "indicators.density_change",
            {
                "label": "Change of density",
                "definition": "difference",
                "of": "residents",
                "in": "area_km2",
                "unit_of_measure": "inhabitants per km2",
                "from": "2005-01-01",
                "to": "2014-01-01",
                "max_year_gap": 0,
            },
        ),
    ):
        edit(docs)
    docs[CHILD] = {"extends": "be", "title": "A child of Belgium"}
    return docs


# --- Faults made from the schemas -------------------------------------------------------------

SCHEMA_OF = {
    MAIN: "config",
    BE: "case",
    DE: "case",
    CHILD: "case",
    BE_TABLES: "dataset",
    DE_TABLES: "dataset",
    EU_TABLES: "dataset",
    BREAKS: "breaks",
    PINS: "sources",
    VOCABULARY: "variables",
}
NO_RULE = {"$schema", "$defs", "title", "description", "properties", "items", "$ref"}
NO_RULE |= {"if", "then", "allOf"}


def schema_named(name: str) -> dict[str, Any]:
    """Return a shipped schema."""
    return strict_yaml.load(REPOSITORY / f"workflow/schemas/{name}.schema.yaml")


def rules_of(schema: Any, pointer: str = "#") -> Iterator[tuple[str, str]]:
    """Yield where each rule stands in a schema: the pointer to its block, and its keyword."""
    for keyword, value in schema.items():
        here = f"{pointer}/{keyword}"
        if keyword in ("properties", "$defs"):
            for name, inner in value.items():
                yield from rules_of(inner, f"{here}/{name}")
        elif keyword in ("items", "then", "propertyNames"):
            yield from rules_of(value, here)
        elif keyword == "allOf":
            for number, inner in enumerate(value):
                yield from rules_of(inner, f"{here}/{number}")
        elif keyword == "additionalProperties" and isinstance(value, dict):
            yield from rules_of(value, here)
        elif keyword not in NO_RULE:
            yield pointer, keyword


@dataclass(frozen=True)
class Made:
    """A fault made from one rule of a schema, at one place of one file."""

    schema: str
    pointer: str
    keyword: str
    file: str
    place: Place
    name: str
    value: Any
    says: tuple[str, ...]

    @property
    def sentence(self) -> str:
        where = ".".join(str(part) for part in self.place) or "top"
        return f"{self.schema} {self.keyword} {self.name} at {where}".replace("  ", " ")

    @property
    def user(self) -> Any:
        """Return the top-level mapping of a run that reads the file."""
        if self.file == MAIN:
            return self.value if not self.place else None
        return {"cases": [Path(self.file).stem if self.schema == "case" else "de"]}

    def apply(self, docs: Docs) -> None:
        """Break the rule in ``docs``."""
        if not self.place:
            docs[self.file] = self.value
        else:
            at(docs[self.file], self.place[:-1])[self.place[-1]] = self.value


def _misspelt(word: str) -> str:
    return word[:-1] if len(word) > 3 else word + word[-1]


def _broken(
    keyword: str, demand: Any, schema: Mapping[str, Any], value: Any
) -> Iterator[tuple[str, Any, tuple[str, ...]]]:
    """Yield what the fault is, the faulty value, and what a message must say of it."""
    if keyword == "type":
        kinds = {demand} if isinstance(demand, str) else set(demand)
        kinds |= {"integer"} if "number" in kinds else set()
        yield next(
            (f"is {name}", wrong, (str(wrong),))
            for name, wrong in (("integer", 7), ("string", "a text"), ("array", ["a text"]))
            if name not in kinds
        )
        yield "is left empty", None, ()
    elif keyword == "enum":
        wrong = _misspelt(demand[0])
        yield "misspelt", wrong, (wrong, f"did you mean '{demand[0]}'", demand[-1])
    elif keyword == "pattern":
        yield "has another form", "x " + value[:20], ("x " + value[:20],)
    elif keyword == "additionalProperties":
        for known in list(schema["properties"])[:1]:
            wrong = _misspelt(known) + "_"
            yield "unknown key", {**value, wrong: "x"}, (wrong, f"did you mean '{known}'")
    elif keyword == "required":
        for key in demand:
            yield f"no {key}", {k: v for k, v in value.items() if k != key}, (key,)
    elif keyword == "minimum":
        yield "below", demand - 1, (str(demand - 1), str(demand))
    elif keyword == "maximum":
        yield "above", demand + 1, (str(demand + 1), str(demand))
    elif keyword == "minLength":
        yield "empty", "", ()
    elif keyword == "minItems":
        yield "too few", value[: demand - 1], ()
    elif keyword == "maxItems":
        yield "too many", [str(number) for number in range(demand + 1)], (str(demand),)
    elif keyword == "uniqueItems":
        yield "twice", [*value, value[0]], (str(value[0]),)
    elif keyword == "minProperties":
        yield "none", {}, ()
    elif keyword == "maxProperties":
        yield "all", dict.fromkeys(schema["properties"], "x"), tuple(schema["properties"])
    else:
        raise NotImplementedError(f"no fault is known for the schema rule `{keyword}`")


class _Walk:
    """Follow a schema and the shipped files together, and break each rule at the first place."""

    def __init__(self, name: str, docs: Docs) -> None:
        self.name, self.docs, self.whole = name, docs, schema_named(name)
        self.made: dict[tuple[str, str, str], Made] = {}

    def _resolved(self, schema: Mapping[str, Any], pointer: str) -> tuple[Mapping[str, Any], str]:
        while "$ref" in schema:
            pointer = schema["$ref"]
            schema = at(self.whole, tuple(pointer.removeprefix("#/").split("/")))
        return schema, pointer

    def follow(self, schema: Mapping[str, Any], pointer: str, use: str, found: list) -> None:
        """Break every rule of ``schema``, which holds at each (file, place) of ``found``."""
        schema, pointer = self._resolved(schema, pointer)
        for keyword, demand in schema.items():
            here = f"{pointer}/{keyword}"
            if keyword == "properties":
                for key, inner in demand.items():
                    self.follow(inner, f"{here}/{key}", f"{use}.{key}", self._below(found, key))
            elif keyword == "additionalProperties" and isinstance(demand, dict):
                known = schema.get("properties", {})
                places = [
                    (file, (*place, key))
                    for file, place in found
                    if isinstance(self._value(file, place), dict)
                    for key in self._value(file, place)
                    if key not in known
                ]
                self.follow(demand, here, f"{use}.*", places)
            elif keyword == "items":
                places = [
                    (file, (*place, number))
                    for file, place in found
                    if isinstance(self._value(file, place), list)
                    for number in range(len(self._value(file, place)))
                ]
                self.follow(demand, here, f"{use}[]", places)
            elif keyword == "allOf":
                for number, branch in enumerate(demand):
                    only = Draft202012Validator(branch["if"])
                    held = [spot for spot in found if only.is_valid(self._value(*spot))]
                    self.follow(branch["then"], f"{here}/{number}/then", f"{use}?{number}", held)
            elif keyword == "propertyNames":
                for file, place in found[:1]:
                    value = self._value(file, place)
                    wrong = {**value, "Bad Name": next(iter(value.values()))}
                    for inner in demand:
                        fault = ("bad name", wrong, ("'Bad Name'",))
                        self._make(here, inner, use, file, place, fault)
            elif keyword not in NO_RULE:
                self._break(schema, pointer, use, keyword, found)

    def _below(self, found: list, key: str) -> list:
        return [
            (file, (*place, key))
            for file, place in found
            if isinstance(self._value(file, place), dict) and key in self._value(file, place)
        ]

    def _value(self, file: str, place: Place) -> Any:
        return at(self.docs[file], place)

    def _break(
        self, schema: Mapping[str, Any], pointer: str, use: str, keyword: str, found: list
    ) -> None:
        fits = {"pattern": str, "uniqueItems": list, "minItems": list, "maxItems": list}
        fits |= {"required": dict, "minProperties": dict, "maxProperties": dict}
        fits |= {"additionalProperties": dict}
        for file, place in found:
            value = self._value(file, place)
            if isinstance(value, fits.get(keyword, object)):
                for fault in _broken(keyword, schema[keyword], schema, value):
                    self._make(pointer, keyword, use, file, place, fault)
                return

    def _make(
        self, pointer: str, keyword: str, use: str, file: str, place: Place, fault: tuple
    ) -> None:
        name, value, says = fault
        key = next((str(part) for part in reversed(place) if isinstance(part, str)), "")
        made = Made(self.name, pointer, keyword, file, place, name, value, (key, *says))
        self.made.setdefault((use, f"{pointer} {keyword}", name), made)


def made_from_schemas(docs: Docs) -> list[Made]:
    """Return a fault for every rule of every schema, wherever in the files the rule is used."""
    made: list[Made] = []
    for name in dict.fromkeys(SCHEMA_OF.values()):
        walk = _Walk(name, docs)
        files = [file for file, schema in SCHEMA_OF.items() if schema == name]
        walk.follow(walk.whole, "#", "", [(file, ()) for file in files])
        made += walk.made.values()
    return made
