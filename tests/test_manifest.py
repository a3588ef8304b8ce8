"""The manifest: what it lists, its chain, what breaks it; the environment and the record of a run."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import platform
import random
import subprocess
from pathlib import Path

import pytest
import recorded

from smstra import job_settings
from smstra.audit import environment, manifest, run_record
from smstra.audit.manifest import Entry
from smstra.errors import SmstraError


@pytest.fixture(scope="module")
def done(tmp_path_factory) -> tuple[Path, object]:
    root = tmp_path_factory.mktemp("manifest")
    return root, recorded.build(root)


def lines(root: Path) -> list[dict]:
    return [json.loads(line) for line in (root / recorded.MANIFEST).read_bytes().splitlines()]


def entries(number: int = 5) -> list[Entry]:
    return [
        Entry("output", f"results/x/{n}.csv", n, hashlib.sha256(bytes([n])).hexdigest())
        for n in range(number)
    ]


def test_it_lists_what_the_case_used_and_made_and_nothing_else(done):
    root, _ = done
    first, *files, last = lines(root)
    assert (first["case"], first["format"]) == ("tl", manifest.FORMAT)
    assert last["files"] == len(files)
    by_role: dict[str, list[str]] = {}
    for line in files:
        by_role.setdefault(line["role"], []).append(line["path"])
    assert by_role["settings"] == ["results/tl/config.resolved.yaml"]
    assert by_role["environment"] == ["results/tl/audit/environment.json"]
    assert by_role["config"] == [
        "config/breaks.yaml",
        "config/cases/tl.yaml",
        "config/datasets/tl.yaml",
        "data/sources.yaml",
    ]
    assert len(by_role["snapshot"]) == 7
    assert by_role["observations"] == [
        f"results/observations/{name}.csv"
        for name in ("tl_land", "tl_people", "tl_prices", "tl_survey")
    ]
    assert by_role["output"] == [
        "results/tl/indicators.csv",
        "results/tl/profiles/T01.html",
        "results/tl/references.csv",
        "results/tl/sufficiency.csv",
        "results/tl/typology.csv",
        "results/tl/units.csv",
    ]
    assert (
        "workflow/Snakefile" in by_role["module"]
        and "workflow/rules/tables.smk" in by_role["module"]
    )
    paths = [line["path"] for line in files]
    assert paths == sorted(set(paths))
    for line in files:
        raw = (root / line["path"]).read_bytes()
        assert (line["size"], line["sha256"]) == (len(raw), hashlib.sha256(raw).hexdigest())


def test_the_same_bytes_again(done):
    root, settings = done
    before = (root / recorded.MANIFEST).read_bytes()
    count = recorded.write(root, settings)
    assert (root / recorded.MANIFEST).read_bytes() == before
    assert count == len(before.splitlines()) - 2


def test_nothing_of_the_machine_in_it(done):
    root, _ = done
    text = (root / recorded.MANIFEST).read_text() + (
        root / "results/tl/audit/environment.json"
    ).read_text()
    for word in (str(root), str(Path.home()), platform.node()):
        assert word not in text


def test_files_that_speak_of_other_cases_too_are_not_listed_and_that_is_said(done):
    """What they change in this case stands in its resolved configuration, which is listed."""
    root, settings = done
    before = (root / recorded.MANIFEST).read_bytes()
    other = "cases: [tl]\noverrides: {}\n"
    (root / "config/config.yaml").write_text(other, encoding="utf-8")
    recorded.write(root, settings)
    assert (root / recorded.MANIFEST).read_bytes() == before
    told = json.loads((root / "results/tl/audit/environment.json").read_bytes())
    assert told["files_not_listed"] == ["--configfile", "config/config.yaml"]


def test_what_is_no_result_of_the_case_is_refused(done):
    root, _ = done
    known = {"case": "tl", "snapshots": [], "own_tables": [], "config": [], "observed": []}
    known["pseudonymised"] = False
    with pytest.raises(SmstraError, match=r"x\.csv: is no result of tl"):
        manifest.used_and_made(known, ["results/other/x.csv"], root)


# --- The chain ---


def test_the_chain_by_hand():
    """The chain of a line is the hash of the chain before and of the line without it."""
    text = manifest.text("x", entries(1))
    before = ""
    for line in text.splitlines():
        content = json.loads(line)
        chain = content.pop("chain")
        bare = json.dumps(content, sort_keys=True, separators=(",", ":"))
        assert chain == hashlib.sha256((before + bare).encode()).hexdigest()
        before = chain
    assert before == manifest.read(text.encode()).chain


def test_a_manifest_is_read_as_it_was_written():
    listed = [*entries(), Entry("snapshot", "data/a b é.csv", 3, "0" * 64, True)]
    found = manifest.read(manifest.text("x", listed).encode())
    assert (found.case, found.entries, found.faults) == ("x", tuple(listed), ())


def test_every_single_byte_counts():
    """No byte of a manifest can be changed, left out or added without a fault."""
    raw = manifest.text("x", entries(3)).encode()
    chance = random.Random(1)
    for place in range(len(raw)):
        other = bytes([raw[place] ^ chance.randrange(1, 256)])
        for changed in (
            raw[:place] + other + raw[place + 1 :],
            raw[:place] + raw[place + 1 :],
            raw[:place] + other + raw[place:],
        ):
            assert manifest.read(changed).faults, changed


def swap(lines: list[bytes], a: int, b: int) -> list[bytes]:
    lines = list(lines)
    lines[a], lines[b] = lines[b], lines[a]
    return lines


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda ls: swap(ls, 2, 3), "line 3 does not follow from the line before it"),
        (lambda ls: ls[:2] + ls[3:], "line 3 does not follow from the line before it"),
        (lambda ls: [*ls[:3], ls[2], *ls[3:]], "line 4 does not follow"),
        (lambda ls: ls[:-1], "the line that ends the manifest is missing"),
        (lambda ls: ls[1:], "line 1 does not follow"),
        (lambda ls: [*ls, ls[1]], "ends the manifest, and more lines follow"),
        (lambda ls: [ls[0] + b"\r", *ls[1:]], "line 1 is not written as a manifest writes it"),
        (lambda ls: [*ls[:2], b"", *ls[2:]], "line 3 is not a line of a manifest"),
        (lambda ls: [*ls[:2], b"[1]", *ls[2:]], "line 3 is not a line of a manifest"),
    ],
)
def test_lines_moved_removed_added(change, words):
    raw = change(manifest.text("x", entries()).encode().splitlines())
    found = manifest.read(b"".join(line + b"\n" for line in raw))
    assert any(words in fault for fault in found.faults), found.faults


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            lambda ls: ls[:3] + ls[4:],
            "line 4 does not follow from the line before it: it has the number 4, not 3",
        ),
        (
            lambda ls: ls[:3] + ls[6:],
            "line 4 does not follow from the line before it: it has the number 6, not 3",
        ),
        (
            lambda ls: [line + b"\r" for line in ls],
            "its lines end in CR LF, not in LF: a program converted the file",
        ),
    ],
)
def test_one_change_is_one_fault(change, fault):
    """However many lines come after it; what is still listed is held against the files."""
    raw = change(manifest.text("x", entries(20)).encode().splitlines())
    found = manifest.read(b"".join(line + b"\n" for line in raw))
    assert found.faults == (fault,)
    assert len(found.entries) == len(raw) - 2


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "is empty"),
        (b"<!doctype html><title>404</title>", "does not begin as a manifest does"),
        (b'{"n":0}', "has no end"),
        (b'{"a":' * 5000, "line that ends the manifest is missing"),
    ],
)
def test_what_is_no_manifest(raw, words):
    assert any(words in fault for fault in manifest.read(raw).faults)


@pytest.mark.parametrize(
    "path", ["../x", "/etc/passwd", "a/../../x", "a//b", "./a", "", ".", "a\\b", "a\nb", "a/"]
)
def test_paths_that_leave_the_folder_are_not_followed(path):
    assert manifest.leaves_the_folder(path)
    text = manifest.text("x", [Entry("output", path, 1, "0" * 64)])
    found = manifest.read(text.encode())
    assert found.entries == ()
    assert "line 2 names" in found.faults[0] and "it is not followed" in found.faults[0]


def test_a_file_named_twice_and_a_wrong_count():
    twice = [entries(1)[0]] * 2
    assert "names a file twice" in manifest.read(manifest.text("x", twice).encode()).faults[0]
    first, *rest, last = manifest.text("x", entries()).splitlines()
    chain = json.loads(rest[-1])["chain"]
    ending = {key: value for key, value in json.loads(last).items() if key != "chain"} | {
        "files": 9
    }
    bare = json.dumps(ending, sort_keys=True, separators=(",", ":"))
    ending["chain"] = hashlib.sha256((chain + bare).encode()).hexdigest()
    lied = (
        "\n".join([first, *rest, json.dumps(ending, sort_keys=True, separators=(",", ":"))]) + "\n"
    )
    assert manifest.read(lied.encode()).faults == (
        "the last line counts 9 files, and 5 are numbered",
    )


def test_a_forged_chain_with_a_line_taken_out():
    """Whoever writes the chain anew must number the lines anew as well."""
    made, before = [], ""
    for line in manifest.text("x", entries()).splitlines():
        content = json.loads(line)
        if content["n"] == 2:
            continue
        del content["chain"]
        if "files" in content:
            content["files"] = 4
        bare = json.dumps(content, sort_keys=True, separators=(",", ":"))
        before = content["chain"] = hashlib.sha256((before + bare).encode()).hexdigest()
        made.append(json.dumps(content, sort_keys=True, separators=(",", ":")) + "\n")
    faults = manifest.read("".join(made).encode()).faults
    assert faults == (
        "line 3 has the number 3, not 2",
        "the last line counts 4 files, and 5 are numbered",
    )


def test_a_file_of_two_roles_stands_once(tmp_path):
    (tmp_path / "a").write_text("x")
    listed = manifest.entries({"config": ["a"], "output": ["a", "../a"]}, tmp_path)
    assert [(entry.role, entry.path) for entry in listed] == [("config", "a")]


def test_the_files_of_a_case_that_extends_others(tmp_path):
    (tmp_path / "config/cases").mkdir(parents=True)
    for name, text in (
        ("a", "title: x\n"),
        ("b", "title: x\nextends: a # more\n"),
        ("c", "extends: 'b'\n"),
    ):
        (tmp_path / f"config/cases/{name}.yaml").write_text(text)
    expected = [f"config/cases/{name}.yaml" for name in "cba"]
    assert manifest.case_files("c", tmp_path) == expected
    assert manifest.case_files("private/c", tmp_path) == expected


def test_the_configuration_of_a_pseudonymised_case_is_not_listed(done):
    """Its hash would tell whoever guesses the towns in it that the guess is right."""
    root, settings = done
    known = job_settings.manifest(settings, "tl")
    assert "config/cases/tl.yaml" in manifest.of_project(known, root)["config"]
    config = manifest.of_project({**known, "pseudonymised": True}, root)["config"]
    assert config == ["config/breaks.yaml", "data/sources.yaml", "config/datasets/tl.yaml"]


def test_modules_without_what_tools_leave_behind(tmp_path):
    kept = ["workflow/Snakefile", "workflow/internal/lineage.yaml"]
    kept += ["workflow/lib/smstra/x.py", "workflow/rules/a.smk"]
    others = [
        "workflow/lib/smstra/__pycache__/x.pyc",
        "workflow/scripts/.hidden/x.py",
        "workflow/lib/smstra.egg-info/PKG-INFO",
        "results/x.csv",
    ]
    for path in kept + others:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x")
    assert manifest.modules(tmp_path) == kept


# --- The environment ---


def test_the_environment(done):
    root, _ = done
    told = json.loads((root / "results/tl/audit/environment.json").read_bytes())
    assert told["python"]["version"] == platform.python_version()
    assert {"pandas", "numpy", "snakemake", "pulp"} <= set(told["packages"])
    assert "pytest" not in told["packages"]
    resolved = (root / "results/tl/config.resolved.yaml").read_bytes()
    assert told["resolved_configuration"] == {"sha256": hashlib.sha256(resolved).hexdigest()}
    assert told["git"] == environment.NO_CHECKOUT


def test_seeds_by_their_keys():
    case = {"robustness": {"probabilities": {"seed": 7, "draws": 9}}, "seed": 3, "a": {"seed": "x"}}
    assert environment.seeds_of(case) == {"robustness.probabilities.seed": 7, "seed": 3}


def git(folder: Path, *arguments: str) -> str:
    given = ["-c", "user.name=t", "-c", "user.email=t@example.org", *arguments]
    done = subprocess.run(["git", *given], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_commit_and_dirty_state(tmp_path):
    assert environment.git_state(tmp_path) == environment.NO_CHECKOUT
    git(tmp_path, "init", "-q")
    assert environment.git_state(tmp_path) == environment.NO_CHECKOUT  # nothing committed yet
    (tmp_path / "a").write_text("1")
    (tmp_path / "in").mkdir()
    git(tmp_path, "add", "a")
    git(tmp_path, "commit", "-q", "-m", "x")
    commit = git(tmp_path, "rev-parse", "HEAD")
    (tmp_path / "b").write_text("not tracked")
    assert environment.git_state(tmp_path) == {"commit": commit, "dirty": False}
    (tmp_path / "a").write_text("2")
    assert environment.git_state(tmp_path) == {"commit": commit, "dirty": True}
    assert environment.git_state(tmp_path / "in") == environment.NO_CHECKOUT


def test_without_git_there_is_no_error(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert environment.git_state(tmp_path) == environment.NO_CHECKOUT


# --- The record of a run ---

STARTED = dt.datetime(2026, 11, 22, 14, 1, 2, tzinfo=dt.UTC).timestamp()


def test_the_record_of_a_run(done):
    root, _ = done
    made = run_record.write(
        started=STARTED, ended=STARTED + 61, ok=True, cases=["tl", "xx"], targets=["all"], root=root
    )
    assert made == root / "results/logs/runs/20261122T140102Z.json"
    told = json.loads(made.read_bytes())
    assert (told["started"], told["ended"]) == (
        "2026-11-22T14:01:02+00:00",
        "2026-11-22T14:02:03+00:00",
    )
    assert told["cases"]["xx"] == {"manifest": None}
    end = lines(root)[-1]["chain"]
    assert told["cases"]["tl"]["manifest"] == end
    assert "asked_by" not in told and told["targets"] == ["all"] and told["ok"]
    first = made.read_bytes()
    again = run_record.write(
        started=STARTED, ended=STARTED, ok=False, cases=["tl"], asked_by="team", root=root
    )
    assert again.name == "20261122T140102Z-2.json" and made.read_bytes() == first
    assert json.loads(again.read_bytes())["asked_by"] == "team"
    assert run_record.chains("tl", root) == {end}
    (root / "results/logs/runs/notes.json").write_text("[1]")
    assert run_record.chains("tl", root) == {end}
    assert run_record.chains("other", root) == set()


def test_whether_the_run_wrote_the_manifest_itself(done):
    root, _ = done
    written = (root / recorded.MANIFEST).stat().st_mtime
    for started, by_this in ((written - 5, True), (written + 5, False)):
        path = run_record.write(started=started, ended=started, ok=True, cases=["tl"], root=root)
        assert json.loads(path.read_bytes())["cases"]["tl"]["written_by_this_run"] is by_this
