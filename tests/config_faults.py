"""Faults for test_config.py: the shipped configuration, edits of it, and what a message must say."""

from __future__ import annotations

import copy
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from smstra import figure_rules, strict_yaml
from smstra.dataset_rules import SOURCES

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
OWN_VOCABULARY = "config/variables.yaml"
REFRESH = "config/refresh.yaml"
SHIPPED = (MAIN, BE, DE, BE_TABLES, DE_TABLES, EU_TABLES, BREAKS, PINS, VOCABULARY, REFRESH)

# A vintage that a refresh fetched, beside the shipped ones.
REGISTER = "statbel_administrative_units"
REGISTER_TABLE = f"{REGISTER}.live.tables.tu_com_refnis"
FETCHED_FOLDER = "data/snapshots/statbel/administrative_units/2027-01-01"
FETCHED = f"{FETCHED_FOLDER}/pin.yaml"


_POPULATION = "statbel_population.live.tables.compiled"
_ONEM = "onem_jobseekers.live.tables.cci_commune"
_NATIONALITY = "statbel_population_by_nationality.live.tables.tf_soc_pop_struct"
_JOBSEEKERS = "onem_jobseekers.live.tables.cci_commune"
_CITIES = "eurostat_urb_cpop1.live.tables.urb_cpop1"
_LFS = "eurostat_lfs_nuts2.live.tables.lfst_r_lfu3pers"
_VIEW = "5ff707d8-0bde-42c4-9d56-52a095a94778"
_PAGES = {
    "download": {"address": "https://statbel.fgov.be/people.json", "next": "links.next"},
    "format": "json",
    "records": "results",
    "nested": "values",
    "made_columns": {
        "arrondissement": {"column": "nis", "pattern": "([0-9]{2})[0-9]{3}", "map": {"11": "11000"}}
    },
}


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


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
            text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True)
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
    """Return ``("a", "02", 0)`` for ``"a.02.0"``: a number with a leading zero is a code."""
    return tuple(int(p) if p == "0" or p[:1] in "123456789" else p for p in dotted.split("."))


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


def fetched(docs: Docs) -> dict[str, Any]:
    """Return the pin of a fetched file, a second vintage of the register; ``docs`` stays."""
    shipped_pin = next(pin for pin in docs[PINS]["snapshots"] if pin["id"] == REGISTER)
    return {
        **copy.deepcopy(shipped_pin),
        "vintage": "2027-01-01",
        "file": f"{FETCHED_FOLDER}/TU_COM_REFNIS.zip",
        "table": "tu_com_refnis",
        "address": "https://statbel.fgov.be/TU_COM_REFNIS.zip",
        "came_from": "https://files.statbel.fgov.be/TU_COM_REFNIS.zip",
        "last_modified": "2026-12-31",
        "gaps": ["a year that did not come"],
    }


def with_fetched() -> Docs:
    """Return the shipped configuration with a fetched vintage of the register, not in use."""
    docs = shipped()
    docs[FETCHED] = {"snapshots": [fetched(docs)]}
    return docs


def live_table(file: str, dataset: str, table: str, how: Mapping[str, Any]) -> Edit:
    """Add a table to the ``live`` of a dataset: as its first one, but from the source ``how``."""

    def edit(docs: Docs) -> None:
        tables = docs[file][dataset]["live"]["tables"]
        first = copy.deepcopy(next(iter(tables.values())))
        tables[table] = {key: first[key] for key in first if key not in SOURCES} | how

    return edit


def override(case: str, change: Any) -> Edit:
    """Write ``change`` below ``overrides.<case>`` of config/config.yaml."""
    return put(MAIN, f"overrides.{case}", change)


_DEFINITIONS = "robustness.definitions"
_ERRORS = "robustness.probabilities.errors"
_CANDIDATES = "selection.candidates"
_SETS = "selection.sets"
_RECEPTION = "data/own/reception.csv"
_POLITICS = "data/own/politics.csv"
_KNOWN = "data/own/known.csv"
_ROBUSTNESS_IN_FULL = (
    put(BE, "indicators.varni.years_averaged", 1),
    put(BE, "robustness.windows.start_1_later", {"start": 1, "end": 0, "years_averaged": 1}),
    put(BE, "robustness.known_cases", _KNOWN),
    put(BE, f"{_ERRORS}.residents_foreign", {"standard_error": 2.5, "because": "a test"}),
    put(
        BE,
        f"{_ERRORS}.residents_national",
        {"standard_error": {"municipality": 2.5}, "randomly_rounded_to": 3, "because": "a test"},
    ),
    put(DE, f"{_ERRORS}.residents.relative_standard_error", 0.01),
    lambda docs: docs.update({_KNOWN: "unit,type\n"}),
)
_FIGURES_IN_FULL = (
    put(BE, "figures.towns.choose", "named"),
    put(BE, "figures.towns.units", ["11002", "62063"]),
    put(BE, "pseudonymise", {"k": 5, "publish": ["region", "size_class"], "digits": 4}),
    put(BE, "figures.towns.among_size_classes", ["small town"]),
    put(BE, "translations", {"nl": {"Belgian municipalities": "Belgische gemeenten"}}),
    put(
        BE,
        "figures.growth_components",
        {
            "natural_change": "inhabitants",
            "net_migration": "inhabitants",
            "inhabitants": "inhabitants",
        },
    ),
    put(BE, "figures.rent", {"series": "income_per_resident"}),
    put(BE, "figures.living_space", {"series": "income_per_resident"}),
    *(
        put(DE, f"figures.{name}", {"not_available": "a test"})
        for name in figure_rules.NEEDS
        if name not in ("rent", "living_space")
    ),
)
_SELECTION_IN_FULL = (
    put(BE, f"{_CANDIDATES}.verdicts", ["robust", "likely"]),
    put(BE, f"{_CANDIDATES}.density", {"at_most": 3000, "unknown": "pass"}),
    put(BE, f"{_CANDIDATES}.regions", ["02000", "03000"]),
    put(BE, f"{_CANDIDATES}.arrivals.at_least_persons", 0),
    put(BE, f"{_CANDIDATES}.reception.table", _RECEPTION),
    put(BE, f"{_CANDIDATES}.politics.table", _POLITICS),
    put(BE, f"{_CANDIDATES}.politics.traditions", ["progressive", "conservative"]),
    put(
        BE,
        f"{_CANDIDATES}.answers",
        {
            "sf_high": ["yes", "no"],
            "economy_improving": ["yes", "no"],
            "population_improving": ["yes", "no"],
        },
    ),
    put(
        BE,
        f"{_SETS}.answers",
        {
            "sf_high": {"at_least_distinct": 2},
            "economy_improving": {"at_most_each": 3},
            "population_improving": {"each": {"yes": {"at_least": 1, "at_most": 3}}},
        },
    ),
    put(BE, f"{_SETS}.traditions", {"at_most_each": 2}),
    put(BE, f"{_SETS}.size_classes.each", {"small town": {"at_least": 0, "at_most": 3}}),
    put(BE, f"{_SETS}.include", ["62063"]),
    put(BE, f"{_SETS}.exclude", ["11002"]),
    lambda docs: docs.update({_RECEPTION: "", _POLITICS: ""}),
)


def every_key_used() -> Docs:
    """Return the shipped configuration with each key that it does not need written out as well.

    It is valid; each rule of each schema has a place in it to be broken.
    """
    docs = shipped()
    for edit in (
        override("be", {"comparison_decimals": 9}),
        put(BE, "indicators.rents", {"label": "Rents", "definition": "not_available"}),
        put(BE, "indicators.rents.because", "no table of rents was found"),
        put(BE, "notes", ["Asylum seekers of the waiting register are not counted."]),
        put(BE, "size_classes.category", {"variable": "area_km2", "date": "2014"}),
        put(BE, "size_classes.classes.3.category", [3]),
        *_FIGURES_IN_FULL,
        put(BE_TABLES, "statbel_population.date.assumed", "the file does not say it"),
        put(BREAKS, "lfs_2017_be.transition_until", "2017-12-31"),
        put(DE_TABLES, "bbsr_kreise_inkar.unused_columns", {"rent_level": "a test"}),
        put(DE_TABLES, "bbsr_kreise.register.0.names.en", {"fixed": "a district"}),
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
        *_ROBUSTNESS_IN_FULL,
        *_SELECTION_IN_FULL,
        put(MAIN, "vintages", {REGISTER: "2026-11-22"}),
        put(MAIN, "datasets", [REGISTER]),
        put(MAIN, "new_vintage", "2027-01-01"),
        put(MAIN, "asked_by", "the selection team"),
        put(MAIN, "comparison.cases", ["be", "de"]),
        put(MAIN, "comparison.language", "fr"),
        put(MAIN, "comparison.sets.types.each", {"A": {"at_least": 1, "at_most": 4}, "B": 1}),
        put(MAIN, "comparison.sets.types.at_least_distinct", 3),
        put(MAIN, "comparison.sets.types.at_most_each", 4),
        put(MAIN, "comparison.sets.size_classes.each", {"small town": {"at_least": 0}}),
        put(MAIN, "comparison.sets.regions.each", {"be": {"02000": {"at_least": 1}}}),
        put(MAIN, "private_mapping", "../private/localities.yaml"),
        put(REFRESH, "transport.redirects", {"statbel.fgov.be": ["files.statbel.fgov.be"]}),
        put(REFRESH, "transport.plain_or_private", ["localhost:8000"]),
        put(REFRESH, "transport.mirrors", {"https://statbel.fgov.be/": "https://localhost:8000/"}),
        put(BE_TABLES, f"{REGISTER_TABLE}.download.save_as", "TU_COM_REFNIS.zip"),
        put(BE_TABLES, "statbel_population.unit.pad_to", 5),
        put(BE_TABLES, "statbel_population.unit.prefix", "1-"),
        put(BE_TABLES, f"{REGISTER}.versions", {"2000-01-01": "the first"}),
        put(BE, "aggregate_checks.unemployed_lfs.each_area_alone", True),
        drop(BE_TABLES, f"{_ONEM}.sheet_of_year"),
        put(BE_TABLES, f"{_ONEM}.header_row", 6),
        put(BE_TABLES, f"{_ONEM}.sheets", ["2017"]),
        live_table(
            BE_TABLES,
            "statbel_population",
            "view",
            {"bestat": {"view": _VIEW}, "format": "bestat"},
        ),
        live_table(BE_TABLES, "statbel_population", "pages", _PAGES),
        put(EU_TABLES, f"{_LFS}.eurostat.first", "1999"),
        put(EU_TABLES, f"{_LFS}.eurostat.last", "2030"),
        put(EU_TABLES, f"{_LFS}.eurostat.split_by", "age"),
        lambda docs: docs[PINS]["snapshots"].append(fetched(docs)),
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
    REFRESH: "refresh",
}
NO_RULE = {
    "$schema",
    "$defs",
    "title",
    "description",
    "properties",
    "items",
    "$ref",
    "form",
    "example",
}
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
        if not isinstance(demand[0], str):
            yield "is no choice", 7, ("7", str(demand[-1]).lower())
            return
        wrong = _misspelt(demand[0])
        yield "misspelt", wrong, (wrong, f"did you mean '{demand[0]}'", demand[-1])
    elif keyword == "pattern":
        # A form that is met anywhere in the text is broken by its braces.
        wrong = f"x {value[:20]}"
        wrong = re.sub("[{}]", "", value) if re.search(demand, wrong) else wrong
        yield "has another form", wrong, (wrong,)
    elif keyword == "additionalProperties":
        for known in list(schema["properties"])[:1]:
            wrong = _misspelt(known) + "_"
            yield "unknown key", {**value, wrong: "x"}, (wrong, f"did you mean '{known}'")
    elif keyword == "required":
        for key in demand:
            yield f"no {key}", {k: v for k, v in value.items() if k != key}, (key,)
    elif keyword in ("minimum", "maximum"):
        name, wrong = ("below", demand - 1) if keyword == "minimum" else ("above", demand + 1)
        yield name, wrong, (str(wrong), str(demand))
    elif keyword == "exclusiveMinimum":
        yield "no more than", demand, (str(demand), "above")
    elif keyword == "minLength":
        yield "empty", "", ()
    elif keyword in ("minItems", "maxItems"):
        many = [str(number) for number in range(demand + 1)]
        least = keyword == "minItems"
        yield "too few" if least else "too many", value[: demand - 1] if least else many, ()
    elif keyword == "uniqueItems":
        yield "twice", [value[0], *value[: -1 if value[1:] else None]], (str(value[0]),)
    elif keyword == "minProperties":
        yield "none", {}, ()
    elif keyword == "dependentRequired":
        for key, needed in demand.items():
            yield (
                f"{key} alone",
                {key: "nis" if key == "column" else {"1": "region"}},
                (key, needed[0]),
            )
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

    def follow(self, schema: Mapping[str, Any], pointer: str, found: list) -> None:
        """Break every rule of ``schema``, which holds at each (file, place) of ``found``."""
        schema, pointer = self._resolved(schema, pointer)
        for keyword, demand in schema.items():
            here = f"{pointer}/{keyword}"
            if keyword == "properties":
                for key, inner in demand.items():
                    self.follow(inner, f"{here}/{key}", self._below(found, key))
            elif keyword == "additionalProperties" and isinstance(demand, dict):
                known = schema.get("properties", {})
                places = [
                    (file, (*place, key))
                    for file, place in found
                    if isinstance(self._value(file, place), dict)
                    for key in self._value(file, place)
                    if key not in known
                ]
                self.follow(demand, here, places)
            elif keyword == "items":
                places = [
                    (file, (*place, number))
                    for file, place in found
                    if isinstance(self._value(file, place), list)
                    for number in range(len(self._value(file, place)))
                ]
                self.follow(demand, here, places)
            elif keyword == "allOf":
                for number, branch in enumerate(demand):
                    only = Draft202012Validator(branch["if"])
                    held = [spot for spot in found if only.is_valid(self._value(*spot))]
                    self.follow(branch["then"], f"{here}/{number}/then", held)
            elif keyword == "propertyNames":
                for file, place in found[:1]:
                    value = self._value(file, place)
                    wrong = {**value, "Bad Name": next(iter(value.values()))}
                    for inner in demand:
                        fault = ("bad name", wrong, ("'Bad Name'",))
                        self._make(here, inner, file, place, fault)
            elif keyword not in NO_RULE:
                self._break(schema, pointer, keyword, found)

    def _below(self, found: list, key: str) -> list:
        return [
            (file, (*place, key))
            for file, place in found
            if isinstance(self._value(file, place), dict) and key in self._value(file, place)
        ]

    def _value(self, file: str, place: Place) -> Any:
        return at(self.docs[file], place)

    def _break(self, schema: Mapping[str, Any], pointer: str, keyword: str, found: list) -> None:
        fits = {"pattern": str, "uniqueItems": list, "minItems": list, "maxItems": list}
        fits |= {"required": dict, "minProperties": dict, "maxProperties": dict}
        fits |= {"additionalProperties": dict, "minimum": int | float, "maximum": int | float}
        for file, place in found:
            value = self._value(file, place)
            if isinstance(value, fits.get(keyword, object)):
                for fault in _broken(keyword, schema[keyword], schema, value):
                    # An empty file is an empty block, and an empty `extends:` is none. A key left
                    # empty is tried in the files that every user writes.
                    blank = pointer in ("#", "#/properties/extends")
                    written = self.name in ("config", "case") and not blank
                    if fault[1] is not None or written:
                        self._make(pointer, keyword, file, place, fault)
                return

    def _make(self, pointer: str, keyword: str, file: str, place: Place, fault: tuple) -> None:
        name, value, says = fault
        key = next((str(part) for part in reversed(place) if isinstance(part, str)), "")
        says = (key, *says) if place else says[1:] if keyword == "type" else says
        made = Made(self.name, pointer, keyword, file, place, name, value, says)
        self.made.setdefault((pointer, keyword, name), made)


