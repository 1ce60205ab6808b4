"""The cards of the desk, as values."""

from __future__ import annotations

from datetime import date

import pytest
from markdown_it import MarkdownIt

from bot.desk_cards import DeskCards
from bot.interaction import Card
from bot.knowledge import Knowledge
from bot.model import Answer, DataClass, Language, Tool, ToolId, Verdict
from bot.wording import literal

TODAY = date(2026, 11, 23)
ENGLISH = Language.ENGLISH
TOOLS = tuple(Tool(ToolId(f"t{number}"), f"Tool {number:02}") for number in range(25))


@pytest.fixture
def cards(knowledge: Knowledge) -> DeskCards:
    return DeskCards(lambda: knowledge)


def page(cards: DeskCards, number: int, data: DataClass | None = None) -> Card:
    shown = TOOLS[number * 10 : number * 10 + 10]
    return cards.tools(shown, data, number, len(TOOLS), ENGLISH, TODAY)


@pytest.mark.parametrize(("number", "ways"), [(0, ["|1"]), (1, ["|0", "|2"]), (2, ["|1"])])
def test_the_list_goes_on_page_by_page(cards: DeskCards, number: int, ways: list[str]) -> None:
    labels = {cards.text("tools-next", ENGLISH), cards.text("tools-previous", ENGLISH)}

    assert [button.value for button in page(cards, number).buttons if button.label in labels] == ways


def test_a_page_of_one_data_class_leads_to_the_others_and_to_all(cards: DeskCards) -> None:
    ways = [button.value for button in page(cards, 0, DataClass.PERSONAL).buttons]

    assert ways == ["|0", *(f"{data}|0" for data in DataClass if data is not DataClass.PERSONAL), "personal|1"]


@pytest.mark.parametrize(("typed", "named"), [("Personal", "personal"), ("personoplysninger", "personal"), ("x", "")])
def test_a_data_class_is_known_in_both_languages(cards: DeskCards, typed: str, named: str) -> None:
    assert cards.data_named(typed) == named


@pytest.mark.parametrize(("length", "is_kept"), [(1000, True), (1001, False)])
def test_a_button_carries_the_question_where_there_is_room(cards: DeskCards, length: int, *, is_kept: bool) -> None:
    answer = Answer(ENGLISH, Verdict.YES, "Yes.", asked="q" * length)

    values = {button.act: button.value for button in cards.offers(answer, is_private=True)}

    assert (values["share"], values["ask-person"]) == ((answer.asked,) * 2 if is_kept else ("", ""))


@pytest.mark.parametrize(
    "typed", ["**b** _i_ `c`", "[guide](https://evil.example)", "<https://evil.example>", "1. one", "- one", "# h",
              "    code", "&lt;b&gt;", "a\\b", "> quote", "~~gone~~"],
)  # fmt: skip
def test_what_is_typed_is_shown_letter_by_letter(typed: str) -> None:
    [opening, inline, closing] = MarkdownIt("commonmark").parse(literal(typed))

    assert (opening.type, closing.type) == ("paragraph_open", "paragraph_close")
    assert {child.type for child in inline.children or ()} <= {"text", "text_special"}
    assert "".join(child.content for child in inline.children or ()) == typed.strip()
