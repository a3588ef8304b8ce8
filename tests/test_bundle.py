"""`smstra bundle`: the same bytes, what goes in and what never; verified and run again elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import recorded
import tiny
from conftest import snakemake

from smstra import cli, source_list, strict_yaml
from smstra.audit import bundle, manifest, verify
from smstra.errors import SmstraError


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Testland with its core results and their manifest; not to be changed."""
    folder = tmp_path_factory.mktemp("built") / "testland"
    recorded.build(folder)
    return folder


@pytest.fixture
def small(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, to be changed by the test, which works in it."""
    folder = shutil.copytree(built, tmp_path / "testland")
    monkeypatch.chdir(folder)
    return folder


def unpacked(file: Path, to: Path) -> Path:
    with zipfile.ZipFile(file) as packed:
        packed.extractall(to)
    return next(to.iterdir())


def members(file: Path) -> dict[str, bytes]:
    """Return what is packed, by path below the folder of the bundle."""
    with zipfile.ZipFile(file) as packed:
        return {name.partition("/")[2]: packed.read(name) for name in packed.namelist()}


def test_the_same_bytes_each_time(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    for name in ("one.zip", "two.zip"):
        assert cli.main(["bundle", "tl", str(tmp_path / name)]) == 0
        # Neither times nor the order on disk count.
        table = small / "results/tl/typology.csv"
        shutil.copyfile(table, small / "aside")
        table.unlink()
        (small / "aside").rename(table)
        os.utime(table, (1, 1))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert "unzip two.zip && cd smstra-tl && make verify; make rerun" in capsys.readouterr().out


def test_a_bundle_verifies_and_runs_again_elsewhere(
    testland_done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(testland_done)
    bundle.write("tl", tmp_path / "b.zip")
    folder = unpacked(tmp_path / "b.zip", tmp_path / "elsewhere")
    asked = "import sys; from smstra import cli; sys.exit(cli.main(['verify']))"
    done = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "workflow/lib")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "tl: all as recorded" in done.stdout) == (0, True), done.stderr

    (folder / "results").rename(folder / "shipped")
    again = snakemake(folder, "typology", "--cores", "2")
    assert again.returncode == 0, again.stderr
    made = list((folder / "results/tl").rglob("*.csv"))
    assert {path.name for path in made} >= {"typology.csv", "references.csv", "indicators.csv"}
    for path in made:
        shipped = folder / "shipped" / path.relative_to(folder / "results")
        assert path.read_bytes() == shipped.read_bytes(), path.name


def test_a_difference_is_refused_or_said(small: Path, tmp_path: Path) -> None:
    table = small / "results/tl/typology.csv"
    table.write_text(table.read_text("utf-8").replace(",A,", ",B,", 1), "utf-8")
    file = tmp_path / "b.zip"
    with pytest.raises(
        SmstraError, match=r"results/tl/: not as recorded \(results/tl/typology.csv"
    ):
        bundle.write("tl", file)
    assert list(tmp_path.glob("b.zip*")) == []
    bundle.write("tl", file, unverified=True)
    assert "Not as recorded when it was packed:** results/tl/typology.csv" in " ".join(
        members(file)["BUNDLE.md"].decode().split()
    )


def test_every_page_of_the_documentation_is_in_the_closed_list() -> None:
    pages = {f"docs/{path.name}" for path in (tiny.REPO / "docs").glob("*.md")}
    assert pages == {name for name in bundle._DOCUMENTS if name.endswith(".md")}


def test_a_bundle_holds_what_the_case_needs_and_no_more(small: Path, tmp_path: Path) -> None:
    for name, text in {
        "private/known.csv": "unit,type\nT01,A\n",
        "results/logs/tl/x.log": "someone@somewhere",
        "results/logs/runs/2026.json": "{}",
        "results/other/typology.csv": "unit\n",
        "config/cases/other.yaml": "extends: tl\n",
        "config/datasets/other.yaml": "{}\n",
        ".venv/bin/python": "",
        "workflow/lib/smstra/__pycache__/x.pyc": "",
        "results/tl/profiles/.snakemake_timestamp": "",
    }.items():
        (small / name).parent.mkdir(parents=True, exist_ok=True)
        (small / name).write_text(text, "utf-8")
    file = tmp_path / "b.zip"
    bundle.write("tl", file)
    packed = members(file)
    unwanted = ("private", "logs", "runs", "other", ".venv", "__pycache__", "timestamp")
    assert [name for name in packed if any(word in name for word in unwanted)] == []
    needed = {"BUNDLE.md", "workflow/Snakefile", "config/cases/tl.yaml", "data/sources.yaml"}
    assert needed <= set(packed)
    assert {
        e.path for e in manifest.read(packed["results/tl/audit/manifest.jsonl"]).entries
    } <= set(packed)
    assert packed["config/config.yaml"] == (small / "config/config.yaml").read_bytes()
    here = str(small).encode()
    assert [name for name, raw in packed.items() if here in raw] == []
    with zipfile.ZipFile(file) as opened:
        assert {(i.date_time, i.external_attr >> 16) for i in opened.infolist()} == {
            ((1980, 1, 1, 0, 0, 0), 0o100644)
        }


def test_what_git_ignores_stays_at_home(small: Path, tmp_path: Path) -> None:
    (small / "docs").mkdir()
    for name in ("audit.md", "flags.md"):
        (small / "docs" / name).write_text("x", "utf-8")
    (small / ".gitignore").write_text("/results/\n/docs/flags.md\n/data/own/\n", "utf-8")
    subprocess.run(["git", "init", "--quiet"], cwd=small, check=True)
    bundle.write("tl", tmp_path / "b.zip")
    packed = members(tmp_path / "b.zip")
    assert "docs/audit.md" in packed and "docs/flags.md" not in packed
    assert "results/tl/typology.csv" in packed

    (small / "data/own").mkdir()
    (small / "data/own/reception.csv").write_text("unit,from,to,kind,places,source\n", "utf-8")
    table = "reception: {table: data/own/reception.csv, "
    case = small / "config/cases/tl.yaml"
    block = tiny.ROBUSTNESS + tiny.SELECTION.replace("reception: {", table, 1)
    case.write_text(case.read_text("utf-8") + block, "utf-8")
    with pytest.raises(SmstraError, match=r"data/own/reception.csv, which lies outside .* git"):
        bundle.write("tl", tmp_path / "c.zip")


def test_what_no_list_names_stays_at_home_and_is_said(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    notes = ("docs/my-notes.md", "docs/private/x.md", "profiles/mine/config.yaml", "workflow/x.txt")
    for name in notes:
        (small / name).parent.mkdir(parents=True, exist_ok=True)
        (small / name).write_text("x", "utf-8")
    (small / "docs/audit.md").write_text("x", "utf-8")
    assert cli.main(["bundle", "tl", str(tmp_path / "b.zip")]) == 0
    packed = members(tmp_path / "b.zip")
    assert "docs/audit.md" in packed
    assert not set(notes) & set(packed)
    said = capsys.readouterr().out
    assert [name for name in notes if f"left out: {name}\n" not in said] == []


def test_of_the_configuration_only_the_case_goes_in(small: Path, tmp_path: Path) -> None:
    shutil.copyfile(small / "config/cases/tl.yaml", small / "config/cases/secret.yaml")
    (small / "config/config.yaml").write_text(
        "cases: [tl, secret]\nasked_by: Xq7Somebody\noverrides: {secret: {title: Xq7Hidden}}\n",
        "utf-8",
    )
    bundle.write("tl", tmp_path / "b.zip")
    packed = members(tmp_path / "b.zip")
    folder = unpacked(tmp_path / "b.zip", tmp_path / "elsewhere")
    assert strict_yaml.load(folder / "config/config.yaml") == {"cases": ["tl"]}
    settings, _ = source_list.project(root=folder)
    assert verify.check("tl", settings, folder, recompute=False).differences == ()
    assert not any(
        word in raw for raw in packed.values() for word in (b"Xq7Somebody", b"Xq7Hidden")
    )
    assert "cut down to this case" in packed["BUNDLE.md"].decode()


def test_overrides_of_a_file_of_ones_own_go_in(small: Path, tmp_path: Path) -> None:
    mine = tmp_path / "my.yaml"
    mine.write_text("overrides: {tl: {title: Another title}}\n", "utf-8")
    resolved = small / "results/tl/config.resolved.yaml"
    text = resolved.read_text("utf-8")
    resolved.write_text(text.replace("Towns of Testland", "Another title", 1), "utf-8")
    recorded.write(small, source_list.project()[0])
    with pytest.raises(SmstraError, match="another configuration than config/ has now"):
        bundle.write("tl", tmp_path / "b.zip")
    assert cli.main(["bundle", "tl", str(tmp_path / "b.zip"), "--configfile", str(mine)]) == 0
    folder = unpacked(tmp_path / "b.zip", tmp_path / "elsewhere")
    assert source_list.project(root=folder)[0].cases["tl"]["title"] == "Another title"


def known_cases(root: Path) -> None:
    (root / "private").mkdir()
    (root / "private/known.csv").write_text("unit,type\nT01,A\n", "utf-8")
    case = root / "config/cases/tl.yaml"
    text = case.read_text("utf-8")
    block = tiny.ROBUSTNESS.replace(
        "  definitions:", "  known_cases: private/known.csv\n  definitions:", 1
    )
    case.write_text(text + block, "utf-8")


def linked(root: Path) -> None:
    target = root / "README.md"
    (root / "elsewhere.md").write_text("secret", "utf-8")
    target.unlink(missing_ok=True)
    target.symlink_to("elsewhere.md")


def no_results(root: Path) -> None:
    shutil.rmtree(root / "results/tl")


def no_manifest(root: Path) -> None:
    (root / "results/tl/audit/manifest.jsonl").unlink()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (known_cases, r"`robustness.known_cases` names private/known.csv, and that file"),
        (linked, r"README.md: this is a link"),
        (no_results, r"results/tl/: there are no results to bundle"),
        (no_manifest, r"manifest.jsonl: there is no manifest"),
    ],
)
def test_what_is_refused(
    small: Path, tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(small)
    with pytest.raises(SmstraError, match=said):
        bundle.write("tl", tmp_path / "b.zip")
    assert list(tmp_path.glob("b.zip*")) == []


def test_a_pseudonymised_case_is_refused(small: Path, tmp_path: Path) -> None:
    (small / "config/config.yaml").write_text(
        "cases: [tl]\noverrides:\n  tl:\n    pseudonymise: {k: 3}\n"
        "    figures: {towns: {choose: named, units: [T02]}}\n",
        "utf-8",
    )
    with pytest.raises(SmstraError, match=r"pseudonymised, .* publish the folder results/tl/"):
        bundle.write("tl", tmp_path / "b.zip")


def test_a_file_that_is_there_stays(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "b.zip"
    file.write_text("mine", "utf-8")
    with pytest.raises(SmstraError, match="this file is there already"):
        bundle.write("tl", file)

    def breaks(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(zipfile.ZipFile, "writestr", breaks)
        with pytest.raises(OSError, match="No space"):
            bundle.write("tl", file, force=True)
    assert file.read_text("utf-8") == "mine"
    assert [path.name for path in tmp_path.glob("b.zip*")] == ["b.zip"]
    bundle.write("tl", file, force=True)
    assert zipfile.is_zipfile(file)
