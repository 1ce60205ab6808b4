"""The advisor as its users meet it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import MessageEmpty, MessageTooLong
from bot.knowledge import Knowledge
from bot.model import STRICTNESS, Question, Verdict
from bot.service.advising import LONGEST_MESSAGE, Advisor

ASKS = [
    "may I paste a patient's record into Gemini?",
    "må jeg få ChatGPT til at finde på overskrifter til en kampagne?",
    "can I use my work password for Claude?",
    "vi vil lade en robot give afslag på ansøgninger uden at nogen kigger, er det ok?",
    "må jeg lægge det fortrolige udbudsnotat i Perplexity?",
    "can the AI draft a speech for the summer party?",
]


def verdict(advisor: Advisor, text: str) -> Verdict:
    return advisor.ask(Question(text)).verdict


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ASKS[0], Verdict.NO),
        (ASKS[1], Verdict.YES),
        (ASKS[2], Verdict.NO),
        (ASKS[3], Verdict.NO),
        (ASKS[4], Verdict.NO),
        ("may I put a pupil plan into KommuneGPT?", Verdict.CONDITIONAL),
        ("er Le Chat godkendt hos os?", Verdict.STATUS),
        ("what is bias in AI?", Verdict.INFORM),
        ("can I paste this into Claude?", Verdict.CLARIFY),
        ("hvornår åbner kantinen", Verdict.UNKNOWN),
        ("hej", Verdict.UNKNOWN),
    ],
)
def test_each_kind_of_question_gets_its_verdict(advisor: Advisor, text: str, expected: Verdict) -> None:
    assert verdict(advisor, text) is expected


COURTESIES = ["Hi there, {} Thanks!", "Hej, {} På forhånd tak.", "Dear colleague, {} Kind regards", "Kære alle. {} Mvh"]
PERSONAL = [
    "Hendes cpr er 010170-1234.",
    "It is about a patient's diagnosis.",
    "Jens' adresse",
    "skriv til a.b@example.dk",
]


@pytest.fixture(scope="module")
def shipped(knowledge: Knowledge) -> list[str]:
    """Every example and near miss that stands with a rule."""
    return [example.say for rule in knowledge.rules for example in (*rule.examples, *rule.near_misses)]


def test_letter_case_punctuation_and_white_space_change_nothing(advisor: Advisor, shipped: list[str]) -> None:
    for text in (*ASKS, *shipped):
        bare = text.rstrip("?")
        variants = [text.upper(), text.lower(), bare, bare + "??", "  " + text.replace(" ", "  "), text + " !"]

        assert {verdict(advisor, variant) for variant in variants} == {verdict(advisor, text)}, text


@pytest.mark.parametrize("courtesy", COURTESIES)
def test_polite_words_change_nothing(advisor: Advisor, shipped: list[str], courtesy: str) -> None:
    for text in (*ASKS, *shipped):
        assert verdict(advisor, courtesy.format(text)) is verdict(advisor, text), text


@pytest.mark.parametrize("first", ASKS)
@pytest.mark.parametrize("second", ASKS)
def test_the_order_of_two_asks_changes_nothing(advisor: Advisor, first: str, second: str) -> None:
    assert verdict(advisor, f"{first} {second}") is verdict(advisor, f"{second} {first}")


@pytest.mark.parametrize("added", PERSONAL)
def test_personal_data_never_makes_the_verdict_laxer(advisor: Advisor, shipped: list[str], added: str) -> None:
    for text in (*ASKS, *shipped):
        before, after = verdict(advisor, text), verdict(advisor, f"{text} {added}")

        assert STRICTNESS[after] >= STRICTNESS[before], text


def test_a_personal_number_is_in_no_field_of_the_answer(advisor: Advisor) -> None:
    answer = advisor.ask(Question("må cpr 010170-1234 ind i ChatGPT? skriv til a.b@example.dk"))

    assert answer.personal_data_found == ("cpr", "email")
    assert "1234" not in repr(answer)
    assert "a.b@example.dk" not in repr(answer)


def test_every_reply_is_short_enough_for_a_phone(advisor: Advisor) -> None:
    for text in ASKS:
        answer = advisor.ask(Question(text))
        main = " ".join([answer.headline, answer.reason, *answer.conditions, *answer.instead])
        assert len(main.split()) <= 120


def test_a_tool_past_its_review_date_counts_as_under_review(advisor: Advisor) -> None:
    answer = advisor.ask(Question("er Otter.ai godkendt?"))

    assert answer.verdict is Verdict.STATUS
    assert "afvist" in answer.text


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_message_is_refused(advisor: Advisor, text: str) -> None:
    with pytest.raises(MessageEmpty):
        advisor.ask(Question(text))


def test_a_message_that_is_too_long_is_refused(advisor: Advisor) -> None:
    with pytest.raises(MessageTooLong):
        advisor.ask(Question("a" * (LONGEST_MESSAGE + 1)))


@settings(max_examples=150, deadline=None)
@given(text=st.text(min_size=1, max_size=300).filter(str.strip))
def test_any_text_is_answered_the_same_way_twice(advisor: Advisor, text: str) -> None:
    assert advisor.ask(Question(text)) == advisor.ask(Question(text))
