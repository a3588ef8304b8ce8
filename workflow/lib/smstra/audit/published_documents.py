"""Read data/published/*.yaml: what documents print, and how each figure can be checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smstra import schema, strict_yaml
from smstra.audit.published_numbers import Span, printed
from smstra.dataset_rules import real_date, unknown
from smstra.errors import ConfigError
from smstra.schema import Key, dotted
from smstra.vocabulary import Variables, as_list, terms_of

# audit/published_documents.py -> workflow
_SCHEMA = Path(__file__).resolve().parents[3] / "schemas/published.schema.yaml"
_TWO_DATES = ("difference", "difference_of_shares", "relative_change", "yearly_growth")
_NEEDS_BASE = ("share", "ratio", "difference_of_shares")
# Where the figures that a check of each kind compares are named.
FIGURES_OF_CHECK = {
    "product": ("of", "equals"),
    "growth": ("from", "to", "equals"),
    "sum_of_parts": ("parts", "total"),
    "same_quantity": ("figures",),
    "within_class": ("of",),
    "against_rule": ("figure",),
    "ratio": ("of", "equals"),
    "statements": ("figure",),
    "one_threshold": ("higher", "lower"),
}
_OFFICIAL_OF_CHECK = {"ratio": "in", "statements": "reference"}


@dataclass(frozen=True)
class Document:
    """One document: its file and the blocks of it."""

    file: str
    about: Mapping[str, Any]
    localities: tuple[str, ...]
    rules: Mapping[str, Any]
    definitions: Mapping[str, Mapping[str, Any]]
    figures: Mapping[str, Mapping[str, Any]]
    checks: Mapping[str, Mapping[str, Any]]

    @property
    def name(self) -> str:
        """Its short name."""
        return self.about["id"]


@dataclass(frozen=True)
class Figure:
    """A figure in print, what its text says as a number, and where it stands."""

    id: str
    document: Document
    entry: Mapping[str, Any]
    number: Span

    @property
    def unit(self) -> str:
        """Its unit of measure, or nothing."""
        return self.entry.get("unit", "")

    @property
    def cell(self) -> str:
        """Where it stands in the project."""
        return f"{self.document.file}:{self.id}:printed"


@dataclass(frozen=True)
class Published:
    """All documents about one country, in the order of their files."""

    documents: tuple[Document, ...]
    figures: Mapping[str, Figure]

    def checks(self) -> Iterator[tuple[Document, str, Mapping[str, Any]]]:
        """Yield every check with its document and name."""
        for document in self.documents:
            for name, check in document.checks.items():
                yield document, name, check

    @property
    def localities(self) -> list[str]:
        """The anonymised localities, each once."""
        names = (name for document in self.documents for name in document.localities)
        return list(dict.fromkeys(names))

    def variables(self, variables: Variables) -> set[str]:
        """Return the observed variables that the documents' definitions are made of."""
        return {
            term
            for document in self.documents
            for definition in document.definitions.values()
            for term in terms_of(definition, variables)
        }

    def size_class(self, document: Document, name: str) -> Mapping[str, Any]:
        """Return a size class that ``document`` states, or another document of the country."""
        return _classes(self.documents, document)[name]

    def size_classes(self, document: Document) -> Mapping[str, Mapping[str, Any]]:
        """Return all size classes, those of ``document`` before those of others."""
        return _classes(self.documents, document)


def _classes(documents: Iterable[Document], own: Document) -> dict[str, Mapping[str, Any]]:
    known: dict[str, Mapping[str, Any]] = dict(own.rules.get("size_classes", {}))
    for document in documents:
        for name, entry in document.rules.get("size_classes", {}).items():
            known.setdefault(name, entry)
    return known


