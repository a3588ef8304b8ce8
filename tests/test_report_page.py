"""The report in a real browser: alone, by keyboard, for screen readers, on a phone and on paper."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import browser
import matplotlib.pyplot as plt
import pytest
from playwright.sync_api import Browser
from testland_report import Read, made, read_in

from smstra.language import Language
from smstra.report import document, pages, pictures

pytestmark = pytest.mark.xdist_group("browser")
# What a sheet of A4 holds within the margins of page.css, in CSS pixels.
PAPER = (round((210 - 2 * 16) / 25.4 * 96), round((297 - 2 * 18) / 25.4 * 96))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.launch() as running:
        yield running


@pytest.fixture(scope="module")
def testland_read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    return read_in(tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def report(testland_read: Read, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, with two figures: a wide one and one that is taller than a sheet."""
    folder = tmp_path_factory.mktemp("page")
    entries = []
    for name, height in (("quadrants", 3), ("map", 14)):
        figure, axes = plt.subplots(figsize=(4.8, height))
        axes.plot([1, 2], [3, 4])
        for form in ("svg", "png"):
            figure.savefig(folder / f"{name}.{form}")
        plt.close(figure)
        words = {"title": f"Finding of {name}", "subtitle": "s", "source": "q", "alt": "A line"}
        entries.append({"name": name, **words, "missing": False})
    (folder / "list_typology.json").write_text(json.dumps(entries), encoding="utf-8")
    figures = pictures.of_case({"typology": folder / "list_typology.json"})
    say = Language("en")
    content = document.content(
        testland_read.settings, testland_read.tables, figures, testland_read.resolved, {}, say
    )
    path = folder / "report.html"
    path.write_text(pages.render("report.html.j2", say, **content), encoding="utf-8")
    return path


@pytest.mark.parametrize("size", [browser.WIDE, browser.NARROW])
def test_it_opens_alone_and_axe_finds_nothing(chromium: Browser, report: Path, size) -> None:
    with browser.opened(chromium, report, size) as page:
        assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
        page.locator("summary").click()
        assert browser.axe(page) == []


def test_no_page_wide_scrolling_on_a_phone(chromium: Browser, report: Path) -> None:
    with browser.opened(chromium, report, browser.NARROW) as page:
        wide, shown = page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide <= shown
        # Wide tables scroll inside themselves instead.
        assert page.evaluate(
            "[...document.querySelectorAll('.scroll')].some(e => e.scrollWidth > e.clientWidth)"
        )


def test_it_is_read_by_keyboard(chromium: Browser, report: Path) -> None:
    with browser.opened(chromium, report) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.getAttribute('href')")
        assert focused == "#asked"
        page.keyboard.press("Enter")
        assert page.evaluate("location.hash") == "#asked"
        top = page.evaluate("document.getElementById('asked').getBoundingClientRect().top")
        assert abs(top) < 5
        page.locator(".scroll").first.focus()
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_on_paper_nothing_is_cut(chromium: Browser, report: Path, tmp_path: Path) -> None:
    with browser.opened(chromium, report, PAPER) as page:
        page.emulate_media(media="print")
        boxes = page.evaluate(
            "[...document.querySelectorAll('figure')].map(e => {"
            "const b = e.getBoundingClientRect();"
            "return [b.width, b.height, getComputedStyle(e).breakInside]})"
        )
        assert len(boxes) == 2
        for width, height, inside in boxes:
            assert width <= PAPER[0]
            assert height <= PAPER[1]
            assert inside == "avoid"
        # No table stands out of the sheet.
        assert page.evaluate("document.documentElement.scrollWidth") <= PAPER[0]
        page.pdf(path=str(tmp_path / "report.pdf"), prefer_css_page_size=True)
    raw = (tmp_path / "report.pdf").read_bytes()
    assert raw.startswith(b"%PDF-")
    assert raw.count(b"/Type /Page\n") >= 5


def test_what_the_picture_says_is_told_to_who_cannot_see_it(
    chromium: Browser, report: Path
) -> None:
    with browser.opened(chromium, report) as page:
        figure = page.locator("#figure-quadrants")
        assert figure.locator("img").get_attribute("alt") == "A line"
        assert "Finding of quadrants. s q" in figure.locator("figcaption").text_content()
        box = figure.locator(".unseen").bounding_box()
        assert (box["width"], box["height"]) == (1, 1)


def test_sections_are_landmarks_with_names(
    chromium: Browser, report: Path, testland_read: Read
) -> None:
    titles = [each.title for each in made(testland_read)["sections"]]
    with browser.opened(chromium, report) as page:
        for number, title in enumerate(titles, 1):
            assert page.get_by_role("region", name=f"{number}. {title}", exact=True).count() == 1
        assert page.get_by_role("navigation", name="Contents").count() == 1
