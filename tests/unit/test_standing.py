"""Where a tool stands, in words."""

from __future__ import annotations

from bot.model import Question, Verdict
from bot.service.advising import Advisor


def test_a_vendor_is_not_approved_but_leads_to_its_tool(advisor: Advisor) -> None:
    answer = advisor.ask(Question("is OpenAI approved?"))

    assert answer.verdict is Verdict.STATUS
    assert "OpenAI is not on the positive list" in answer.text
    assert "Did you mean ChatGPT?" in answer.text


def test_a_status_has_a_small_table(advisor: Advisor) -> None:
    labels = [fact.label for fact in advisor.ask(Question("is ChatGPT approved?")).facts]

    assert labels == ["Status", "May be used for", "Risk-assessed", "Review by", "Owner"]