def load(paths: Iterable[Path], variables: Variables, country: str, code_system: str) -> Published:
    """Return the documents in ``paths`` that are about ``country``; every file is checked.

    ``country`` and ``code_system`` are those of the case. Files are taken in the order of their names.

    Raises
    ------
    ConfigError
        A key, a number, a variable, a definition, a figure, a class or a locality that cannot be:
        one sentence that names file and key.
    """
    documents = [_document(path, variables) for path in sorted(paths, key=lambda p: p.name)]
    here = tuple(document for document in documents if document.about["country"] == country)
    figures: dict[str, Figure] = {}
    for document in documents:
        for name, entry in document.figures.items():
            if name in figures:
                raise ConfigError(
                    f"{document.file}: the figure '{name}' stands already in "
                    f"{figures[name].document.file}; give one of the two another id."
                )
            figures[name] = Figure(name, document, entry, _number(document.file, name, entry))
    names: dict[str, str] = {}
    for document in documents:
        if document.name in names:
            raise ConfigError(
                f"{document.file}: `document.id` is '{document.name}', as in {names[document.name]}; "
                "give one of the two another id."
            )
        names[document.name] = document.file
        own = [d for d in documents if d.about["country"] == document.about["country"]]
        _check_checks(document, own, figures)
    for document in here:
        if document.about["code_system"] != code_system:
            raise ConfigError(
                f"{document.file}: `document.code_system` is '{document.about['code_system']}', but the case "
                f"of {country} has the codes of '{code_system}'; write the codes of `area` in those, or keep "
                "the document out of data/published/ for this case."
            )
    return Published(here, {name: f for name, f in figures.items() if f.document in here})


def _document(path: Path, variables: Variables) -> Document:
    data = strict_yaml.load(path)
    file = "/".join(path.parts[-3:]) if path.is_absolute() else path.as_posix()
    schema.check(data, _SCHEMA, lambda key: file)
    document = Document(
        file,
        data["document"],
        tuple(data.get("localities", [])),
        data.get("rules", {}),
        data.get("definitions", {}),
        data["figures"],
        data.get("checks", {}),
    )
    _check_rules(document)
    for name, definition in document.definitions.items():
        _check_definition(file, ("definitions", name), definition, variables)
    for name, figure in document.figures.items():
        if "area" in figure:
            _check_area(document, ("figures", name, "area"), figure["area"])
        _check_recipe(document, ("figures", name), figure)
    return document


def _check_rules(document: Document) -> None:
    classes = document.rules.get("size_classes", {})
    for name, entry in classes.items():
        if entry["min"] >= entry["max"]:
            raise ConfigError(
                f"{document.file}: {dotted(('rules', 'size_classes', name))} has a `min` that is not below "
                "its `max`; mend one of them."
            )
    for number, chosen in enumerate(document.rules.get("selected", [])):
        key = ("rules", "selected", number)
        _check_locality(document, (*key, "locality"), chosen["locality"])
        _known(document.file, (*key, "size_class"), chosen["size_class"], classes, "size class")
        if "types" in document.rules:
            _known(document.file, (*key, "type"), chosen["type"], document.rules["types"], "type")


def _check_definition(
    file: str, key: Key, definition: Mapping[str, Any], variables: Variables
) -> None:
    for side in ("of", "in"):
        for name in as_list(definition.get(side, [])):
            _known(file, (*key, side), name, variables, "variable")
    kind = definition["definition"]
    if kind in _NEEDS_BASE and "in" not in definition:
        raise ConfigError(
            f"{file}: {dotted(key)} is a {kind} and lacks the key 'in'; add `in: ...`."
        )
    if "in_date" in definition:
        if "in" not in definition:
            raise ConfigError(f"{file}: {dotted(key)} has `in_date` and no `in`; remove it.")
        real_date(file, (*key, "in_date"), definition["in_date"])


def _check_area(document: Document, key: Key, area: Mapping[str, str]) -> None:
    if "locality" in area:
        _check_locality(document, (*key, "locality"), area["locality"])


def _check_locality(document: Document, key: Key, name: str) -> None:
    _known(document.file, key, name, document.localities, "locality")


def _check_recipe(document: Document, key: Key, figure: Mapping[str, Any]) -> None:
    file, recipe = document.file, figure["recipe"]
    here = (*key, "recipe")
    kind, area = recipe["kind"], figure.get("area", {})
    tried = [*recipe.get("as_printed", []), *recipe.get("otherwise", [])]
    if kind in ("official", "needs_mapping"):
        if not tried:
            raise ConfigError(
                f"{file}: {dotted(here)} is `{kind}` and names no definition; list some of `definitions` in "
                "`as_printed` or `otherwise`."
            )
        if not area or ("locality" in area) != (kind == "needs_mapping"):
            raise ConfigError(
                f"{file}: {dotted(here)} is `{kind}`, so {dotted((*key, 'area'))} is "
                f"{'`locality`' if kind == 'needs_mapping' else '`country`, `region` or `unit`'}; mend one of "
                "the two."
            )
        for side in ("as_printed", "otherwise"):
            for name in recipe.get(side, []):
                _known(file, (*here, side), name, document.definitions, "definition")
                _check_dates(file, here, recipe, document.definitions[name])
    elif tried:
        raise ConfigError(
            f"{file}: {dotted(here)} is `{kind}`, which tries no definitions; remove `as_printed` and "
            "`otherwise`, or write another kind."
        )
    if (kind == "arithmetic") != ("check" in recipe):
        raise ConfigError(
            f"{file}: {dotted(here)} is `{kind}` and {'lacks' if kind == 'arithmetic' else 'has'} `check`; "
            "only `arithmetic` has it, and always."
        )
    if kind == "arithmetic":
        _known(file, (*here, "check"), recipe["check"], document.checks, "check")


