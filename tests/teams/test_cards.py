"""What is drawn for Teams: valid Adaptive Cards 1.5, small enough, and never more than the words that were meant."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft6Validator

from adapters.teams.cards import Cards
from adapters.teams.fitting import LARGEST_CARD, size_of
from adapters.teams.forms import FORM, Forms, read_filled, refilled
from adapters.teams.texts import heading, marked_up
from bot.interaction import Button, Card, Fact, Field, Form, Home, Kind, Option, Tone
from bot.model import Answer, Choice, Language, Verdict

HOSTILE = (
    "**x** [klik](https://ond.example) <at>Bo</at> {{DATE(2026-01-01T00:00:00Z)}} ![b](https://ond.example/p.png) # a"
)
WORDS = ("text", "title", "tooltip", "fallbackText", "displayText", "say")
BUTTONS = (
    Button("Ja", "helpful", "r"),
    Button("Spørg et menneske", "ask-person", "r", opens_form=True),
    Button("Afvis", "decide", "no", tone=Tone.DANGER),
    Button("Se guiden", "open", url="https://vejviser.example.dk/guide"),
)


@pytest.fixture(scope="module")
def schema() -> Draft6Validator:
    """The official schema, with what Adaptive Cards 1.5 and Teams document and this copy of it does not have."""
    official = json.loads((files("adaptive_cards") / "schemas" / "schema-1.5.json").read_text("utf-8"))
    official["definitions"]["AdaptiveCard"]["properties"]["msteams"] = {"type": "object"}
    official["definitions"]["Input.ChoiceSet"]["properties"]["choices.data"] = {"type": "object"}
    official["definitions"]["ChoiceInputStyle"]["anyOf"].append({"enum": ["filtered"]})
    return Draft6Validator(official)


def faults(schema: Draft6Validator, card: Any) -> list[str]:
    return [f"{list(error.absolute_path)}: {error.message[:200]}" for error in schema.iter_errors(card)]


def texts(part: Any) -> Iterator[str]:
    """Yield every text of a card that a client shows."""
    if isinstance(part, dict):
        yield from (
            value for key, value in part.items() if key in ("text", "title", "label") and isinstance(value, str)
        )
        for key, value in part.items():
            if key != "data":
                yield from texts(value)
    elif isinstance(part, list):
        for item in part:
            yield from texts(item)


def shape_of(part: Any) -> Any:
    """Return ``part`` without its words, and each list with one of a kind: the schema says the same of both."""
    if isinstance(part, dict):
        return {key: "x" if key in WORDS and isinstance(value, str) else shape_of(value) for key, value in part.items()}
    if isinstance(part, list):
        shapes = map(shape_of, part)
        return list({json.dumps(shape): shape for shape in shapes}.values())
    return part


def of_one_part_each(drawn: Iterable[Any]) -> Iterator[Any]:
    """Yield cards that have among them whatever ``drawn`` have, each kind of part once: none depends on another."""
    cards = list({json.dumps(shape): shape for shape in map(shape_of, drawn)}.values())
    parts = {json.dumps(part): part for card in cards for part in card["body"]}
    yield from ({**cards[0], "body": [part]} for part in parts.values())
    yield from {json.dumps({**card, "body": []}): {**card, "body": []} for card in cards}.values()


def kinds(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield part.get("type", "")
        for value in part.values():
            yield from kinds(value)
    elif isinstance(part, list):
        for item in part:
            yield from kinds(item)


FORM_OF_ALL_KINDS = Form(
    "all",
    "Anmod om et værktøj",
    "Send",
    (
        Field("name", "Navn", Kind.SUGGESTED, "Skriv navnet", source="tools", options=(Option("ChatGPT", "chatgpt"),)),
        Field("purpose", "Formål", Kind.PARAGRAPH, "Hvad skal det bruges til?", longest=500),
        Field("line", "Linje", Kind.LINE, is_required=False),
        Field("one", "Én", Kind.ONE_OF, options=(Option("A, b", "a,b"), Option("C", "c"))),
        Field("some", "Flere", Kind.SOME_OF, options=(Option("A, b", "a,b"), Option("C", "c")), value="a,b\nc"),
        Field("where", "Kanaler", Kind.CHANNELS, options=(Option("HR", "teams:19:x@thread.tacv2"),)),
        Field("when", "Tidspunkt", Kind.MOMENT, value="2026-12-01T09:00:00+01:00"),
        Field("must", "Kvittering", Kind.SWITCH, value="1"),
    ),
    body="Skriv **kort**.",
    state="stand",
)


def test_every_reply_is_a_valid_card_within_28_kb(
    cards: Cards, schema: Draft6Validator, replies: tuple[Answer, ...]
) -> None:
    drawn = [cards.answer(answer, BUTTONS).card for answer in replies]

    assert len(drawn) > 500
    assert max(map(size_of, drawn)) <= LARGEST_CARD
    assert [found for found in (faults(schema, card) for card in of_one_part_each(drawn)) if found] == []


def test_cards_homes_and_forms_are_valid(cards: Cards, schema: Draft6Validator) -> None:
    card = Card(
        "Anmodning",
        "tekst",
        "# Hvad\n\n- **et**\n- to",
        (Fact("Værktøj", "Gemini"), Fact("Ejer", "")),
        BUTTONS,
        "i går",
    )

    drawn = [
        cards.card(card, Language.DANISH).card,
        cards.home(Home("Min side", (card, card)), Language.ENGLISH).card,
        cards.words("hej", Language.DANISH).card,
        Forms(cards.say).draw(FORM_OF_ALL_KINDS, Language.DANISH, zone="Europe/Copenhagen", faults={"one": "Vælg én."}),
    ]

    assert [faults(schema, card) for card in drawn] == [[], [], [], []]


def test_the_schema_check_refuses_what_is_no_card(schema: Draft6Validator) -> None:
    card = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlok", "text": "x"}]}

    assert faults(schema, card)
    assert any(faults(schema, part) for part in of_one_part_each([card]))


def test_the_verdict_is_a_word_and_a_sign_beside_its_colour(cards: Cards) -> None:
    answer = Answer(Language.ENGLISH, Verdict.CONDITIONAL, "text", headline="Only with a licence.")

    shown = list(texts(cards.answer(answer).card))

    assert shown[0].split(" ", 1) == ["⚠", "On conditions"]


def test_a_headline_that_says_the_verdict_is_not_preceded_by_it(cards: Cards) -> None:
    answer = Answer(Language.DANISH, Verdict.NO, "text", headline="Nej. Det må du ikke.")

    assert next(texts(cards.answer(answer).card)) == "✖ Nej. Det må du ikke."


def test_words_of_people_stay_words(cards: Cards) -> None:
    answer = Answer(
        Language.DANISH, Verdict.NO, HOSTILE, HOSTILE, HOSTILE, HOSTILE, conditions=(HOSTILE,), contact=HOSTILE
    )
    card = Card(HOSTILE, HOSTILE, facts=(Fact(HOSTILE, HOSTILE),), footnote=HOSTILE)

    drawn = [cards.answer(answer).card, cards.card(card, Language.DANISH).card]

    blocks = [text for part in drawn for text in texts(part)]
    assert not [text for text in blocks if "{{" in text]
    assert not {"Action.OpenUrl", "Image", "selectAction"} & set(kinds(drawn))
    assert all("\\[klik\\]" in part["text"] for part in find(drawn, "TextBlock") if "klik" in part["text"])


def find(part: Any, kind: str) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        if part.get("type") == kind:
            yield part
        for value in part.values():
            yield from find(value, kind)
    elif isinstance(part, list):
        for item in part:
            yield from find(item, kind)


def test_a_number_at_the_start_of_a_heading_begins_no_list() -> None:
    assert heading("1. Hvad?")["text"] == "\u20601. Hvad?"


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//x", "msteams:/l/"]
)
def test_only_web_and_mail_addresses_are_links(address: str) -> None:
    assert "Action.OpenUrl" not in set(kinds(list(marked_up(f"[klik]({address})"))))


def test_markdown_keeps_paragraphs_lists_links_and_bold() -> None:
    blocks = list(marked_up("En **fed** [side](https://a.dk).\n\n1. et\n2. to\n   - indre"))

    lines = ["".join(run["text"] for run in block["inlines"]) for block in blocks]
    assert lines == ["En fed side.", "1. et", "2. to", "\u2003• indre"]
    assert [run.get("weight") for run in blocks[0]["inlines"]] == [None, "Bolder", None, None, None]
    assert blocks[0]["inlines"][3]["selectAction"]["url"] == "https://a.dk"


def test_too_long_a_card_is_shortened_and_stays_valid(cards: Cards, schema: Draft6Validator) -> None:
    card = cards.card(Card("Lang", "ord " * 20_000, body="ord " * 20_000), Language.DANISH).card

    assert size_of(card) <= LARGEST_CARD
    assert faults(schema, card) == []
    assert any(text.endswith(" …") for text in texts(card))


def test_too_many_parts_end_before_the_limit(cards: Cards, schema: Draft6Validator) -> None:
    card = cards.card(
        Card("Mange", "x", body="\n".join(f"- punkt {number}" for number in range(2000))), Language.DANISH
    ).card

    assert size_of(card) <= LARGEST_CARD
    assert faults(schema, card) == []


def test_a_choice_carries_what_it_asks(cards: Cards) -> None:
    answer = Answer(Language.DANISH, Verdict.CLARIFY, "?", choices=(Choice("Ja, den er", "den er offentlig"),))

    action = next(find(cards.answer(answer).card, "Action.Submit"))

    assert (action["title"], action["data"]) == ("Ja, den er", {"say": "den er offentlig"})


def test_notes_stand_above_their_answer(cards: Cards) -> None:
    answer = Answer(Language.DANISH, Verdict.YES, "Ja")

    assert (
        next(texts(cards.answer(answer, notes=["Du valgte: den er offentlig"]).card)) == "Du valgte: den er offentlig"
    )


def test_ones_own_page_shows_each_section_with_what_is_in_it_once(cards: Cards) -> None:
    home = Home(
        "Min side",
        (
            Card("Prøv", "Må jeg?\nMå jeg ikke?", buttons=(Button("Må jeg?", "ask", "Må jeg?"),)),
            Card("Mine ønsker", "Gemini: afventer."),
            Card("Et ønske", "udkast", "- udkast", (Fact("Antal", "2"),), (Button("Godkend", "decide", "1 yes"),)),
        ),
    )

    shown = [text for text in texts(cards.home(home, Language.DANISH).card) if text != "Må jeg?"]

    assert shown == [
        "Min side", "Prøv", "→ Må jeg?", "Mine ønsker", "Gemini: afventer.", "Et ønske", "• ", "udkast", "Antal: ", "2",
        "Godkend",
    ]  # fmt: skip


LONG = "Må jeg lægge " + "en meget lang sag " * 6 + "i ChatGPT?"


def test_a_long_label_is_shown_whole_when_pointed_at(cards: Cards) -> None:
    answer = Answer(Language.DANISH, Verdict.CLARIFY, "?", choices=(Choice(LONG, "ja"),))

    action = next(find(cards.answer(answer).card, "Action.Submit"))

    assert (len(action["title"]) <= 44, action["tooltip"]) == (True, LONG)


def test_a_question_to_ask_next_is_shown_whole_and_asked_by_a_press_anywhere_on_it(cards: Cards) -> None:
    answer = Answer(Language.DANISH, Verdict.YES, "Ja", suggestions=(LONG,))

    drawn = cards.answer(answer).card
    row = next(part for part in find(drawn, "Container") if "selectAction" in part)

    assert row["items"][0]["inlines"][0]["text"] == f"→ {LONG}"
    assert (row["selectAction"]["title"], row["selectAction"]["data"]) == (LONG, {"say": LONG})


def test_buttons_are_presses_or_addresses(cards: Cards) -> None:
    card = cards.card(Card("t", "t", buttons=(*BUTTONS, Button("Må jeg?", "ask", "må jeg?"))), Language.DANISH).card

    assert [action["type"] for action in card["actions"]] == [
        "Action.Execute", "Action.Execute", "Action.Execute", "Action.OpenUrl", "Action.Submit",
    ]  # fmt: skip


def test_a_form_comes_back_as_it_was_filled_in(cards: Cards) -> None:
    drawn = Forms(cards.say).draw(FORM_OF_ALL_KINDS, Language.DANISH, zone="Europe/Copenhagen")
    inputs = {part["id"]: part.get("value", "") for part in drawn["body"] if "id" in part}
    data = {**drawn["actions"][0]["data"], **inputs, "name": "chatgpt", "one": "a%2Cb"}

    filled = read_filled(json.loads(json.dumps(data)), "Europe/Copenhagen")

    assert filled is not None
    assert (filled.id, filled.state) == ("all", "stand")
    assert filled.values["some"] == "a,b\nc"
    assert filled.values["one"] == "a,b"
    assert filled.values["when"] == "2026-12-01T09:00:00+01:00"
    assert filled.values["must"] == "1"


def test_what_is_on_no_list_can_be_typed(cards: Cards) -> None:
    drawn = Forms(cards.say).draw(FORM_OF_ALL_KINDS, Language.DANISH)

    filled = read_filled({**drawn["actions"][0]["data"], "name": "chatgpt", "name~other": " Gemini "}, "")

    assert filled is not None
    assert filled.values["name"] == "Gemini"


def test_a_faulty_form_is_drawn_again_with_what_was_typed(cards: Cards) -> None:
    drawn = Forms(cards.say).draw(FORM_OF_ALL_KINDS, Language.DANISH)
    filled = read_filled({**drawn["actions"][0]["data"], "purpose": "notater"}, "")

    assert filled is not None
    again = refilled(filled)

    assert again is not None
    assert {field.id: field.value for field in again.fields}["purpose"] == "notater"


@pytest.mark.parametrize(
    "forged",
    [{}, {"fields": 1}, {"id": 1, "fields": [{"id": []}]}, {"id": "x", "title": {}, "submit": "", "fields": []}],
)
def test_a_forged_form_is_taken_by_its_id_alone(forged: dict[str, Any]) -> None:
    filled = read_filled({FORM: forged, "a": "b"}, "")

    assert filled is not None
    assert filled.form is None
