"""Conversations in which a message only makes sense after the one before."""

from __future__ import annotations

import pytest

from bot.model import Question, Verdict
from bot.service.advising import Advisor

DIALOGUES = [
    [
        ("can I paste citizen data into Bard?", Verdict.NO, "b.law.personal-data"),
        ("and in KommuneGPT?", Verdict.CONDITIONAL, "b.law.personal-data"),
        ("why?", Verdict.INFORM, "b.law.personal-data"),
        ("where does it say so?", Verdict.INFORM, "b.law.personal-data"),
    ],
    [
        ("må jeg lægge elevplanen i ChatGPT?", Verdict.NO, "b.law.personal-data"),
        ("hvad hvis jeg fjerner navnene?", Verdict.NO, "b.law.personal-data"),
        ("hvor står det?", Verdict.INFORM, "b.law.personal-data"),
    ],
    [
        ("må jeg lægge det her dokument i ChatGPT?", Verdict.CLARIFY, "a.general-use"),
        ("Der er personoplysninger i", Verdict.NO, "b.law.personal-data"),
    ],
    [
        ("can I paste this into Gemini?", Verdict.CLARIFY, "a.general-use"),
        ("It is only publicly available information", Verdict.YES, "a.general-use"),
    ],
]


@pytest.mark.parametrize("number", range(len(DIALOGUES)))
def test_a_dialogue_is_followed(advisor: Advisor, number: int) -> None:
    for text, verdict, section in DIALOGUES[number]:
        answer = advisor.ask(Question(text, conversation=f"dialogue-{number}"))
        assert (answer.verdict, answer.citations[0].section) == (verdict, section), text


def test_small_talk_after_an_answer_is_small_talk(advisor: Advisor) -> None:
    advisor.ask(Question("er Gemini godkendt?", conversation="small"))

    assert advisor.ask(Question("hej", conversation="small")).rule == "small-talk"


def test_another_conversation_knows_nothing_of_it(advisor: Advisor) -> None:
    advisor.ask(Question("må jeg lægge elevplanen i ChatGPT?", conversation="one"))

    assert advisor.ask(Question("hvor står det?", conversation="two")).verdict is Verdict.UNKNOWN