def made_from_schemas(docs: Docs) -> list[Made]:
    """Return a fault for every rule of every schema, each at the first place that can break it."""
    made: list[Made] = []
    for name in dict.fromkeys(SCHEMA_OF.values()):
        walk = _Walk(name, docs)
        files = [file for file, schema in SCHEMA_OF.items() if schema == name]
        walk.follow(walk.whole, "#", [(file, ()) for file in files])
        made += walk.made.values()
    return made


def only_where_faults_stand(docs: Docs, made: list[Made]) -> Docs:
    """Return ``docs`` without each ``live`` in which no fault stands: they repeat the same rules.

    The faults are as many, and the configuration around them is read in half the time.
    """
    stand = {(fault.file, *fault.place[:2]) for fault in made}
    less = copy.deepcopy(docs)
    for file in (BE_TABLES, DE_TABLES, EU_TABLES):
        for name, entry in docs[file].items():
            if "live" in entry and (file, name, "live") not in stand:
                del less[file][name]["live"]
                if "format" not in entry:
                    del less[file][name]
    return less


# --- Faults written by hand -------------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    """A fault as a user makes it; ``says`` is what the message must hold, the file first."""

    sentence: str
    edit: Edit
    says: tuple[str, ...]
    also: tuple[Edit, ...] = ()

    def apply(self, docs: Docs) -> None:
        """Make the fault in ``docs``."""
        for edit in (self.edit, *self.also):
            edit(docs)


_RATE = {"by": "weighted_mean", "weight": "residents", "date": "2005-12-31"}
_CHECK = "aggregate_checks.inhabitants_2005"
_INKAR = "bbsr_kreise_inkar"

OF_THE_RUN = [
    Fault(
        "a key of config.yaml is misspelt",
        put(MAIN, "overides", {}),
        (MAIN, "'overides'", "did you mean 'overrides'", "cases, overrides"),
    ),
    Fault(
        "a case has no file",
        put(MAIN, "cases", ["be", "dee"]),
        (
            MAIN,
            "`cases`",
            "'dee'",
            "did you mean 'de'",
            "config/cases/dee.yaml",
            "the cases at hand are",
            "be, ",
        ),
    ),
    Fault(
        "a comparison names a case that there is not",
        put(MAIN, "comparison.cases", ["be", "dee"]),
        (MAIN, "`comparison.cases`", "'dee'", "did you mean 'de'"),
    ),
    Fault(
        "a comparison is of one case",
        put(MAIN, "comparison.cases", ["be"]),
        (MAIN, "`comparison.cases`", "1 of the 2 entries"),
    ),
    Fault(
        "a comparison has a reference that there is not",
        put(MAIN, "comparison.schemes.all_medians.sf_high", "median_of_the_nation"),
        (MAIN, "`comparison.schemes.all_medians.sf_high`", "write one of zero"),
    ),
    Fault(
        "a scheme of a comparison has the name of the cases' own",
        put(MAIN, "comparison.schemes.own", {"sf_high": "zero"}),
        (MAIN, "`comparison.schemes.own`", "another name"),
    ),
    Fault("no case is named", put(MAIN, "cases", []), (MAIN, "`cases`", "write", "be, de")),
    Fault(
        "a case is named twice",
        put(MAIN, "cases", ["be", "de", "be"]),
        (MAIN, "`cases`", "'be'", "twice"),
    ),
    Fault(
        "a case is written in capitals",
        put(MAIN, "cases", ["BE"]),
        (MAIN, "cases", "'BE'", "'be'"),
    ),
    Fault(
        "a case is a number",
        put(MAIN, "cases", [1]),
        (MAIN, "cases[1]", "is 1", 'write "1"'),
    ),
    Fault(
        "cases is left empty",
        put(MAIN, "cases", None),
        (MAIN, "`cases`", "empty", "write a list"),
    ),
    Fault(
        "overrides is left empty",
        put(MAIN, "overrides", None),
        (MAIN, "`overrides`", "empty", "write a block"),
    ),
    Fault(
        "an override's case is misspelt",
        override("bee", {"comparison_decimals": 6}),
        (MAIN, "`overrides.bee`", "did you mean 'be'"),
    ),
    Fault(
        "an override's key is misspelt",
        override("be", {"criteria": {"sf_high": {"refrence": "national_median"}}}),
        (MAIN, "overrides.be", "criteria.sf_high", "'refrence'", "did you mean 'reference'"),
    ),
    Fault(
        "an override's value has a wrong type",
        override("be", {"comparison_decimals": "nine"}),
        (MAIN, "overrides.be", "`comparison_decimals`", "'nine'", "write a whole number"),
    ),
    Fault(
        "an override names an unknown scheme",
        override("be", {"criteria": {"sf_high": {"reference": "national_medain"}}}),
        (MAIN, "overrides.be", "`criteria.sf_high.reference`", "did you mean 'national_median'"),
    ),
    Fault(
        "an override names an unknown indicator in a list",
        override("de", {"profile": ["varni", "denisty_2014"]}),
        (MAIN, "overrides.de", "`profile`", "'denisty_2014'", "did you mean 'density_2014'"),
    ),
    Fault(
        "an override removes a key that every case needs",
        override("be", {"title": None}),
        (MAIN, "overrides.be", "'title'"),
    ),
    Fault(
        "an override removes a key that a block needs",
        override("be", {"geography": {"level": None}}),
        (MAIN, "overrides.be", "`geography`", "'level'"),
    ),
    Fault(
        "an override removes a key beside a fault of the case file",
        override("be", {"geography": {"changes": None}}),
        (f"{BE}: ", "`geography.level`", "did you mean 'municipality'"),
        (put(BE, "geography.level", "municipalty"),),
    ),
    Fault(
        "an override makes an indicator unavailable and leaves its dates",
        override("be", {"indicators": {"sf_origin": {"definition": "not_available"}}}),
        (MAIN, "overrides.be", "`indicators.sf_origin`", "not_available", "'of'", "`of: null`"),
        (put(MAIN, "overrides.be.indicators.sf_origin.because", "a test"),),
    ),
    Fault(
        "an override holds extends, which has been followed by then",
        override("be", {"extends": "de"}),
        (MAIN, "overrides.be", "extends", "config/cases/be.yaml"),
    ),
    Fault(
        "an override's threshold is not a number",
        override("be", {"criteria": {"sf_high": {"reference": float("nan")}}}),
        (MAIN, ".nan", "write it in quotes"),
    ),
]

OF_THE_RUN += [
    Fault(
        "a new vintage is named by no day of the calendar",
        put(MAIN, "new_vintage", "2026-02-30"),
        (MAIN, "`new_vintage`", "'2026-02-30'", "no day of the calendar"),
    ),
    Fault(
        "a new vintage has the name of one that came with the project",
        put(MAIN, "new_vintage", "2026-11-22"),
        (MAIN, "`new_vintage`", "'2026-11-22'", "did not come by a refresh", "a letter behind"),
    ),
    Fault(
        "a case has the name of a folder that all cases share",
        put(MAIN, "cases", ["refresh"]),
        (MAIN, "`cases`", "'refresh'", "results/refresh/", "rename the case"),
    ),
    Fault(
        "an adopted vintage's dataset is not known",
        put(MAIN, "vintages.statbel_populaton", "2026-11-22"),
        (MAIN, "`vintages`", "'statbel_populaton'", "did you mean 'statbel_population'"),
    ),
    Fault(
        "an adopted vintage is not pinned",
        put(MAIN, "vintages.statbel_population", "2026-11-23"),
        (
            MAIN,
            "`vintages.statbel_population`",
            "'2026-11-23'",
            "did you mean '2026-11-22'",
            "`snakemake refresh --config datasets=statbel_population`",
        ),
    ),
    Fault(
        "a vintage is adopted of a dataset that was never fetched",
        put(MAIN, "vintages.onem_jobseekers", "2026-11-22"),
        (
            MAIN,
            "`vintages.onem_jobseekers`",
            "at hand are none",
            "`snakemake refresh --config datasets=onem_jobseekers`",
        ),
    ),
    Fault(
        "an adopted vintage is a list",
        put(MAIN, "vintages.statbel_population", ["2026-11-22"]),
        (MAIN, "`vintages.statbel_population`", "['2026-11-22']", "write text"),
    ),
    Fault(
        "vintages is left empty",
        put(MAIN, "vintages", None),
        (MAIN, "`vintages`", "empty", "write a block"),
    ),
    Fault(
        "a dataset to refresh is not known",
        put(MAIN, "datasets", ["statbel_populaton"]),
        (MAIN, "`datasets`", "'statbel_populaton'", "did you mean 'statbel_population'"),
    ),
    Fault(
        "a dataset to refresh cannot be fetched",
        put(MAIN, "datasets", ["smstra_be_municipalities_2025"]),
        (MAIN, "`datasets`", "'smstra_be_municipalities_2025'", "no `live` in", BE_TABLES),
    ),
    Fault(
        "a dataset to refresh is named twice on the command line",
        put(MAIN, "datasets", "statbel_income, statbel_income"),
        (MAIN, "`datasets`", "'statbel_income'", "twice"),
    ),
    Fault(
        "the datasets to refresh end with a comma",
        put(MAIN, "datasets", "statbel_income,"),
        (MAIN, "`datasets[2]` is ''", "write small letters"),
    ),
    Fault(
        "a new vintage is named by a day as in Belgium",
        put(MAIN, "new_vintage", "22/11/2026"),
        (MAIN, "`new_vintage`", "'22/11/2026'", 'a day such as "2026-11-22"'),
    ),
    Fault(
        "a new vintage is named by a capital letter behind the day",
        put(MAIN, "new_vintage", "2026-11-22B"),
        (MAIN, "`new_vintage`", "'2026-11-22B'", "did you mean '2026-11-22b'"),
    ),
]

OF_YAML = [
    Fault(
        "a key stands twice in a case",
        swap(BE, "country: Belgium", "country: Belgium\ntitle: Belgium"),
        (BE, "line 4", "'title'", "line 2", "keep one"),
    ),
    Fault(
        "a key stands twice in config.yaml",
        raw(MAIN, "cases: [be]\ncases: [de]\n"),
        (MAIN, "line 2", "'cases'", "line 1", "keep one"),
    ),
    Fault(
        "a key is a number",
        swap(EU_TABLES, '"2": country', "2: country"),
        (EU_TABLES, "line 14", "'2'", 'write it in quotes, "2"'),
    ),
    Fault(
        "a block is named by an alias",
        raw(BREAKS, "a: &b {title: x}\nc: *b\n"),
        (BREAKS, "line 2", "alias", "write the value out"),
    ),
    Fault(
        "a line is indented with a tab",
        swap(BE, "  code_system: nis", "\tcode_system: nis"),
        (BE, "line 8", "not valid YAML", "mend that line"),
    ),
    Fault(
        "a file is not UTF-8",
        raw(BREAKS, "a: {title: Liège}".encode("latin-1")),
        (BREAKS, "byte 13", "not UTF-8", "save the file as UTF-8"),
    ),
    Fault(
        "a file is a list",
        raw(BREAKS, "- a\n- b\n"),
        (BREAKS, "found a list", "`key: value`"),
    ),
    Fault("a file is one word", raw(BREAKS, "nothing\n"), (BREAKS, "found text", "`key: value`")),
    Fault(
        "a file holds two documents",
        raw(BREAKS, "a: 1\n---\nb: 1\n"),
        (BREAKS, "line 2", "not valid YAML"),
    ),
    Fault(
        "a file asks for a Python object",
        raw(BREAKS, "a: !!python/object/apply:os.getcwd []\n"),
        (BREAKS, "line 1", "tags", "write the value"),
    ),
    Fault(
        "a tag does not fit its value",
        raw(BREAKS, "a: !!int nine\n"),
        (BREAKS, "line 1"),
    ),
    Fault(
        "a tag asks for a day that there is not",
        raw(BREAKS, "a: !!timestamp 2005-02-30\n"),
        (BREAKS, "line 1"),
    ),
    Fault(
        "a key is a list",
        raw(BREAKS, "? [a, b]\n: c\n"),
        (BREAKS, "line 1", "key", "a list"),
    ),
    Fault(
        "a file is far too large",
        raw(BREAKS, "# " + "x" * 2_000_000),
        (BREAKS, "2,000,002 bytes"),
    ),
    Fault(
        "blocks are nested too deeply",
        raw(BREAKS, "a: " + "[" * 3000 + "]" * 3000),
        (BREAKS, "nested"),
    ),
    Fault(
        "the pins have no file",
        lambda docs: docs.pop(PINS),
        ("config/datasets/be.yaml", "has no snapshot in data/sources.yaml", "pin one"),
    ),
]

