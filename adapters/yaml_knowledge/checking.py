"""Finds every fault of the knowledge base at once, with file, line and remedy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from rapidfuzz.process import extractOne

from adapters.yaml_knowledge.loading import load
from bot.errors import Fault, KnowledgeError
from bot.knowledge import Condition, Knowledge
from bot.patterns import ConceptElement, OneOf, PatternError, Variant, parse

_MOST_PHRASE_WORDS = 8
_MOST_REPLY_WORDS = 120
_BUILT_IN = frozenset(
    {"stranger", "number", "name-like", "topic.likely", "topic.hinted", "topic.found", "topic.sure", "topic.certain"}
    | {f"list.{name}" for name in ("allows", "refuses", "rejected")}
)


def check(folder: Path) -> list[Fault]:
    """Return every fault in ``folder``, in the order of the files."""
    try:
        knowledge = load(folder)
    except KnowledgeError as error:
        return list(error.faults)
    lines = _Lines(folder)
    return [lines.placed(*fault) for fault in _faults(knowledge)]


class _Lines:
    """Finds the line where an entry stands, only once there is a fault to show."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def placed(self, entry: str, problem: str, remedy: str) -> Fault:
        for path in sorted(self._folder.rglob("*.yaml")):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                if line.strip().removeprefix("- ") in {f"id: {entry}", f"{entry}:"} or f"id: {entry}," in line:
                    return Fault(f"knowledge/{path.relative_to(self._folder)}", number, entry, problem, remedy)
        return Fault("knowledge", 0, entry, problem, remedy)


_Raw = tuple[str, str, str]


def _faults(knowledge: Knowledge) -> Iterator[_Raw]:
    concepts = {concept.id for concept in knowledge.concepts} | _BUILT_IN
    concepts |= {f"topic.{topic.id}" for topic in knowledge.topics}
    yield from _duplicates(knowledge)
    yield from _patterns(knowledge, concepts)
    yield from _conditions(knowledge, concepts)
    yield from _rules(knowledge)
    yield from _topics(knowledge)
    yield from _sections(knowledge)
    yield from _wording(knowledge)


def _duplicates(knowledge: Knowledge) -> Iterator[_Raw]:
    groups: tuple[Iterable[str], ...] = (
        (concept.id for concept in knowledge.concepts),
        (rule.id for rule in knowledge.rules),
        (inference.id for inference in (*knowledge.in_sentence, *knowledge.in_message)),
        (topic.id for topic in knowledge.topics),
    )
    for ids in groups:
        for id_, count in Counter(ids).items():
            if count > 1:
                yield id_, f"stands {count} times", "give each entry an id of its own"
    for rank, count in Counter(rule.rank for rule in knowledge.rules).items():
        if count > 1:
            tied = [rule.id for rule in knowledge.rules if rule.rank == rank]
            yield tied[-1], f"has the same rank {rank} as {tied[0]}", "give each rule a rank of its own"


def _patterns(knowledge: Knowledge, concepts: set[str]) -> Iterator[_Raw]:
    for concept in knowledge.concepts:
        for reference in (*concept.parents, *concept.hides):
            yield from _dead(concept.id, "concept", reference, concepts)
        for pattern in concept.patterns:
            yield from _pattern(concept.id, pattern, concepts)
    for topic in knowledge.topics:
        for patterns in topic.cues.values():
            for pattern in patterns:
                yield from _pattern(topic.id, pattern, concepts)


def _pattern(entry: str, pattern: str, concepts: set[str]) -> Iterator[_Raw]:
    try:
        variants = parse(pattern)
    except PatternError as error:
        yield entry, f"pattern cannot be read: {error}", "see Patterns in docs/knowledge.md"
        return
    for name in {name for variant in variants for name in _named(variant)}:
        yield from _dead(entry, "concept", name, concepts)


def _named(variant: Variant) -> Iterator[str]:
    for element in variant:
        members = element.members if isinstance(element, OneOf) else (element,)
        yield from (member.concept for member in members if isinstance(member, ConceptElement))


