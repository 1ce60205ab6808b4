"""The questions that stand under a topic lead to it, and to no other topic's door."""

from __future__ import annotations

from adapters.yaml_knowledge.consistency import inconsistencies
from bot.affinity import Affinity
from bot.knowledge import Knowledge
from bot.text import split_words


def test_asked_questions_are_closest_to_their_own_topic(knowledge: Knowledge) -> None:
    affinity = Affinity(knowledge)
    asked = [(topic.id, question) for topic in knowledge.topics for question in topic.asked]

    astray = [question for topic, question in asked if affinity.near(split_words(question))[0].topic != topic]

    assert len(asked) > 600
    assert len(astray) <= len(asked) // 10


def test_a_message_with_few_telling_words_belongs_to_no_topic(knowledge: Knowledge) -> None:
    affinity = Affinity(knowledge)

    assert affinity.covered("b.pitfall.bias", split_words("er min chef forudindtaget?")) == 0.0
    assert affinity.covered("b.pitfall.infosec", split_words("udbyderen bliver hacket ved et uheld")) > 0.6


def test_no_question_is_asked_twice(knowledge: Knowledge) -> None:
    assert [said for said in inconsistencies(knowledge) if "is asked under" in said.problem] == []