OF_PARENTS = [
    Fault(
        "a parent case is not known",
        put(CHILD, "extends", "bee"),
        (CHILD, "`extends`", "'bee'", "did you mean 'be'", "config/cases/bee.yaml"),
    ),
    Fault(
        "a parent case is a list",
        put(CHILD, "extends", ["be"]),
        (CHILD, "`extends`", "write", "one case"),
    ),
    Fault(
        "a parent case lies in another folder",
        put(CHILD, "extends", "../datasets/be"),
        (CHILD, "`extends`", "'../datasets/be'"),
    ),
    Fault(
        "a case extends itself",
        put(CHILD, "extends", "be-child"),
        (CHILD, "`extends`", "circle", "be-child -> be-child", "stand alone"),
    ),
    Fault(
        "cases extend one another in a circle",
        put(BE, "extends", "be-child"),
        (CHILD, "`extends`", "circle", "be-child -> be -> be-child"),
    ),
    Fault(
        "a wrong type stands in the parent",
        put(BE, "country", 7),
        (f"{BE}: ", "`country`", "is 7"),
    ),
    Fault(
        "an unknown variable stands in the parent",
        put(BE, "indicators.sf.of", "residents_foriegn"),
        (f"{BE}: ", "`indicators.sf.of`", "did you mean 'residents_foreign'"),
    ),
    Fault(
        "an unknown key stands in the child",
        put(CHILD, "titel", "x"),
        (f"{CHILD}: ", "'titel'", "did you mean 'title'"),
    ),
    Fault(
        "an unknown variable stands in the child",
        put(CHILD, "indicators", {"sf": {"of": "residents_foriegn"}}),
        (f"{CHILD}: ", "`indicators.sf.of`", "did you mean 'residents_foreign'"),
    ),
    Fault(
        "the child removes what every case needs",
        put(CHILD, "country", None),
        (f"{CHILD}: ", "'country'"),
    ),
]

OF_CASES = [
    Fault(
        "whether each area is checked alone is no yes or no",
        put(BE, "aggregate_checks.unemployed_lfs.each_area_alone", "sometimes"),
        (BE, "`aggregate_checks.unemployed_lfs.each_area_alone`", "'sometimes'", "true or false"),
    ),
    Fault(
        "a block's name is misspelt",
        put(BE, "geograpy", {}),
        (BE, "'geograpy'", "did you mean 'geography'"),
    ),
    Fault(
        "a date is written without quotes, so it is a number",
        put(BE, "indicators.varun.from", 2005),
        (BE, "`indicators.varun.from`", "is 2005", 'write "2005"'),
    ),
    Fault(
        "a date lacks its zeros",
        put(BE, "indicators.sf.date", "2005-1-1"),
        (BE, "`indicators.sf.date`", "'2005-1-1'", "2005-01-01"),
    ),
    Fault(
        "a date is written as in Belgium",
        put(BE, "indicators.sf.date", "01/01/2005"),
        (BE, "`indicators.sf.date`", "'01/01/2005'", "2005-01-01"),
    ),
    Fault(
        "an indicator's date is no day of the calendar",
        put(BE, "indicators.sf.date", "2005-02-30"),
        (BE, "`indicators.sf.date`", "'2005-02-30'", "no day of the calendar", "2005-01-01"),
    ),
    Fault(
        "the geography's date is no day of the calendar",
        put(BE, "geography.date", "2018-13-01"),
        (BE, "`geography.date`", "'2018-13-01'", "no day of the calendar", "write"),
    ),
    Fault(
        "the geography's date is a year",
        put(BE, "geography.date", "2018"),
        (BE, "`geography.date`", "'2018'", "2018-01-01"),
    ),
    Fault(
        "a value is left empty",
        put(BE, "indicators.sf.label", None),
        (BE, "`indicators.sf.label`", "empty", "write text"),
    ),
    Fault(
        "a dataset of the case is not known",
        put(BE, "datasets.0", "statbel_populaton"),
        (BE, "`datasets`", "'statbel_populaton'", "did you mean 'statbel_population'"),
    ),
    Fault(
        "a dataset of the case holds no figures",
        put(BE, "datasets.0", "statbel_administrative_units"),
        (BE, "`datasets`", "'statbel_administrative_units'", "variables", "write one of"),
    ),
    Fault(
        "a register of the geography is not known",
        put(DE, "geography.units.0", "bbsr_kreis"),
        (DE, "`geography.units`", "'bbsr_kreis'", "did you mean 'bbsr_kreise'"),
    ),
    Fault(
        "a dataset of units is no register",
        put(BE, "geography.units.0", "statbel_population"),
        (BE, "`geography.units`", "'statbel_population'", "statbel_administrative_units"),
    ),
    Fault(
        "the dataset of changes lists none",
        put(BE, "geography.changes", "statbel_population"),
        (BE, "`geography.changes`", "'statbel_population'", "statbel_municipality_changes"),
    ),
    Fault(
        "the level is not known",
        put(BE, "geography.level", "municipalty"),
        (BE, "`geography.level`", "'municipalty'", "did you mean 'municipality'"),
    ),
    Fault(
        "the region level is not known",
        put(DE, "geography.region_level", "laender"),
        (DE, "`geography.region_level`", "'laender'", "did you mean 'land'", "kreis, land"),
    ),
    Fault(
        "the language is not in the register",
        put(BE, "geography.names.default", "fra"),
        (BE, "`geography.names.default`", "'fra'", "did you mean 'fr'", "de, fr, nl"),
    ),
    Fault(
        "a region's language is not in the register",
        put(BE, "geography.names.by_region.02000", "vls"),
        (BE, "`geography.names.by_region.02000`", "'vls'", "de, fr, nl"),
    ),
    Fault(
        "a level that stands in is not in its membership table",
        put(BE, "geography.stand_in_levels.nuts4", dict.fromkeys(("country_unit", "because"), "x")),
        (BE, "`geography.stand_in_levels.nuts4`", "'nuts4'", "nuts1, nuts2, nuts3"),
        (
            put(
                BE,
                "geography.stand_in_levels.nuts4.membership",
                "statbel_municipality_nuts2010",
            ),
        ),
    ),
    Fault(
        "a membership table says no membership",
        put(BE, "geography.stand_in_levels.nuts2.membership", "statbel_population"),
        (
            BE,
            "`geography.stand_in_levels.nuts2.membership`",
            "'statbel_population'",
            "statbel_municipality_nuts2010",
        ),
    ),
    Fault(
        "an indicator's variable is not known",
        put(BE, "indicators.sf.of", "residents_foriegn"),
        (BE, "`indicators.sf.of`", "'residents_foriegn'", "did you mean 'residents_foreign'"),
    ),
    Fault(
        "one of several variables is not known",
        put(BE, "indicators.unoccupied_dwellings_2011.in.0", "dwelings_occupied"),
        (BE, "`indicators.unoccupied_dwellings_2011.in`", "did you mean 'dwellings_occupied'"),
    ),
    Fault(
        "an indicator's variable is in a dataset that the case does not read",
        put(BE, "indicators.sf.of", "rent_level"),
        (BE, "`indicators.sf.of`", "'rent_level'", "add one of bbsr_kreise_inkar to `datasets`"),
    ),
    Fault(
        "an indicator's variable is in no dataset",
        put(BE, "indicators.inhabitants_2005.of", "residents_on_moon"),
        (
            BE,
            "`indicators.inhabitants_2005.of`",
            "'residents_on_moon'",
            "describe one",
            "`definition: not_available`",
        ),
        (
            lambda docs: docs[VOCABULARY].update(
                residents_on_moon=docs[VOCABULARY]["residents_national"]
            ),
        ),
    ),
    Fault(
        "a definition is misspelt",
        put(BE, "indicators.varun.definition", "diference"),
        (BE, "`indicators.varun.definition`", "'diference'", "did you mean 'difference'"),
    ),
    Fault(
        "a definition does not take a key",
        put(BE, "indicators.varni.date", "2005-01-01"),
        (BE, "`indicators.varni`", "relative_change", "'date'", "remove it"),
    ),
    Fault(
        "a reason stands at an indicator that is available",
        put(BE, "indicators.sf.because", "x"),
        (BE, "`indicators.sf`", "share", "'because'", "remove it"),
    ),
    Fault(
        "a share lacks its denominator",
        drop(BE, "indicators.sf.in"),
        (BE, "`indicators.sf`", "'in'", "add `in: ...`"),
    ),
    Fault(
        "not_available stands without a reason",
        put(BE, "indicators.rents", {"label": "Rents", "definition": "not_available"}),
        (BE, "`indicators.rents`", "'because'", "add `because: ...`"),
    ),
    Fault(
        "not_available stands with a date",
        put(BE, "indicators.rents", {"label": "x", "definition": "not_available", "date": "2005"}),
        (BE, "`indicators.rents`", "not_available", "'date'", "remove it"),
        (put(BE, "indicators.rents.because", "x"),),
    ),
    Fault(
        "a share is made of a published rate",
        put(DE, "indicators.sf", {"label": "x", "definition": "share", "of": "share_foreign"}),
        (DE, "`indicators.sf.of`", "'share_foreign'", "a rate", "only counts"),
        (
            put(DE, "indicators.sf.in", "residents"),
            put(DE, "indicators.sf.date", "2005-12-31"),
            put(DE, "indicators.sf.max_year_gap", 0),
        ),
    ),
    Fault(
        "two medians are added up",
        put(BE, "indicators.house_price_2014.of", ["median_price_all_houses", "sales_all_houses"]),
        (BE, "`indicators.house_price_2014.of`", "'median_price_all_houses'", "a median"),
    ),
    Fault(
        "a difference of ratios lacks its unit of measure",
        put(BE, "indicators.varni.definition", "difference"),
        (BE, "`indicators.varni`", "'unit_of_measure'", "add"),
        (put(BE, "indicators.varni.in", "area_km2"),),
    ),
    Fault(
        "a day is asked of a yearly variable",
        put(BE, "indicators.varun.from", "2005-01-01"),
        (BE, "`indicators.varun.from`", "2005-01-01", "'unemployment_rate_lfs'", 'write "2005"'),
    ),
    Fault(
        "a day is asked of a yearly denominator",
        put(BE, "indicators.density_2014.in_date", "2014-01-01"),
        (BE, "`indicators.density_2014.in_date`", "2014-01-01", "'area_km2'", 'write "2014"'),
    ),
    Fault(
        "a change ends before it begins",
        put(BE, "indicators.varun.to", "2004"),
        (BE, "`indicators.varun`", "from 2005 to 2004", "later date"),
    ),
    Fault(
        "a change ends when it begins",
        put(BE, "indicators.varni.to", "2005-01-01"),
        (BE, "`indicators.varni`", "from 2005-01-01 to 2005-01-01", "later date"),
    ),
    Fault(
        "a change runs from a year to a day of the same year",
        put(BE, "indicators.varni.from", "2014"),
        (BE, "`indicators.varni`", "from 2014 to 2014-01-01", "later date"),
    ),
    Fault(
        "a level that stands in is misspelt",
        put(BE, "indicators.varun.stand_in_level", "nuts_2"),
        (BE, "`indicators.varun.stand_in_level`", "'nuts_2'", "did you mean 'nuts2'"),
    ),
    Fault(
        "a level stands in where the case defines none",
        put(DE, "indicators.varun.stand_in_level", "nuts2"),
        (DE, "`indicators.varun.stand_in_level`", "'nuts2'", "none"),
    ),
    Fault(
        "a year gap is below zero",
        put(BE, "indicators.sf.max_year_gap", -1),
        (BE, "`indicators.sf.max_year_gap`", "-1", "0"),
    ),
    Fault(
        "a year gap is text",
        put(BE, "indicators.sf.max_year_gap", "four"),
        (BE, "`indicators.sf.max_year_gap`", "'four'", "write a whole number"),
    ),
    Fault(
        "an indicator's name has capitals",
        put(DE, "indicators.Sf", {"label": "x", "definition": "not_available", "because": "x"}),
        (DE, "indicators", "'Sf'", "'sf'"),
    ),
    Fault(
        "a criterion's indicator is not known",
        put(BE, "criteria.sf_high.indicator", "sf_orign"),
        (BE, "`criteria.sf_high.indicator`", "'sf_orign'", "did you mean 'sf_origin'"),
    ),
    Fault(
        "a scheme is not known",
        put(BE, "criteria.sf_high.reference", "national_agregate"),
        (
            BE,
            "`criteria.sf_high.reference`",
            "'national_agregate'",
            "did you mean 'national_aggregate'",
            "zero, national_aggregate, national_median",
            "a number",
        ),
    ),
    Fault(
        "a threshold is a number in quotes",
        put(BE, "criteria.sf_high.reference", "8.5"),
        (BE, "`criteria.sf_high.reference`", "'8.5'", "a number"),
    ),
    Fault(
        "a threshold is true",
        put(BE, "criteria.sf_high.reference", True),
        (BE, "`criteria.sf_high.reference`", "is true", "a number"),
    ),
    Fault(
        "a comparison is written as a sign",
        put(BE, "criteria.sf_high.holds_if", ">="),
        (BE, "`criteria.sf_high.holds_if`", "'>='", "at_least, at_most, above, below"),
    ),
    Fault(
        "a fourth criterion is asked",
        put(BE, "criteria.sf_low", {"indicator": "sf", "holds_if": "below", "reference": 5}),
        (BE, "'sf_low'", "`criteria`", "sf_high, economy_improving, population_improving"),
    ),
    Fault(
        "an aggregate is asked and not described",
        drop(BE, "criteria.sf_high.aggregate"),
        (BE, "`criteria.sf_high`", "national_aggregate", "add `aggregate: {by: sum_of_counts}`"),
    ),
    Fault(
        "an aggregate's way is misspelt",
        put(BE, "criteria.sf_high.aggregate.by", "sum_of_count"),
        (BE, "`criteria.sf_high.aggregate.by`", "'sum_of_count'", "did you mean 'sum_of_counts'"),
    ),
    Fault(
        "a published rate is summed",
        put(DE, "criteria.sf_high.aggregate", {"by": "sum_of_counts"}),
        (DE, "`criteria.sf_high.aggregate.by`", "'share_foreign'", "a published rate", "write"),
    ),
    Fault(
        "a published total is asked of regions",
        put(BE, "criteria.economy_improving.reference", "region_aggregate"),
        (BE, "`criteria.economy_improving`", "published totals of regions", "sum_of_counts"),
    ),
    Fault(
        "a weighted mean lacks its weight",
        put(DE, "criteria.sf_high.aggregate", {"by": "weighted_mean", "date": "2005-12-31"}),
        (DE, "`criteria.sf_high.aggregate`", "'weight'", "add"),
    ),
    Fault(
        "a weighted mean lacks its date",
        put(DE, "criteria.sf_high.aggregate", {"by": "weighted_mean", "weight": "residents"}),
        (DE, "`criteria.sf_high.aggregate`", "'date'", "add"),
    ),
    Fault(
        "a weighted mean of a change lacks its first date",
        put(DE, "criteria.economy_improving.reference", "national_aggregate"),
        (DE, "`criteria.economy_improving.aggregate`", "'from'", "add"),
        (put(DE, "criteria.economy_improving.aggregate", _RATE),),
    ),
    Fault(
        "a weight is not known",
        put(DE, "criteria.sf_high.aggregate.weight", "residnets"),
        (DE, "`criteria.sf_high.aggregate.weight`", "'residnets'", "did you mean 'residents'"),
    ),
    Fault(
        "a weight is in no dataset of the case",
        put(DE, "criteria.sf_high.aggregate.weight", "declarations"),
        (DE, "`criteria.sf_high.aggregate.weight`", "'declarations'", "statbel_income"),
    ),
    Fault(
        "a weight is a median",
        put(DE, "criteria.sf_high.aggregate.weight", "median_age"),
        (DE, "`criteria.sf_high.aggregate.weight`", "'median_age'", "a median", "count"),
    ),
    Fault(
        "a weight's date is no day of the calendar",
        put(DE, "criteria.sf_high.aggregate.date", "2005-02-30"),
        (DE, "`criteria.sf_high.aggregate.date`", "'2005-02-30'", "no day of the calendar"),
    ),
    Fault(
        "the variable of the size classes is not known",
        put(BE, "size_classes.inhabitants.variable", "residnets"),
        (BE, "`size_classes.inhabitants.variable`", "'residnets'", "did you mean 'residents'"),
    ),
    Fault(
        "the date of the size classes is no day of the calendar",
        put(BE, "size_classes.inhabitants.date", "2014-02-30"),
        (BE, "`size_classes.inhabitants.date`", "'2014-02-30'", "no day of the calendar"),
    ),
    Fault(
        "a size class asks for a category that is of no variable",
        put(BE, "size_classes.classes.3.category", [3]),
        (BE, "`size_classes`", "'rural area'", "`category`", "add `category:`"),
    ),
    Fault(
        "a day is asked of the yearly area",
        put(BE, "size_classes.area.date", "2014-01-01"),
        (BE, "`size_classes.area.date`", "2014-01-01", "'area_km2'", 'write "2014"'),
    ),
    Fault(
        "two size classes have one name",
        put(BE, "size_classes.classes.1.name", "small town"),
        (BE, "`size_classes.classes`", "'small town'", "name of its own"),
    ),
    Fault(
        "a size class holds nothing",
        put(BE, "size_classes.classes.1.below", 50000),
        (BE, "'medium town'", "100000", "50000", "`from`", "`below`"),
    ),
    Fault(
        "the overview names an unknown indicator",
        put(BE, "profile.3", "denisty_2014"),
        (BE, "`profile`", "'denisty_2014'", "did you mean 'density_2014'"),
    ),
    Fault(
        "the overview names an indicator twice",
        put(BE, "profile.3", "varni"),
        (BE, "`profile`", "'varni'", "twice"),
    ),
    Fault(
        "a check's variable is not known",
        put(BE, f"{_CHECK}.of", "residnets"),
        (BE, f"`{_CHECK}.of`", "'residnets'", "did you mean 'residents'"),
    ),
    Fault(
        "a check has no published figure",
        drop(BE, f"{_CHECK}.published"),
        (BE, f"`{_CHECK}`", "`published:`", "`published_by:`"),
    ),
    Fault(
        "a check has two published figures",
        put(BE, f"{_CHECK}.published_by", "statbel_population"),
        (BE, f"`{_CHECK}`", "`published:`", "`published_by:`"),
    ),
    Fault(
        "a check's figure has no source",
        drop(BE, f"{_CHECK}.source"),
        (BE, f"`{_CHECK}`", "`source:`"),
    ),
    Fault(
        "a check's dataset is not one of the case",
        put(BE, "aggregate_checks.unemployed_lfs.published_by", "eurostat_lfs_nuts3"),
        (
            BE,
            "`aggregate_checks.unemployed_lfs.published_by`",
            "'eurostat_lfs_nuts3'",
            "did you mean 'eurostat_lfs_nuts2'",
        ),
    ),
    Fault(
        "a check adds up to an unknown level",
        put(BE, f"{_CHECK}.to", "contry"),
        (BE, f"`{_CHECK}.to`", "'contry'", "did you mean 'country'"),
    ),
    Fault(
        "a check adds up an unknown level",
        put(BE, f"{_CHECK}.sum_over", "municipalty"),
        (BE, f"`{_CHECK}.sum_over`", "'municipalty'", "did you mean 'municipality'"),
    ),
    Fault(
        "a check's date is no day of the calendar",
        put(BE, f"{_CHECK}.date", "2005-02-30"),
        (BE, f"`{_CHECK}.date`", "'2005-02-30'", "no day of the calendar"),
    ),
    Fault(
        "a check's tolerance is written with an exponent",
        swap(BE, "tolerance: 0.6", "tolerance: 1e-3"),
        (BE, "`aggregate_checks.unemployed_lfs.tolerance`", "1e-3", "0.001"),
    ),
    Fault(
        "a check's every is misspelt",
        put(BE, f"{_CHECK}.date", "evry"),
        (BE, f"`{_CHECK}.date`", "'evry'", "every", "2005-01-01"),
    ),
]

