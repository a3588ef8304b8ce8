"""datapackage.json: every column described, valid for frictionless, and what it finds in tampered tables."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import frictionless
import pytest

from smstra import job_settings, source_list
from smstra.audit import data_package, disclosure, inventory, licences, published
from smstra.outcomes import TYPES, VERDICTS
from smstra.typology import CRITERIA

# No shipped case has births, deaths and moves; the names are those that the figure writes.
# Columns that only a case has which chooses by answers.
NOT_ASKED_FOR = {
    "selection/candidates.csv": {
        *CRITERIA,
        "answers_check",
        "typicality_by_answers",
    }
}
NOT_SHIPPED = "figures/growth_components.csv"
# Tables that a change is tried on: a key, a link, words, numbers.
SOME = ("units.csv", "sufficiency.csv", "indicators.csv", "references.csv", "typology.csv")


def package(root: Path, case: str, target: Path, paths: tuple[str, ...] | None = None) -> Path:
    """Copy tables of a case to ``target`` and write its datapackage.json there."""
    settings, _ = source_list.project(root=root)
    folder = root / "results" / case
    found = inventory.of_folder(folder, [folder])
    files = [
        file
        for file in found
        if file.path.endswith(".csv") and (paths is None or file.path in paths)
    ]
    for file in files:
        (target / file.path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / file.path, target / file.path)
    about = job_settings.description(settings, case)
    made = target / "datapackage.json"
    made.write_text(data_package.text(case, about, target, files), encoding="utf-8")
    return made


def faults(descriptor: Path, **asked: Any) -> list[tuple[str, str, str]]:
    """Return the place, type and message of all that frictionless finds wrong."""
    report = frictionless.validate(str(descriptor), **asked)
    found = [(task.place, each.type, each.message) for task in report.tasks for each in task.errors]
    return found + [("", each.type, each.message) for each in report.errors]


@pytest.fixture
def small(testland_done: Path, tmp_path: Path) -> Path:
    """A valid package of some tables of Testland, to be changed by the test."""
    return package(testland_done, "tl", tmp_path, SOME)


def test_all_of_testland_is_valid(testland_done: Path, tmp_path: Path) -> None:
    assert faults(package(testland_done, "tl", tmp_path)) == []


@pytest.mark.parametrize("case", ["be", "de"])
def test_shipped_cases_are_valid(case: str, shipped: Callable, tmp_path: Path) -> None:
    # The three largest tables only repeat themselves beyond this; whole they take six seconds.
    assert faults(package(shipped, case, tmp_path), limit_rows=3_000) == []


def test_each_column_that_is_written_is_described_and_none_else(shipped: Callable) -> None:
    written: dict[str, set[str]] = {}
    for case in ("be", "de"):
        folder = shipped / "results" / case
        settings, _ = source_list.project(root=shipped)
        about = job_settings.description(settings, case)
        files = inventory.of_folder(folder, [folder])
        for resource in data_package.describe(case, about, folder, files)["resources"]:
            for field in resource["schema"]["fields"]:
                assert "does not describe" not in field["description"], (resource, field["name"])
            assert not resource["description"].startswith("("), resource["path"]
        for file in files:
            if file.path.endswith(".csv"):
                names = set(data_package.header(folder / file.path))
                written.setdefault(file.path, set()).update(names - {"missing"})
    described = {
        path: set(entry["columns"])
        for path, entry in inventory.tables()["tables"].items()
        if path != NOT_SHIPPED
    }
    lacking = {path: described[path] - written.get(path, set()) for path in described}
    assert {path: names for path, names in lacking.items() if names} == NOT_ASKED_FOR


def test_words_are_those_that_the_code_writes() -> None:
    words, tables = inventory.tables()["words"], inventory.tables()["tables"]
    assert tuple(words["type"]) == TYPES
    assert tuple(words["verdict"]) == VERDICTS
    assert list(tables["audit/published.csv"]["columns"]) == published.COLUMNS
    assert list(tables["audit/disclosure.csv"]["columns"]) == disclosure.COLUMNS


def test_each_entry_of_the_table_of_columns_has_a_type_and_a_description() -> None:
    known = inventory.tables()
    for path, entry in known["tables"].items():
        said = data_package.columns_of(path, list(entry["columns"]))
        assert set(said) == set(entry["columns"])
        for name, about in said.items():
            assert {"type", "description"} <= set(about), (path, name)
            assert about.get("words") is None or about["words"] in known["words"], (path, name)
        assert set(entry.get("key", [])) <= set(entry["columns"]), path
        for column, other in entry.get("links", {}).items():
            assert column in entry["columns"] and len(known["tables"][other]["key"]) == 1, path


def change(descriptor: Path, table: str, old: str, new: str, rehash: bool = True) -> None:
    """Put ``new`` for the first ``old`` in a table; ``rehash`` says so in the descriptor."""
    path = descriptor.parent / table
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    if rehash:
        content = json.loads(descriptor.read_text(encoding="utf-8"))
        resource = next(each for each in content["resources"] if each["path"] == table)
        resource["bytes"] = path.stat().st_size
        resource["hash"] = f"sha256:{inventory.sha256(path)}"
        descriptor.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    ("table", "old", "new", "kind"),
    [
        ("typology.csv", "rural area", "large city", "hash-count"),
        ("typology.csv", "\nT03,", "\nT04,", "primary-key"),
        ("typology.csv", "\nT03,", "\nT99,", "foreign-key"),
        ("typology.csv", ",mixed,", ",either,", "constraint-error"),
        ("indicators.csv", ",false,", ",no,", "type-error"),
        ("indicators.csv", ",2014,2014,", ",in 2014,2014,", "type-error"),
        ("references.csv", "\nsf_high,", "\n,", "constraint-error"),
        ("units.csv", "name,", "names,", "label"),
    ],
)
def test_a_tampered_table_fails(small: Path, table: str, old: str, new: str, kind: str) -> None:
    assert faults(small) == []
    change(small, table, old, new, rehash=kind != "hash-count")
    assert any(place == table and kind in found for place, found, _ in faults(small))


def test_a_case_names_its_own_columns(testland_done: Path, tmp_path: Path) -> None:
    made = package(
        testland_done, "tl", tmp_path, ("profiles.csv", "profiles_columns.csv", "units.csv")
    )
    by_path = {each["path"]: each for each in json.loads(made.read_text("utf-8"))["resources"]}
    fields = {field["name"]: field for field in by_path["profiles.csv"]["schema"]["fields"]}
    assert fields["density"]["unit"] == "inhabitants per km2"
    assert fields["density"]["title"] == "Density"
    zone = next(f for f in by_path["units.csv"]["schema"]["fields"] if f["name"] == "zone")
    assert zone["description"] == "Code of the zone that the unit lies in"


def test_a_column_that_is_not_described_says_so(small: Path, testland_done: Path) -> None:
    path = small.parent / "sufficiency.csv"
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join(f"{line},x" for line in lines) + "\n", "utf-8")
    settings, _ = source_list.project(root=testland_done)
    about = job_settings.description(settings, "tl")
    files = inventory.of_folder(small.parent, [path])
    fields = data_package.describe("tl", about, small.parent, files)["resources"][0]["schema"]
    assert "does not describe this column" in fields["fields"][-1]["description"]


def test_sources_have_their_terms(testland_done: Path, small: Path) -> None:
    content = json.loads(small.read_text("utf-8"))
    pins = source_list.project(root=testland_done)[0].pins
    assert {source["file"] for source in content["sources"]} == {pin["file"] for pin in pins}
    assert content["licenses"] == [
        {
            "name": "CC0-1.0",
            "path": "https://creativecommons.org/publicdomain/zero/1.0/",
            "title": "CC0",
        }
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CC BY 4.0 (name the source)", "CC-BY-4.0"),
        ("dl-de/by-2-0", "DL-DE-BY-2.0"),
        ("CC0 1.0 for the compilation; the codes are Statbel's (CC BY 4.0)", ""),
        ("no licence stated on the copy", ""),
    ],
)
def test_only_terms_that_name_one_licence_have_its_name(text: str, name: str) -> None:
    assert licences.of(text).name == name
    assert licences.of(text).text == text


def test_a_pseudonymised_case_may_withhold_any_cell(testland_done: Path, tmp_path: Path) -> None:
    settings, _ = source_list.project(root=testland_done)
    about = job_settings.description(settings, "tl")
    folder = testland_done / "results/tl"
    files = inventory.of_folder(folder, [folder / "typology.csv"])

    def required(case: dict[str, Any]) -> list[str]:
        asked = {**about, "case": case}
        fields = data_package.describe("tl", asked, folder, files)["resources"][0]["schema"][
            "fields"
        ]
        return [f["name"] for f in fields if f.get("constraints", {}).get("required")]

    assert required(about["case"]) == ["unit", "type"]
    assert required({**about["case"], "pseudonymise": {"k": 3}}) == []
