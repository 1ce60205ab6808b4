"""Reads the knowledge base from its YAML files into plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from bot.errors import Fault, KnowledgeError
from bot.knowledge import (
    ChoiceWords,
    Concept,
    Condition,
    Example,
    Inference,
    Knowledge,
    LanguageFacts,
    Passage,
    Reply,
    Rule,
    Section,
    Statute,
    ToolFacts,
    Topic,
)
from bot.lexicon import Grammar
from bot.model import Access, RuleId, SectionId, Verdict, Words
from bot.text import fold

Entry = Mapping[str, Any]  # any: whatever stands in a file, checked where it is used

_POINTS = {"strong": 3, "usual": 2, "weak": 1}
_BIGGEST_FILE = 5_000_000


def load(folder: Path, overlay: Path | None = None) -> Knowledge:
    """Read the knowledge base in ``folder``, with an organisation's ``overlay`` laid over it.

    An entry of the overlay replaces the one with the same id, or adds its words where it says ``extend: true``.

    Raises:
        KnowledgeError: a file is missing, too big, not YAML, or an entry is not as it must be.

    """
    try:
        return _loaded(_Files(folder, overlay))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise _fault("", 0, "", "is not as it must be", "run 'vejviser knowledge check'") from error


def _loaded(files: _Files) -> Knowledge:
    cues = files.read("cues.yaml")["cues"]
    readings = files.read("readings.yaml")
    messages, lists = files.worded("messages")
    return Knowledge(
        concepts=files.each("vocabulary", "concepts", _concept),
        in_sentence=files.built("readings.yaml", readings["in_sentence"], _inference),
        in_message=files.built("readings.yaml", readings["in_message"], _inference),
        rules=tuple(sorted(files.each("rules", "rules", _rule), key=lambda rule: rule.rank)),
        topics=files.topics(cues),
        replies={id_: _reply(id_, entry) for id_, entry in files.read("replies.yaml")["replies"].items()},
        sections={
            section.id: section
            for section in files.built("sections.yaml", files.read("sections.yaml")["sections"], _section)
        },
        statutes={
            statute.id: statute for statute in files.built("law.yaml", files.read("law.yaml")["statutes"], _statute)
        },
        messages={id_: _words(words) for id_, words in messages.items()},
        lists={id_: tuple(_words(words) for words in entries) for id_, entries in lists.items()},
        language=_language(files.read("language.yaml")),
        redaction={key: tuple(map(str, words)) for key, words in files.read("redaction.yaml").items()},
        arguments={id_: _words(words) for id_, words in files.read("arguments.yaml")["arguments"].items()},
    )


class _Files:
    """The files of a folder and its overlay, read on demand; every fault names the file."""

    def __init__(self, folder: Path, overlay: Path | None = None) -> None:
        self._folder = folder
        self._overlay = overlay

    def read(self, name: str) -> Entry:
        shipped = _read(self._folder, name)
        if self._overlay is None or not (self._overlay / name).is_file():
            return shipped
        merged: Entry = _laid_over(shipped, _read(self._overlay, name))
        return merged

    def each(self, folder: str, key: str, build: Any) -> tuple[Any, ...]:  # any: a builder of one kind
        shipped = [entry for name in self._names(self._folder, folder) for entry in _read(self._folder, name)[key]]
        own = [
            entry
            for name in self._names(self._overlay, folder)
            for entry in _read(self._overlay or self._folder, name)[key]
        ]
        return self.built(folder, _merged(shipped, own), build)

    def _names(self, root: Path | None, folder: str) -> list[str]:
        return [f"{folder}/{path.name}" for path in sorted((root / folder).glob("*.yaml"))] if root else []

    def built(self, name: str, entries: Sequence[Entry], build: Any) -> tuple[Any, ...]:  # any: as above
        return tuple(self._built(name, entries, build))

    def _built(self, name: str, entries: Sequence[Entry], build: Any) -> Iterator[Any]:
        for entry in entries:
            try:
                yield build(entry)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                subject = str(entry.get("id", entry))[:60] if isinstance(entry, dict) else str(entry)[:60]
                raise _fault(name, 0, subject, f"is not as it must be: {error}", "see docs/knowledge.md") from error

    def worded(self, folder: str) -> tuple[Entry, Entry]:
        """Return the messages and the lists of every file in ``folder``, the overlay's last."""
        shipped = [_read(self._folder, name) for name in self._names(self._folder, folder)]
        own = [_read(self._overlay or self._folder, name) for name in self._names(self._overlay, folder)]
        messages: dict[str, Any] = {}  # any: as in an entry
        lists: dict[str, Any] = {}  # any: as in an entry
        for content in (*shipped, *own):
            messages.update(content.get("messages") or {})
            lists.update(content.get("lists") or {})
        return messages, lists

    def topics(self, cues: Mapping[str, Entry]) -> tuple[Topic, ...]:
        shipped = [_read(self._folder, name) for name in self._names(self._folder, "topics")]
        own = [_read(self._overlay or self._folder, name) for name in self._names(self._overlay, "topics")]
        return self.built("topics", _merged(shipped, own), lambda entry: _topic(entry, cues.get(entry["id"], {})))