_SF = "robustness.definitions.sf_high"
_ECONOMY = "robustness.definitions.economy_improving"
_DRAWS = "robustness.probabilities"
_INHABITANTS = {
    "indicator": "varni",
    "holds_if": "at_least",
    "aggregate": {"by": "sum_of_counts"},
}
OF_ROBUSTNESS = [
    Fault(
        "a definition has neither an indicator nor parts",
        put(BE, f"{_SF}.nationality", {"references": [5]}),
        (BE, "definitions.sf_high.nationality", "none of", "`indicator`", "write one"),
    ),
    Fault(
        "a definition has an indicator and parts",
        put(BE, f"{_ECONOMY}.points_and_level.indicator", "varun"),
        (BE, "economy_improving.points_and_level", "indicator, all_of", "write one"),
    ),
    Fault(
        "joined definitions have a direction",
        put(BE, f"{_ECONOMY}.points_and_level.holds_if", "at_least"),
        (BE, "economy_improving.points_and_level", "'holds_if'", "remove it"),
    ),
    Fault(
        "joined definitions have references of their own",
        put(BE, f"{_ECONOMY}.points_or_level.references", ["zero"]),
        (BE, "economy_improving.points_or_level", "'references'", "remove it"),
    ),
    Fault(
        "joined definitions have no reference in common",
        put(BE, f"{_ECONOMY}.points.references", ["zero"]),
        (BE, "economy_improving.points_and_level", "points, level_at_end", "in common"),
    ),
    Fault(
        "a definition has the name of the case's own choice",
        put(BE, f"{_SF}.as_asked", {"indicator": "sf_origin", "holds_if": "at_least"}),
        (BE, "definitions.sf_high.as_asked", "the case's own choice", "another name"),
    ),
    Fault(
        "a window ends another definition before it starts",
        put(BE, "indicators.income_change.from", "2013"),
        (BE, "windows.start_1_later", "'income_change'", "from 2014 to 2014"),
    ),
    Fault(
        "joined definitions name one that comes later",
        put(BE, f"{_ECONOMY}.points_and_level.all_of", ["points", "income"]),
        (BE, "points_and_level.all_of", "'income'", "points, relative"),
    ),
    Fault(
        "a definition has no direction",
        drop(BE, f"{_SF}.origin.holds_if"),
        (BE, "definitions.sf_high.origin", "'holds_if'", "add"),
    ),
    Fault(
        "a definition's indicator is misspelt",
        put(BE, f"{_SF}.origin.indicator", "sf_orgin"),
        (BE, "sf_high.origin.indicator", "'sf_orgin'", "did you mean 'sf_origin'"),
    ),
    Fault(
        "a share of one date does not say which end moves it",
        drop(BE, f"{_SF}.origin.moves_with"),
        (BE, "sf_high.origin", "'sf_origin'", "'moves_with'", "moves_with: start"),
    ),
    Fault(
        "a change says which end moves it",
        put(BE, f"{_ECONOMY}.points.moves_with", "end"),
        (BE, "economy_improving.points", "'varun'", "remove `moves_with`"),
    ),
    Fault(
        "a definition's reference is misspelt",
        put(BE, f"{_ECONOMY}.level_at_end.references", ["national_medan"]),
        (
            BE,
            "economy_improving.level_at_end",
            "'national_medan'",
            "did you mean 'national_median'",
        ),
    ),
    Fault(
        "a reference of robustness is misspelt",
        put(BE, "robustness.references.sf_high", [5, "region_medain"]),
        (BE, "robustness.references.sf_high", "'region_medain'", "did you mean 'region_median'"),
    ),
    Fault(
        "a definition's weight is misspelt",
        put(DE, f"{_SF}.nationality.aggregate.weight", "residnts"),
        (DE, "sf_high.nationality", "'residnts'", "did you mean 'residents'"),
    ),
    Fault(
        "a definition adds up rates",
        put(DE, f"{_ECONOMY}.points.aggregate", {"by": "sum_of_counts"}),
        (DE, "economy_improving.points", "never summed", "weighted_mean"),
        also=(put(DE, f"{_ECONOMY}.points.references", ["national_aggregate"]),),
    ),
    Fault(
        "a window has the name of the case's own",
        put(BE, "robustness.windows.as_asked", {"start": 1}),
        (BE, "robustness.windows.as_asked", "write another name"),
    ),
    Fault(
        "a window ends before it starts",
        put(BE, "robustness.windows.end_2_earlier", {"start": 9}),
        (BE, "windows.end_2_earlier", "from 2014 to 2014", "the later year"),
    ),
    Fault(
        "two windows are the same",
        put(BE, "robustness.windows.again", {"end": 1, "start": 0}),
        (BE, "robustness.windows.again", "'end_1_later'", "count twice"),
    ),
    Fault(
        "a window is the case's own",
        put(BE, "robustness.windows.nothing_moves", {"start": 0}),
        (BE, "robustness.windows.nothing_moves", "'as_asked'", "count twice"),
    ),
    Fault(
        "two definitions are the same",
        put(BE, "robustness.definitions.population_improving.again", _INHABITANTS),
        (BE, "population_improving.again", "'inhabitants'", "count twice"),
    ),
    Fault(
        "a flag has two letters",
        put(BE, f"{_DRAWS}.flagged_times", {"zz": 2}),
        (BE, "flagged_times", "'zz'", "one small letter"),
    ),
    Fault(
        "the error of a figure in use is not said",
        drop(BE, f"{_ERRORS}.residents_foreign"),
        (BE, "probabilities.errors", "'residents_foreign'", "`indicators.sf`", "exact: true"),
    ),
    Fault(
        "an error is of no variable",
        put(BE, f"{_ERRORS}.residnts", {"exact": True, "because": "a test"}),
        (BE, "errors.residnts", "did you mean 'residents'"),
    ),
    Fault(
        "a figure is exact and rounded",
        put(BE, f"{_ERRORS}.residents.rounded_to", 100),
        (BE, "errors.residents", "both `exact` and rounded_to", "`exact: true` alone"),
    ),
    Fault(
        "an error says nothing",
        drop(BE, f"{_ERRORS}.residents.exact"),
        (BE, "errors.residents", "no error", "`exact: true` alone"),
    ),
    Fault(
        "a standard error is of an unknown level",
        put(BE, f"{_ERRORS}.employed_lfs.relative_standard_error", {"nuts3": 0.1}),
        (BE, "relative_standard_error.nuts3", "'nuts3'", "nuts2"),
    ),
    Fault(
        "another year's error is of an indicator that no criterion compares",
        put(BE, f"{_DRAWS}.other_year.sf_origin", {"standard_error_per_year": 1, "because": "x"}),
        (BE, "other_year.sf_origin", "'sf_origin'", "sf, varni, varun"),
    ),
    Fault(
        "a stand-in's error is of an indicator that no criterion compares",
        put(BE, f"{_DRAWS}.stand_in.varu", {"standard_error": 1, "because": "x"}),
        (BE, "stand_in.varu", "did you mean 'varun'"),
    ),
    Fault(
        "robust asks for less than likely",
        put(BE, "robustness.verdicts.robust.probability", 0.4),
        (BE, "verdicts.robust.probability", "0.4", "0.5", "no less"),
    ),
    Fault(
        "the table of known cases is not there",
        put(BE, "robustness.known_cases", "data/own/known.csv"),
        (BE, "robustness.known_cases", "data/own/known.csv", "unit,type"),
    ),
]
_TOWNS = "figures.towns"
OF_FIGURES = [
    Fault(
        "pseudonyms for towns that a rule finds",
        put(BE, "pseudonymise", True),
        (BE, f"`{_TOWNS}.choose`", "best_set", "`choose: named`", "--configfile"),
    ),
    Fault(
        "the towns of a set without a set's number",
        drop(BE, f"{_TOWNS}.set"),
        (BE, f"`{_TOWNS}`", "`choose: best_set`", "`set:`", "add"),
    ),
    Fault(
        "a set that is not made",
        put(BE, f"{_TOWNS}.set", 11),
        (BE, f"`{_TOWNS}.set`", "11", "`selection.sets.how_many`", "10"),
    ),
    Fault(
        "the towns of a set in a case without sets",
        drop(BE, "selection.sets"),
        (BE, f"`{_TOWNS}`", "`selection.sets`", "closest_to_type_median"),
    ),
    Fault(
        "typical towns of an unknown size class",
        put(
            BE,
            f"{_TOWNS}",
            {"choose": "deepest_inside_type", "among_size_classes": ["medium twon"]},
        ),
        (BE, f"`{_TOWNS}.among_size_classes`", "'medium twon'", "did you mean 'medium town'"),
    ),
    Fault(
        "typical towns of no size class",
        put(BE, f"{_TOWNS}", {"choose": "closest_to_type_median"}),
        (BE, f"`{_TOWNS}`", "`among_size_classes:`", "add"),
    ),
    Fault(
        "named towns are not named",
        put(BE, f"{_TOWNS}", {"choose": "named"}),
        (BE, f"`{_TOWNS}`", "`units:`", "named", "add"),
    ),
    Fault(
        "towns are named and not asked for",
        put(BE, f"{_TOWNS}.units", ["11002"]),
        (BE, f"`{_TOWNS}`", "`units:`", "best_set", "`choose: named`", "remove"),
    ),
    Fault(
        "a town's code is a number",
        put(BE, f"{_TOWNS}", {"choose": "named", "units": [11002]}),
        (BE, f"{_TOWNS}.units[1]", "is 11002", "in quotes"),
    ),
    Fault(
        "a series of an unknown variable",
        put(BE, "series.inhabitants.of", "residnets"),
        (BE, "`series.inhabitants.of`", "did you mean 'residents'"),
    ),
    Fault(
        "a series that ends before it begins",
        put(BE, "series.inhabitants.to", "1999-01-01"),
        (BE, "`series.inhabitants`", "2000-01-01", "1999-01-01", "later"),
    ),
    Fault(
        "a series from no day of the calendar",
        put(BE, "series.inhabitants.from", "2005-02-30"),
        (BE, "`series.inhabitants.from`", "'2005-02-30'", "no day of the calendar"),
    ),
    Fault(
        "a series of a level with a denominator",
        put(BE, "series.inhabitants.in", "area_km2"),
        (BE, "`series.inhabitants`", "level", "`in`", "remove"),
    ),
    Fault(
        "medians added up over a region",
        put(BE, "series.price_apartments.region", {"by": "sum_of_counts"}),
        (BE, "`series.price_apartments.region.by`", "median", "median_of_units"),
    ),
    Fault(
        "a weighted mean without a weight",
        put(DE, "indicators.sf.country", {"by": "weighted_mean"}),
        (DE, "`indicators.sf.country`", "'weight'", "add"),
    ),
    Fault(
        "a weight that is no count",
        put(DE, "indicators.sf.country.weight", "median_age"),
        (DE, "`indicators.sf.country.weight`", "'median_age'", "only a count"),
    ),
    Fault(
        "a weight of an unknown variable",
        put(DE, "indicators.sf.country.weight", "residnets"),
        (DE, "`indicators.sf.country.weight`", "did you mean 'residents'"),
    ),
    Fault(
        "a weighted mean of counts",
        put(DE, "indicators.varni.region", {"by": "weighted_mean", "weight": "residents"}),
        (DE, "`indicators.varni.region.by`", "weighted_mean", "sum_of_counts"),
    ),
    Fault(
        "a weight where nothing is weighted",
        put(BE, "indicators.sf.region.weight", "residents"),
        (BE, "`indicators.sf.region`", "`weight`", "remove"),
    ),
    Fault(
        "a figure of an unknown series",
        put(BE, "figures.income.series", "income_per_residnet"),
        (BE, "`figures.income.series`", "did you mean 'income_per_resident'"),
    ),
    Fault(
        "a figure of an unknown indicator",
        put(BE, "figures.density_size.inhabitants", "inhabitants_2041"),
        (BE, "`figures.density_size.inhabitants`", "did you mean 'inhabitants_2014'"),
    ),
    Fault(
        "a figure without what it shows",
        drop(BE, "figures.income.base"),
        (BE, "`figures.income`", "'base'", "`not_available:`"),
    ),
    Fault(
        "a figure that names nothing",
        put(BE, "figures.arrivals", {}),
        (BE, "`figures.arrivals`", "empty", "`not_available:`"),
    ),
    Fault(
        "a figure that is not available and shows something",
        put(BE, "figures.income.not_available", "a test"),
        (BE, "`figures.income`", "`not_available`", "remove"),
    ),
    Fault(
        "the index's base lies outside its series",
        put(BE, "figures.population_index.base", "1999-01-01"),
        (BE, "`figures.population_index.base`", "1999-01-01", "2000-01-01", "within"),
    ),
    Fault(
        "the index's base is no day of the calendar",
        put(BE, "figures.population_index.base", "2005-02-30"),
        (BE, "`figures.population_index.base`", "'2005-02-30'", "no day of the calendar"),
    ),
    Fault(
        "a share of foreigners that is a number of inhabitants",
        put(BE, "figures.foreign_residents.series", "inhabitants"),
        (BE, "`figures.foreign_residents.series`", "'Inhabitants'", "no share", "name another"),
    ),
    Fault(
        "a composition of shares and prices",
        put(BE, "figures.origin.series.0", "price_apartments"),
        (BE, "`figures.origin.series`", "'Apartments'", "no share"),
    ),
    Fault(
        "a density that is a change",
        put(BE, "figures.density_size.density", "varun"),
        (BE, "`figures.density_size.density`", "no ratio", "shows a ratio"),
    ),
    Fault(
        "inhabitants that are a change",
        put(BE, "figures.density_size.inhabitants", "varni"),
        (BE, "`figures.density_size.inhabitants`", "no level of a count"),
    ),
    Fault(
        "unemployment that is a price",
        put(BE, "figures.unemployment.from", "house_price_2014"),
        (BE, "`figures.unemployment.from`", "no level of a rate"),
    ),
    Fault(
        "unemployment from the later date to the earlier",
        put(BE, "figures.unemployment", {"from": "unemployment_2014", "to": "unemployment_2005"}),
        (BE, "`figures.unemployment`", "an earlier and at a later date"),
    ),
    Fault(
        "a map of a table without boundaries",
        put(BE, "figures.map.boundaries", "statbel_income"),
        (BE, "`figures.map.boundaries`", "'statbel_income'", "statbel_boundaries_2011"),
    ),
    Fault(
        "a map with other codes",
        put(DE, "figures.map", {"boundaries": "statbel_boundaries_2011"}),
        (DE, "`figures.map.boundaries`", "nis", "ags"),
    ),
    Fault(
        "look-alikes by an unknown indicator",
        put(BE, "locality_profiles.compared_by.0", "inhabitants_2041"),
        (BE, "`locality_profiles.compared_by`", "did you mean 'inhabitants_2014'"),
    ),
    Fault(
        "look-alikes among candidates that nobody names",
        put(DE, "locality_profiles.among", "candidates"),
        (DE, "`locality_profiles.among`", "`selection`", "`among: units`"),
        (
            drop(DE, "selection"),
            put(DE, _TOWNS, {"choose": "named", "units": ["01001"]}),
        ),
    ),
]
OF_SELECTION = [
    Fault(
        "a size class of the candidates is misspelt",
        put(BE, f"{_CANDIDATES}.size_classes", ["smal town"]),
        (BE, "candidates.size_classes", "'smal town'", "did you mean 'small town'"),
    ),
    Fault(
        "another date of the size classes is none",
        put(BE, f"{_CANDIDATES}.size_classes_also_at", ["2019-02-30"]),
        (BE, "size_classes_also_at", "2019-02-30"),
    ),
    Fault(
        "two dates of the size classes are of one year",
        put(BE, f"{_CANDIDATES}.size_classes_also_at", ["2014-07-01"]),
        (BE, "size_classes_also_at", "two dates of 2014", "keep one"),
    ),
    Fault(
        "verdicts are asked for without robustness",
        put(BE, f"{_CANDIDATES}.verdicts", ["robust"]),
        (BE, "candidates.verdicts", "`robustness`", "add one"),
        also=(drop(BE, "robustness"),),
    ),
    Fault(
        "an indicator of arrivals is misspelt",
        put(BE, f"{_CANDIDATES}.arrivals.points", "arrival_points"),
        (BE, "arrivals.points", "did you mean 'arrivals_points'"),
    ),
    Fault(
        "arrived persons are percentage points",
        put(BE, f"{_CANDIDATES}.arrivals.persons", "arrivals_points"),
        (BE, "arrivals.persons", "no change in persons", "difference of a count"),
    ),
    Fault(
        "arrived points are a level",
        put(BE, f"{_CANDIDATES}.arrivals.points", "foreign_2014"),
        (BE, "arrivals.points", "no change in points", "difference_of_shares"),
    ),
    Fault(
        "traditions of candidates are asked for without their table",
        put(BE, f"{_CANDIDATES}.politics.traditions", ["progressive"]),
        (BE, "politics.traditions", "`table`", "name that table"),
    ),
    Fault(
        "a least number of arrivals has no indicator",
        put(DE, f"{_CANDIDATES}.arrivals.at_least_persons", 5),
        (DE, "candidates.arrivals", "'persons'", "add `persons:`"),
    ),
    Fault(
        "the period of reception is none",
        put(BE, f"{_CANDIDATES}.reception.period", ["2014", "2017-02-29"]),
        (BE, "reception.period", "2017-02-29"),
    ),
    Fault(
        "the period of reception ends before it starts",
        put(BE, f"{_CANDIDATES}.reception.period", ["2017", "2014-06-30"]),
        (BE, "reception.period", "2017 to 2014-06-30", "the earlier date first"),
    ),
    Fault(
        "the table of reception is not there",
        put(BE, f"{_CANDIDATES}.reception.table", "data/own/reception.csv"),
        (BE, "reception.table", "smstra template reception data/own/reception.csv"),
    ),
    Fault(
        "the table of politics is not there",
        put(BE, f"{_CANDIDATES}.politics.table", "data/own/politics.csv"),
        (BE, "politics.table", "smstra template politics data/own/politics.csv"),
    ),
    Fault(
        "places are a dataset without boundaries",
        put(BE, "selection.places", "statbel_population"),
        (BE, "selection.places", "'statbel_population'", "statbel_boundaries_2011"),
    ),
    Fault(
        "places have other codes than the case",
        put(DE, "selection.places", "statbel_boundaries_2011"),
        (DE, "selection.places", "'statbel_boundaries_2011'", "are nis", "the case's are ags"),
    ),
    Fault(
        "a set asks for a type that is no candidate",
        put(BE, f"{_SETS}.types.each", {"A": 3, "mixed": 1}),
        (BE, "sets.types.each.mixed", "'mixed'", "`selection.candidates.types`", "A, B, C, D"),
    ),
    Fault(
        "candidates are chosen by an answer that is none",
        put(BE, f"{_CANDIDATES}.answers", {"sf_high": ["often"]}),
        (BE, "candidates.answers.sf_high", "'often'"),
    ),
    Fault(
        "candidates are chosen by a criterion without figures",
        put(BE, f"{_CANDIDATES}.answers", {"sf_high": ["yes"]}),
        (BE, "candidates.answers.sf_high", "`indicators.sf`", "not available", "remove it"),
        also=(
            put(
                BE,
                "indicators.sf",
                {"label": "SF", "definition": "not_available", "because": "a test"},
            ),
            drop(BE, "robustness"),
            drop(BE, "aggregate_checks"),
            drop(BE, f"{_SETS}.objective.typicality"),
            drop(BE, f"{_SETS}.objective.stability"),
        ),
    ),
    Fault(
        "a set is spread over answers that the candidates do not say",
        put(BE, f"{_SETS}.answers", {"sf_high": {"at_most_each": 2}}),
        (BE, "sets.answers.sf_high", "candidates.answers.sf_high", "add"),
    ),
    Fault(
        "a set asks for an answer that no candidate gives",
        put(BE, f"{_SETS}.answers", {"sf_high": {"each": {"no": 1}}}),
        (BE, "sets.answers.sf_high.each.no", "`selection.candidates.answers.sf_high`", "yes"),
        also=(put(BE, f"{_CANDIDATES}.answers", {"sf_high": ["yes"]}),),
    ),
    Fault(
        "pairs are divided by an answer that the candidates do not say",
        put(BE, "selection.pairs.divide", {"by": "sf_high", "groups": ["yes", "no"]}),
        (BE, "pairs.divide", "candidates.answers.sf_high", "add"),
    ),
    Fault(
        "a set asks for a size class that is no candidate",
        put(BE, f"{_SETS}.size_classes.each", {"large city": 1}),
        (BE, "size_classes.each.large city", "`selection.candidates.size_classes`"),
    ),
    Fault(
        "at least is more than at most",
        put(BE, f"{_SETS}.types.each.A", {"at_least": 2, "at_most": 1}),
        (BE, "types.each.A", "at least 2", "at most 1"),
    ),
    Fault(
        "more towns of all types than towns",
        put(BE, f"{_SETS}.types.each", {"A": 2, "B": 2, "C": 1}),
        (BE, "types.each", "5 towns together", "`selection.sets.towns` is 4"),
    ),
    Fault(
        "more different classes than towns",
        put(BE, f"{_SETS}.size_classes.at_least_distinct", 5),
        (BE, "size_classes.at_least_distinct", "5 different", "is 4"),
    ),
    Fault(
        "a town is forced in and left out",
        put(BE, f"{_SETS}.include", ["11001", "11002"]),
        (BE, "sets.exclude", "11002", "`selection.sets.include`", "remove it from one"),
        also=(put(BE, f"{_SETS}.exclude", ["11002"]),),
    ),
    Fault(
        "more towns are forced in than a set has",
        put(BE, f"{_SETS}.include", ["11001", "11002", "11004", "11005", "11007"]),
        (BE, "sets.include", "forces 5 towns in", "is 4"),
    ),
    Fault(
        "distances are asked for without places",
        drop(BE, "selection.places"),
        (BE, "sets.apart_km", "'places'", "with `boundaries`"),
    ),
    Fault(
        "traditions are asked for without their table",
        put(BE, f"{_SETS}.traditions", {"at_least_distinct": 2}),
        (BE, "sets.traditions", "politics.table", "name that table"),
    ),
    Fault(
        "all weights of the objective are 0",
        put(BE, f"{_SETS}.objective", {"typicality": 0, "coverage": 0}),
        (BE, "sets.objective", "with 0", "a weight"),
    ),
    Fault(
        "stability is weighed without robustness",
        drop(BE, "robustness"),
        (BE, "sets.objective.stability", "`robustness`", "remove the key"),
        also=(drop(BE, f"{_SETS}.objective.typicality"),),
    ),
    Fault(
        "a covariate is misspelt",
        put(BE, "selection.pairs.covariates", ["density"]),
        (BE, "pairs.covariates", "'density'", "did you mean 'density_2014'"),
    ),
    Fault(
        "a group of the divide is no type",
        put(DE, "selection.pairs.divide.groups", ["A", "E"]),
        (DE, "pairs.divide.groups", "'E'", "A, B, C, D, mixed"),
    ),
    Fault(
        "pairs are the same in what divides them",
        put(BE, "selection.pairs.exact", ["type", "region"]),
        (BE, "pairs.exact", "the same region", "remove it from one"),
    ),
    Fault(
        "pairs of the same verdict without robustness",
        put(BE, "selection.pairs.exact", ["verdict"]),
        (BE, "pairs.exact", "`robustness`"),
        also=(
            drop(BE, "robustness"),
            drop(BE, "selection.sets"),
            put(BE, _TOWNS, {"choose": "named", "units": ["11002"]}),
        ),
    ),
    Fault(
        "pairs of the same tradition without its table",
        put(BE, "selection.pairs.exact", ["tradition"]),
        (BE, "pairs.exact", "the tradition", "politics.table"),
    ),
]