def _conditions(knowledge: Knowledge, concepts: set[str]) -> Iterator[_Raw]:
    for inference in (*knowledge.in_sentence, *knowledge.in_message):
        for name in (*_names(inference.when), *inference.gives):
            yield from _dead(inference.id, "concept", name, concepts)
    for rule in knowledge.rules:
        for name in _names(rule.when):
            yield from _dead(rule.id, "concept", name, concepts)


def _names(condition: Condition) -> tuple[str, ...]:
    return (*condition.all, *(name for group in condition.any for name in group), *condition.none)


def _rules(knowledge: Knowledge) -> Iterator[_Raw]:
    topics = {topic.id for topic in knowledge.topics}
    for number, rule in enumerate(knowledge.rules):
        if rule.use == "reply":
            yield from _dead(rule.id, "reply", rule.reply, set(knowledge.replies))
        if rule.topic:
            yield from _dead(rule.id, "topic", rule.topic, topics)
        for cite in rule.cite:
            yield from _dead(rule.id, "section", cite.partition("/")[0], {str(id_) for id_ in knowledge.sections})
        for law in rule.law:
            yield from _dead(rule.id, "statute", law, set(knowledge.statutes))
        for earlier in knowledge.rules[:number]:
            if _implies(rule.when, earlier.when):
                yield rule.id, f"is never reached: {earlier.id} always comes first", "narrow the earlier rule"


def _implies(narrow: Condition, wide: Condition) -> bool:
    """Say whether every message that fits ``narrow`` surely fits ``wide`` as well."""
    return (
        set(wide.all) <= set(narrow.all)
        and set(wide.none) <= set(narrow.none)
        and all(set(group) & set(narrow.all) or any(set(own) <= set(group) for own in narrow.any) for group in wide.any)
    )


def _topics(knowledge: Knowledge) -> Iterator[_Raw]:
    explained = {topic.section for topic in knowledge.topics}
    for section in knowledge.sections:
        if section not in explained:
            yield section, "no topic explains this section", "add a file in topics/"
    for topic in knowledge.topics:
        yield from _dead(topic.id, "section", topic.section, {str(id_) for id_ in knowledge.sections})
        if not any(topic.cues.values()):
            yield topic.id, "no cues lead to it", "add them in cues.yaml"
        for law in topic.law:
            yield from _dead(topic.id, "statute", law, set(knowledge.statutes))


def _sections(knowledge: Knowledge) -> Iterator[_Raw]:
    for section in knowledge.sections.values():
        for law in section.law:
            yield from _dead(section.id, "statute", law, set(knowledge.statutes))
        for passage in section.passages:
            if len(passage.find.split()) > _MOST_PHRASE_WORDS:
                yield section.id, f"phrase of passage '{passage.id}' is too long", "use eight words at most"
    for statute in knowledge.statutes.values():
        if statute.grade not in {"A", "B"}:
            yield statute.id, f"grade {statute.grade} may not be named", "remove it"
        if statute.grade == "B" and not statute.caveat.da:
            yield statute.id, "a statute of grade B needs its caveat", "add 'caveat'"


def _wording(knowledge: Knowledge) -> Iterator[_Raw]:
    texts = [
        *((id_, words) for id_, words in knowledge.messages.items()),
        *((topic.id, words) for topic in knowledge.topics for words in topic.replies.values()),
        *((id_, words) for id_, words in knowledge.arguments.items()),
    ]
    for reply in knowledge.replies.values():
        parts = (reply.headline, reply.reason, *reply.conditions, *reply.instead)
        texts += [(reply.id, words) for words in (*parts, *reply.suggestions)]
        for language in ("da", "en"):
            count = sum(len(getattr(words, language).split()) for words in parts)
            if count > _MOST_REPLY_WORDS:
                yield reply.id, f"has {count} words ({language})", f"shorten it to {_MOST_REPLY_WORDS}"
    for id_, words in texts:
        for language in ("da", "en"):
            if not getattr(words, language):
                yield id_, f"translation '{language}' is missing", "add it"


def _dead(entry: str, kind: str, name: str, known: set[str]) -> Iterator[_Raw]:
    if name in known:
        return
    near = extractOne(name, known)
    yield entry, f"there is no {kind} '{name}'", f"did you mean '{near[0]}'?" if near else "correct the name"