def _read(folder: Path, name: str) -> Entry:
    path = folder / name
    try:
        if path.stat().st_size > _BIGGEST_FILE:
            raise _fault(name, 0, "", f"is bigger than {_BIGGEST_FILE} bytes", "split it")
        content = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = str(getattr(error, "problem", "") or "is no YAML")
        raise _fault(name, mark.line + 1 if mark else 0, "", problem, "mend the line") from error
    except (OSError, UnicodeDecodeError) as error:
        raise _fault(name, 0, "", "cannot be read", "put the file there, in UTF-8") from error
    if not isinstance(content, dict):
        raise _fault(name, 0, "", "holds no entries", "see docs/knowledge.md for its form")
    return content


def _laid_over(shipped: Any, own: Any) -> Any:  # any: YAML of either shape
    if isinstance(shipped, dict) and isinstance(own, dict):
        return {key: _laid_over(shipped[key], own[key]) if key in shipped and key in own else {**shipped, **own}[key]
                for key in (*shipped, *(key for key in own if key not in shipped))}  # fmt: skip
    if isinstance(shipped, list) and isinstance(own, list) and all(isinstance(entry, dict) for entry in own):
        return _merged(shipped, own)
    return own


def _merged(shipped: Sequence[Entry], own: Sequence[Entry]) -> list[Entry]:
    entries = {entry.get("id", str(number)): entry for number, entry in enumerate(shipped)}
    for number, entry in enumerate(own):
        id_ = entry.get("id", f"own-{number}")
        entries[id_] = _extended(entries[id_], entry) if entry.get("extend") and id_ in entries else entry
    return list(entries.values())


def _extended(shipped: Entry, own: Entry) -> Entry:
    words = {key: [*(shipped.get(key) or ()), *(own.get(key) or ())] for key in ("da", "en", "any")}
    return {**shipped, **words}


def _fault(file: str, line: int, entry: str, problem: str, remedy: str) -> KnowledgeError:
    return KnowledgeError([Fault(f"knowledge/{file}" if file else "knowledge", line, entry, problem, remedy)])


def _words(value: Any) -> Words:  # any: a text, or one per language
    if value is None:
        return Words()
    if isinstance(value, str):
        return Words(value, value)
    return Words(str(value.get("da", "")), str(value.get("en", "")))


def _concept(entry: Entry) -> Concept:
    tool = entry.get("tool")
    return Concept(
        id=entry["id"],
        parents=tuple(entry.get("is") or ()),
        patterns=tuple(str(pattern) for key in ("da", "en", "any") for pattern in entry.get(key) or ()),
        keep=bool(entry.get("keep", False)),
        careful=bool(entry.get("careful", False)),
        hides=tuple(entry.get("hides") or ()),
        tool=ToolFacts(tool["id"], tool["name"], Access(tool["access"])) if tool else None,
    )


def _condition(entry: Entry | None) -> Condition:
    entry = entry or {}
    groups = entry.get("any") or ()
    if groups and isinstance(groups[0], str):
        groups = (groups,)
    return Condition(
        tuple(entry.get("all") or ()), tuple(tuple(group) for group in groups), tuple(entry.get("none") or ())
    )


