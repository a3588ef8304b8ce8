"""`smstra verify`: whatever is changed after a run is found and named; types come out of the bytes again."""

from __future__ import annotations

import csv
import io
import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import recorded

from smstra import cli, config, source_list, strict_yaml
from smstra.audit import manifest, signature, verify
from smstra.config import Settings
from smstra.errors import SmstraError

PEOPLE = "data/snapshots/testland/tl_people/2026-01-02/tl_people.csv"
TYPES = "results/tl/typology.csv"


@pytest.fixture(scope="module")
def done(tmp_path_factory) -> tuple[Path, Settings]:
    root = tmp_path_factory.mktemp("verify")
    return root, recorded.build(root)


@pytest.fixture
def project(done, tmp_path) -> Path:
    """A copy of recorded Testland, to be changed."""
    return shutil.copytree(done[0], tmp_path / "project")


def differences(root: Path, settings: Settings, **how) -> list[verify.Difference]:
    return list(verify.check("tl", settings, root, **how).differences)


def said(capsys, *arguments: str) -> tuple[int, str, str]:
    code = cli.main(["verify", *arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


@pytest.fixture
def there(project) -> Iterator[Path]:
    with recorded.working_in(project):
        yield project


# --- As recorded ---


def test_what_nobody_touched_is_as_recorded(there, capsys):
    before = {path: path.stat().st_mtime_ns for path in there.rglob("*")}
    code, out, err = said(capsys)
    files = json.loads(Path(recorded.MANIFEST).read_bytes().splitlines()[-1])["files"]
    words = f"tl: all as recorded ({files} files held against the manifest, 12 types computed anew"
    assert (code, err) == (0, "") and out.startswith(words)
    assert {path: path.stat().st_mtime_ns for path in there.rglob("*")} == before
    code, out, _ = said(capsys, "tl", "--json", "--no-recompute")
    told = json.loads(out)
    assert (code, told["differs"], told["cases"][0]["types"]) == (0, False, 0)
    assert (told["cases"][0]["files"], told["cases"][0]["differences"]) == (files, [])


# --- A thousand changes ---


def test_a_thousand_changed_bytes_are_all_found(done):
    """One byte at a time, anywhere in snapshots, outputs and manifest: found, and the file named."""
    root, settings = done
    files = [path for folder in ("data", "results") for path in sorted((root / folder).rglob("*"))]
    files = [path for path in files if path.is_file() and path.stat().st_size]
    assert root / recorded.MANIFEST in files and root / PEOPLE in files and root / TYPES in files
    chance = random.Random(589)
    for number in range(1000):
        # Each file in turn, so that the large ones do not take all the changes.
        path = files[number % len(files)]
        raw = path.read_bytes()
        place = chance.randrange(len(raw))
        changed = bytearray(raw)
        changed[place] ^= chance.randrange(1, 256)
        path.write_bytes(changed)
        found = differences(root, settings, recompute=False)
        path.write_bytes(raw)
        shown = path.relative_to(root).as_posix()
        assert shown in {each.path for each in found}, (shown, place, changed[place])
        if path != root / recorded.MANIFEST:
            assert {each.path for each in found} == {shown}
    assert differences(root, settings) == []


def test_changed_bytes_end_the_command_with_three(there, capsys):
    """The same through the command, with the configuration read and the types computed anew each time."""
    files = [Path(PEOPLE), Path(TYPES), recorded.MANIFEST, Path("data/sources.yaml")]
    files += [Path("config/cases/tl.yaml"), Path("workflow/rules/tables.smk")]
    chance = random.Random(400)
    for path in files * 3:
        raw = path.read_bytes()
        place = chance.randrange(len(raw))
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        code, out, err = said(capsys)
        path.write_bytes(raw)
        assert (code, err) == (3, ""), (path, place)
        assert path.as_posix() in out
    assert said(capsys)[0] == 0


# --- What else may happen to files ---


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def cut(root: Path) -> None:
    (root / TYPES).write_bytes((root / TYPES).read_bytes()[:-10])


def carriage_returns(root: Path) -> None:
    (root / TYPES).write_bytes((root / TYPES).read_bytes().replace(b"\n", b"\r\n"))


def linked(root: Path) -> None:
    """The same bytes, but somewhere else: they can change without the project's folder."""
    shutil.move(root / TYPES, root / "elsewhere.csv")
    (root / TYPES).symlink_to(root / "elsewhere.csv")


def linked_folder(root: Path) -> None:
    (root / "results/tl/more").symlink_to(root / "config")


def a_folder_instead(root: Path) -> None:
    (root / TYPES).unlink()
    (root / TYPES).mkdir()


@pytest.mark.parametrize(
    ("act", "path", "words"),
    [
        (lambda r: (r / TYPES).unlink(), TYPES, "the output is missing"),
        (lambda r: (r / PEOPLE).unlink(), PEOPLE, "the snapshot is missing"),
        (cut, TYPES, "the output has other bytes ("),
        (carriage_returns, TYPES, "the output has other bytes ("),
        (linked, TYPES, "is a link to another file"),
        (linked_folder, "results/tl/more", "is not in the manifest"),
        (a_folder_instead, TYPES, "cannot be read"),
        (
            lambda r: (r / "results/tl/profiles/T02.html").write_text("x"),
            "results/tl/profiles/T02.html",
            "is not in the manifest: the run did not make it",
        ),
        (
            lambda r: (r / "results/tl/profiles/.snakemake_timestamp").write_text("x"),
            "results/tl/profiles/.snakemake_timestamp",
            "is not in the manifest",
        ),
        (
            lambda r: change(r / "workflow/rules/tables.smk", "rule", "rul"),
            "workflow/rules/tables.smk",
            "the module has other bytes",
        ),
        (
            lambda r: change(r / "results/observations/tl_land.csv", "T01", "T02"),
            "results/observations/tl_land.csv",
            "the table of observations has other bytes",
        ),
    ],
)
def test_files_gone_cut_linked_added(done, project, act, path, words):
    act(project)
    found = differences(project, done[1], recompute=False)
    assert [each.path for each in found] == [path]
    assert found[0].what.startswith(words)


def test_a_signature_beside_the_manifest_is_no_addition(done, project):
    for end in manifest.SIGNATURES:
        (project / f"{recorded.MANIFEST}{end}").write_text("x")
    assert differences(project, done[1], recompute=False) == []
    (project / f"{recorded.MANIFEST}.old").write_text("x")
    assert [each.path for each in differences(project, done[1], recompute=False)] == [
        f"{recorded.MANIFEST}.old"
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty; nothing can be held against it"),
        (b"<!doctype html>\n<title>Not found</title>\n", "does not begin as a manifest does"),
    ],
)
def test_what_stands_in_place_of_the_manifest(there, capsys, content, words):
    recorded.MANIFEST.write_bytes(content)
    code, out, _ = said(capsys, "tl")
    assert code == 3 and words in out


def test_a_manifest_that_leads_out_of_the_folder_is_not_followed(done, project):
    secret = project.parent / "secret.txt"
    secret.write_text("x")
    size, digest = manifest.size_and_hash(secret)
    text = manifest.text("tl", [manifest.Entry("output", "../secret.txt", size, "0" * 64)])
    (project / recorded.MANIFEST).write_text(text)
    found = differences(project, done[1], recompute=False)
    assert "'../secret.txt', which is no path in the project's folder" in found[0].what
    assert digest not in str(found) and all("is not in the manifest" in d.what for d in found[1:])


# --- Pins, configuration, records ---


def test_a_snapshot_that_is_pinned_otherwise(done, project):
    """The manifest and the file agree, but the pins say something else."""
    _, settings = done
    pins = [
        {**pin, "sha256": "0" * 64} if pin["id"] == "tl_land" else pin
        for pin in settings.pins
        if pin["id"] != "tl_prices"
    ]
    other = Settings(**{**settings.__dict__, "pins": pins})
    found = {
        Path(each.path).name: each.what for each in differences(project, other, recompute=False)
    }
    assert found == {
        "tl_land.csv": "data/sources.yaml pins other bytes than the manifest lists",
        "tl_prices.csv": "data/sources.yaml pins no such file",
    }


def test_a_configuration_that_cannot_be_read_is_a_difference(there, capsys):
    change(Path("config/cases/tl.yaml"), "holds_if: at_least", "holds_if: at_lest")
    code, out, _ = said(capsys)
    assert code == 3
    assert "config/cases/tl.yaml  the configuration has other bytes" in out
    assert "the configuration cannot be read: config/cases/tl.yaml" in out


def test_types_are_computed_with_the_rules_of_the_run(done, project):
    """Results of an override stand; a note says that config/ has other rules."""
    _, settings = done
    found = verify.check("tl", settings, project)
    assert found.notes == ()
    case = {**settings.cases["tl"], "comparison_decimals": 3}
    other = Settings(**{**settings.__dict__, "cases": {"tl": case}})
    found = verify.check("tl", other, project)
    assert found.differences == () and found.types == 12
    assert "that of config/ is another one now" in found.notes[0]
    assert found.notes[0].endswith("it differs in `settings.comparison_decimals`")


def test_a_case_of_another_choice_of_cases_has_no_other_configuration(done, project):
    """As of `--config cases=tl`, where config/config.yaml names another case, or changes what it says."""
    _, settings = done
    without = Settings(**{**settings.__dict__, "cases": {}})
    assert verify.check("tl", without, project).notes == ()
    path = project / "config/config.yaml"
    before = path.read_bytes()
    try:
        overridden = {
            "cases": ["other"],
            "overrides": {"tl": {"indicators": {"sf": {"label": "X"}}}},
        }
        path.write_text(strict_yaml.dumps(overridden), encoding="utf-8")
        (note,) = verify.check("tl", without, project).notes
        assert note.endswith("it differs in `settings.indicators.sf.label`")
        path.unlink()
        (note,) = verify.check("tl", without, project).notes
        assert "it cannot be read for this case (" in note
    finally:
        path.write_bytes(before)
    entry = {**settings.datasets["tl_people"], "missing": ["nothing"]}
    datasets = {**settings.datasets, "tl_people": entry}
    other = Settings(**{**settings.__dict__, "datasets": datasets})
    assert verify.check("tl", other, project).differences == ()
    assert config.dump("tl", settings) == (project / "results/tl/config.resolved.yaml").read_text()


def test_a_manifest_that_no_record_knows_is_noted(done, project):
    _, settings = done
    end = json.loads((project / recorded.MANIFEST).read_bytes().splitlines()[-1])["chain"]
    record = project / "results/logs/runs/20260101T000000Z.json"
    record.parent.mkdir(parents=True)
    record.write_text(json.dumps({"cases": {"tl": {"manifest": end}}}))
    assert verify.check("tl", settings, project, recompute=False).notes == ()
    record.write_text(json.dumps({"cases": {"tl": {"manifest": "0" * 64}}}))
    assert end in verify.check("tl", settings, project, recompute=False).notes[0]


# --- Types ---


def rewritten(root: Path, settings: Settings, unit: str, **values: str) -> None:
    """Change a row of typology.csv as someone would who then writes the manifest anew."""
    rows = list(csv.DictReader(io.StringIO((root / TYPES).read_text(encoding="utf-8"), newline="")))
    for row in rows:
        row.update(values if row["unit"] == unit else {})
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    (root / TYPES).write_text(text.getvalue(), encoding="utf-8")
    recorded.write(root, settings)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("type", "A"),
        ("sf", "9.99"),
        ("sf", ""),
        ("varni_reference", "0.1"),
        ("population_improving", "true"),
        ("economy_improving", ""),
        ("size_class", "small town"),
        ("cell", "A"),
        ("sf_distance", "0.5"),
        ("varun_distance", ""),
    ],
)
def test_a_type_that_does_not_follow_from_the_sources_is_named(done, project, column, value):
    """The manifest was written anew and fits; only the sources give the change away."""
    _, settings = done
    rewritten(project, settings, "T03", **{column: value})
    assert differences(project, settings, recompute=False) == []
    found = differences(project, settings)
    assert [(each.path, each.what) for each in found] == [
        (f"{TYPES}, unit T03", f"{column}, computed anew")
    ]
    assert found[0].found == (value or "none")
    assert found[0].expected not in ("", value)


