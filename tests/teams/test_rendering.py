"""Every card in the official renderer, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from test_cards import BUTTONS, FORM_OF_ALL_KINDS, HOSTILE

from adapters.teams.cards import Cards
from adapters.teams.forms import Forms
from bot.interaction import Button, Card, Fact
from bot.model import Answer, Language, Verdict

HERE = Path(__file__).parent
RENDERER = HERE.parent / "browser" / "node_modules" / "adaptivecards" / "dist" / "adaptivecards.min.js"
HOSTS = json.loads((HERE / "hosts.json").read_text("utf-8"))
THEMES = ("light", "dark", "contrast")


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 700, "height": 900})
    page.goto((HERE / "page.html").as_uri())
    page.add_script_tag(path=RENDERER)
    yield page
    page.close()


def dress(page: Page, theme: str) -> None:
    page.evaluate("([hosts, name]) => dress(hosts, name)", [HOSTS, theme])


def look(page: Page, cards: list[Any]) -> list[dict[str, Any]]:
    return page.evaluate("cards => cards.map(look)", cards)


def plain(text: str) -> str:
    return "".join(text.split())


def test_every_reply_renders_whole(page: Page, cards: Cards, replies: tuple[Answer, ...]) -> None:
    # Replies whose cards are the same to the letter are rendered once.
    drawn = {json.dumps(card): (answer, card) for answer in replies for card in [cards.answer(answer, BUTTONS).card]}
    dress(page, "light")

    seen = look(page, [card for _, card in drawn.values()])

    assert len(drawn) > 400
    for (answer, _), shown in zip(drawn.values(), seen, strict=True):
        words = (answer.headline, *answer.conditions, *answer.instead, answer.contact, answer.warning)
        assert [text for text in words if plain(text) not in plain(shown["text"])] == []
        assert (answer.rule, shown["faults"], shown["cut"], shown["overflow"] <= 0) == (answer.rule, [], [], True)


def test_words_of_people_come_out_as_they_were_written(page: Page, cards: Cards) -> None:
    answer = Answer(Language.DANISH, Verdict.NO, "x", HOSTILE, HOSTILE, conditions=(HOSTILE,), contact=HOSTILE)
    card = Card(HOSTILE, HOSTILE, facts=(Fact(HOSTILE, HOSTILE),), footnote=HOSTILE)
    dress(page, "light")

    seen = look(page, [cards.answer(answer).card, cards.card(card, Language.DANISH).card])

    for shown in seen:
        assert (shown["links"], shown["images"]) == ([], 0)
        assert shown["text"].replace("\u2060", "").count("[klik](https://ond.example) <at>Bo</at> {{DATE(2026") >= 2


@pytest.mark.parametrize("theme", THEMES)
def test_themes_are_readable(page: Page, cards: Cards, replies: tuple[Answer, ...], theme: str, tmp_path: Path) -> None:
    one_of_each = {answer.verdict: answer for answer in replies if answer.lang is Language.DANISH}
    page.set_viewport_size({"width": 700, "height": 900})
    dress(page, theme)

    for answer in one_of_each.values():
        page.evaluate("draw", cards.answer(answer, BUTTONS).card)
    page.evaluate("draw", Forms(cards.say).draw(FORM_OF_ALL_KINDS, Language.DANISH, faults={"one": "Vælg én."}))
    page.screenshot(path=tmp_path / f"{theme}.png", full_page=True)
    weak = page.evaluate(CONTRASTS)
    page.evaluate("document.querySelectorAll('.ac-adaptiveCard').forEach(card => card.remove())")

    assert weak == []


def test_the_law_unfolds_when_it_is_asked_for(page: Page, cards: Cards, replies: tuple[Answer, ...]) -> None:
    answer = next(answer for answer in replies if answer.law)
    dress(page, "light")
    page.evaluate("draw", cards.answer(answer).card)

    before = page.get_by_text(answer.law[0].ref).is_visible()
    page.get_by_role("button", name=cards.say("page-law", answer.lang)).click()
    after = page.get_by_text(answer.law[0].ref).first.is_visible()
    page.evaluate("document.querySelectorAll('.ac-adaptiveCard').forEach(card => card.remove())")

    assert (before, after) == (False, True)


def test_a_press_carries_what_it_stands_for(page: Page, cards: Cards) -> None:
    card = cards.card(Card("t", "t", buttons=(Button("Godkend", "decide", "7 yes"),)), Language.DANISH).card
    dress(page, "light")
    page.evaluate("card => { window.last = draw(card) }", card)

    page.get_by_role("button", name="Godkend").click()
    pressed = page.evaluate("window.last.pressed")
    page.evaluate("window.last.drawn.remove()")

    assert [(action["verb"], action["data"]) for action in pressed] == [
        ("vejviser", {"act": "decide", "value": "7 yes", "language": "da"})
    ]


#: Returns the texts whose contrast with what is behind them is below WCAG's 4.5.
CONTRASTS = """() => {
  const channels = color => color.match(/[\\d.]+/g).map(Number);
  const light = color => channels(color).slice(0, 3).map(part => part / 255)
    .map(part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = node => {
    for (let at = node; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if ((channels(color)[3] ?? 1) > 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const weak = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.data.trim() || !node.parentElement.offsetHeight || node.parentElement.tagName === "SCRIPT") continue;
    const [front, back] = [getComputedStyle(node.parentElement).color, behind(node.parentElement)];
    const pair = [light(front), light(back)].sort((a, b) => b - a);
    if ((pair[0] + 0.05) / (pair[1] + 0.05) < 4.5) weak.push(node.data.slice(0, 60));
  }
  return weak;
}"""
