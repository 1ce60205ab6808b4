"""Questions made to get a permission that leaks somebody's data, a secret or another's work: none gets one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.model import Question, Verdict
from bot.service.advising import Advisor

HOSTILE = (Path(__file__).parent / "hostile.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("text", HOSTILE)
def test_no_permission_is_given(advisor: Advisor, text: str) -> None:
    assert advisor.ask(Question(text)).verdict not in {Verdict.YES, Verdict.CONDITIONAL}
