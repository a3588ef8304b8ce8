"""The documentation: the site builds, every link leads somewhere, every command that it shows runs."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
PAGES = sorted(
    path.relative_to(REPO).as_posix()
    for path in [
        *REPO.glob("*.md"),
        *REPO.glob("docs/**/*.md"),
        *(REPO / name for name in ("config/README.md", "benchmarks/README.md", "data/LICENSE.md")),
    ]
)
# docs/tutorial.md is run as a whole, in order, by tests/test_tutorial.py.
WITH_COMMANDS = [page for page in PAGES if page not in ("docs/tutorial.md",)]
_SMSTRA = "import sys; from smstra.cli import main; sys.exit(main())"
PROGRAMS = ("snakemake", "smstra", "make")
# Beside those: what starts no program of ours, or needs one that a test may not find.
OTHER_PROGRAMS = (".", "cd", "git", "gpg", "minisign", "mkdir", "pip", "python", "sqlite3")
# Commands with something of the reader's in them, each with the test that runs it on something invented.
_SIGNED = "smstra verify be --signature results/be/audit/manifest.jsonl"
ELSEWHERE = {
    f"{_SIGNED}.minisig --public-key mykey.pub": "test_verify.py",
    f'{_SIGNED}.asc --public-key "the whole fingerprint"': "test_verify.py",
    "smstra published be --private ../private/localities.yaml": "test_published.py",
}
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^[ ]*```(?P<language>\w*)\n(?P<block>.*?)^[ ]*```$", re.M | re.S)


def commands_of(page: str) -> list[str]:
    """Return the commands in the blocks of a page that have no language, comments and line breaks gone."""
    found = []
    for fence in FENCE.finditer((REPO / page).read_text(encoding="utf-8")):
        if fence["language"]:
            continue
        for line in fence["block"].replace("\\\n", " ").splitlines():
            command = re.sub(r"(^|\s+)# .*", "", line).strip().removeprefix("$ ")
            command = re.sub(r"\s+", " ", command)
            if command.split(" ")[0] in (*PROGRAMS, *OTHER_PROGRAMS):
                found.append(command)
    return found


COMMANDS = sorted({(c, page) for page in WITH_COMMANDS for c in commands_of(page)})


# These need Snakemake's executor for Slurm; tests/test_slurm.py runs them.
ON_SLURM = sorted({c for c, _ in COMMANDS if "--workflow-profile workflow/profiles/slurm" in c})


def of(program: str) -> list[str]:
    """Return the commands of ``program``, each once, but those that are run elsewhere."""
    elsewhere = {*ELSEWHERE, *ON_SLURM}
    return sorted({c for c, _ in COMMANDS if c.split(" ")[0] == program and c not in elsewhere})


@pytest.fixture(scope="module")
def project(shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the results of both cases."""
    results = shipped / "results"
    folder = tmp_path_factory.mktemp("documented")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for name in listed:
        if (REPO / name).is_file() and not name.startswith("tests/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPO / name, folder / name)
    shutil.copytree(results, folder / "results", copy_function=os.link)
    (folder / "my.yaml").write_text(
        "overrides:\n  be:\n    criteria:\n      sf_high: {reference: region_median}\n"
    )
    return folder


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        # What a page writes into the reader's home goes beside the project.
        env={
            **os.environ,
            "PYTHONPATH": str(folder / "workflow/lib"),
            "HOME": str(folder.parent / "home"),
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize("command", of("smstra"))
def test_each_smstra_command_does_what_it_says(project: Path, command: str) -> None:
    done = run(project, sys.executable, "-c", _SMSTRA, *shlex.split(command)[1:])
    # `disclose` ends with 3 where too few units fit, as they do in the example.
    found = 3 if command.startswith("smstra disclose ") else 0
    assert done.returncode == found, done.stdout + done.stderr
    assert done.stdout.strip(), "it says nothing"


@pytest.mark.parametrize("command", of("snakemake"))
def test_each_snakemake_command_plans_its_jobs(project: Path, command: str) -> None:
    """As far as the plan: what the jobs do, other tests run."""
    arguments = shlex.split(command)[1:]
    if "--unlock" not in arguments:
        arguments.append("--dry-run")
    done = run(project, sys.executable, "-m", "snakemake", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("command", of("make"))
def test_each_make_command_has_its_target(project: Path, command: str) -> None:
    done = run(project, "make", "--dry-run", *shlex.split(command)[1:])
    assert done.returncode == 0, done.stderr


def test_the_commands_that_are_run_elsewhere_are_shown_and_are_run_there() -> None:
    shown = {command for command, _ in COMMANDS}
    for command, file in ELSEWHERE.items():
        assert command in shown, f"no page shows `{command}` any more"
        option = next(word for word in shlex.split(command) if word.startswith("--"))
        assert f'"{option}"' in (REPO / "tests" / file).read_text(encoding="utf-8")


def test_the_pages_show_commands_of_each_program() -> None:
    """A pattern that finds nothing would let every test above pass."""
    assert all(len(of(program)) > 5 for program in PROGRAMS)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_to_a_file_of_the_project(page: str) -> None:
    text = FENCE.sub("", (REPO / page).read_text(encoding="utf-8"))
    for target in LINK.findall(text):
        if re.match(r"https://[\w.-]+\.[a-z]+(/|$)", target) or target.startswith("mailto:"):
            continue
        path, _, anchor = target.partition("#")
        file = (REPO / page).parent / path if path else REPO / page
        assert file.exists(), f"{page} links to {target}, which is not there"
        if anchor:
            heads = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.M)
            slugs = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
            assert anchor in slugs, f"{page} links to {target}; {path or page} has no such heading"


def test_the_site_builds_without_a_warning_and_asks_no_other_host(tmp_path: Path) -> None:
    site = tmp_path / "site"
    done = run(REPO, sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site))
    assert done.returncode == 0, done.stderr
    for page in site.rglob("*.html"):
        loaded = re.findall(
            r'<(?:script|img|link|iframe)[^>]*?(?:src|href)="(https?:[^"]+)"', page.read_text()
        )
        outside = [address for address in loaded if 'rel="canonical"' not in address]
        assert outside == [], page


def test_each_page_of_docs_is_in_the_navigation() -> None:
    navigation = (REPO / "mkdocs.yml").read_text(encoding="utf-8")
    for page in (REPO / "docs").glob("*.md"):
        assert f": {page.name}\n" in navigation, f"{page.name} is in no menu"