def test_a_source_changed_with_pin_and_manifest(project):
    """A changed figure whose pin, too, was changed: the types no longer follow from it."""
    path = project / PEOPLE
    sources = project / "data/sources.yaml"
    before = manifest.size_and_hash(path)[1]
    path.write_bytes(path.read_bytes().replace(b"2014,T02,", b"2014,T02,9"))
    change(sources, before, manifest.size_and_hash(path)[1])
    settings, _ = source_list.project(root=project)
    recorded.write(project, settings)
    assert differences(project, settings, recompute=False) == []
    found = differences(project, settings)
    assert {each.path for each in found} == {f"{TYPES}, unit T02"}
    assert "varni, computed anew" in {each.what for each in found}


def test_rows_too_few_and_too_many(done, project):
    _, settings = done
    lines = (project / TYPES).read_text(encoding="utf-8").splitlines(keepends=True)
    (project / TYPES).write_text("".join([*lines[:-1], lines[1]]), encoding="utf-8")
    found = [each for each in differences(project, settings) if "unit" in each.path]
    assert [each.what for each in found] == [
        "is no unit of the case, or stands twice",
        "the row of the unit is missing",
    ]


def test_a_table_that_cannot_be_read_is_a_difference(done, project):
    _, settings = done
    (project / TYPES).write_bytes(b"unit,type\n\xff\xfe\n")
    assert any("types cannot be computed anew" in d.what for d in differences(project, settings))