OF_DATASETS = [
    Fault(
        "a dataset's key is misspelt",
        put(BE_TABLES, "statbel_population.vintag", "x"),
        (BE_TABLES, "`statbel_population`", "'vintag'", "did you mean 'vintage'"),
    ),
    Fault(
        "a format is not read",
        put(BE_TABLES, "statbel_population.format", "xlsx"),
        (BE_TABLES, "`statbel_population.format`", "'xlsx'", "csv, geojson"),
    ),
    Fault(
        "a vintage is not pinned",
        put(BE_TABLES, "statbel_population.vintage", "2026-11-23"),
        (
            BE_TABLES,
            "`statbel_population.vintage`",
            "'2026-11-23'",
            "did you mean '2026-11-22'",
            PINS,
        ),
    ),
    Fault(
        "a dataset is described and not pinned",
        lambda docs: docs[DE_TABLES].update(bbsr_inkar=docs[DE_TABLES][_INKAR]),
        (DE_TABLES, "'bbsr_inkar'", PINS, "did you mean 'bbsr_kreise_inkar'", "pin one"),
    ),
    Fault(
        "a dataset is pinned and not described",
        put(PINS, "snapshots.0.id", "statbel_administrativ_units"),
        (PINS, "'statbel_administrativ_units'", "did you mean 'statbel_administrative_units'"),
    ),
    Fault(
        "a vintage is pinned twice",
        lambda docs: docs[PINS]["snapshots"].append(docs[PINS]["snapshots"][0]),
        (PINS, "'statbel_administrative_units'", "twice", "'2026-11-22'", "name of its own"),
    ),
    Fault(
        "a dataset is described in two files",
        lambda docs: docs[EU_TABLES].update(bbsr_kreise=docs[DE_TABLES]["bbsr_kreise"]),
        (EU_TABLES, "'bbsr_kreise'", DE_TABLES, "rename one"),
    ),
    Fault(
        "a table has no header",
        drop(BE_TABLES, "statbel_population.columns"),
        (BE_TABLES, "`statbel_population`", "'columns'", "add"),
    ),
    Fault(
        "a geojson file is read by columns",
        put(BE_TABLES, "statbel_boundaries_2011.unit", {"column": "nis"}),
        (BE_TABLES, "`statbel_boundaries_2011.unit.column`", "'nis'", "'columns'"),
    ),
    *(
        Fault(
            f"a column is not in the header, at {key}",
            put(file, f"{table}.{key}", "yaer"),
            (file, f"`{table}.{shown}`", "'yaer'", "write one of"),
        )
        for file, table, key, shown in (
            (BE_TABLES, "statbel_population", "unit.column", "unit.column"),
            (BE_TABLES, "statbel_population", "date.column", "date.column"),
            (BE_TABLES, "statbel_house_prices", "level.column", "level.column"),
            (EU_TABLES, "eurostat_lfs_nuts2", "exclude.0.column", "exclude[1].column"),
            (
                BE_TABLES,
                "statbel_population",
                "variables.residents.column",
                "variables.residents.column",
            ),
            (
                EU_TABLES,
                "eurostat_lfs_nuts2",
                "variables.employed_lfs.flags_column",
                "variables.employed_lfs.flags_column",
            ),
            (BE_TABLES, "statbel_municipality_changes", "changes.old", "changes.old"),
            (BE_TABLES, "statbel_municipality_changes", "changes.kind", "changes.kind"),
            (BE_TABLES, "statbel_municipality_nuts2010", "membership.unit", "membership.unit"),
            (
                BE_TABLES,
                "statbel_municipality_nuts2010",
                "membership.levels.nuts3",
                "membership.levels.nuts3",
            ),
            (DE_TABLES, "bbsr_kreise", "register.0.code.column", "register[1].code"),
            (DE_TABLES, "bbsr_kreise", "register.0.parent.column", "register[1].parent"),
            (DE_TABLES, "bbsr_kreise", "register.1.names.de", "register[2].names.de"),
            (
                BE_TABLES,
                "statbel_administrative_units",
                "register.0.valid_from.column",
                "register[1].valid_from",
            ),
            (
                BE_TABLES,
                "statbel_administrative_units",
                "register.0.level.column",
                "register[1].level",
            ),
        )
    ),
    Fault(
        "a column that is not read is not in the header",
        put(BE_TABLES, "statbel_population.unused_columns", {"populaton": "x"}),
        (
            BE_TABLES,
            "`statbel_population.unused_columns`",
            "'populaton'",
            "did you mean 'population'",
        ),
    ),
    Fault(
        "a row's condition is on a column that is not in the header",
        put(BE_TABLES, "statbel_house_prices.variables.sales_apartments.where", {"typ": "x"}),
        (BE_TABLES, "`statbel_house_prices.variables.sales_apartments.where`", "'typ'", "'type'"),
    ),
    *(
        Fault(
            f"a table of figures lacks {key}",
            drop(BE_TABLES, f"statbel_population.{key}"),
            (BE_TABLES, "`statbel_population`", f"'{key}'", f"add `{key}: ...`"),
        )
        for key in ("unit", "level", "date", "missing", "geography_date")
    ),
    Fault(
        "a table of figures lacks its code lists",
        drop(BE_TABLES, "statbel_population.code_lists"),
        (BE_TABLES, "`statbel_population`", "'code_lists'", "'code_prefixes'"),
    ),
    Fault(
        "a date is in a column and fixed",
        put(BE_TABLES, "statbel_population.date.fixed", "2005"),
        (BE_TABLES, "`statbel_population.date`", "`column:`", "`fixed:`"),
    ),
    Fault(
        "a day is assumed and not said",
        put(BE_TABLES, f"{_JOBSEEKERS}.date.assumed", "the file does not say it"),
        (BE_TABLES, f"`{_JOBSEEKERS}.date.assumed`", f"`{_JOBSEEKERS}.date.day`", "remove"),
    ),
    Fault(
        "a date is neither in a column nor fixed",
        drop(BE_TABLES, "statbel_population.date.column"),
        (BE_TABLES, "`statbel_population.date`", "`column:`", "`fixed:`"),
    ),
    Fault(
        "a variable of a table is not in the vocabulary",
        put(BE_TABLES, "statbel_population.variables.residnets", {"column": "population"}),
        (
            BE_TABLES,
            "`statbel_population.variables`",
            "'residnets'",
            "did you mean 'residents'",
        ),
    ),
    Fault(
        "a table of stocks does not say the day",
        drop(BE_TABLES, "statbel_population.date.day"),
        (BE_TABLES, "'residents'", "`statbel_population.date`", "`day:`", '"01-01"'),
    ),
    Fault(
        "a membership table does not say of which day it is",
        drop(BE_TABLES, "statbel_municipality_nuts2010.geography_date"),
        (BE_TABLES, "`statbel_municipality_nuts2010`", "'geography_date'", "add"),
    ),
    Fault(
        "a table's day is no day of the calendar",
        put(BE_TABLES, "statbel_population.date.day", "02-30"),
        (BE_TABLES, "`statbel_population.date.day`", "'02-30'", "no day of the calendar"),
    ),
    Fault(
        "a table's geography date is no day of the calendar",
        put(BE_TABLES, "statbel_income.geography_date", "2019-02-30"),
        (BE_TABLES, "`statbel_income.geography_date`", "'2019-02-30'", "no day of the calendar"),
    ),
    Fault(
        "a code list is not known",
        put(DE_TABLES, f"{_INKAR}.code_lists.0", "bbsr_kreis"),
        (DE_TABLES, f"`{_INKAR}.code_lists`", "'bbsr_kreis'", "did you mean 'bbsr_kreise'"),
    ),
    Fault(
        "a code list is no register",
        put(DE_TABLES, f"{_INKAR}.code_lists.0", "bbsr_kreise_population"),
        (DE_TABLES, f"`{_INKAR}.code_lists`", "'bbsr_kreise_population'", "bbsr_kreise"),
    ),
    Fault(
        "a dataset of code changes is not known",
        put(BE_TABLES, "statbel_income.code_changes", "statbel_municipality_change"),
        (
            BE_TABLES,
            "`statbel_income.code_changes`",
            "'statbel_municipality_change'",
            "did you mean 'statbel_municipality_changes'",
        ),
    ),
    Fault(
        "a dataset of code changes lists none",
        put(BE_TABLES, "statbel_income.code_changes", "statbel_population"),
        (
            BE_TABLES,
            "`statbel_income.code_changes`",
            "'statbel_population'",
            "statbel_municipality_changes",
        ),
    ),
    Fault(
        "a table's level is in a column whose values are not explained",
        drop(BE_TABLES, "statbel_house_prices.level.map"),
        (BE_TABLES, "`statbel_house_prices.level`", "'map'", "add `map: ...`"),
    ),
    Fault(
        "a table's level says nothing",
        put(BE_TABLES, "statbel_house_prices.level", {}),
        (BE_TABLES, "`statbel_house_prices.level`", "column", "code_length"),
    ),
    Fault(
        "a register's level is in a column whose values are not explained",
        drop(BE_TABLES, "smstra_be_municipalities_2025.register.0.level.map"),
        (BE_TABLES, "smstra_be_municipalities_2025.register[1].level", "'map'"),
    ),
    Fault(
        "a register's code is in a column and fixed",
        put(DE_TABLES, "bbsr_kreise.register.0.code.fixed", "x"),
        (DE_TABLES, "bbsr_kreise.register[1].code", "column", "fixed", "write either"),
    ),
    Fault(
        "a register's fixed date is no date",
        put(DE_TABLES, "bbsr_kreise.register.0.valid_from", {"fixed": "someday"}),
        (DE_TABLES, "bbsr_kreise.register[1].valid_from", "'someday'", "2005-01-01"),
    ),
    Fault(
        "the language of a table's names is not in its code lists",
        put(BE_TABLES, "incijfers_jobseeker_rate_flanders.unit.names", "en"),
        (BE_TABLES, "`incijfers_jobseeker_rate_flanders.unit.names`", "'en'", "de, fr, nl"),
    ),
    Fault(
        "a factor is text",
        put(BE_TABLES, "statbel_area_2014.variables.area_km2.multiply_by", "1/100"),
        (BE_TABLES, "`statbel_area_2014.variables.area_km2.multiply_by`", "'1/100'", "a number"),
    ),
]

