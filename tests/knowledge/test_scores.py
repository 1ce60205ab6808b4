"""No dangerous answer and no lower score than recorded, where labelled questions lie beside the project."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.answers import to_json
from bot.model import Question
from bot.service.advising import Advisor

ROOT = Path(__file__).parent.parent.parent
EVALUATION = ROOT.parent / "shared" / "eval"
RECORDED = json.loads((ROOT / "tests" / "knowledge" / "recorded.json").read_text(encoding="utf-8"))

if not EVALUATION.is_dir():
    pytest.skip("no labelled questions beside the project", allow_module_level=True)


def test_scores_are_at_least_those_recorded(advisor: Advisor, tmp_path: Path) -> None:
    files = sorted(EVALUATION.glob("dev*.jsonl"))
    answers = tmp_path / "answers.jsonl"
    questions = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    lines = (json.dumps(to_json(advisor.ask(Question(q["text"], id=q["id"])))) for q in questions)
    answers.write_text("\n".join(lines), encoding="utf-8")

    command = [sys.executable, str(EVALUATION / "score.py"), *map(str, files), "--answers", str(answers), "--json"]
    scores = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    assert scores["danger"] <= RECORDED["danger"]
    assert scores["leak"] == 0
    assert scores["right"] >= RECORDED["right"]
    assert scores["oos_refused"] >= RECORDED["oos_refused"]