def test_a_damaged_resolved_configuration_is_a_difference(done, project):
    """However it is damaged: it is read before anything has checked it."""
    _, settings = done
    path = project / "results/tl/config.resolved.yaml"
    raw = path.read_bytes()
    for damaged in (
        b"",
        b"[1]",
        raw[: len(raw) // 2],
        raw.replace(b"register:", b"register: x #", 1),
    ):
        path.write_bytes(damaged)
        found = differences(project, settings)
        assert [each.path for each in found] == [path.relative_to(project).as_posix(), TYPES]


def test_labels_instead_of_units_are_not_recomputed(done, project):
    _, settings = done
    path = project / "results/tl/config.resolved.yaml"
    content = strict_yaml.load(path)
    content["settings"]["pseudonymise"] = True
    path.write_text(strict_yaml.dumps(content), encoding="utf-8")
    found = verify.check("tl", settings, project)
    assert found.types == 0 and any("labels instead of units" in note for note in found.notes)


# --- Another manifest, and none ---


def test_against_a_manifest_from_elsewhere(there, capsys, tmp_path):
    """Another environment is a note then, anything else a difference."""
    shipped = tmp_path / "shipped.jsonl"
    text = recorded.MANIFEST.read_bytes()
    listed = [
        entry._replace(sha256="0" * 64) if entry.role == "environment" else entry
        for entry in manifest.read(text).entries
    ]
    shipped.write_text(manifest.text("tl", listed))
    code, out, _ = said(capsys, "--manifest", str(shipped))
    assert code == 0 and "made in another environment" in out
    change(Path(TYPES), "T01", "T99")
    code, out, _ = said(capsys, "--manifest", str(shipped))
    assert code == 3 and TYPES in out
    shipped.write_text(manifest.text("other", listed))
    code, _, err = said(capsys, "tl", "--manifest", str(shipped))
    assert code == 1 and "this is the manifest of the case 'other', not of 'tl'" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["xx"], "results/xx/audit/manifest.jsonl: there is no manifest to hold xx against"),
        (["tl", "--manifest", "gone.jsonl"], "gone.jsonl: there is no manifest"),
    ],
)
def test_what_cannot_be_checked_ends_with_one(there, capsys, arguments, words):
    code, out, err = said(capsys, *arguments)
    assert (code, out) == (1, "") and words in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["../tl"], "'../tl' is no name of a case"),
        (["tl/"], "'tl/' is no name of a case"),
        (["tl", "xx", "--manifest", "x"], "are of one case; name which of tl, xx"),
        (["tl", "--signature", "x.minisig"], "--signature and --public-key go together"),
        (["tl", "--public-key", "x"], "--signature and --public-key go together"),
    ],
)
def test_wrong_usage_ends_with_two(there, capsys, arguments, words):
    with pytest.raises(SystemExit) as ended:
        cli.main(["verify", *arguments])
    shown = capsys.readouterr()
    assert (ended.value.code, shown.out) == (2, "") and words in shown.err


