"""``datapackage.json``: the tables of a case as a Frictionless Data Package (Data Package 1).

Each table is a resource with its hash, size and Table Schema: types, units of measure, constraints, keys.
What the columns say stands in ``workflow/internal/tables.yaml``. A validator that knows the standard, such
as ``frictionless validate datapackage.json``, then finds a cell of the wrong type, a word that no
column may hold, a key twice, a unit that the case does not have, and a changed byte.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from smstra import __version__
from smstra.audit import inventory, licences
from smstra.audit.inventory import File

_NOT_DESCRIBED = "(workflow/internal/tables.yaml does not describe this column)"
_FORMATS = {"boolean": {"trueValues": ["true"], "falseValues": ["false"]}}
_LIMITS = ("required", "unique", "minimum", "maximum", "pattern", "enum")


def text(name: str, settings: Mapping[str, Any], folder: Path, files: Iterable[File]) -> str:
    """Return the descriptor of a case as JSON.

    Parameters
    ----------
    name
        The case, as ``be``.
    settings
        ``case`` and ``pins``, as :func:`smstra.job_settings.description` gives them.
    folder
        The folder of the case, from which headers and the units of measure of its criteria are read.
    files
        All files of the case; those that are no CSV are left out.
    """
    described = describe(name, settings, folder, files)
    return json.dumps(described, ensure_ascii=False, indent=1) + "\n"


def describe(
    name: str, settings: Mapping[str, Any], folder: Path, files: Iterable[File]
) -> dict[str, Any]:
    """Return the descriptor of a case; see :func:`text`."""
    case, pins = settings["case"], settings["pins"]
    found = [file for file in files if file.path.endswith(".csv")]
    headers = {file.path: header(folder / file.path) for file in found}
    by_case = _ByCase(folder, case, headers)
    resources = [_resource(file, headers, by_case) for file in found]
    return {
        "profile": "tabular-data-package",
        "name": f"smstra-{name}",
        "title": case["title"],
        "description": (
            "Tables of the case selection for comparative studies of migrant integration, made by the "
            "workflow smstra from the official figures under `sources`. Empty cells are missing values; "
            "their reason stands in `status` or `flags`. Percent and percentage points, never fractions, "
            "unless a column says otherwise."
        ),
        "version": __version__,
        "licenses": [_licence(each) for each in licences.of_pins(pins)],
        "sources": [_source(pin) for pin in sorted(pins, key=lambda p: (p["id"], p["file"]))],
        "resources": resources,
    }


def header(path: Path) -> list[str]:
    """Return the names of a table's columns."""
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file), [])


