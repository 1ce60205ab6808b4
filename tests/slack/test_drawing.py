"""Whatever is said fits into Slack's limits, and nothing in it pings or misleads."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack.answers import draw_answer
from adapters.slack.cards import draw_card, draw_home
from adapters.slack.forms import Carried, draw_form, values_of
from adapters.slack.mrkdwn import named
from adapters.slack.sheet import DrawingFault, check
from adapters.slack.wording import Wording
from adapters.yaml_tools import YamlTools
from bot.interaction import Button, Card, Fact, Field, Form, Home, Kind, Option
from bot.knowledge import Knowledge
from bot.model import Answer, Language, Verdict
from bot.settings import SHIPPED_KNOWLEDGE
from tests.slack.conftest import Faults
from tests.slack.every_reply import every_reply
from tests.slack.slack_limits import faults

BUTTONS = tuple(Button(f"Button {number}", "act", str(number)) for number in range(4))
HOSTILE = "<!channel> <@U123> <https://evil.example|the guide> & *bold*"


def test_every_reply_of_the_knowledge_base_fits(knowledge: Knowledge, schema_faults: Faults) -> None:
    replies = list(every_reply(knowledge, YamlTools(SHIPPED_KNOWLEDGE / "tools.yaml").tools()))

    for answer in replies:
        drawn = draw_answer(answer, Wording(knowledge, answer.lang), BUTTONS, asked="q" * 4000)
        assert (faults(drawn.blocks), schema_faults("message", drawn.content())) == ([], []), answer.rule
    assert {answer.rule for answer in replies} >= {rule.id for rule in knowledge.rules}
    assert {(answer.topic, answer.lang) for answer in replies} >= {
        (topic.id, language) for topic in knowledge.topics for language in Language
    }


def test_a_verdict_is_told_by_a_sign_and_a_word(knowledge: Knowledge) -> None:
    firsts = set()
    for verdict in Verdict:
        answer = Answer(Language.ENGLISH, verdict, "text", headline="Headline", reason="Reason")
        firsts.add(draw_answer(answer, Wording(knowledge, answer.lang)).blocks[0]["text"]["text"])

    assert len({first[0] for first in firsts}) == len(Verdict)
    assert all(first.split("*")[1] != "Headline" for first in firsts)


@pytest.mark.parametrize(
    "drawn",
    ["answer", "card", "home", "form"],
)
def test_nothing_pings_or_links_unless_we_mean_it(drawn: str, wording: Wording) -> None:
    card = Card(HOSTILE, HOSTILE, HOSTILE, (Fact(HOSTILE, HOSTILE),), (Button(HOSTILE, "a"),), HOSTILE)
    answer = Answer(Language.ENGLISH, Verdict.NO, HOSTILE, HOSTILE, HOSTILE, HOSTILE, (HOSTILE,), (HOSTILE,))
    made: dict[str, Any] = {
        "answer": draw_answer(answer, wording, asked=HOSTILE).content(),
        "card": draw_card(card, wording).content(),
        "home": draw_home(Home(HOSTILE, (card,)), wording),
        "form": draw_form(Form("f", HOSTILE, HOSTILE, (), HOSTILE), wording),
    }

    for text in marked_texts(made[drawn]):
        assert "<" not in text


def test_markdown_becomes_slacks_own_marks(wording: Wording) -> None:
    body = "A **bold** word and [the guide](https://a.example/?x=1&y=2).\n\n- one\n- two\n\n1. first\n2. second"
    drawn = draw_card(Card("Title", "plain", body), wording)

    assert drawn.blocks[1]["text"]["text"] == (
        "A *bold* word and <https://a.example/?x=1&amp;y=2|the guide>.\n\n• one\n• two\n\n1. first\n2. second"
    )


def test_a_link_to_anything_but_a_page_is_no_link(wording: Wording) -> None:
    drawn = draw_card(Card("Title", "plain", "[press](javascript:alert) [me](slack://open)"), wording)

    assert "<" not in drawn.blocks[1]["text"]["text"]


class ShortWording(Wording):
    """Words without a knowledge base, so that a failing example stays short enough to read."""

    language = Language.ENGLISH

    def __init__(self) -> None:
        pass

    def say(self, id_: str) -> str:
        return id_


texts = st.text(max_size=30) | st.builds(
    lambda text, times: text * times, st.text(min_size=1, max_size=9), st.integers(1, 5000)
)
buttons = st.builds(Button, label=texts, act=st.sampled_from(["a", "b"]), value=texts)
cards = st.builds(
    Card, title=texts, text=texts, body=texts, footnote=texts,
    facts=st.lists(st.builds(Fact, texts, texts), max_size=30).map(tuple),
    buttons=st.lists(buttons, max_size=40).map(tuple),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(card=cards)
def test_whatever_a_card_holds_it_fits(card: Card) -> None:
    assert faults(draw_card(card, ShortWording()).blocks) == []


@settings(max_examples=30, deadline=None)
@given(of=st.lists(cards, max_size=12).map(tuple))
def test_whatever_a_home_tab_holds_it_fits(of: tuple[Card, ...]) -> None:
    assert faults(draw_home(Home("Title", of), ShortWording())["blocks"], "home") == []


def test_a_shortened_message_says_so(wording: Wording) -> None:
    drawn = draw_card(Card("Title", "plain", "word " * 9000, buttons=BUTTONS), wording)

    assert "Shortened" in json.dumps(drawn.blocks)
    assert drawn.blocks[-2]["type"] == "actions"


KINDS = {
    Kind.LINE: Field("line", "Line", Kind.LINE, "hint", value="typed"),
    Kind.PARAGRAPH: Field("paragraph", "Paragraph", Kind.PARAGRAPH, value="typed\nmore", longest=9999),
    Kind.ONE_OF: Field("one", "One", Kind.ONE_OF, options=(Option("A", "a"), Option("B", "b")), value="b"),
    Kind.SOME_OF: Field("some", "Some", Kind.SOME_OF, options=(Option("A", "a"), Option("B", "b")), value="a\nb"),
    Kind.SUGGESTED: Field("tool", "Tool", Kind.SUGGESTED, source="tools", value="ChatGPT"),
    Kind.CHANNELS: Field("where", "Where", Kind.CHANNELS, value="slack:C1\nslack:C2"),
    Kind.MOMENT: Field("when", "When", Kind.MOMENT, value="2026-12-01T09:00:00+01:00"),
    Kind.SWITCH: Field("ack", "Acknowledge", Kind.SWITCH, value="1"),
}


def test_a_form_of_every_kind_of_field_fits(wording: Wording, schema_faults: Faults) -> None:
    view = draw_form(Form("id", "A title longer than Slack allows", "Send", tuple(KINDS.values()), "body"), wording)

    assert set(KINDS) == set(Kind)
    assert (faults(view["blocks"], "modal"), schema_faults("modal", view)) == ([], [])
    assert len(view["title"]["text"]) <= 24


def test_what_is_filled_in_beforehand_comes_back_when_nothing_is_changed(wording: Wording) -> None:
    view = draw_form(Form("id", "Title", "Send", tuple(KINDS.values())), wording)

    values = values_of(as_submitted(view))

    expected = {field.id: field.value for field in KINDS.values()}
    assert values == {**expected, "when": "2026-12-01T08:00:00+00:00"}


def test_a_form_carries_its_state_and_place() -> None:
    carried = Carried("state", "slack:C1")

    assert Carried.unpacked(carried.packed()) == carried
    assert Carried.unpacked("no JSON") == Carried.unpacked("[]") == Carried()


@pytest.mark.parametrize(
    "blocks",
    [
        [],
        [{"type": "divider"}] * 51,
        [{"type": "divider", "block_id": "same"}] * 2,
        [{"type": "section", "text": {"type": "mrkdwn", "text": " "}}],
        [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 5,
        [{"type": "actions", "elements": [{"type": "button", "text": {"text": "x"}, "action_id": "a"}] * 2}],
    ],
)
def test_the_last_look_refuses_what_the_models_let_through(blocks: list[dict[str, Any]]) -> None:
    with pytest.raises(DrawingFault):
        check(blocks)


def marked_texts(tree: Any) -> list[str]:
    """Return the texts in which Slack reads marks."""
    if isinstance(tree, dict):
        own = [tree["text"]] if tree.get("type") == "mrkdwn" or "unfurl_links" in tree else []
        return [text for text in own if isinstance(text, str)] + [
            t for part in tree.values() for t in marked_texts(part)
        ]
    return [text for part in tree for text in marked_texts(part)] if isinstance(tree, list) else []


def as_submitted(view: dict[str, Any]) -> dict[str, Any]:
    """Return what Slack reports of a form that is sent as it was opened."""
    state = {}
    for block in view["blocks"]:
        element = block["element"]
        reported = {
            "value": element.get("initial_value"),
            "selected_option": element.get("initial_option"),
            "selected_options": element.get("initial_options", []),
            "selected_conversations": element.get("initial_conversations", []),
            "selected_date_time": element.get("initial_date_time"),
        }
        state[block["block_id"]] = {element["action_id"]: {"type": element["type"], **reported}}
    return state


def test_channels_are_shown_by_name_and_people_are_not_pinged() -> None:
    assert named("slack:C0123, members:slack:G99, slack:U0123") == "<#C0123>, members:<#G99>, slack:U0123"
