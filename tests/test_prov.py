"""audit/prov.json, and the table of steps behind it against the rules in a dry run."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import tiny
from conftest import snakemake
from prov.model import (
    ProvActivity,
    ProvDerivation,
    ProvDocument,
    ProvEntity,
    ProvGeneration,
    ProvUsage,
)

from smstra import job_settings, pseudonym_rules, source_list
from smstra.audit import inventory, prov_export, steps

# Written by the rule that writes prov.json, or after it.
AFTER = ("describe_results", "write_manifest")
# Rules of no case.
OF_ALL = ("all", "summarise")


@pytest.fixture
def about(
    testland_done: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[dict[str, Any], list[inventory.File]]:
    """The settings of Testland and the files of its run."""
    monkeypatch.chdir(testland_done)
    settings, _ = source_list.project(root=testland_done)
    folder = testland_done / "results/tl"
    files = inventory.of_folder(folder, [folder])
    return job_settings.description(settings, "tl"), files


def read(text: str) -> ProvDocument:
    return ProvDocument.deserialize(content=text, format="json")


def test_each_file_that_a_rule_makes_comes_from_one_job(about: tuple) -> None:
    settings, files = about
    document = read(prov_export.text("tl", settings, files))
    made = [str(each.args[0]) for each in document.get_records(ProvGeneration)]
    assert len(made) == len(set(made))
    for path in ("typology.csv", "workbook.xlsx", "figures/cells.png", "report.html"):
        assert f"file:results/tl/{path}" in made
    without = {str(each.identifier) for each in document.get_records(ProvEntity)} - set(made)
    aside = re.compile(r"file:(data/|results/tl/(audit/|README|CITATION|datapackage|ro-crate))")
    assert [name for name in without if not aside.match(name)] == []


def test_types_lead_back_to_the_snapshots(about: tuple) -> None:
    settings, files = about
    document = read(prov_export.text("tl", settings, files))
    behind: dict[str, set[str]] = {}
    for each in document.get_records(ProvDerivation):
        behind.setdefault(str(each.args[0]), set()).add(str(each.args[1]))
    found, todo = set(), ["file:results/tl/typology.csv"]
    while todo:
        new = behind.get(todo.pop(), set()) - found
        found |= new
        todo += new
    assert {f"file:{pin['file']}" for pin in settings["pins"]} <= found
    jobs = {str(each.identifier) for each in document.get_records(ProvActivity)}
    assert {"job:tl/classify", "job:tl/read_observations/tl_people"} <= jobs
    assert {str(each.args[0]) for each in document.get_records(ProvUsage)} <= jobs


def test_no_times_and_the_same_bytes(about: tuple) -> None:
    settings, files = about
    text = prov_export.text("tl", settings, files)
    assert text == prov_export.text("tl", settings, list(reversed(files)))
    assert not re.search(r"prov:(startTime|endTime|time)\b", text)
    entity = json.loads(text)["entity"]["file:results/tl/typology.csv"]
    assert entity["smstra:sha256"] in {file.sha256 for file in files if file.path == "typology.csv"}


def test_a_table_of_the_users_own_is_named_by_its_key_only(about: tuple) -> None:
    settings, files = about
    case = {**settings["case"], "robustness": {"known_cases": "/home/someone/towns.csv"}}
    made = inventory.File("robustness/consistent_rules.csv", 1, "0" * 64)
    text = prov_export.text("tl", {**settings, "case": case}, [*files, made])
    assert "own:tl/robustness.known_cases" in text
    assert "someone" not in text and "towns.csv" not in text.replace("tl/towns.csv", "")


def jobs_of(said: str) -> dict[tuple[str, str], tuple[set[str], set[str]]]:
    """Return what each job of a dry run reads and makes, by rule and what it is about."""
    jobs = {}
    for block in re.split(r"\n(?=rule |\[)", said):
        rule = re.match(r"rule (\w+):", block)
        if not rule:
            continue
        lines = dict(re.findall(r"^    (input|output|wildcards): (.*)$", block, re.MULTILINE))
        about = re.search(r"dataset=(\w+)", lines.get("wildcards", ""))
        key = (rule[1], about[1] if about else "")
        paths = [set(lines.get(key, "").split(", ")) - {""} for key in ("input", "output")]
        inner = re.compile(r"workflow/|results/settings/")
        paths[0] = {path for path in paths[0] if not inner.match(path)}
        # What is published comes before its workings, where a rule makes both.
        if key not in jobs or "private/" not in lines.get("output", ""):
            jobs[key] = (paths[0], paths[1])
    return jobs


@pytest.mark.parametrize("under_pseudonyms", [False, True])
def test_steps_are_those_of_the_rules(
    under_pseudonyms: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = tiny.ROBUSTNESS + ("" if under_pseudonyms else tiny.SELECTION)
    folder = tiny.build(tmp_path / "dry", blocks)
    shutil.copytree(tiny.REPO / "data/published", folder / "data/published")
    monkeypatch.chdir(folder)
    case = folder / "config/cases/tl.yaml"
    text = case.read_text("utf-8")
    if under_pseudonyms:
        # By hand, as such a case must.
        named = "{choose: named, units: [T02, T05]}"
        text = re.sub(r"towns: \{choose.*\}", f"towns: {named}", text)
        text += "pseudonymise: {k: 3}\n"
    case.write_text(text, "utf-8")
    done = snakemake(folder, "-n", "-F", "--cores", "1", "--workflow-profile", "none")
    assert done.returncode == 0, done.stderr
    jobs = jobs_of(done.stdout + done.stderr)
    for rule in (*AFTER, *OF_ALL):
        jobs.pop((rule, ""), None)
    if under_pseudonyms:
        ordinary = [r for r, entry in inventory.steps()["steps"].items() if entry.get("ordinary")]
        jobs = {key: job for key, job in jobs.items() if key[0] not in ordinary}
    settings = pseudonym_rules.split(source_list.project(root=folder)[0])
    made = {path for _, outputs in jobs.values() for path in outputs}
    # The folder of pages stands for what is in it.
    files = [path.removeprefix("results/tl/") for path in made if path.startswith("results/tl/")]
    files = ["profiles/index.html" if path == "profiles" else path for path in files]
    documents = job_settings.description(settings, "tl")
    found = steps.of_case("tl", documents, files)
    assert {(step.rule, step.about) for step in found} == set(jobs)
    for step in found:
        reads, makes = jobs[step.rule, step.about]
        pages = {"results/tl/profiles": "results/tl/profiles/index.html"}
        reads, makes = ({pages.get(path, path) for path in paths} for paths in (reads, makes))
        assert set(step.makes) == makes, step.rule
        if "every" in inventory.steps()["steps"][step.rule].get("reads", []):
            assert reads <= set(step.reads), step.rule
        else:
            assert set(step.reads) == reads, step.rule
