"""``audit/prov.json``: which job made which file of which, as W3C PROV-JSON.

Entities are the pinned files, the tables between, and the files of the case; activities the jobs; agents
the publishers and smstra. No times, so that every run writes the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from prov.constants import PROV_LABEL, PROV_TYPE
from prov.model import ProvDocument

from smstra import __version__
from smstra.audit import inventory, steps
from smstra.audit.inventory import File

# Names within this project: a file by its path, a job by its rule and case.
_NAMESPACE = "urn:x-smstra:"
_KINDS = ("file", "job", "agent", "own")


def text(name: str, settings: Mapping[str, Any], files: Iterable[File]) -> str:
    """Return the PROV-JSON document of a case.

    Parameters
    ----------
    name
        The case.
    settings
        As :func:`smstra.job_settings.description` gives them.
    files
        The files of the case that are to be explained; those that no step of ``steps.yaml`` makes, such
        as those of the audit itself, stand as entities without a history.
    """
    made = json.loads(document(name, settings, files).serialize(format="json"))
    return json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def document(name: str, settings: Mapping[str, Any], files: Iterable[File]) -> ProvDocument:
    """Return the PROV document of a case; see :func:`text`."""
    known = {f"results/{name}/{file.path}": file for file in files}
    pins = {pin["file"]: pin for pin in settings["pins"]}
    done = steps.of_case(name, settings, [file.path for file in known.values()])

    prov = ProvDocument()
    prov.add_namespace("smstra", _NAMESPACE)
    for kind in _KINDS:
        prov.add_namespace(kind, f"{_NAMESPACE}{kind}:")
    prov.agent(
        "agent:smstra",
        {
            PROV_TYPE: _type(prov, "SoftwareAgent"),
            PROV_LABEL: "smstra",
            "smstra:version": __version__,
        },
    )
    for path in sorted(pins):
        _add_snapshot(prov, pins[path])
    between = {path for step in done for path in (*step.reads, *step.makes)} - set(pins)
    for path in sorted(between | set(known)):
        prov.entity(f"file:{path}", _of_file(path, known.get(path)))
    for step in done:
        _add_step(prov, name, step)
    return prov


def _add_snapshot(prov: ProvDocument, pin: Mapping[str, Any]) -> None:
    publisher = f"agent:{pin['publisher'].replace(' ', '_')}"
    if not prov.get_record(publisher):
        prov.agent(
            publisher, {PROV_TYPE: _type(prov, "Organization"), PROV_LABEL: pin["publisher"]}
        )
    said = (
        "dataset",
        "vintage",
        "edition",
        "licence",
        "publisher_address",
        "obtained_via",
        "sha256",
    )
    entity = f"file:{pin['file']}"
    prov.entity(entity, {PROV_LABEL: pin["title"], **{f"smstra:{key}": pin[key] for key in said}})
    prov.wasAttributedTo(entity, publisher)


def _of_file(path: str, file: File | None) -> dict[str, Any]:
    if file is None:
        return {PROV_LABEL: path}
    return {
        PROV_LABEL: inventory.title(file.path),
        "smstra:sha256": file.sha256,
        "smstra:bytes": file.size,
    }


def _add_step(prov: ProvDocument, name: str, step: steps.Step) -> None:
    job = "job:" + "/".join(part for part in (name, step.rule, step.about) if part)
    prov.activity(job, other_attributes={PROV_LABEL: step.does, "smstra:rule": step.rule})
    prov.wasAssociatedWith(job, "agent:smstra")
    for path in step.reads:
        prov.used(job, f"file:{path}")
    for key in step.own:
        own = f"own:{name}/{key}"
        prov.entity(own, {PROV_LABEL: f"a table of the user's own, named at {key} in the case"})
        prov.used(job, own)
    for path in step.makes:
        prov.wasGeneratedBy(f"file:{path}", job)
        for source in step.reads:
            prov.wasDerivedFrom(f"file:{path}", f"file:{source}", activity=job)


def _type(prov: ProvDocument, name: str) -> Any:
    return prov.valid_qualified_name(f"prov:{name}")
