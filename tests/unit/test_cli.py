"""The command line, run as a process."""

from __future__ import annotations

import json
import subprocess
import sys


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)


def test_an_answer_is_printed_for_people() -> None:
    done = run("ask", "may I put a patient record into Gemini?")

    assert done.returncode == 0
    assert done.stdout.startswith("No.")


def test_json_has_the_fields_of_the_contract() -> None:
    answer = json.loads(run("ask", "--json", "may I put a patient record into Gemini?").stdout)

    expected = {"id", "lang", "verdict", "text", "conditions", "rule", "topic", "citations", "law", "data", "tools",
                "alternatives", "suggestions", "contact", "personal_data_found", "confidence"}  # fmt: skip
    assert expected <= set(answer)


def test_lines_are_answered_in_order_and_a_bad_one_does_not_stop_the_rest() -> None:
    lines = ['{"id": "1", "text": "hej"}', "not json", '{"id": "3", "text": "er Gemini godkendt?"}']

    answers = [json.loads(line) for line in run("ask", "--jsonl", stdin="\n".join(lines)).stdout.splitlines()]

    assert [answer["id"] for answer in answers] == ["1", None, "3"]
    assert "error" in answers[1]


def test_the_explanation_names_the_rule() -> None:
    assert "personal-in-public-tool" in run("ask", "--explain", "may I put a patient record into Gemini?").stdout


def test_bad_usage_ends_with_two() -> None:
    assert run("ask").returncode == 2


def test_a_missing_knowledge_base_ends_with_two_and_says_what_to_do(tmp_path: object) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "ask", "hej"],
        env={"VEJVISER_KNOWLEDGE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "cues.yaml" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_doctor_names_a_wrong_setting_and_ends_with_one() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "doctor"],
        env={"VEJVISER_LANG": "fr"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "VEJVISER_LANG" in done.stdout


def test_a_question_is_read_from_standard_input() -> None:
    assert run("ask", "-", stdin="may I put a patient record into Gemini?").stdout.startswith("No.")