def no_manifest(_: Path) -> str:
    recorded.MANIFEST.unlink()
    return "there is no manifest to hold tl against"


def no_audit_and_no_types(root: Path) -> str:
    shutil.rmtree(recorded.MANIFEST.parent)
    (root / TYPES).unlink()
    return "there is no manifest to hold tl against"


def manifest_of_another_case(_: Path) -> str:
    listed = manifest.read(recorded.MANIFEST.read_bytes()).entries
    recorded.MANIFEST.write_text(manifest.text("de", listed))
    return "this is the manifest of the case 'de', not of 'tl'; nothing was held against it"


@pytest.mark.parametrize("act", [no_manifest, no_audit_and_no_types, manifest_of_another_case])
@pytest.mark.parametrize("name", ["aa", "private/tl", "zz"])
def test_a_case_without_its_manifest_is_named_and_the_others_are_checked(there, capsys, act, name):
    """The other case lies before it, behind it, or in the folder of private cases."""
    other = Path("results", name)
    (other / "audit").mkdir(parents=True)
    (other / "a.csv").write_text("x")
    size, digest = manifest.size_and_hash(other / "a.csv")
    entry = manifest.Entry("output", f"results/{name}/a.csv", size, digest)
    (other / "audit/manifest.jsonl").write_text(manifest.text(name, [entry]))
    words = act(there)
    code, out, err = said(capsys, "--no-recompute")
    assert (code, err) == (3, "")
    assert "tl: 1 thing differs (no files held against the manifest)" in out
    assert f"  {recorded.MANIFEST.as_posix()}  {words}" in out
    assert f"{name}: all as recorded (1 files held" in out
    (other / "audit/manifest.jsonl").unlink()
    told = json.loads(said(capsys, "--no-recompute", "--json")[1])
    assert {each["case"]: len(each["differences"]) for each in told["cases"]} == {"tl": 1, name: 1}