OF_DATASETS += [
    Fault(
        "a prefix of codes has no hyphen",
        put(BE_TABLES, "statbel_population.unit.prefix", "2016"),
        (BE_TABLES, "`statbel_population.unit.prefix`", "'2016'", "a hyphen"),
    ),
    Fault(
        "a version of a list begins in a year",
        put(BE_TABLES, f"{REGISTER}.versions", {"2018": "NUTS 2016"}),
        (BE_TABLES, f"`{REGISTER}.versions", "2018", "a day such as"),
    ),
    Fault(
        "a table has the codes of another system for the units of the case",
        put(BE_TABLES, "statbel_population.code_system", "nis_2030"),
        (BE, "`datasets`", "'statbel_population'", "'nis_2030'", "are not joined"),
    ),
]

OF_LIVE = [
    Fault(
        "a query is to be split by what it does not ask for",
        put(EU_TABLES, f"{_LFS}.eurostat.split_by", "geo"),
        (EU_TABLES, f"`{_LFS}.eurostat.split_by`", "'geo'", "freq, isced11", "TIME_PERIOD"),
    ),
    Fault(
        "a query is to be split by years and names none",
        put(EU_TABLES, f"{_LFS}.eurostat.split_by", "TIME_PERIOD"),
        (EU_TABLES, f"`{_LFS}.eurostat.split_by`", "'TIME_PERIOD'", "`first` and `last`"),
    ),
    Fault(
        "the decimal sign is to be taken out",
        put(BE_TABLES, f"{_NATIONALITY}.take_out", ["."]),
        (BE_TABLES, f"`{_NATIONALITY}.take_out`", "'.'", "the decimal sign", "`decimal: comma`"),
    ),
    Fault(
        "names are to be looked up on no one day",
        put(BE_TABLES, "steunpunt_werk_unemployment_rate.geography_date", "each_date"),
        (BE_TABLES, "vlaamse_arbeidsrekening.unit.names`", "one day", "`geography_date`"),
    ),
    Fault(
        "a rate is to be summed",
        put(
            BE_TABLES,
            f"{_ONEM}.variables",
            {"jobseeker_rate": {"column": "CCI-DE", "sum_rows": True}},
        ),
        (BE_TABLES, f"`{_ONEM}.variables.jobseeker_rate.sum_rows`", "a rate", "remove it"),
    ),
    Fault(
        "a key is one of another format",
        put(BE_TABLES, f"{_POPULATION}.sheets", ["2017"]),
        (BE_TABLES, f"`{_POPULATION}.sheets`", "spreadsheet", "is csv", "remove one of them"),
    ),
    Fault(
        "delimited text lacks its delimiter",
        drop(BE_TABLES, f"{_NATIONALITY}.delimiter"),
        (BE_TABLES, f"`{_NATIONALITY}`", "'delimiter'", "add `delimiter: ...`"),
    ),
    Fault(
        "delimited text lacks its encoding",
        drop(BE_TABLES, f"{_NATIONALITY}.encoding"),
        (BE_TABLES, f"`{_NATIONALITY}`", "'encoding'", "add `encoding: ...`"),
    ),
    Fault(
        "sheets are named and by year as well",
        put(BE_TABLES, f"{_ONEM}.sheets", ["2017"]),
        (BE_TABLES, f"`{_ONEM}`", "`sheets` and `sheet_of_year`", "one of the two"),
    ),
    Fault(
        "a table holds nothing",
        drop(BE_TABLES, f"{_ONEM}.variables"),
        (BE_TABLES, f"`{_ONEM}`", "says nothing of what the table holds", "add `variables:`"),
    ),
    Fault(
        "a live register is none",
        drop(BE_TABLES, f"{REGISTER_TABLE}.register"),
        (BE_TABLES, f"`{REGISTER_TABLE}`", "says nothing of what the table holds"),
    ),
    Fault(
        "a live register holds figures instead",
        lambda docs: (
            at(docs[BE_TABLES], steps(REGISTER_TABLE)).update(
                variables={"residents": {"column": "CD_REFNIS"}},
                unit={"column": "CD_REFNIS"},
                level="municipality",
                date={"fixed": "2014", "day": "01-01"},
                missing=[],
                geography_date="2014-01-01",
                code_prefixes=["11"],
                register=None,
            )
            or at(docs[BE_TABLES], steps(REGISTER_TABLE)).pop("register")
        ),
        (BE_TABLES, f"`{REGISTER_TABLE}`", "lacks the key 'register'", "add it"),
    ),
    Fault(
        "a level is told in two ways",
        put(
            BE_TABLES, f"{_ONEM}.level", {"by": "code_lists", "code_length": {"5": "municipality"}}
        ),
        (BE_TABLES, f"`{_ONEM}.level`", "code_length, by", "write one of"),
    ),
    Fault(
        "a level is to be looked up and there is no code list",
        put(EU_TABLES, "eurostat_urb_cpop1.live.tables.urb_cpop1.level", {"by": "code_lists"}),
        (EU_TABLES, "`eurostat_urb_cpop1.live.tables.urb_cpop1.level`", "no 'code_lists'"),
    ),
    Fault(
        "flags have a column and no code list",
        drop(EU_TABLES, "eurostat_urb_cpop1.live.tables.urb_cpop1.flags"),
        (
            EU_TABLES,
            "`eurostat_urb_cpop1.live.tables.urb_cpop1`",
            "'flags'",
            "add `flags: eurostat`",
        ),
    ),
    Fault(
        "a date is fixed and written as well",
        put(BE_TABLES, f"{_NATIONALITY}.date.fixed", "2014"),
        (BE_TABLES, f"`{_NATIONALITY}.date`", "`fixed:` and `written:`", "remove one of the two"),
    ),
    Fault(
        "the files of all years would bear one name",
        put(BE_TABLES, f"{_NATIONALITY}.download.save_as", "people.zip"),
        (BE_TABLES, f"`{_NATIONALITY}.download.save_as`", "`{year}`", "mend it"),
    ),
    Fault(
        "a format is not the source's",
        put(EU_TABLES, "eurostat_urb_cpop1.live.tables.urb_cpop1.format", "csv"),
        (EU_TABLES, "urb_cpop1.format` is csv", "write `format: eurostat`"),
    ),
    Fault(
        "a live table's codes are valid on no day of the calendar",
        put(EU_TABLES, f"{_LFS}.geography_date", "2024-02-30"),
        (EU_TABLES, f"`{_LFS}.geography_date`", "'2024-02-30'", "no day of the"),
    ),
    Fault(
        "a regular expression counts too far",
        put(BE_TABLES, f"{_ONEM}.exclude.0.pattern", "(a{99999999999999})"),
        (BE_TABLES, f"`{_ONEM}.exclude[1].pattern`", "no regular expression"),
    ),
    Fault(
        "a regular expression is nested too deep",
        put(BE_TABLES, f"{_ONEM}.exclude.0.pattern", "(" * 5000 + ")" * 5000),
        (BE_TABLES, f"`{_ONEM}.exclude[1].pattern`", "no regular expression"),
    ),
    Fault(
        "records of JSON lie under no key",
        live_table(BE_TABLES, "statbel_population", "pages", {**_PAGES, "records": None}),
        (BE_TABLES, "`statbel_population.live.tables.pages.records`", "empty"),
    ),
    Fault(
        "JSON is not said where its records are",
        live_table(BE_TABLES, "statbel_population", "pages", _PAGES),
        (BE_TABLES, "`statbel_population.live.tables.pages`", "lacks the key 'records'"),
        (drop(BE_TABLES, "statbel_population.live.tables.pages.records"),),
    ),
    Fault(
        "pages of a text are to be followed",
        put(BE_TABLES, f"{REGISTER_TABLE}.download.next", "links.next"),
        (BE_TABLES, f"`{REGISTER_TABLE}.download.next`", "a key of JSON", "delimited"),
    ),
    Fault(
        "pages are asked for by year",
        live_table(BE_TABLES, "statbel_population", "pages", _PAGES),
        (BE_TABLES, "`statbel_population.live.tables.pages.download`", "`years:` and `next:`"),
        (
            put(
                BE_TABLES,
                "statbel_population.live.tables.pages.download",
                {
                    "address": "https://statbel.fgov.be/{year}.json",
                    "years": {"first": 2009, "last": 2010},
                    "next": "links.next",
                },
            ),
        ),
    ),
    Fault(
        "a made column bears the name of another",
        put(
            BE_TABLES, f"{_POPULATION}.made_columns", {"nis": {"column": "nis", "pattern": "(.)."}}
        ),
        (BE_TABLES, f"`{_POPULATION}.made_columns.nis`", "that the table has"),
    ),
    Fault(
        "a made column is made of none",
        put(
            BE_TABLES,
            f"{_POPULATION}.made_columns",
            {"part": {"column": "niss", "pattern": "(.)."}},
        ),
        (BE_TABLES, f"`{_POPULATION}.made_columns.part.column`", "'niss'", "did you mean 'nis'"),
    ),
    Fault(
        "a made column's pattern has no group",
        put(BE_TABLES, f"{_POPULATION}.made_columns", {"part": {"column": "nis", "pattern": ".*"}}),
        (BE_TABLES, f"`{_POPULATION}.made_columns.part.pattern`", "has no group", "in brackets"),
    ),
    Fault(
        "a made column's pattern is none",
        put(BE_TABLES, f"{_POPULATION}.made_columns", {"part": {"column": "nis", "pattern": "("}}),
        (BE_TABLES, f"`{_POPULATION}.made_columns.part.pattern`", "no regular expression"),
    ),
    Fault(
        "a live table has no source",
        drop(BE_TABLES, f"{_POPULATION}.by_hand"),
        (BE_TABLES, f"`{_POPULATION}`", "no source", "write one of", "eurostat, download, bestat"),
    ),
    Fault(
        "a live table has two sources",
        put(BE_TABLES, f"{_POPULATION}.bestat", {"view": _VIEW}),
        (BE_TABLES, f"`{_POPULATION}`", "bestat, by_hand", "write one of"),
    ),
    Fault(
        "years are asked of an address without a year",
        put(BE_TABLES, f"{_NATIONALITY}.download.address", "https://statbel.fgov.be/all.zip"),
        (BE_TABLES, f"`{_NATIONALITY}.download`", "`years:`", "`{year}`", "add what is lacking"),
    ),
    Fault(
        "an address has a year and no years are asked",
        drop(BE_TABLES, f"{_NATIONALITY}.download.years"),
        (BE_TABLES, f"`{_NATIONALITY}.download`", "`years:`", "`{year}`", "add what is lacking"),
    ),
    Fault(
        "years run backwards",
        put(BE_TABLES, f"{_NATIONALITY}.download.years", {"first": 2020, "last": 2019}),
        (BE_TABLES, f"`{_NATIONALITY}.download.years`", "end before", "later one as `last`"),
    ),
    Fault(
        "a year of a download is text",
        put(BE_TABLES, f"{_NATIONALITY}.download.years.first", "2009"),
        (BE_TABLES, f"`{_NATIONALITY}.download.years.first`", "'2009'", "2009 without quotes"),
    ),
    Fault(
        "periods of Eurostat run backwards",
        put(EU_TABLES, f"{_LFS}.eurostat.first", "2010"),
        (EU_TABLES, f"`{_LFS}.eurostat`", "ends before", "later period as `last`"),
        (put(EU_TABLES, f"{_LFS}.eurostat.last", "2009"),),
    ),
    Fault(
        "a period of Eurostat is a number",
        put(EU_TABLES, f"{_LFS}.eurostat.first", 2010),
        (EU_TABLES, f"`{_LFS}.eurostat.first`", "is 2010", '"2010" in quotes'),
    ),
    Fault(
        "a dataflow is in small letters",
        put(EU_TABLES, f"{_LFS}.eurostat.dataflow", "lfst_r_lfu3pers"),
        (EU_TABLES, f"`{_LFS}.eurostat.dataflow`", "'lfst_r_lfu3pers'", "capitals"),
    ),
    Fault(
        "a door of Eurostat is not known",
        put(EU_TABLES, f"{_LFS}.eurostat.api", "sdmx_2"),
        (EU_TABLES, f"`{_LFS}.eurostat.api`", "'sdmx_2'", "did you mean 'sdmx_3'"),
    ),
    Fault(
        "a file by hand lies outside the project",
        put(BE_TABLES, f"{_POPULATION}.by_hand.files", "../population.csv"),
        (BE_TABLES, f"`{_POPULATION}.by_hand.files`", "'../population.csv'", "below the project"),
    ),
    Fault(
        "a view of be.STAT is no identifier",
        live_table(BE_TABLES, "statbel_population", "view", {"bestat": {"view": "population"}}),
        (BE_TABLES, "`statbel_population.live.tables.view.bestat.view`", "'population'", _VIEW),
    ),
    Fault(
        "an indicator of WalStat lacks its order",
        put(BE_TABLES, "iweps_unemployment_rate.live.tables.walstat.walstat.indicator", "236400"),
        (
            BE_TABLES,
            "`iweps_unemployment_rate.live.tables.walstat.walstat.indicator`",
            "'236400'",
            "as in 236400_0",
        ),
    ),
    Fault(
        "a live table's name has capitals",
        put(BE_TABLES, "statbel_population.live.tables.TF_SOC", {"format": "csv"}),
        (BE_TABLES, "`statbel_population.live.tables`", "'TF_SOC'", "did you mean 'tf_soc'"),
    ),
    Fault(
        "live describes no table",
        put(EU_TABLES, "eurostat_urb_cpop1.live.tables", {}),
        (EU_TABLES, "`eurostat_urb_cpop1.live.tables`", "empty", "write at least one"),
    ),
    Fault(
        "live does not say the licence",
        drop(EU_TABLES, "eurostat_urb_cpop1.live.about.licence"),
        (EU_TABLES, "`eurostat_urb_cpop1.live.about`", "'licence'", "add `licence: ...`"),
    ),
    Fault(
        "rows are left out by nothing",
        drop(BE_TABLES, f"{_JOBSEEKERS}.exclude.0.pattern"),
        (BE_TABLES, f"`{_JOBSEEKERS}.exclude[1]`", "`values:`", "`pattern:`", "one of the two"),
    ),
    Fault(
        "rows are left out by values and by a pattern",
        put(EU_TABLES, "eurostat_lfs_nuts2.exclude.0.pattern", "EU.*"),
        (EU_TABLES, "`eurostat_lfs_nuts2.exclude[1]`", "`values:`", "`pattern:`", "of the two"),
    ),
    Fault(
        "a second block of rows left out names a column that is not in the header",
        put(BE_TABLES, "statbel_house_prices.live.tables.vastgoed.exclude.1.column", "CD_PERIO"),
        (
            BE_TABLES,
            "`statbel_house_prices.live.tables.vastgoed.exclude[2].column`",
            "'CD_PERIO'",
            "did you mean 'CD_PERIOD'",
        ),
    ),
    Fault(
        "rows left out are one block and no list",
        put(EU_TABLES, "eurostat_lfs_nuts2.exclude", {"column": "geo", "because": "x"}),
        (EU_TABLES, "`eurostat_lfs_nuts2.exclude`", "a block", "write a list"),
    ),
    Fault(
        "a pattern is no regular expression",
        put(BE_TABLES, f"{_JOBSEEKERS}.exclude.0.pattern", "(arr"),
        (
            BE_TABLES,
            f"`{_JOBSEEKERS}.exclude[1].pattern`",
            "no regular expression",
            "unterminated subpattern",
            "list the `values`",
        ),
    ),
    Fault(
        "a live table lacks a variable that the dataset has",
        drop(BE_TABLES, f"{_NATIONALITY}.variables.residents_foreign"),
        (
            BE_TABLES,
            "`statbel_population_by_nationality.live.tables`",
            "holds residents_foreign,",
            "`statbel_population_by_nationality.variables`",
            "add it to a table",
        ),
    ),
    Fault(
        "a dataset has neither a vintage nor live",
        drop(BE_TABLES, "onem_jobseekers.live"),
        (BE_TABLES, "`onem_jobseekers`", "'vintage'", "add `vintage: ...`"),
    ),
    Fault(
        "a dataset that is described and live has no vintage",
        drop(BE_TABLES, "statbel_population.vintage"),
        (BE_TABLES, "`statbel_population`", "'vintage'", "add `vintage: ...`"),
    ),
    Fault(
        "a dataset has a vintage and nothing says how it is read",
        drop(BE_TABLES, "statbel_area_2014.format"),
        (BE_TABLES, "`statbel_area_2014`", "'format'", "add `format: ...`"),
    ),
    Fault(
        "a dataset that was never fetched has a vintage",
        put(BE_TABLES, "onem_jobseekers.vintage", "2026-11-22"),
        (BE_TABLES, "`onem_jobseekers.vintage`", "never fetched", "datasets=onem_jobseekers"),
    ),
    Fault(
        "the vintage in use was not fetched and only fetched ones are described",
        drop(BE_TABLES, "statbel_population.format"),
        (
            BE_TABLES,
            "'2026-11-22'",
            "was not fetched",
            "describe it",
            "adopt a fetched vintage",
        ),
    ),
    Fault(
        "a live table has no header",
        drop(BE_TABLES, f"{_JOBSEEKERS}.columns"),
        (BE_TABLES, f"`{_JOBSEEKERS}`", "'columns'", "add the header"),
    ),
    Fault(
        "a live table's column is not in its header",
        put(BE_TABLES, f"{_NATIONALITY}.unit.column", "CD_REFNI"),
        (BE_TABLES, f"`{_NATIONALITY}.unit.column`", "'CD_REFNI'", "did you mean 'CD_REFNIS'"),
    ),
    Fault(
        "a live register's column is not in its header",
        put(BE_TABLES, f"{REGISTER_TABLE}.register.0.valid_from.column", "DT_VLDT_STRT"),
        (
            BE_TABLES,
            f"`{REGISTER_TABLE}.register[1].valid_from`",
            "'DT_VLDT_STRT'",
            "did you mean 'DT_VLDT_START'",
        ),
    ),
    Fault(
        "a renamed column is not in the header",
        put(BE_TABLES, f"{_NATIONALITY}.renamed.CD_MUNTY_REFNIS", "CD_REFNI"),
        (BE_TABLES, f"`{_NATIONALITY}.renamed`", "'CD_REFNI'", "did you mean 'CD_REFNIS'"),
    ),
    Fault(
        "the name of the sheet is read where no sheet is named",
        drop(BE_TABLES, f"{_JOBSEEKERS}.sheet_of_year"),
        (BE_TABLES, f"`{_JOBSEEKERS}.date.column`", "'sheet'", "write one of"),
    ),
    Fault(
        "the name of a sheet has no year in it",
        put(BE_TABLES, f"{_JOBSEEKERS}.sheet_of_year", "year"),
        (BE_TABLES, f"`{_JOBSEEKERS}.sheet_of_year`", "'year'", "a name with {year} in it"),
    ),
    Fault(
        "a live table of figures lacks its date",
        drop(BE_TABLES, f"{_JOBSEEKERS}.date"),
        (BE_TABLES, f"`{_JOBSEEKERS}`", "'date'", "add `date: ...`"),
    ),
    Fault(
        "a live table of stocks does not say the day",
        drop(EU_TABLES, f"{_CITIES}.date.day"),
        (EU_TABLES, "'residents'", f"`{_CITIES}.date`", "`day:`"),
    ),
    Fault(
        "a live table of figures has no code lists",
        drop(EU_TABLES, "eurostat_urb_cpop1.code_prefixes"),
        (EU_TABLES, f"`{_CITIES}`", "'code_lists'", "'code_prefixes'"),
    ),
    Fault(
        "a live table's variable is not in the vocabulary",
        put(EU_TABLES, f"{_CITIES}.variables", {"residnets": {"column": "OBS_VALUE"}}),
        (EU_TABLES, f"`{_CITIES}.variables`", "'residnets'", "did you mean 'residents'"),
    ),
    Fault(
        "the language of a live table's names is not in its code lists",
        put(BE_TABLES, f"{_JOBSEEKERS}.unit.names", ["fr", "en"]),
        (BE_TABLES, f"`{_JOBSEEKERS}.unit.names`", "'en'", "de, fr, nl"),
    ),
    Fault(
        "a live table looks names up on several levels",
        put(BE_TABLES, f"{_JOBSEEKERS}.level", {"code_length": {"5": "municipality"}}),
        (BE_TABLES, f"`{_JOBSEEKERS}.level`", f"`{_JOBSEEKERS}.unit.names`", "one level"),
    ),
    Fault(
        "a dataset that only has live is checked against one that is no register",
        put(BE_TABLES, "onem_jobseekers.code_lists.0", "statbel_population"),
        (
            BE_TABLES,
            "`onem_jobseekers.code_lists`",
            "'statbel_population'",
            "`register`",
            "statbel_administrative_units",
        ),
    ),
    Fault(
        "a dataset that only has live names code changes that there are not",
        put(BE_TABLES, "onem_jobseekers.code_changes", "statbel_population"),
        (
            BE_TABLES,
            "`onem_jobseekers.code_changes`",
            "'statbel_population'",
            "statbel_municipality_changes",
        ),
    ),
    Fault(
        "the codes of a dataset that only has live are valid on no day of the calendar",
        put(EU_TABLES, "eurostat_urb_cpop1.geography_date", "2024-02-30"),
        (EU_TABLES, "`eurostat_urb_cpop1.geography_date`", "'2024-02-30'", "no day of the"),
    ),
]

