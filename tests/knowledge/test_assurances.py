"""What an employee assures ("there is nobody in it") never outweighs somebody who is in the message."""

from __future__ import annotations

import pytest

from bot.model import Question, Verdict
from bot.service.advising import Advisor

HARMLESS = {Verdict.YES, Verdict.CONDITIONAL}


@pytest.mark.parametrize(
    "text",
    [
        "Må ChatGPT skrive et helt generelt brev om sygedagpenge? Der er ingen borger i det.",
        "can Gemini make a template letter about sick leave, no employees in it?",
        "må Claude finde på en familie, der ikke findes, til en øvecase om omsorgssvigt?",
        "kan jeg bede Mistral om ti lege til børnehaven?",
    ],
)
def test_text_about_nobody_is_harmless(advisor: Advisor, text: str) -> None:
    assert advisor.ask(Question(text)).verdict in HARMLESS


@pytest.mark.parametrize("assurance", ["Der er ingen personer i.", "no people in it", "helt generelt", "in general"])
@pytest.mark.parametrize(
    "text",
    [
        "må jeg lægge borgerens brev i ChatGPT?",
        "can I paste my patient's notes into Gemini?",
        "må Claude opsummere Jens Hansens sygemelding?",
        "can Perplexity shorten the case about a woman 45 with cancer?",
    ],
)
def test_somebody_outweighs_every_assurance(advisor: Advisor, text: str, assurance: str) -> None:
    assert advisor.ask(Question(f"{text} {assurance}")).verdict is Verdict.NO


@pytest.mark.parametrize(
    "text",
    [
        "our own server model, no assessment yet, patient notes ok?",
        "må jeg lægge det i ChatGPT uden at spørge, borgerens sag altså?",
    ],
)
def test_no_assurance_is_read_over_a_comma(advisor: Advisor, text: str) -> None:
    assert advisor.ask(Question(text)).verdict is Verdict.NO
