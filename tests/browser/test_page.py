"""The page in a real browser: keyboard, accessibility, and nothing loaded from elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from adapters.web.app import WebOptions, create_app
from bot.service import Advisor

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
QUESTION = "may I put a patient record into Gemini?"


@pytest.fixture(scope="module")
def address(advisor: Advisor) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(create_app(advisor, WebOptions(per_minute=1000)), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


def faults(page: Page) -> list[str]:
    page.add_script_tag(path=AXE)
    result = page.evaluate("axe.run()")
    return [f"{fault['id']}: {fault['nodes'][0]['html']}" for fault in result["violations"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1200])
@pytest.mark.parametrize("path", ["/", "/guide", "/guide/b.law.personal-data"])
def test_axe_finds_nothing(browser: Browser, address: str, path: str, width: int, scheme: str) -> None:
    context = browser.new_context(
        bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(f"{address}{path}?lang=en")
    if path == "/":
        page.get_by_label("Your question").fill(QUESTION)
        page.keyboard.press("Enter")
        page.get_by_role("article").wait_for()

    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    context.close()


def test_a_conversation_by_keyboard_alone(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/?lang=en")
    page.get_by_label("Your question").focus()
    page.keyboard.type("can I paste this into Gemini?")
    page.keyboard.press("Enter")
    page.get_by_role("article").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.get_by_text("Do not put personal data into Gemini").wait_for()
    page.close()


def test_nothing_is_loaded_from_elsewhere_and_no_error_is_logged(browser: Browser, address: str) -> None:
    page = browser.new_page()
    requests: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}/?lang=da")
    page.locator("#examples button").first.click()
    page.get_by_role("article").wait_for()

    assert errors == []
    assert all(url.startswith(address) for url in requests)
    page.close()