def _check_dates(
    file: str, key: Key, dates: Mapping[str, Any], definition: Mapping[str, Any]
) -> None:
    """Refuse dates that do not fit a definition: one for a level, two for a change."""
    wanted = ("from", "to") if definition["definition"] in _TWO_DATES else ("date",)
    for name in ("date", "from", "to"):
        if (name in dates) != (name in wanted):
            raise ConfigError(
                f"{file}: {dotted(key)} {'lacks' if name in wanted else 'has'} `{name}`; a "
                f"{definition['definition']} takes {' and '.join(f'`{w}`' for w in wanted)}."
            )
        if name in dates:
            real_date(file, (*key, name), dates[name])
    if "from" in dates and dates["from"] >= dates["to"]:
        raise ConfigError(
            f"{file}: {dotted(key)} has a `from` that is not before its `to`; mend one."
        )


def _check_checks(
    document: Document, documents: list[Document], figures: Mapping[str, Figure]
) -> None:
    file, names = document.file, {d.name for d in documents}
    known = [name for name, f in figures.items() if f.document.name in names]
    for name, check in document.checks.items():
        key, kind = ("checks", name), check["kind"]
        for where in FIGURES_OF_CHECK[kind]:
            for figure in as_list(check.get(where, [])):
                _known(file, (*key, where), figure, known, "figure")
        if kind == "sum_of_parts" and ("total" in check) == ("total_is" in check):
            raise ConfigError(
                f"{file}: {dotted(key)} takes one of `total` and `total_is`; write one."
            )
        if "class" in check:
            _known(
                file, (*key, "class"), check["class"], _classes(documents, document), "size class"
            )
        if "yardstick" in check:
            entry = check["yardstick"]
            _check_official(document, (*key, "yardstick"), entry)
        if kind in _OFFICIAL_OF_CHECK:
            where = _OFFICIAL_OF_CHECK[kind]
            entry = check[where]
            _check_official(document, (*key, where), entry)
            if "locality" in entry["area"]:
                raise ConfigError(
                    f"{file}: {dotted((*key, where, 'area'))} is a locality; an official figure that is "
                    "compared in the open is that of a country, a region or a named unit."
                )
        for number, says in enumerate(check.get("says", [])):
            if ("within" in says) != (says["relation"] == "around"):
                raise ConfigError(
                    f"{file}: {dotted((*key, 'says', number))} {'has' if 'within' in says else 'lacks'} "
                    "`within`; `around` takes it, and no other relation."
                )


def _check_official(document: Document, key: Key, entry: Mapping[str, Any]) -> None:
    _known(
        document.file, (*key, "definition"), entry["definition"], document.definitions, "definition"
    )
    definition = document.definitions[entry["definition"]]
    if "level" in entry:
        # Of a yardstick: the change of one quantity between its two dates.
        if definition["definition"] in _TWO_DATES:
            raise ConfigError(
                f"{document.file}: {dotted(key)} names '{entry['definition']}', which is a change already; "
                "name a level, a share or a ratio."
            )
        for name in ("from", "to"):
            real_date(document.file, (*key, name), entry[name])
        return
    _check_dates(document.file, key, entry, definition)


def _number(file: str, name: str, entry: Mapping[str, Any]) -> Span:
    try:
        return printed(entry["printed"], entry.get("rounded_to"))
    except ValueError as error:
        raise ConfigError(
            f"{file}: {dotted(('figures', name, 'printed'))} is '{entry['printed']}': {error}."
        ) from error


def _known(file: str, key: Key, name: str, known: Iterable[str], what: str) -> None:
    options = list(known)
    if name not in options:
        raise unknown(file, key, name, options, what)