OF_REFRESH = [
    Fault(
        "a key of refresh.yaml is misspelt",
        put(REFRESH, "transport.atempts", 3),
        (REFRESH, "`transport`", "'atempts'", "did you mean 'attempts'"),
    ),
    Fault(
        "a key of refresh.yaml is lacking",
        drop(REFRESH, "transport.max_bytes"),
        (REFRESH, "`transport`", "'max_bytes'", "add `max_bytes: ...`"),
    ),
    Fault(
        "an address is asked no time",
        put(REFRESH, "transport.attempts", 0),
        (REFRESH, "`transport.attempts`", "is 0", "a number of 1 or more"),
    ),
    Fault(
        "a size is written with its unit",
        put(REFRESH, "transport.max_bytes", "2 GB"),
        (REFRESH, "`transport.max_bytes`", "'2 GB'", "write a whole number"),
    ),
    Fault(
        "a wait is endless",
        swap(REFRESH, "read_timeout_s: 120", "read_timeout_s: .inf"),
        (REFRESH, "`transport.read_timeout_s`", ".inf", "write a number"),
    ),
    Fault(
        "a share is written in percent",
        put(REFRESH, "comparison.least_share_of_rows", 90),
        (REFRESH, "`comparison.least_share_of_rows`", "is 90", "from 0 to 1"),
    ),
    Fault(
        "one host is redirected to a text",
        put(REFRESH, "transport.redirects", {"localhost": "127.0.0.1"}),
        (REFRESH, "`transport.redirects.localhost`", "'127.0.0.1'", "write a list"),
    ),
    Fault(
        "a host without https is named twice",
        put(REFRESH, "transport.plain_or_private", ["localhost", "localhost"]),
        (REFRESH, "`transport.plain_or_private`", "'localhost'", "twice"),
    ),
    Fault(
        "refresh.yaml is not there",
        lambda docs: docs.pop(REFRESH),
        (REFRESH, "no such file", "create it"),
    ),
]