def test_types_are_computed_anew_without_a_manifest(done, project):
    (project / recorded.MANIFEST).unlink()
    found = verify.check("tl", done[1], project)
    assert (found.files, found.types, len(found.differences)) == (0, 12, 1)
    change(project / TYPES, ",B,", ",A,")
    assert len(differences(project, done[1])) == 2


def test_no_results_at_all_and_no_project(there, capsys, tmp_path):
    shutil.rmtree("results/tl")
    code, _, err = said(capsys)
    assert code == 1 and "there are no results to verify" in err
    with recorded.working_in(tmp_path):
        code, _, err = said(capsys)
    assert code == 1 and "run the command in the folder of the project or study" in err


def test_the_help_says_the_exit_codes(capsys):
    with pytest.raises(SystemExit):
        cli.main(["verify", "--help"])
    shown = capsys.readouterr().out
    assert "3  something differs" in shown and "1  it could not be checked" in shown
    with pytest.raises(SystemExit) as ended:
        cli.main(["verify", "--nonsense"])
    assert ended.value.code == 2


def test_the_table_of_what_differs(done, project):
    _, settings = done
    path = project / "results/observations/tl_land.csv"
    before = manifest.size_and_hash(path)[1]
    change(path, "T01", "T02")
    (project / "results/tl/a.csv").write_text("x")
    report = verify.check("tl", settings, project, recompute=False)
    after = manifest.size_and_hash(path)[1]
    assert [*report.differences[0]][2:] == [before, after]
    assert verify.as_text([report]).splitlines()[1:] == [
        f"  {'file':32}  {'what differs':41}  {'expected':15}  found",
        "  results/observations/tl_land.csv  the table of observations has other bytes  "
        f"{before[:12]}...  {after[:12]}...",
        "  results/tl/a.csv                  is not in the manifest: the run did not make it",
    ]


