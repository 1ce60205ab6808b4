"""However something is asked for, the answer is the same: each frame is filled with harmless and protected content."""

from __future__ import annotations

import pytest

from bot.model import Question, Verdict
from bot.service.advising import Advisor

#: {inf} is an infinitive, {now} the same in the present tense.
DANISH = """
må jeg {inf}?
ka jeg {inf}
maa jeg {inf}
kan man godt {inf}
er det ok at {inf}?
er det i orden at {inf}
er det lovligt at {inf}
er det forsvarligt at {inf}?
er det okay hvis jeg {now}
er der noget i vejen for at {inf}
er der noget til hinder for at {inf}
er der problemer i at {inf}
har jeg lov til at {inf}
gør det noget hvis jeg {now}?
får jeg ballade hvis jeg {now}?
bliver nogen sure hvis jeg {now}?
er jeg dækket ind hvis jeg {now}?
kan jeg roligt {inf}?
tør jeg {inf}?
må vi bare {inf}?
jeg vil gerne {inf}, går det?
jeg tænker at {inf}. Ok?
vi overvejer at {inf}. Er det fint?
vi plejer at {inf}, det må vi vel?
hvis jeg nu {now}, er det så fint?
ville det være et problem at {inf}
skulle der være noget galt i at {inf}?
er det inden for rammerne at {inf}?
er det under nogen omstændigheder ok at {inf}
chefen siger jeg skal {inf}. Må jeg det?
ville I sige ja til at jeg {now}?
"""
ENGLISH = """
may I {inf}?
can i {inf}
could one {inf}?
can we just {inf}?
surely I can {inf}
I assume I can {inf}?
am I allowed to {inf}
is it ok to {inf}?
is it legal to {inf}?
is it kosher to {inf}
is it a bad idea to {inf}?
is it fine if I {inf}
do the rules allow me to {inf}?
is there any rule against {now}
is there something wrong in {now}?
any problem with {now}?
would it be a problem to {inf}?
will I get in trouble for {now}?
does anyone mind if I {inf}?
am I in the clear if I {inf}?
should I be worried if I {inf}
do I need to worry about {now}?
are we free to {inf}?
permission to {inf}?
I'd like to {inf}. All right?
we're thinking of {now}. fine?
we usually {inf}, that's fine isn't it?
I plan to {inf}, tell me if that's wrong
would you be okay with me {now}?
"""
HARMLESS = {
    DANISH: [
        (
            "lade ChatGPT oversætte vores offentlige åbningstider",
            "lader ChatGPT oversætte vores offentlige åbningstider",
        ),
        ("bede ChatGPT om idéer til en quiz om trafikregler", "beder ChatGPT om idéer til en quiz om trafikregler"),
    ],
    ENGLISH: [
        ("let ChatGPT translate our public opening hours", "letting ChatGPT translate our public opening hours"),
        ("ask ChatGPT for ideas for a road safety quiz", "asking ChatGPT for ideas for a road safety quiz"),
    ],
}
PROTECTED = {
    DANISH: [
        ("kopiere en patients journal ind i ChatGPT", "kopierer en patients journal ind i ChatGPT"),
        ("bruge ChatGPT til at rette elevernes udtalelser", "bruger ChatGPT til at rette elevernes udtalelser"),
        ("smide et fortroligt udbudsmateriale i ChatGPT", "smider et fortroligt udbudsmateriale i ChatGPT"),
    ],
    ENGLISH: [
        ("copy a patient's record into ChatGPT", "copying a patient's record into ChatGPT"),
        ("use ChatGPT to polish pupils' assessments", "using ChatGPT to polish pupils' assessments"),
        ("throw confidential tender documents at ChatGPT", "throwing confidential tender documents at ChatGPT"),
    ],
}


def filled(contents: dict[str, list[tuple[str, str]]]) -> list[str]:
    return [
        frame.format(inf=inf, now=now)
        for frames, pairs in contents.items()
        for frame in frames.strip().splitlines()
        for inf, now in pairs
    ]


@pytest.mark.parametrize("text", filled(PROTECTED))
def test_protected_content_is_refused_however_it_is_asked(advisor: Advisor, text: str) -> None:
    assert advisor.ask(Question(text)).verdict is Verdict.NO


@pytest.mark.parametrize("text", filled(HARMLESS))
def test_harmless_content_is_allowed_however_it_is_asked(advisor: Advisor, text: str) -> None:
    assert advisor.ask(Question(text)).verdict in {Verdict.YES, Verdict.CONDITIONAL}