def _inference(entry: Entry) -> Inference:
    return Inference(
        entry["id"], _condition(entry["when"]), tuple(entry.get("gives") or ()), tuple(entry.get("drops") or ())
    )


def _example(entry: Any) -> Example:  # any: a text or a mapping
    if isinstance(entry, str):
        return Example(entry)
    return Example(entry["say"], Verdict(entry["verdict"]) if "verdict" in entry else None)


def _rule(entry: Entry) -> Rule:
    return Rule(
        id=RuleId(entry["id"]),
        rank=int(entry["rank"]),
        when=_condition(entry.get("when")),
        verdict=_verdict(entry["verdict"]),
        use=entry.get("use", "reply"),
        reply=entry.get("reply", entry["id"]),
        topic=entry.get("topic", ""),
        cite=tuple(entry.get("cite") or ()),
        law=tuple(entry.get("law") or ()),
        choices=tuple(
            ChoiceWords(_words(choice["label"]), _words(choice["say"])) for choice in entry.get("choices") or ()
        ),
        examples=tuple(_example(example) for example in entry.get("examples") or ()),
        near_misses=tuple(_example(example) for example in entry.get("near_misses") or ()),
    )


def _verdict(value: object) -> Verdict:
    if isinstance(value, bool):
        raise ValueError(f"verdict {value} is a boolean; write 'yes' or 'no' in quotes")  # noqa: TRY004
    return Verdict(str(value))


def _reply(id_: str, entry: Entry) -> Reply:
    def many(key: str) -> tuple[Words, ...]:
        return tuple(_words(words) for words in entry.get(key) or ())

    return Reply(
        id_,
        _words(entry["headline"]),
        _words(entry["reason"]),
        many("conditions"),
        many("instead"),
        many("suggestions"),
    )


def _topic(entry: Entry, cues: Entry) -> Topic:
    suggestions = entry.get("suggestions") or {}
    asked = entry.get("asked") or {}
    return Topic(
        id=entry["id"],
        section=SectionId(entry["section"]),
        title=_words(entry["title"]),
        cues={points: tuple(map(str, cues.get(name) or ())) for name, points in _POINTS.items()},
        replies={aspect: _words(words) for aspect, words in entry["replies"].items()},
        law=tuple(entry.get("law") or ()),
        suggestions=tuple(
            Words(da, en) for da, en in zip(suggestions.get("da", ()), suggestions.get("en", ()), strict=False)
        ),
        asked=tuple(map(str, (*(asked.get("da") or ()), *(asked.get("en") or ())))),
        examples=tuple(_example(example) for example in entry.get("examples") or ()),
        near_misses=tuple(_example(example) for example in entry.get("near_misses") or ()),
    )


def _section(entry: Entry) -> Section:
    return Section(
        id=SectionId(entry["id"]),
        title=_words(entry["title"]),
        path=_words(entry["path"]),
        starts_with=entry.get("starts_with", ""),
        goes_on_at=entry.get("goes_on_at", ""),
        passages=tuple(Passage(p["id"], int(p["paragraph"]), p["find"]) for p in entry["passages"]),
        summary=_words(entry["summary"]),
        law=tuple(entry.get("law") or ()),
    )


def _statute(entry: Entry) -> Statute:
    return Statute(
        id=entry["id"],
        grade=str(entry["grade"]),
        ref=_words(entry["ref"]),
        title=_words(entry["title"]),
        url=entry.get("url", ""),
        caveat=_words(entry.get("caveat")),
        sections=tuple(SectionId(section) for section in entry.get("sections") or ()),
    )


def _language(entry: Entry) -> LanguageFacts:
    def words(key: str) -> frozenset[str]:
        return frozenset(fold(str(word)) for word in entry.get(key) or ())

    danish, english = words("danish"), words("english")
    endings = sorted(dict.fromkeys(fold(str(ending)) for ending in entry["endings"]), key=len, reverse=True)
    ordinary = frozenset(fold(" ".join((entry.get("ordinary") or {}).values())).split())
    known = words("known") | danish | english
    grammar = Grammar(tuple(endings), tuple(entry["links"]), known, ordinary, words("not_heads"))
    return LanguageFacts(grammar, danish, english, words("only_danish"), words("only_english"))
