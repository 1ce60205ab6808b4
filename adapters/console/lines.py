"""Questions in and answers out as JSON, one line each, for programs."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from adapters.answers import to_json
from adapters.console.wording import message
from bot.errors import RequestError
from bot.model import Answer, Language, Question
from bot.ports import Handler

#: No honest question comes near; a longer line is skipped without being held in memory.
LONGEST_LINE = 1_000_000

_FIRST_ID = re.compile(rb'^\s*\{\s*"id"\s*:\s*("(?:[^"\\\x00-\x1f]|\\.){0,200}")')
_log = logging.getLogger(__name__)


class LineError(Exception):
    """A line holds no question; ``id`` is the line's own id where it can be read."""

    def __init__(self, problem: str, id_: object = None) -> None:
        super().__init__(problem)
        self.id = id_


@dataclass(frozen=True, slots=True)
class _TooLong:
    """What is kept of a line beyond the limit."""

    beginning: bytes


def answer_lines(source: BinaryIO, target: BinaryIO, handler: Handler, language: Language) -> None:
    """Answer every line of ``source`` in order, each one written out before the next is read."""
    for number, line in enumerate(_read(source), start=1):
        if isinstance(line, bytes) and not line.strip():
            continue
        target.write(_encode(_answer(line, number, handler, language)))
        target.flush()


def to_line(answer: Answer) -> bytes:
    """Return ``answer`` as one line of JSON."""
    return _encode(to_json(answer))


def _answer(line: bytes | _TooLong, number: int, handler: Handler, language: Language) -> Mapping[str, object]:
    try:
        question = to_question(line)
    except LineError as error:
        return {"id": error.id, "line": number, "error": str(error)}
    try:
        return to_json(handler.ask(question))
    except RequestError as error:
        return {"id": question.id, "line": number, "error": message(handler.knowledge(), error.code, language)}
    except Exception as error:  # noqa: BLE001 one question that trips us must not end the run
        _log.error("answer_failed line=%d error=%s", number, type(error).__name__)
        return {"id": question.id, "line": number, "error": "the advisor failed on this line"}


def to_question(line: bytes | _TooLong) -> Question:
    """Read one line.

    Raises:
        LineError: the line is no question; never repeats its content.

    """
    if isinstance(line, _TooLong):
        raise LineError(f"the line is longer than {LONGEST_LINE} bytes", _id_at_start(line.beginning))
    fields = _fields(line)
    id_ = fields.get("id")
    if not isinstance(id_, str | int | float | None):
        raise LineError("'id' must be a string")
    if not isinstance(id_, str | None):
        raise LineError("'id' must be a string", id_)
    if "text" not in fields:
        raise LineError("'text' is missing", id_)
    texts = fields["text"], fields.get("conversation") or ""
    if not isinstance(texts[0], str):
        raise LineError("'text' must be a string", id_)
    if not isinstance(texts[1], str):
        raise LineError("'conversation' must be a string", id_)
    return Question(text=whole(texts[0]), conversation=whole(texts[1]), id=whole(id_ or ""))


def whole(text: str) -> str:
    """Return ``text`` with what is no Unicode character replaced, so that it can be written again."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _fields(line: bytes) -> Mapping[str, object]:
    try:
        value = json.loads(line.removeprefix(b"\xef\xbb\xbf").decode("utf-8"))
    except UnicodeDecodeError as error:
        raise LineError(f"not valid UTF-8 at byte {error.start + 1}", _id_at_start(line)) from error
    except json.JSONDecodeError as error:
        problem = f"not valid JSON at character {error.pos + 1}: {error.msg}"
        raise LineError(problem, _id_at_start(line)) from error
    except (ValueError, RecursionError) as error:
        raise LineError("not valid JSON: a number is too long or the nesting too deep") from error
    if not isinstance(value, dict):
        raise LineError('must be a JSON object: {"id": "…", "text": "…"}')
    return value


def _id_at_start(line: bytes) -> str | None:
    found = _FIRST_ID.match(line)
    try:
        return whole(str(json.loads(found[1]))) if found else None
    except ValueError:
        return None


def _read(source: BinaryIO) -> Iterator[bytes | _TooLong]:
    while line := source.readline(LONGEST_LINE + 1):
        if len(line) <= LONGEST_LINE:
            yield line
            continue
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = source.readline(LONGEST_LINE)
        yield _TooLong(line[:1000])


def _encode(fields: Mapping[str, object]) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
