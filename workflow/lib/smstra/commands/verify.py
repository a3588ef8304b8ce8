"""`smstra verify`: what differs from the manifest of a case, and from the types computed anew."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from smstra import source_list
from smstra.audit import manifest, signature, verify
from smstra.audit.verify import Difference, Report
from smstra.config import Settings
from smstra.errors import SmstraError, listing

_CODES = """exit codes:
  0  all is as recorded
  1  it could not be checked: no such case, no project, a program that is not installed
  2  wrong usage
  3  something differs, or a case has no manifest of its own; each thing is named
"""
_DIFFERS = 3
# What tells the folder of a case from others in results/, even if its manifest was removed.
_MARKS = ("typology.csv", manifest.RESOLVED, manifest.MANIFEST, "audit")
# Folders of results/ that belong to no case or to several.
_NO_CASES = ("logs", "observations", "private", "refresh", "settings")


def ask(parser: argparse.ArgumentParser) -> None:
    """Add what the command asks."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _CODES
    parser.set_defaults(parser=parser)
    parser.add_argument("cases", nargs="*", metavar="CASE", help="all in results/ if left out")
    parser.add_argument(
        "--recompute",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="compute all types anew from the bytes of the sources, and compare",
    )
    parser.add_argument("--json", action="store_true", help="all that differs, as JSON")
    parser.add_argument(
        "--manifest",
        metavar="FILE",
        type=Path,
        help="hold the case against this manifest instead of its own, as after a rerun elsewhere",
    )
    parser.add_argument(
        "--signature",
        metavar="FILE",
        type=Path,
        help="check this signature of the manifest by minisign (.minisig) or gpg",
    )
    parser.add_argument(
        "--public-key",
        metavar="KEY",
        help="for minisign the key or its file, for gpg the whole fingerprint",
    )


def run(chosen: argparse.Namespace) -> tuple[str, int]:
    """Return what is printed and the exit code; SmstraError where something cannot be checked."""
    _check_usage(chosen)
    source_list.check_folder(Path())
    cases = _cases(chosen)
    settings = _settings()
    reports = [
        verify.check(case, settings, file=chosen.manifest, recompute=chosen.recompute)
        for case in cases
    ]
    if chosen.signature is not None:
        reports[0] = _signed(reports[0], chosen)
    content = verify.as_content(reports)
    text = (
        json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        if chosen.json
        else verify.as_text(reports)
    )
    return text, _DIFFERS if content["differs"] else 0


def _check_usage(chosen: argparse.Namespace) -> None:
    """End with 2 where the arguments cannot be meant."""
    if (chosen.signature is None) != (chosen.public_key is None):
        chosen.parser.error(
            "--signature and --public-key go together: a signature says nothing without whose it must be."
        )
    for case in chosen.cases:
        if manifest.leaves_the_folder(case):
            chosen.parser.error(f"'{case}' is no name of a case; write one as in results/.")


def _cases(chosen: argparse.Namespace) -> list[str]:
    """Return the cases to check; SmstraError where there is none, exit 2 where a file is of one of several."""
    one = chosen.manifest is not None or chosen.signature is not None
    cases = list(dict.fromkeys(chosen.cases))
    if not cases and chosen.manifest is not None and chosen.manifest.is_file():
        named = manifest.read(chosen.manifest.read_bytes()).case
        cases = [named] if named and not manifest.leaves_the_folder(named) else []
    if not cases and chosen.manifest is None:
        cases = [
            path.relative_to("results").as_posix()
            for folder in ("*", "private/*")
            for path in sorted(Path("results").glob(folder))
            if (folder != "*" or path.name not in _NO_CASES)
            and any((path / mark).exists() for mark in _MARKS)
        ]
    if not cases:
        raise SmstraError(
            "there are no results to verify; `snakemake audit --cores 4` makes them, with a manifest of each "
            "case."
        )
    if one and len(cases) > 1:
        chosen.parser.error(
            f"--manifest and --signature are of one case; name which of {listing(cases)}."
        )
    return cases


def _settings() -> Settings | SmstraError:
    """Return the configuration of the project, or why it cannot be read: that is a finding as well."""
    try:
        return source_list.project()[0]
    except SmstraError as error:
        return error


def _signed(report: Report, chosen: argparse.Namespace) -> Report:
    own = Path(manifest.folder_of(report.case)) / manifest.MANIFEST
    signed = own if chosen.manifest is None else chosen.manifest
    wrong = signature.fault(signed, chosen.signature, chosen.public_key)
    if not wrong:
        return report._replace(notes=(*report.notes, "the signature of the manifest is good"))
    shown = chosen.signature.as_posix()
    differs = Difference(shown, f"is no good signature of the manifest: {wrong}")
    return report._replace(differences=(differs, *report.differences))
