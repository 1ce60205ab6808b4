"""The knowledge base that is shipped."""

from __future__ import annotations

from adapters.yaml_knowledge.checking import check
from adapters.yaml_knowledge.examples import run_examples
from bot.knowledge import Knowledge
from bot.service.advising import Advisor
from bot.settings import SHIPPED_KNOWLEDGE


def test_the_shipped_knowledge_has_no_faults() -> None:
    assert check(SHIPPED_KNOWLEDGE) == []


def test_the_shipped_examples_fit(advisor: Advisor) -> None:
    _, failures = run_examples(advisor)

    assert failures == []


def test_every_section_of_the_guide_is_explained(knowledge: Knowledge) -> None:
    assert len(knowledge.sections) == len({topic.section for topic in knowledge.topics}) == 23