def _of_the_pin(change: Mapping[str, Any]) -> Edit:
    return lambda docs: docs[FETCHED]["snapshots"][0].update(change)


# Of a configuration beside which a fetched vintage lies.
OF_FETCHED = [
    Fault(
        "a fetched vintage's pin names no table",
        lambda docs: docs[FETCHED]["snapshots"][0].pop("table"),
        (f"{FETCHED}: ", "lacks the key 'table'", f"remove {FETCHED_FOLDER} and fetch again"),
    ),
    Fault(
        "a fetched vintage's pin is of a file elsewhere",
        _of_the_pin({"file": "data/snapshots/statbel/population/2027-01-01/x.zip"}),
        (
            f"{FETCHED}: ",
            "data/snapshots/statbel/population/2027-01-01/x.zip",
            "not in its own folder",
            f"remove {FETCHED_FOLDER} and fetch again",
        ),
    ),
    Fault(
        "a fetched vintage's pin is of another vintage",
        _of_the_pin({"vintage": "2027-01-02"}),
        (f"{FETCHED}: ", "'2027-01-02'", "not in its own folder", f"remove {FETCHED_FOLDER}"),
    ),
    Fault(
        "a fetched vintage's pin lies in another folder",
        lambda docs: docs.update({FETCHED.replace("-01-01/", "-01-02/"): docs.pop(FETCHED)}),
        (FETCHED.replace("-01-01/", "-01-02/"), "'2027-01-01'", "not in its own folder"),
    ),
    Fault(
        "a fetched vintage's pin names a table that live does not describe",
        _of_the_pin({"table": "tu_com"}),
        (
            f"{BE_TABLES}: ",
            f"`{REGISTER}.live.tables`",
            "'tu_com'",
            f"{FETCHED_FOLDER}/TU_COM_REFNIS.zip",
            "remove that vintage's folder",
        ),
    ),
    Fault(
        "a fetched vintage is of a dataset that lost its live",
        drop(BE_TABLES, f"{REGISTER}.live"),
        (f"{BE_TABLES}: ", f"`{REGISTER}.live.tables`", "'tu_com_refnis'", "describe the table"),
    ),
    Fault(
        "a fetched vintage's pin lacks its hash",
        lambda docs: docs[FETCHED]["snapshots"][0].pop("sha256"),
        (f"{FETCHED}: ", f"({REGISTER})", "'sha256'", "add `sha256: ...`"),
    ),
    Fault(
        "a fetched vintage's pin has an unknown key",
        _of_the_pin({"adress": "x"}),
        (f"{FETCHED}: ", f"({REGISTER})", "'adress'", "did you mean 'address'"),
    ),
    Fault(
        "a fetched vintage's pins were cut off",
        raw(FETCHED, "snapshots: [\n"),
        (f"{FETCHED}, line 2", "not valid YAML"),
    ),
    Fault(
        "a fetched vintage's pins are empty",
        raw(FETCHED, ""),
        (f"{FETCHED}: ", "'snapshots'", "add"),
    ),
    Fault(
        "a fetched vintage is of a dataset that is not described",
        _of_the_pin({"id": "statbel_administrativ_units"}),
        ("'statbel_administrativ_units'", "did you mean 'statbel_administrative_units'"),
    ),
    Fault(
        "a fetched vintage's file is pinned twice",
        lambda docs: docs[FETCHED]["snapshots"].append(docs[FETCHED]["snapshots"][0]),
        ("'statbel_administrative_units'", "twice", "'2027-01-01'"),
    ),
    Fault(
        "an adopted vintage is no more there",
        put(MAIN, f"vintages.{REGISTER}", "2027-01-02"),
        (MAIN, f"`vintages.{REGISTER}`", "'2027-01-02'", "2026-11-22, 2027-01-01"),
    ),
]

OF_PINS = [
    Fault(
        "a pin lacks its licence",
        drop(PINS, "snapshots.1.licence"),
        (PINS, "smstra_be_municipalities_2025", "'licence'", "add `licence: ...`"),
    ),
    Fault(
        "a pin's address is not https",
        put(PINS, "snapshots.1.publisher_address", "http://statbel.fgov.be"),
        (PINS, "smstra_be_municipalities_2025", "'http://statbel.fgov.be'", "https://"),
    ),
    Fault(
        "a pin's file lies outside the snapshots",
        put(PINS, "snapshots.1.file", "data/snapshots/../sources.yaml"),
        (PINS, "smstra_be_municipalities_2025", "'data/snapshots/../sources.yaml'", "file"),
    ),
    Fault(
        "a pin's hash is cut short",
        put(PINS, "snapshots.1.sha256", "abc"),
        (PINS, "smstra_be_municipalities_2025", "sha256", "'abc'", "64"),
    ),
    Fault(
        "a pin has no rows",
        put(PINS, "snapshots.1.rows", 0),
        (PINS, "smstra_be_municipalities_2025", "rows", "is 0", "1"),
    ),
    Fault(
        "a pin's day of access is no day of the calendar",
        put(PINS, "snapshots.1.date_accessed", "2026-02-30"),
        (PINS, "date_accessed", "'2026-02-30'", "no day of the calendar"),
    ),
    Fault(
        "a pin's last reference date is before its first",
        put(PINS, "snapshots.1.reference_dates", {"first": "2025-01-01", "last": "2024-01-01"}),
        (PINS, "smstra_be_municipalities_2025", "reference_dates", "2024-01-01", "later"),
    ),
]

OF_BREAKS = [
    Fault(
        "a break's dataset is not known",
        put(BREAKS, "lfs_2017_be.datasets.0", "eurostat_lfs"),
        (BREAKS, "`lfs_2017_be.datasets`", "did you mean 'eurostat_lfs_nuts2'"),
    ),
    Fault(
        "a break's variable is not known",
        put(BREAKS, "lfs_2017_be.variables.0", "unemployed_lsf"),
        (BREAKS, "`lfs_2017_be.variables`", "'unemployed_lsf'", "did you mean 'unemployed_lfs'"),
    ),
    Fault(
        "a break's day is no day of the calendar",
        put(BREAKS, "lfs_2017_be.effective", "2017-02-30"),
        (BREAKS, "`lfs_2017_be.effective`", "'2017-02-30'", "no day of the calendar"),
    ),
    Fault(
        "a break's day is a year",
        put(BREAKS, "lfs_2017_be.effective", "2017"),
        (BREAKS, "`lfs_2017_be.effective`", "'2017'", "2018-01-01"),
    ),
    Fault(
        "a transition's last day is no day of the calendar",
        put(BREAKS, "lfs_2017_be.transition_until", "2017-02-30"),
        (BREAKS, "`lfs_2017_be.transition_until`", "'2017-02-30'", "no day of the calendar"),
    ),
    Fault(
        "a transition ends before its break",
        put(BREAKS, "lfs_2017_be.transition_until", "2016-12-31"),
        (BREAKS, "lfs_2017_be", "transition_until", "2016-12-31", "2017-01-01"),
    ),
]

OF_THE_VOCABULARY = [
    Fault(
        "a variable's kind is not known",
        put(VOCABULARY, "median_age.kind", "medain"),
        (VOCABULARY, "`median_age.kind`", "'medain'", "did you mean 'median'"),
    ),
    Fault(
        "a variable has no Dutch name",
        drop(VOCABULARY, "median_age.labels.nl"),
        (VOCABULARY, "`median_age.labels`", "'nl'", "add `nl: ...`"),
    ),
    Fault(
        "a sum's part is not known",
        put(VOCABULARY, "residents_by_nationality.sum_of.0", "residents_nationl"),
        (
            VOCABULARY,
            "`residents_by_nationality.sum_of`",
            "'residents_nationl'",
            "did you mean 'residents_national'",
        ),
    ),
    Fault(
        "a rate's numerator is not known",
        put(VOCABULARY, "unemployment_rate_lfs.rebuilt_from.numerator.0", "unemployed_lsf"),
        (
            VOCABULARY,
            "`unemployment_rate_lfs.rebuilt_from.numerator`",
            "'unemployed_lsf'",
            "did you mean 'unemployed_lfs'",
        ),
    ),
]
_NEW = {
    "definition": "A variable of the user's own.",
    "kind": "count",
    "unit_of_measure": "inhabitants",
    "dates": "day",
    "labels": dict.fromkeys(("en", "fr", "nl", "de"), "Mine"),
}
_SUM = ["residents_foreign", "residnets"]
OF_THE_VOCABULARY += [
    Fault(
        "a variable of one's own has a name of the vocabulary",
        lambda docs: docs.update({OWN_VOCABULARY: {"residents": _NEW}}),
        (f"{OWN_VOCABULARY}: ", "'residents'", "already", "another name"),
    ),
    Fault(
        "a variable of one's own is a sum of what there is not",
        lambda docs: docs.update({OWN_VOCABULARY: {"mine": {**_NEW, "sum_of": _SUM}}}),
        (f"{OWN_VOCABULARY}: ", "`mine.sum_of`", "'residnets'", "did you mean 'residents'"),
    ),
]
_CROWDS = "disclosure.attributes"
OF_DISCLOSURE = [
    Fault(
        "what is printed of a town is misspelt",
        put(BE, f"{_CROWDS}.0.attribute", "regoin"),
        (BE, f"`{_CROWDS}[1].attribute`", "'regoin'", "did you mean 'region'"),
    ),
    Fault(
        "a region has decimals",
        put(BE, f"{_CROWDS}.0.decimals", 1),
        (BE, "'region' decimals", "remove `decimals`"),
    ),
    Fault(
        "the decimals of an indicator are not said",
        drop(BE, f"{_CROWDS}.3.decimals"),
        (BE, "'inhabitants_2014' no `decimals`", "{attribute: inhabitants_2014, decimals: 1}"),
    ),
    Fault(
        "an attribute stands twice",
        put(BE, f"{_CROWDS}.1.attribute", "region"),
        (BE, "'region' a second time", "remove one"),
    ),
]
WRITTEN_BY_HAND = [
    *OF_THE_RUN,
    *OF_YAML,
    *OF_CASES,
    *OF_ROBUSTNESS,
    *OF_FIGURES,
    *OF_SELECTION,
    *OF_DISCLOSURE,
    *OF_DATASETS,
    *OF_LIVE,
    *OF_REFRESH,
    *OF_PINS,
    *OF_BREAKS,
    *OF_THE_VOCABULARY,
]