def columns_of(path: str, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what ``tables.yaml`` says of each described column of the table ``path`` among ``names``."""
    known = inventory.tables()
    entry = known["tables"].get(path, {"columns": {}})
    shared = known["columns"]
    if entry.get("missing") and list(names) == ["missing"]:
        return {"missing": shared["missing"]}
    own = entry["columns"]
    return {name: shared.get(name, {}) | (own[name] or {}) for name in names if name in own}


def _resource(file: File, headers: Mapping[str, Sequence[str]], by_case: _ByCase) -> dict[str, Any]:
    entry = inventory.tables()["tables"].get(file.path, {})
    row = (
        f"One row is {entry['row']}."
        if entry
        else "(not described in workflow/internal/tables.yaml)"
    )
    return {
        "profile": "tabular-data-resource",
        "name": re.sub(r"[^a-z0-9]+", "-", file.path.removesuffix(".csv").lower()),
        "path": file.path,
        "title": inventory.title(file.path),
        "description": row,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": file.size,
        "hash": f"sha256:{file.sha256}",
        "dialect": {"delimiter": ",", "doubleQuote": True, "header": True, "lineTerminator": "\n"},
        "schema": _schema(file.path, headers, by_case),
    }


def _schema(path: str, headers: Mapping[str, Sequence[str]], by_case: _ByCase) -> dict[str, Any]:
    names = headers[path]
    entry = inventory.tables()["tables"].get(path, {})
    said = columns_of(path, names)
    key = [name for name in entry.get("key", []) if name in names]
    fields = []
    for name in names:
        about = said.get(name) or by_case.column(entry.get("more", ""), name)
        fields.append(_field(name, about, name in key, by_case))
    schema: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    if key:
        schema["primaryKey"] = key
    links = [
        {
            "fields": [name],
            "reference": {
                "resource": re.sub(r"[^a-z0-9]+", "-", other.removesuffix(".csv")),
                "fields": inventory.tables()["tables"][other]["key"],
            },
        }
        for name, other in entry.get("links", {}).items()
        if name in names and other in headers
    ]
    if links:
        schema["foreignKeys"] = links
    return schema


def _field(name: str, about: Mapping[str, Any], in_key: bool, by_case: _ByCase) -> dict[str, Any]:
    kind = about.get("type", "string")
    field: dict[str, Any] = {"name": name, "type": kind}
    if "title" in about:
        field["title"] = about["title"]
    description = about.get("description", _NOT_DESCRIBED)
    if "unit_in" in about:
        description += f"; the column {about['unit_in']} has the unit of measure"
    field["description"] = description
    field |= _FORMATS.get(kind, {})
    unit = about.get("unit") or by_case.unit_of(about.get("unit_of", ""))
    if unit:
        field["unit"] = unit
    limits = {limit: about[limit] for limit in _LIMITS if limit in about}
    if about.get("words"):
        limits["enum"] = inventory.tables()["words"][about["words"]]
    if in_key:
        limits["required"] = True
    if by_case.withholds:
        # Any cell may then be empty for what is not said of a locality.
        limits.pop("required", None)
    if limits:
        field["constraints"] = limits
    return field


class _ByCase:
    """What only the case knows: columns that it names, units of measure of its criteria."""

    def __init__(
        self, folder: Path, case: Mapping[str, Any], headers: Mapping[str, Sequence[str]]
    ) -> None:
        def rows(path: str) -> list[dict[str, str]]:
            if path not in headers:
                return []
            with (folder / path).open(encoding="utf-8", newline="") as file:
                return list(csv.DictReader(file))

        self._case = case
        self.withholds = bool(case.get("pseudonymise"))
        self._profile = {row["column"]: row for row in rows("profiles_columns.csv")}
        self._criteria = {
            row["criterion"]: row["unit_of_measure"] for row in rows("references.csv")
        }
        self._covariates = {
            row["covariate"]: row["unit_of_measure"] for row in rows("selection/balance.csv")
        }

    def unit_of(self, criterion: str) -> str:
        """Return the unit of measure of a criterion's indicator, ``""`` if the case has none."""
        return self._criteria.get(criterion, "")

    def column(self, kind: str, name: str) -> dict[str, Any]:
        """Return what a column is that is named by the case, by the ``more`` of its table."""
        if kind == "levels":
            return {"type": "string", "description": f"Code of the {name} that the unit lies in"}
        if kind == "profile" and name in self._profile:
            row = self._profile[name]
            made = f": {row['definition']}" if row["definition"] else ""
            return {
                "type": "number",
                "title": row["label"],
                "description": f"Indicator {name}{made}",
                "unit": row["unit_of_measure"],
            }
        if kind == "size_classes" and name.startswith("size_class_"):
            year = name.removeprefix("size_class_")
            return {"type": "string", "description": f"Size class in {year}"}
        if kind == "pairs" and name[:-2] in self._covariates:
            side = {"_a": "the one side", "_b": "the other side"}[name[-2:]]
            covariate = name[:-2]
            label = self._case.get("indicators", {}).get(covariate, {}).get("label", covariate)
            return {
                "type": "number",
                "title": label,
                "description": f"Indicator {covariate} of the unit on {side}",
                "unit": self._covariates[covariate],
            }
        if kind == "origin" and name in self._case.get("series", {}):
            label = self._case["series"][name]["label"]
            return {
                "type": "number",
                "title": label,
                "description": f"Value of the series {name}",
                "unit": "percent",
            }
        return {}


def _licence(licence: licences.Licence) -> dict[str, str]:
    said = {"name": licence.name, "path": licence.address, "title": licence.text}
    if not licence.name and not licence.address:
        # The standard wants a name or a path.
        said["name"] = "other"
    return {key: value for key, value in said.items() if value}


def _source(pin: Mapping[str, Any]) -> dict[str, Any]:
    """Return a pinned file as a source; its keys beside title and path are those of data/sources.yaml."""
    asked = pin.get("address", "")
    keys = (
        "publisher",
        "dataset",
        "edition",
        "vintage",
        "licence",
        "obtained_via",
        "date_accessed",
    )
    return {
        "title": f"{pin['publisher']}: {pin['title']}",
        "path": asked if asked.startswith(("https://", "http://")) else pin["publisher_address"],
        **{key: pin[key] for key in keys},
        "file": pin["file"],
        "hash": f"sha256:{pin['sha256']}",
    }
