"""``ro-crate-metadata.json``: the results of a case as a Workflow Run RO-Crate.

Profiles: RO-Crate 1.1, Workflow RO-Crate 1.0, Process Run Crate and Workflow Run Crate 0.5. The crate is the
folder of the case. Its main workflow is the copy of the Snakefile and its rules in ``audit/workflow/``, there
to be read: they run from the whole project, which ``smstra bundle`` packs. The pinned files that were read
lie outside of the folder, so they stand by their path in the project and their hash. No times and no user,
so that every run writes the same bytes; the dates are the days on which copies of the sources were taken.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rocrate.model import ComputationalWorkflow, ContextEntity
from rocrate.model import File as CrateFile
from rocrate.rocrate import ROCrate

from smstra import __version__
from smstra.audit import inventory, licences
from smstra.audit.citation_file import AUTHORS
from smstra.audit.inventory import File

WORKFLOW = "audit/workflow/Snakefile"
RESOLVED = "config.resolved.yaml"
README = "README.md"
# Written after the crate, with its hash in them; named here without theirs.
LATER = ("audit/environment.json", "audit/manifest.jsonl")
_SHA256 = {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}
_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
_SNAKEMAKE = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"
_BIOSCHEMAS = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
_TERMS = "#terms"
_AUTHORS = "#authors"
_MIT = "https://spdx.org/licenses/MIT"


def text(name: str, settings: Mapping[str, Any], files: Iterable[File]) -> str:
    """Return the metadata of the crate of a case as JSON-LD.

    Parameters
    ----------
    name
        The case.
    settings
        As :func:`smstra.job_settings.description` gives them.
    files
        All files of the case but the crate itself and those in ``LATER``; the copy of the workflow,
        ``WORKFLOW``, and the resolved configuration are among them.
    """
    crate = _Crate(name, settings, sorted(files))
    return json.dumps(crate.content(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


class _Crate:
    def __init__(self, name: str, settings: Mapping[str, Any], files: list[File]) -> None:
        self._name, self._case = name, settings["case"]
        self._pins = sorted(settings["pins"], key=lambda pin: (pin["id"], pin["file"]))
        self._files = files
        self._day = max(pin["date_accessed"] for pin in self._pins)
        self._crate = ROCrate(version="1.1")
        self._crate.metadata.extra_terms |= _SHA256

    def content(self) -> dict[str, Any]:
        """Return the JSON-LD document, its entities in the order of their ids."""
        crate = self._crate
        self._about_the_crate()
        workflow = self._workflow()
        results = [self._file(file) for file in self._files if "/workflow/" not in file.path]
        for path in LATER:
            crate.add(CrateFile(crate, dest_path=path, properties=_described(path)))
        inputs = [self._snapshot(pin) for pin in self._pins]
        configuration = next(each for each in results if each.id == RESOLVED)
        made = [each for each in results if each is not configuration]
        self._run(workflow, [configuration, *inputs], made)
        document = crate.metadata.generate()
        document["@graph"].sort(key=lambda entity: entity["@id"])
        for entity in document["@graph"]:
            for key, value in entity.items():
                if isinstance(value, list) and all(isinstance(v, dict) for v in value):
                    value.sort(key=lambda reference: reference["@id"])
                    # JSON-LD of RO-Crate 1.1 writes a single value without its list.
                    entity[key] = value[0] if len(value) == 1 else value
        return document

    def _about_the_crate(self) -> None:
        crate = self._crate
        for profile, (title, version) in _PROFILES.items():
            self._entity(profile, "CreativeWork", name=title, version=version)
        run = [_to(profile) for profile in _PROFILES]
        crate.root_dataset["conformsTo"] = run
        crate.metadata["conformsTo"] = [
            _to("https://w3id.org/ro/crate/1.1"),
            _to("https://w3id.org/workflowhub/workflow-ro-crate/1.0"),
        ]
        self._entity(_AUTHORS, "Organization", name=AUTHORS)
        self._entity(
            _TERMS,
            "CreativeWork",
            name="Terms of the sources",
            description=(
                "The figures remain under the terms of their publishers, named with each input and in "
                "datapackage.json and CITATION.cff; the workflow is under the MIT licence."
            ),
        )
        self._entity(_MIT, "CreativeWork", name="MIT License", url=_MIT, identifier=_MIT)
        root = crate.root_dataset
        root["name"] = f"{self._case['title']}: results of the case {self._name}"
        root["description"] = (
            f"Towns and rural areas of {self._case['country']} classified by official figures for "
            "comparative studies of migrant integration, with every threshold, substitution and source."
        )
        root["datePublished"] = self._day
        root["license"] = _to(_TERMS)
        root["author"] = _to(_AUTHORS)
        root["publisher"] = _to(_AUTHORS)

    def _workflow(self) -> ComputationalWorkflow:
        crate = self._crate
        self._entity(
            _SNAKEMAKE,
            "ComputerLanguage",
            name="Snakemake",
            identifier=_to("https://doi.org/10.1093/bioinformatics/bts480"),
            url=_to("https://snakemake.readthedocs.io"),
        )
        files = {file.path: file for file in self._files if "/workflow/" in file.path}
        parts = [self._file(file) for path, file in files.items() if path != WORKFLOW]
        workflow = ComputationalWorkflow(
            crate,
            dest_path=WORKFLOW,
            properties={
                **_described(WORKFLOW, files[WORKFLOW]),
                "name": "smstra",
                "version": __version__,
                "programmingLanguage": _to(_SNAKEMAKE),
                "license": _to(_MIT),
                "author": _to(_AUTHORS),
                "conformsTo": _to(_BIOSCHEMAS),
                "description": (
                    "The Snakefile with its rules, to be read; it runs from the folder of the project "
                    "smstra, which `smstra bundle` packs with these results."
                ),
                "hasPart": [_to(part.id) for part in parts],
            },
        )
        self._entity(
            _BIOSCHEMAS,
            "CreativeWork",
            name="Bioschemas ComputationalWorkflow",
            version="1.0-RELEASE",
        )
        crate.add(workflow)
        crate.root_dataset["mainEntity"] = workflow
        return workflow

    def _file(self, file: File) -> CrateFile:
        described = _described(file.path, file)
        return self._crate.add(CrateFile(self._crate, dest_path=file.path, properties=described))

    def _snapshot(self, pin: Mapping[str, Any]) -> ContextEntity:
        publisher = f"#publisher/{_slug(pin['publisher'])}"
        self._entity(publisher, "Organization", name=pin["publisher"], url=pin["publisher_address"])
        terms = licences.of(pin["licence"])
        licence = terms.address or f"#licence/{_slug(terms.text)}"
        self._entity(licence, "CreativeWork", name=terms.text)
        dates = pin["reference_dates"]
        return self._entity(
            f"#{pin['file']}",
            "CreativeWork",
            name=pin["title"],
            description=(
                f"Pinned file {pin['file']} of the project, which is not part of this folder: "
                f"{pin['definition']}"
            ),
            identifier=pin["file"],
            sha256=pin["sha256"],
            license=_to(licence),
            publisher=_to(publisher),
            isBasedOn=pin.get("address", pin["obtained_via"]),
            version=pin["edition"],
            temporalCoverage=f"{dates['first']}/{dates['last']}",
            sdDatePublished=pin["date_accessed"],
        )

    def _run(self, workflow: Any, used: list[Any], made: list[Any]) -> None:
        action = self._entity(
            "#run",
            "CreateAction",
            name=f"Run of smstra {__version__} for the case {self._name}",
            description=(
                "The tables, figures, pages and audit files of the case made from the pinned files; "
                "audit/prov.json says it job by job, audit/environment.json in which environment."
            ),
            instrument=_to(workflow.id),
            object=[_to(each.id) for each in used],
            result=[_to(each.id) for each in made],
            # As the profile's checks want it, text and no reference.
            actionStatus="http://schema.org/CompletedActionStatus",
        )
        self._crate.root_dataset["mentions"] = _to(action.id)

    def _entity(self, identifier: str, kind: str, /, **said: Any) -> ContextEntity:
        """Add a contextual entity, or return the one that is there."""
        there = self._crate.dereference(identifier)
        if there is not None:
            return there
        entity = ContextEntity(self._crate, identifier, properties={"@type": kind, **said})
        return self._crate.add(entity)


def _described(path: str, file: File | None = None) -> dict[str, Any]:
    said = {"name": inventory.title(path), "encodingFormat": inventory.media_type(path)}
    if path == README:
        said["about"] = _to("./")
    if file is not None:
        said |= {"contentSize": str(file.size), "sha256": file.sha256}
    return said


def _to(identifier: str) -> dict[str, str]:
    return {"@id": identifier}


def _slug(text: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in text.lower()).split())