def test_many_differences_are_counted(done, project, capsys):
    _, settings = done
    for number in range(60):
        (project / f"results/tl/extra_{number:02d}.csv").write_text("x")
    text = verify.as_text([verify.check("tl", settings, project, recompute=False)])
    assert text.startswith("tl: 60 things differ")
    assert "and 20 more, in results/tl/extra_40.csv" in text and "--json lists all" in text


# --- Signatures ---

FINGERPRINT = "0123456789ABCDEF0123456789ABCDEF01234567"


@pytest.fixture
def programs(tmp_path, monkeypatch) -> Path:
    """A folder for programs that are invented for the test; there are no others."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}")
    return folder


def program(folder: Path, name: str, *lines: str) -> None:
    path = folder / name
    path.write_text("\n".join(["#!/bin/sh", f'echo "$@" > {folder}/{name}.asked', *lines, ""]))
    path.chmod(0o755)


def test_a_signature_of_minisign(there, capsys, programs):
    signed = Path(f"{recorded.MANIFEST}.minisig")
    signed.write_text("x")
    program(programs, "minisign", "exit 0")
    key = ("--public-key", "RWQkey")
    code, out, _ = said(capsys, "tl", "--no-recompute", "--signature", str(signed), *key)
    assert code == 0 and "the signature of the manifest is good" in out
    asked = (programs / "minisign.asked").read_text().strip()
    assert asked == f"-V -q -P RWQkey -m {recorded.MANIFEST} -x {signed}"
    Path("mine.pub").write_text("x")
    program(programs, "minisign", 'echo "Signature verification failed" >&2', "exit 1")
    key = ("--public-key", "mine.pub")
    code, out, _ = said(capsys, "tl", "--no-recompute", "--signature", str(signed), *key)
    assert code == 3
    assert (
        "is no good signature of the manifest: minisign says: Signature verification failed" in out
    )
    assert "-p mine.pub" in (programs / "minisign.asked").read_text()


GOOD = [
    'echo "[GNUPG:] GOODSIG ABC someone"',
    f'echo "[GNUPG:] VALIDSIG {FINGERPRINT} 2026 0 {"9" * 40}"',
]


@pytest.mark.parametrize(
    ("lines", "key", "words"),
    [
        ([*GOOD, "exit 0"], FINGERPRINT, ""),
        ([*GOOD, "exit 0"], f"{FINGERPRINT[:4].lower()} {FINGERPRINT[4:]}", ""),
        ([*GOOD, "exit 0"], "9" * 40, ""),
        ([*GOOD, "exit 0"], "8" * 40, f"it is by the key {FINGERPRINT}, not by {'8' * 40}"),
        ([*GOOD, 'echo "BAD signature" >&2', "exit 1"], FINGERPRINT, "gpg says: BAD signature"),
        ([GOOD[1].replace("GOOD", "EXPKEY"), "exit 0"], FINGERPRINT, "gpg says: exit code 0"),
        (["exit 2"], FINGERPRINT, "gpg says: exit code 2"),
    ],
)
def test_a_signature_of_gnupg(tmp_path, programs, lines, key, words):
    program(programs, "gpg", *lines)
    signed, beside = tmp_path / "m.jsonl", tmp_path / "m.jsonl.asc"
    signed.write_text("x")
    beside.write_text("x")
    assert signature.fault(signed, beside, key) == words
    asked = (programs / "gpg.asked").read_text().strip()
    assert asked == f"--batch --status-fd 1 --verify {beside} {signed}"


@pytest.mark.parametrize(
    ("name", "key", "words"),
    [
        ("m.minisig", "RWQkey", "`minisign` is not installed"),
        ("m.asc", FINGERPRINT, "`gpg` is not installed"),
        ("m.asc", FINGERPRINT[-8:], "write the whole fingerprint of the key"),
        ("gone.asc", FINGERPRINT, "there is no such file"),
    ],
)
def test_signatures_that_cannot_be_checked(tmp_path, programs, name, key, words):
    for made in ("m.jsonl", "m.asc", "m.minisig"):
        (tmp_path / made).write_text("x")
    with pytest.raises(SmstraError, match=words):
        signature.fault(tmp_path / "m.jsonl", tmp_path / name, key)
