"""Conversations in a real browser: what goes wrong, what stays private, and life without a script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

CPR = "may I put 010190-1234 into Gemini?"


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{address}/?lang=en")
    yield page
    context.close()


@pytest.fixture
def plain(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/?lang=en")
    yield page
    context.close()


def ask(page: Page, text: str) -> None:
    page.get_by_label("Your question").fill(text)
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_role("article").last.wait_for()


@pytest.mark.parametrize("width", [320, 640, 1200])
def test_the_page_reads_from_top_to_bottom(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    ask(page, "can I paste this into Gemini?")

    boxes = [page.locator(part).bounding_box() for part in ("header", "h1", "article", "#ask", "footer")]

    tops = [box["y"] for box in boxes if box]
    assert len(tops) == 5
    assert tops == sorted(tops)
    assert all(box["width"] > width * 0.5 or width > 320 for box in boxes if box)


def test_a_button_is_large_enough_to_hit(page: Page) -> None:
    ask(page, "can I paste this into Gemini?")

    sizes = [button.bounding_box() for button in page.get_by_role("button").all() if button.is_visible()]

    assert all(size and size["height"] >= 44 for size in sizes)


def test_the_link_to_the_guide_is_large_enough_to_hit(page: Page) -> None:
    ask(page, "may I put a patient record into Gemini?")

    sizes = [link.bounding_box() for link in page.locator(".source a").all()]

    assert sizes
    assert all(size and size["height"] >= 44 for size in sizes)


def test_a_reply_speaks_the_language_of_the_question_throughout(page: Page) -> None:
    ask(page, "må jeg lægge en borgers mail i ChatGPT?")

    reply = page.get_by_role("article")

    assert reply.get_attribute("lang") == "da"
    assert "Her står det i guiden" in reply.inner_text()


def test_a_lost_connection_is_told_in_place_and_can_be_retried(page: Page) -> None:
    page.route("**/*", lambda route: route.abort())
    page.get_by_label("Your question").fill("what is bias?")
    page.keyboard.press("Enter")
    page.get_by_role("alert").get_by_text("cannot be reached").wait_for()
    page.unroute("**/*")

    page.get_by_role("button", name="Try again").click()

    page.get_by_role("article").wait_for()
    assert page.get_by_role("alert").inner_text() == ""


def test_shift_and_enter_begin_a_new_line(page: Page) -> None:
    field = page.get_by_label("Your question")
    field.focus()
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")

    assert field.input_value() == "one\ntwo"


def test_typed_text_reaches_neither_the_address_nor_a_store(page: Page) -> None:
    ask(page, "what is bias?")

    stores = page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")

    assert "bias" not in page.url + stores


def test_a_personal_number_disappears_from_the_screen(page: Page) -> None:
    ask(page, CPR)

    assert "010190" not in page.content()
    assert "CPR number" in page.get_by_role("article").inner_text()


def test_a_follow_up_is_understood_without_a_script(plain: Page) -> None:
    ask(plain, "can I paste this into Gemini?")

    plain.get_by_role("button", name="Personal data").click()

    assert "Do not put personal data into Gemini" in plain.get_by_role("article").inner_text()


def test_an_example_is_answered_without_a_script(plain: Page) -> None:
    plain.locator("#examples button").first.click()

    assert plain.get_by_role("article").count() == 1


def test_a_personal_number_is_not_sent_back_without_a_script(plain: Page) -> None:
    ask(plain, CPR)

    assert "010190" not in plain.content()
