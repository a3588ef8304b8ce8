"""ro-crate-metadata.json against the validator of its profiles, offline; CITATION.cff and README.md."""

from __future__ import annotations

import io
import json
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests
import rocrate
import tiny
from requests_cache import CachedSession
from rocrate.rocrate import ROCrate
from rocrate_validator import models, services
from urllib3 import HTTPResponse

from smstra import job_settings, source_list, strict_yaml
from smstra.audit import citation_file, crate, inventory, readme

PROFILE = "workflow-run-crate"
# What RO-Crate 1.1 has otherwise than the version whose context comes with the library.
OF_1_1 = {"ComputationalWorkflow": "https://bioschemas.org/ComputationalWorkflow", "sha256": None}
# What the profiles recommend and this crate does not have, and why.
EXCEPTIONS = {
    "The Application SHOULD have a url": "the project is not published at an address",
    "The SoftwareApplication id SHOULD be an absolute URI": "the main workflow is a file of the crate, as "
    "the profile of the workflow asks",
    "The Action SHOULD have an endTime in ISO 8601 format": "the same run writes the same bytes; times "
    "stand in results/logs/runs/",
    "The Action SHOULD have an agent that is a Person or Organization": "nothing personal is recorded",
    "The organization SHOULD have a URL.": "the contributors have no site",
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The validator's cache with the JSON-LD context of RO-Crate 1.1 in it."""
    shipped = Path(rocrate.__file__).parent / "data/ro-crate.jsonld"
    content = json.loads(shipped.read_text(encoding="utf-8"))
    for term, meaning in OF_1_1.items():
        content["@context"].pop(term)
        content["@context"] |= {term: meaning} if meaning else {}
    raw, kind = json.dumps(content).encode(), {"Content-Type": "application/ld+json"}

    class Site(requests.adapters.BaseAdapter):
        """Answers as the site would."""

        def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
            answer = requests.Response()
            answer.status_code, answer.url, answer.request = 200, request.url, request
            answer.headers.update(kind)
            answer.raw = HTTPResponse(
                io.BytesIO(raw),
                headers=kind,
                status=200,
                preload_content=False,
                request_url=request.url,
            )
            return answer

        def close(self) -> None:
            pass

    path = tmp_path_factory.mktemp("validator") / "http"
    with CachedSession(str(path), backend="sqlite", expire_after=-1) as session:
        session.mount("https://", Site())
        assert session.get("https://w3id.org/ro/crate/1.1/context").ok
    return path


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("a test of the crate asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def described(root: Path, case: str, target: Path, keep: Callable[[str], bool]) -> Path:
    """Copy files of a case to ``target`` and write the crate there."""
    settings, _ = source_list.project(root=root)
    folder = root / "results" / case
    for file in inventory.of_folder(folder, [folder]):
        if keep(file.path):
            (target / file.path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / file.path, target / file.path)
    workflow = target / crate.WORKFLOW
    shutil.copytree(root / "workflow/rules", workflow.parent / "rules", dirs_exist_ok=True)
    shutil.copyfile(root / "workflow/Snakefile", workflow)
    for path in (*crate.LATER, crate.README):
        (target / path).write_text("{}\n", encoding="utf-8")
    files = [f for f in inventory.of_folder(target, [target]) if f.path not in crate.LATER]
    text = crate.text(case, job_settings.description(settings, case), files)
    (target / "ro-crate-metadata.json").write_text(text, encoding="utf-8")
    return target


@pytest.fixture
def small(testland_done: Path, tmp_path: Path) -> Path:
    """The crate of a few files of Testland, to be changed by the test."""
    kept = ("typology.csv", "config.resolved.yaml", "figures/cells.png")
    return described(testland_done, "tl", tmp_path / "crate", lambda path: path in kept)


def issues(folder: Path, cache: Path, level: str) -> Iterator[tuple[str, str]]:
    """Yield the severity and message of all that the validator finds, offline."""
    asked = models.ValidationSettings(
        rocrate_uri=str(folder),
        profile_identifier=PROFILE,
        requirement_severity=models.Severity[level],
        offline=True,
        cache_path=cache,
    )
    for issue in services.validate(asked).get_issues(models.Severity[level]):
        yield issue.severity.name, issue.message


def test_a_whole_case_has_no_issue_but_the_exceptions(
    testland_done: Path, cache: Path, tmp_path: Path
) -> None:
    skipped = ("audit/", "ro-crate", "datapackage", "README", "CITATION")
    whole = described(testland_done, "tl", tmp_path, lambda path: not path.startswith(skipped))
    found = set(issues(whole, cache, "RECOMMENDED"))
    assert {message for severity, message in found if severity == "REQUIRED"} == set()
    assert {message for _, message in found} == set(EXCEPTIONS)


def without(graph: list[dict[str, Any]], kind: str) -> None:
    graph[:] = [entity for entity in graph if entity["@type"] != kind]


def entity(graph: list[dict[str, Any]], identifier: str) -> dict[str, Any]:
    return next(each for each in graph if each["@id"] == identifier)


@pytest.mark.parametrize(
    "tamper",
    [
        lambda graph: without(graph, "CreateAction"),
        lambda graph: entity(graph, crate.WORKFLOW).update({"@type": "File"}),
        lambda graph: entity(graph, "./").pop("license"),
        lambda graph: entity(graph, "typology.csv").update({"@id": "typologies.csv"}),
    ],
    ids=["no_action", "other_type", "no_licence", "no_such_file"],
)
def test_a_tampered_crate_fails(small: Path, cache: Path, tamper: Callable) -> None:
    path = small / "ro-crate-metadata.json"
    content = json.loads(path.read_text("utf-8"))
    tamper(content["@graph"])
    path.write_text(json.dumps(content), "utf-8")
    assert list(issues(small, cache, "REQUIRED"))


def test_the_small_crate_is_valid_before_it_is_tampered_with(small: Path, cache: Path) -> None:
    assert list(issues(small, cache, "REQUIRED")) == []


def test_hashes_inputs_and_action(small: Path, testland_done: Path) -> None:
    graph = json.loads((small / "ro-crate-metadata.json").read_text("utf-8"))["@graph"]
    known = {each["@id"]: each for each in graph}
    assert known["typology.csv"]["sha256"] == inventory.sha256(small / "typology.csv")
    assert all("sha256" not in known[path] for path in crate.LATER)
    pins = source_list.project(root=testland_done)[0].pins
    for pin in pins:
        assert known[f"#{pin['file']}"]["sha256"] == pin["sha256"]
        assert "license" in known[f"#{pin['file']}"]
    used = {each["@id"] for each in known["#run"]["object"]}
    assert used == {"config.resolved.yaml", *(f"#{pin['file']}" for pin in pins)}
    assert {"@id": "typology.csv"} in known["#run"]["result"]
    assert known["#run"]["instrument"] == {"@id": crate.WORKFLOW}
    assert known["./"]["datePublished"] == max(pin["date_accessed"] for pin in pins)


def test_same_bytes_and_no_clock(small: Path, testland_done: Path, tmp_path: Path) -> None:
    kept = ("typology.csv", "config.resolved.yaml", "figures/cells.png")
    again = described(testland_done, "tl", tmp_path / "again", lambda path: path in kept)
    first = (small / "ro-crate-metadata.json").read_bytes()
    assert first == (again / "ro-crate-metadata.json").read_bytes()
    assert b"startTime" not in first and b"endTime" not in first
    assert str(tmp_path).encode() not in first


def test_the_library_reads_the_crate(small: Path) -> None:
    read = ROCrate(small)
    assert read.mainEntity.id == crate.WORKFLOW
    assert {each.id for each in read.get_by_type("CreateAction")} == {"#run"}


# What the Citation File Format 1.2.0 requires (its schema guide), and the kinds of the keys that are written.
CFF_TEXT = {"type": "string", "minLength": 1}
CFF_PEOPLE = {
    "type": "array",
    "minItems": 1,
    "items": {"type": "object", "required": ["name"], "properties": {"name": CFF_TEXT}},
}
CFF_REFERENCE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["authors", "title", "type"],
    "properties": {
        "authors": CFF_PEOPLE,
        "title": CFF_TEXT,
        "type": {"enum": ["data", "software"]},
        "publisher": CFF_PEOPLE["items"],
        "year": {"type": "integer"},
        "version": {"type": ["string", "number"]},
        "url": {"type": "string", "pattern": "^(https|http|ftp|sftp)://.+"},
        "date-accessed": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "license": {"const": "MIT"},
        "notes": CFF_TEXT,
    },
}
CFF = {
    "type": "object",
    "additionalProperties": False,
    "required": ["authors", "cff-version", "message", "title"],
    "properties": {
        "cff-version": {"const": "1.2.0"},
        "message": CFF_TEXT,
        "title": CFF_TEXT,
        "type": {"enum": ["dataset", "software"]},
        "version": {"type": ["string", "number"]},
        "authors": CFF_PEOPLE,
        "abstract": CFF_TEXT,
        "keywords": {"type": "array", "minItems": 1, "uniqueItems": True, "items": CFF_TEXT},
        "references": {"type": "array", "minItems": 1, "items": CFF_REFERENCE},
    },
}


@pytest.mark.parametrize("case", ["be", "de"])
def test_citation_file(case: str, tmp_path: Path) -> None:
    settings, _ = source_list.project(root=tiny.REPO)
    about = job_settings.description(settings, case)
    path = tmp_path / "CITATION.cff"
    path.write_text(citation_file.text(case, about["case"], about["pins"]), "utf-8")
    content = strict_yaml.load(path)
    jsonschema.validate(content, CFF)
    sources = {(pin["id"], pin["vintage"]) for pin in about["pins"]}
    data = [each for each in content["references"] if each["type"] == "data"]
    assert len(data) == len(sources)
    assert all("licence: " in each["notes"] for each in data)
    # A day must be text for every reader, YAML 1.1 included.
    assert "date-accessed: '" in path.read_text("utf-8")


def test_page_of_the_folder_names_every_file(small: Path) -> None:
    files = [f for f in inventory.of_folder(small, [small]) if "/workflow/" not in f.path]
    text = readme.text("tl", {"title": "Towns of Testland"}, files)
    for file in files:
        assert f"`{file.path}`" in text or f"`{file.path.rpartition('.')[0]}`" in text, file.path
    assert "| `typology.csv` | Types of the units |" in text
