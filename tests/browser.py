"""A real browser for the tests of pages: started once a module, cut off from the network, watched.

Chromium is the one that ``SMSTRA_CHROMIUM`` names or the first found under its usual names. Without
one the tests are skipped and say so; with ``SMSTRA_BROWSER=required`` they fail instead.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE, NARROW = (1280, 900), (360, 740)
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
# What a page may open: itself, and what it holds.
_WITHIN = ("file:", "data:", "blob:", "about:")


def chromium() -> str:
    """Return the path of Chromium; skip the test, or fail it where a browser is required."""
    named = os.environ.get("SMSTRA_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, NAMES)), None)
    if found and Path(found).is_file():
        return found
    said = (
        f"no browser: there is no {named}"
        if named
        else f"no browser: none of {', '.join(NAMES)} is installed, and SMSTRA_CHROMIUM names none"
    )
    if os.environ.get("SMSTRA_BROWSER") == "required":
        pytest.fail(said)
    pytest.skip(said)


@contextmanager
def launch() -> Iterator[Browser]:
    """Run a headless Chromium as long as the block lasts."""
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(
    browser: Browser,
    path: Path,
    size: tuple[int, int] = WIDE,
    address: str = "",
    **context: Any,
) -> Iterator[Page]:
    """Open the file ``path`` without a network; fail on any error that it says and any call outside.

    ``address`` is what follows the name (``#...``); ``context`` goes to Playwright's ``new_context``.
    """
    wide, high = size
    around = browser.new_context(
        viewport={"width": wide, "height": high}, offline=True, accept_downloads=True, **context
    )
    page = around.new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "request",
        lambda call: faults.append(call.url) if not call.url.startswith(_WITHIN) else None,
    )
    try:
        page.goto(path.as_uri() + address)
        yield page
    except Exception as error:
        # What went wrong in the page says more than what the test missed there.
        if faults:
            raise AssertionError(f"the page says {faults}") from error
        raise
    else:
        assert faults == []
    finally:
        around.close()


def axe(page: Page) -> list[str]:
    """Return what axe-core finds wrong with the page as it is: rule, what it asks, and where."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {rule['help']} ({', '.join(node['html'][:120] for node in rule['nodes'][:3])})"
        for rule in found["violations"]
    ]
