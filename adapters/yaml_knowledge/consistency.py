"""Finds what one entry of the knowledge base says wrongly about another."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final, NamedTuple

from adapters.yaml_knowledge.explaining import nearest
from bot.knowledge import Condition, Knowledge, Rule
from bot.model import Words
from bot.patterns import ConceptElement, OneOf, PatternError, Variant, parse
from bot.text import split_words

_MOST_PHRASE_WORDS: Final = 8
_MOST_REPLY_WORDS: Final = 120
_BUILT_IN: Final = frozenset(
    {"stranger", "number", "name-like", "topic.hinted", "topic.found", "topic.sure", "topic.certain"}
    | {"topic.likely", "topic.told"}
    | {f"list.{name}" for name in ("allows", "refuses", "rejected")}
)
_PLACEHOLDER: Final = re.compile(r"\{[a-z_]+\}")


class Said(NamedTuple):
    """A fault of an entry; ``text`` is what stands in the faulty line."""

    kind: str
    id: str
    problem: str
    remedy: str
    text: str = ""


def inconsistencies(knowledge: Knowledge) -> Iterator[Said]:
    """Yield everything that does not fit together."""
    concepts = {concept.id for concept in knowledge.concepts} | _BUILT_IN
    concepts |= {f"topic.{topic.id}" for topic in knowledge.topics}
    yield from _ranks(knowledge)
    yield from _vocabulary(knowledge, concepts)
    yield from _conditions(knowledge, concepts)
    yield from _rules(knowledge)
    yield from _reach(knowledge)
    yield from _topics(knowledge)
    yield from _asked(knowledge)
    yield from _sections(knowledge)
    yield from _statutes(knowledge)
    yield from _replies(knowledge)
    yield from _texts(knowledge)


def _ranks(knowledge: Knowledge) -> Iterator[Said]:
    first: dict[int, Rule] = {}
    for rule in knowledge.rules:
        before = first.setdefault(rule.rank, rule)
        if before is not rule:
            yield Said(
                "rule",
                rule.id,
                f"ties with {before.id}: both have rank {rule.rank}",
                "give each rule a rank of its own",
            )


def _vocabulary(knowledge: Knowledge, concepts: Collection[str]) -> Iterator[Said]:
    parents = {concept.id: concept.parents for concept in knowledge.concepts}
    for concept in knowledge.concepts:
        for reference in (*concept.parents, *concept.hides):
            yield from _dead("concept", concept.id, "concept", reference, concepts)
        for pattern in concept.patterns:
            yield from _pattern("concept", concept.id, pattern, concepts)
        if concept.id in _ancestors(parents, concept.id):
            yield Said("concept", concept.id, "is a kind of itself", "take one 'is' of the circle out")
    for topic in knowledge.topics:
        for pattern in (pattern for patterns in topic.cues.values() for pattern in patterns):
            yield from _pattern("cues", topic.id, pattern, concepts)


def _pattern(kind: str, entry: str, pattern: str, concepts: Collection[str]) -> Iterator[Said]:
    try:
        variants = parse(pattern)
    except PatternError as error:
        yield Said(kind, entry, f"pattern cannot be read: {error}", "see Patterns in docs/knowledge.md", pattern)
        return
    for name in sorted({name for variant in variants for name in _named(variant)}):
        yield from _dead(kind, entry, "concept", name, concepts, pattern)


def _named(variant: Variant) -> Iterator[str]:
    for element in variant:
        members = element.members if isinstance(element, OneOf) else (element,)
        yield from (member.concept for member in members if isinstance(member, ConceptElement))


def _ancestors(parents: Mapping[str, tuple[str, ...]], id_: str) -> set[str]:
    found: set[str] = set()
    open_ = list(parents.get(id_, ()))
    while open_:
        parent = open_.pop()
        if parent not in found:
            found.add(parent)
            open_ += parents.get(parent, ())
    return found


def _conditions(knowledge: Knowledge, concepts: Collection[str]) -> Iterator[Said]:
    for inference in (*knowledge.in_sentence, *knowledge.in_message):
        for name in (*_names(inference.when), *inference.gives, *inference.drops):
            yield from _dead("reading", inference.id, "concept", name, concepts)
    for rule in knowledge.rules:
        for name in _names(rule.when):
            yield from _dead("rule", rule.id, "concept", name, concepts)
        if both := set(rule.when.all) & set(rule.when.none):
            name = min(both)
            yield Said(
                "rule", rule.id, f"can never hold: it wants '{name}' and forbids it", "take one of them out", name
            )


def _names(condition: Condition) -> tuple[str, ...]:
    return (*condition.all, *(name for group in condition.any for name in group), *condition.none)


def _rules(knowledge: Knowledge) -> Iterator[Said]:
    topics = {topic.id for topic in knowledge.topics}
    for rule in knowledge.rules:
        if rule.use == "reply":
            yield from _dead("rule", rule.id, "reply", rule.reply, knowledge.replies)
        if rule.topic:
            yield from _dead("rule", rule.id, "topic", rule.topic, topics)
        for cite in rule.cite:
            yield from _cited(knowledge, rule.id, cite)
        for law in rule.law:
            yield from _dead("rule", rule.id, "statute", law, knowledge.statutes)


def _cited(knowledge: Knowledge, rule: str, cite: str) -> Iterator[Said]:
    id_, _, passage = cite.partition("/")
    section = next((section for section in knowledge.sections.values() if section.id == id_), None)
    if section is None:
        yield from _dead("rule", rule, "section", id_, knowledge.sections, cite)
    elif passage:
        yield from _dead("rule", rule, f"passage of {id_}", passage, [each.id for each in section.passages], cite)


def _reach(knowledge: Knowledge) -> Iterator[Said]:
    """Yield rules that an earlier one always forestalls, and a table that does not decide everything."""
    parents = {concept.id: concept.parents for concept in knowledge.concepts}
    known = {name: {name} | _ancestors(parents, name) for rule in knowledge.rules for name in _names(rule.when)}
    for number, rule in enumerate(knowledge.rules):
        for earlier in knowledge.rules[:number]:
            if earlier.rank < rule.rank and _implies(rule.when, earlier.when, known):
                yield Said(
                    "rule", rule.id, f"is never reached: {earlier.id} always comes first", "narrow the earlier rule"
                )
    last = knowledge.rules[-1] if knowledge.rules else None
    if last is None or any(_names(last.when)):
        problem = "the last rule does not hold always"
        yield Said("rule", last.id if last else "", problem, "end the table with a rule without conditions")


def _implies(narrow: Condition, wide: Condition, known: Mapping[str, set[str]]) -> bool:
    """Say whether every message that fits ``narrow`` surely fits ``wide`` as well."""
    given = {name for each in narrow.all for name in known[each]}
    absent = set(narrow.none)
    return (
        set(wide.all) <= given
        and all(known[name] & absent for name in wide.none)
        and all(
            set(group) & given or any(all(known[name] & set(group) for name in own) for own in narrow.any)
            for group in wide.any
        )
    )


def _topics(knowledge: Knowledge) -> Iterator[Said]:
    explained = {topic.section for topic in knowledge.topics}
    for section in knowledge.sections:
        if section not in explained:
            yield Said("section", section, "no topic explains this section", "add a file in topics/")
    for topic in knowledge.topics:
        yield from _dead("topic", topic.id, "section", topic.section, knowledge.sections)
        if not any(topic.cues.values()):
            yield Said("topic", topic.id, "no cues lead to it", "add them in cues.yaml")
        for law in topic.law:
            yield from _dead("topic", topic.id, "statute", law, knowledge.statutes)


def _asked(knowledge: Knowledge) -> Iterator[Said]:
    """Yield questions that stand twice, under one topic or two."""
    first: dict[str, str] = {}
    for topic in knowledge.topics:
        for question in topic.asked:
            key = " ".join(word.key for word in split_words(question))
            if key in first:
                problem = f"'{question}' is asked under {first[key]} already"
                yield Said("topic", topic.id, problem, "leave it where it fits best", question)
            first.setdefault(key, topic.id)


def _sections(knowledge: Knowledge) -> Iterator[Said]:
    for section in knowledge.sections.values():
        for law in section.law:
            yield from _dead("section", section.id, "statute", law, knowledge.statutes)
        seen: set[str] = set()
        for passage in section.passages:
            if len(passage.find.split()) > _MOST_PHRASE_WORDS:
                problem = f"phrase of passage '{passage.id}' has {len(passage.find.split())} words"
                yield Said("section", section.id, problem, f"use {_MOST_PHRASE_WORDS} at most", passage.find)
            if passage.id in seen:
                problem = f"passage '{passage.id}' stands twice"
                yield Said("section", section.id, problem, "give each a name of its own", passage.find)
            seen.add(passage.id)


def _statutes(knowledge: Knowledge) -> Iterator[Said]:
    for statute in knowledge.statutes.values():
        if statute.grade not in {"A", "B"}:
            yield Said("statute", statute.id, f"grade {statute.grade} may not be named", "remove it")
        if statute.grade == "B" and not statute.caveat.da:
            yield Said("statute", statute.id, "a statute of grade B needs its caveat", "add 'caveat'")
        for section in statute.sections:
            yield from _dead("statute", statute.id, "section", section, knowledge.sections)


def _replies(knowledge: Knowledge) -> Iterator[Said]:
    used = {rule.reply for rule in knowledge.rules if rule.use == "reply"}
    for reply in knowledge.replies.values():
        if reply.id not in used:
            near = nearest(reply.id, used - set(knowledge.replies))
            yield Said("reply", reply.id, "no rule uses it", f"did you mean '{near}'?" if near else "remove it")
        parts = (reply.headline, reply.reason, *reply.conditions, *reply.instead)
        for language in ("da", "en"):
            count = sum(len(getattr(words, language).split()) for words in parts)
            if count > _MOST_REPLY_WORDS:
                yield Said("reply", reply.id, f"has {count} words ({language})", f"shorten it to {_MOST_REPLY_WORDS}")


def _texts(knowledge: Knowledge) -> Iterator[Said]:
    for kind, id_, words in _worded(knowledge):
        for language in ("da", "en"):
            if not getattr(words, language):
                yield Said(kind, id_, f"translation '{language}' is missing", "add it")
        danish, english = (set(_PLACEHOLDER.findall(text)) for text in (words.da, words.en))
        if words.da and words.en and danish != english:
            odd = ", ".join(sorted(danish ^ english))
            yield Said(kind, id_, f"only one language has {odd}", "use the same placeholders in both", words.en)


def _worded(knowledge: Knowledge) -> Iterator[tuple[str, str, Words]]:
    yield from (("message", id_, words) for id_, words in knowledge.messages.items())
    yield from (("list", id_, words) for id_, entries in knowledge.lists.items() for words in entries)
    yield from (("argument", id_, words) for id_, words in knowledge.arguments.items())
    for topic in knowledge.topics:
        yield from (("topic", topic.id, words) for words in (topic.title, *topic.replies.values(), *topic.suggestions))
    for reply in knowledge.replies.values():
        parts = (reply.headline, reply.reason, *reply.conditions, *reply.instead, *reply.suggestions)
        yield from (("reply", reply.id, words) for words in parts)
    for rule in knowledge.rules:
        yield from (("rule", rule.id, words) for choice in rule.choices for words in (choice.label, choice.say))


def _dead(kind: str, entry: str, what: str, name: str, known: Collection[str], text: str = "") -> Iterator[Said]:
    if name in known:
        return
    near = nearest(name, known)
    yield Said(kind, entry, f"there is no {what} '{name}'", f"did you mean '{near}'?" if near else "correct the name",
               text or name)  # fmt: skip
