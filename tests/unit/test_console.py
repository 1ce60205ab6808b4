"""Lines for programs, layout for people, and the conversation."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import pytest
from rich.console import Console

from adapters.console.conversing import converse
from adapters.console.examining import Check, print_report
from adapters.console.lines import LONGEST_LINE, answer_lines
from adapters.console.listing import find_entries
from adapters.console.printing import print_answer
from bot.errors import MessageTooLong, SettingsError
from bot.knowledge import Knowledge
from bot.model import Answer, Choice, Fact, Language, Question, Verdict

LONG_LINE = b'{"id": "7", "text": "' + b"x" * LONGEST_LINE + b'"}\n'
CHOICES = (Choice("Copilot", "may I use Copilot?"), Choice("ChatGPT", "may I use ChatGPT?"))


@dataclass
class Echo:
    """A handler that says back what it was asked, with what a test wants it to trip over."""

    shipped: Knowledge
    asked: list[Question] = field(default_factory=list)

    def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        if question.text == "long":
            raise MessageTooLong
        if question.text == "bug":
            raise ZeroDivisionError("123456-7890")
        return Answer(Language.ENGLISH, Verdict.CLARIFY, question.text, id=question.id, choices=CHOICES)

    def knowledge(self) -> Knowledge:
        return self.shipped


@pytest.fixture
def echo(knowledge: Knowledge) -> Echo:
    return Echo(knowledge)


def answers(echo: Echo, *lines: bytes) -> list[dict[str, object]]:
    target = io.BytesIO()
    answer_lines(io.BytesIO(b"".join(lines)), target, echo, Language.ENGLISH)
    return [json.loads(line) for line in target.getvalue().decode().splitlines()]


@pytest.mark.parametrize(
    ("line", "id_"),
    [
        (b"not json\n", None),
        (b"[1, 2]\n", None),
        (b'"text"\n', None),
        (b'{"id": "7"}\n', "7"),
        (b'{"id": "7", "text": null}\n', "7"),
        (b'{"id": "7", "text": 3}\n', "7"),
        (b'{"id": "7", "text": "a", "conversation": 3}\n', "7"),
        (b'{"id": 7, "text": "a"}\n', 7),
        (b'{"id": ["7"], "text": "a"}\n', None),
        (b'{"id": "7", "text": "\xff"}\n', "7"),
        (b'{"id": "7", "text": "a"\n', "7"),
        (b'{"id": "7", "text": "long"}\n', "7"),
        (b'{"id": "7", "text": "bug"}\n', "7"),
        (b"[" * 100_000 + b"\n", None),
        (b'{"id": "7", "text": ' + b"1" * 5000 + b"}\n", None),
        (LONG_LINE, "7"),
    ],
    ids=range(16),
)
def test_a_bad_line_is_told_and_the_next_one_answered(echo: Echo, line: bytes, id_: object) -> None:
    bad, good = answers(echo, line, b'{"id": "8", "text": "good"}\n')

    assert (bad["id"], bad["line"]) == (id_, 1)
    assert bad["error"]
    assert (good["id"], good["text"]) == ("8", "good")


def test_what_a_line_said_is_never_in_the_error(echo: Echo) -> None:
    errors = answers(echo, b'{"text": "bug"}\n', b"123456-7890 {\n", b'{"text": ["123456-7890"]}\n')

    assert "123456" not in json.dumps(errors)


def test_each_answer_is_written_before_the_next_line_is_read(echo: Echo) -> None:
    target = io.BytesIO()

    class Source(io.BytesIO):
        seen: list[int] = []  # noqa: RUF012 one test long

        def readline(self, size: int | None = -1, /) -> bytes:
            self.seen.append(target.getvalue().count(b"\n"))
            return super().readline(size)

    answer_lines(Source(b'{"text": "a"}\n{"text": "b"}'), target, echo, Language.ENGLISH)

    assert Source.seen == [0, 1, 2]


def test_blank_lines_line_ends_and_a_byte_order_mark_are_taken_as_they_come(echo: Echo) -> None:
    got = answers(echo, b'\xef\xbb\xbf{"text": "a"}\r\n', b"\n", b'{"text": "b"}')

    assert [answer["text"] for answer in got] == ["a", "b"]


def test_half_a_character_can_be_answered(echo: Echo) -> None:
    assert answers(echo, b'{"id": "\\ud800", "text": "a\\ud800"}\n')[0]["text"] == "a?"


def test_a_line_carries_its_conversation(echo: Echo) -> None:
    answers(echo, b'{"text": "a", "conversation": "c"}\n')

    assert echo.asked[0].conversation == "c"


def shown(answer: Answer, *, width: int, terminal: bool = True, no_color: bool = False) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=terminal, no_color=no_color, color_system="standard")
    print_answer(answer, console)
    return stream.getvalue()


REPLY = Answer(
    Language.ENGLISH,
    Verdict.NO,
    "No. Do not.\nBecause it is [bold]so[/bold].\n- one two three four five six seven",
    headline="No. Do not.",
)


def test_a_pipe_gets_the_reply_word_for_word() -> None:
    assert shown(REPLY, width=20, terminal=False) == REPLY.text + "\n"


def test_a_terminal_gets_the_same_words_wrapped_with_a_hanging_indent() -> None:
    lines = [line.rstrip() for line in shown(REPLY, width=20, no_color=True).splitlines()]

    assert lines[-2:] == ["- one two three four", "  five six seven"]
    assert "[bold]so[/bold]" in " ".join(lines)


def test_the_small_table_stands_below_the_reply_in_a_pipe_and_on_a_terminal() -> None:
    answer = replace(REPLY, facts=(Fact("Status", "approved"), Fact("Owner", "Digital [it]")))

    assert shown(answer, width=80, terminal=False) == f"{REPLY.text}\n\nStatus: approved\nOwner: Digital [it]\n"
    on_terminal = [line.split() for line in shown(answer, width=80, no_color=True).splitlines()]
    assert on_terminal[-3:] == [[], ["Status", "approved"], ["Owner", "Digital", "[it]"]]


def test_the_verdict_is_coloured_unless_colour_is_unwanted() -> None:
    assert "31m" in shown(REPLY, width=80)
    assert "31m" not in shown(REPLY, width=80, no_color=True)


def conversation(echo: Echo, typed: Iterable[str]) -> str:
    stream = io.StringIO()
    lines: Iterator[str] = iter(typed)

    def read(_prompt: str) -> str:
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    converse(echo, Language.ENGLISH, Console(file=stream, width=80), read)
    return stream.getvalue()


def test_a_conversation_is_one_and_passes_over_empty_lines(echo: Echo) -> None:
    conversation(echo, ["hello", "  ", "and in Copilot?"])

    assert [question.text for question in echo.asked] == ["hello", "and in Copilot?"]
    assert len({question.conversation for question in echo.asked}) == 1


def test_a_choice_is_taken_by_its_number(echo: Echo) -> None:
    conversation(echo, ["1", "2", "3"])

    assert [question.text for question in echo.asked] == ["1", "may I use ChatGPT?", "3"]


def test_quit_leaves(echo: Echo) -> None:
    conversation(echo, ["/quit", "hello"])

    assert echo.asked == []


def test_a_conversation_goes_on_after_a_message_that_cannot_be_taken(echo: Echo) -> None:
    assert "4,000" in conversation(echo, ["long", "hello"])
    assert len(echo.asked) == 2


def test_the_report_tells_every_fault_and_its_remedy() -> None:
    def broken() -> str:
        raise SettingsError("set it right")

    stream = io.StringIO()

    is_fine = print_report([Check("one", broken), Check("two", lambda: "found")], Console(file=stream, width=80))

    assert not is_fine
    assert stream.getvalue().splitlines() == ["FAULT one: set it right", "OK    two: found"]


def test_a_section_is_found_with_the_topic_of_the_same_name(knowledge: Knowledge) -> None:
    kinds = {kind for kind, _ in find_entries(knowledge, "b.pitfall.bias")}

    assert {"topic", "section"} <= kinds
