"""The page in a real browser: keyboard, accessibility, and nothing loaded from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.one_report import LINKS

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
QUESTION = "may I put a patient record into Gemini?"


def faults(page: Page) -> list[str]:
    page.add_script_tag(path=AXE)
    result = page.evaluate("axe.run()")
    return [f"{fault['id']}: {fault['nodes'][0]['html']}" for fault in result["violations"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1200])
@pytest.mark.parametrize(
    ("path", "question"),
    [
        ("/", ""),
        ("/", QUESTION),
        ("/guide", ""),
        ("/guide/b.law.personal-data", ""),
        ("/guide/nothing", ""),
        ("/tools", ""),
        ("/tools/chatgpt", ""),
        ("/", "is ChatGPT approved?"),
        (LINKS.link("abc"), ""),
    ],
)
def test_axe_finds_nothing(browser: Browser, address: str, path: str, question: str, width: int, scheme: str) -> None:
    context = browser.new_context(
        bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(f"{address}{path}?lang=en")
    if question:
        page.get_by_label("Your question").fill(question)
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
