"""Words the reply: verdict first, why, on which conditions, what instead, where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from bot.deciding import Decision
from bot.knowledge import Knowledge, Reply, Rule, Topic
from bot.model import (
    Answer,
    Choice,
    Citation,
    DataClass,
    Fact,
    Language,
    Law,
    SectionId,
    Step,
    Tool,
    Verdict,
    Words,
    unexplained,
)
from bot.reading import Reading
from bot.standing import StandingWords

_MOST_ALTERNATIVES = 3
_MOST_EVIDENCE = 60


@dataclass(frozen=True, slots=True)
class Situation:
    """What a reply is made from besides the decision.

    ``needed`` are the data classes that were read; ``alternatives`` the tools approved for them;
    ``found`` the kinds of personal numbers that were masked.
    """

    reading: Reading
    language: Language
    needed: frozenset[DataClass]
    tools: tuple[Tool, ...]
    alternatives: tuple[Tool, ...]
    approved: tuple[Tool, ...]
    found: tuple[str, ...]
    today: date
    listed: tuple[Tool, ...] = ()
    public_url: str = ""


class Composer:
    """Words replies from one knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._topics = {topic.id: topic for topic in knowledge.topics}

    def compose(self, decision: Decision, situation: Situation) -> Answer:
        """Return the reply that ``decision`` amounts to."""
        rule = decision.rule
        topic = self._topics.get(rule.topic) if rule.topic else decision.topic
        if rule.use == "topic" and topic is not None:
            return self._explain(decision, topic, situation)
        if rule.use == "status":
            return self._status(decision, situation)
        return self._reply(decision, situation)

    def where(self, rule: str, topic_id: str | None, situation: Situation) -> Answer | None:
        """Return the reply to "where does it say so?" after ``rule`` and ``topic_id`` answered."""
        sections = self._sections_of(rule, topic_id)
        if not sections:
            return None
        title = self._knowledge.sections[sections[0]].title.in_language(situation.language)
        return self._finish(
            Draft(
                Verdict.INFORM,
                self._text("where-headline", situation.language),
                self._text("where-reason", situation.language).format(title=title),
                rule="follow-where",
                topic=topic_id,
                sections=sections,
            ),
            situation,
        )

    def aspect(self, rule: str, topic_id: str | None, aspect: str, situation: Situation) -> Answer | None:
        """Return the explanation of one aspect of what was answered before."""
        sections = self._sections_of(rule, topic_id)
        topic = next((topic for topic in self._knowledge.topics if sections and topic.section == sections[0]), None)
        if topic is None:
            return None
        return self._finish(self._draft_topic(topic, aspect, f"follow-{aspect}", situation), situation)

    def _sections_of(self, rule_id: str, topic_id: str | None) -> tuple[SectionId, ...]:
        if topic_id and topic_id in self._topics:
            return (self._topics[topic_id].section,)
        rule = next((rule for rule in self._knowledge.rules if rule.id == rule_id), None)
        return tuple(SectionId(cite.partition("/")[0]) for cite in rule.cite) if rule else ()

    def _explain(self, decision: Decision, topic: Topic, situation: Situation) -> Answer:
        rule = decision.rule
        if rule.verdict is Verdict.INFORM:
            draft = self._draft_topic(topic, _aspect(decision.concepts, topic), rule.id, situation)
            return self._finish(draft, situation, decision)
        # Permission was asked, so the reply says what must hold, and its first words are the verdict.
        draft = self._draft_topic(topic, "must", rule.id, situation)
        headline = self._text(f"topic-{rule.verdict}", situation.language).format(title=draft.headline)
        return self._finish(replace(draft, verdict=rule.verdict, headline=headline), situation, decision)

    def _draft_topic(self, topic: Topic, aspect: str, rule: str, situation: Situation) -> Draft:
        return Draft(
            Verdict.INFORM,
            topic.title.in_language(situation.language) + ".",
            topic.replies[aspect if aspect in topic.replies else next(iter(topic.replies))].in_language(
                situation.language
            ),
            rule=rule,
            topic=topic.id,
            sections=(topic.section,),
            instead=self._approved_for(situation),
            law=topic.law,
            suggestions=_in(situation.language, topic.suggestions),
        )

    def _approved_for(self, situation: Situation) -> tuple[str, ...]:
        """Return which tools may be used, where a topic is explained and protected data was named."""
        if not situation.alternatives or "data.firm" not in situation.reading.concepts:
            return ()
        names = self._joined([tool.name for tool in situation.alternatives[:_MOST_ALTERNATIVES]], situation.language)
        data = self._data_names(situation.needed, situation.language)
        return (self._text("approved-for", situation.language).format(data=data, tools=names),)

    def _reply(self, decision: Decision, situation: Situation) -> Answer:
        rule = decision.rule
        reply = self._knowledge.replies[rule.reply]
        names = self._placeholders(situation)
        reason = _filled(reply.reason, names, situation.language)
        argument = self._argument(decision, situation.language)
        suggestions: tuple[str, ...] = _in(situation.language, reply.suggestions)
        if rule.verdict is Verdict.UNKNOWN:
            suggestions = suggestions or _in(situation.language, self._knowledge.lists["examples"])
        return self._finish(
            Draft(
                rule.verdict,
                _filled(reply.headline, names, situation.language),
                f"{reason} {argument}".strip(),
                conditions=self._conditions(reply, decision, situation, names),
                instead=tuple(_filled(words, names, situation.language) for words in reply.instead),
                rule=rule.id,
                topic=None,
                sections=tuple(SectionId(cite.partition("/")[0]) for cite in rule.cite),
                law=rule.law,
                suggestions=suggestions,
                choices=_choices(rule, situation.language),
            ),
            situation,
            decision,
        )

    def _conditions(
        self, reply: Reply, decision: Decision, situation: Situation, names: Mapping[str, str]
    ) -> tuple[str, ...]:
        own = tuple(_filled(words, names, situation.language) for words in reply.conditions)
        if decision.rule.verdict in {Verdict.YES, Verdict.CONDITIONAL}:
            listed = (tool.conditions.in_language(situation.language) for tool in situation.tools)
            own = (*(text for text in listed if text), *own)
        return own

    def _argument(self, decision: Decision, language: Language) -> str:
        if decision.rule.verdict not in {Verdict.NO, Verdict.CONDITIONAL}:
            return ""
        made = (words for concept, words in self._knowledge.arguments.items() if concept in decision.concepts)
        words = next(made, None)
        return words.in_language(language) if words else ""

    def _status(self, decision: Decision, situation: Situation) -> Answer:
        words = StandingWords(self._knowledge.messages, situation.language, situation.today)
        unlisted = [facts.name for facts in situation.reading.tools]
        if situation.tools or unlisted:
            standing = words.of(situation.tools, unlisted, situation.listed)
        elif name := _unknown_name(situation.reading):
            standing = words.unknown(name, situation.listed)
        else:
            standing = words.all(situation.approved)
        draft = Draft(
            Verdict.STATUS,
            standing.headline,
            standing.reason,
            rule=decision.rule.id,
            topic=None,
            sections=(),
            instead=standing.instead,
            facts=standing.facts,
        )
        return self._finish(draft, situation, decision)

    def _placeholders(self, situation: Situation) -> Mapping[str, str]:
        language = situation.language
        names = [tool.name for tool in situation.tools] + [facts.name for facts in situation.reading.tools]
        unnamed = "tool-free" if "reach.public" in situation.reading.concepts else "tool-unnamed"
        alternatives = ", ".join(tool.name for tool in situation.alternatives[:_MOST_ALTERNATIVES])
        return {
            "tool": self._joined(names, language) if names else self._text(unnamed, language),
            "data": self._data_names(situation.needed, language),
            "alternatives": self._text("alternatives", language).format(names=alternatives) if alternatives else "",
        }

    def _data_names(self, data: Iterable[DataClass], language: Language) -> str:
        return self._joined([self._text(f"data-{item}", language) for item in DataClass if item in set(data)], language)

    def _joined(self, names: Sequence[str], language: Language) -> str:
        names = list(dict.fromkeys(names))
        if len(names) < 2:
            return "".join(names)
        return f"{', '.join(names[:-1])} {self._text('and', language)} {names[-1]}"

    def _text(self, id_: str, language: Language) -> str:
        return self._knowledge.messages[id_].in_language(language)

    def _finish(self, draft: Draft, situation: Situation, decision: Decision | None = None) -> Answer:
        language = situation.language
        citations = tuple(self._citation(section, situation) for section in draft.sections)
        contact = self._text("contact", language)
        warning = self._warning(situation)
        return Answer(
            lang=language,
            verdict=draft.verdict,
            text=self._plain(draft, citations, contact, warning, language),
            headline=draft.headline,
            reason=draft.reason,
            warning=warning,
            conditions=draft.conditions,
            instead=draft.instead,
            rule=draft.rule,
            topic=draft.topic,
            citations=citations,
            law=self._law(draft, language),
            data=tuple(item for item in DataClass if item in situation.needed),
            tools=tuple(
                dict.fromkeys([*(t.id for t in situation.tools), *(facts.id for facts in situation.reading.tools)])
            ),
            alternatives=tuple(tool.name for tool in situation.alternatives[:_MOST_ALTERNATIVES]),
            choices=draft.choices,
            facts=draft.facts,
            suggestions=draft.suggestions,
            contact=contact,
            personal_data_found=situation.found,
            confidence=situation.reading.certainty if draft.verdict is not Verdict.UNKNOWN else 0.0,
            because=partial(_because, situation.reading, decision) if decision else unexplained,
        )

    def _law(self, draft: Draft, language: Language) -> tuple[Law, ...]:
        if draft.verdict is Verdict.UNKNOWN or not draft.sections:
            return ()
        own = self._knowledge.sections[draft.sections[0]].law
        return tuple(self._knowledge.statutes[id_].in_language(language) for id_ in dict.fromkeys((*draft.law, *own)))

    def _citation(self, section_id: SectionId, situation: Situation) -> Citation:
        section = self._knowledge.sections[section_id]
        passage = section.passages[0]
        return Citation(
            section=section_id,
            title=section.title.in_language(situation.language),
            path=section.path.in_language(situation.language),
            paragraph=passage.paragraph,
            find=passage.find,
            url=f"{situation.public_url.rstrip('/')}/guide/{section_id}" if situation.public_url else None,
            quote=section.quotes.get(passage.id),
        )

    def _warning(self, situation: Situation) -> str:
        if not situation.found:
            return ""
        language = situation.language
        kinds = self._joined([self._text(f"kind-{kind}", language) for kind in situation.found], language)
        return self._text("warning", language).format(kinds=kinds)

    def _plain(
        self, draft: Draft, citations: Sequence[Citation], contact: str, warning: str, language: Language
    ) -> str:
        lines = [draft.headline, draft.reason]
        if draft.conditions:
            lines += [self._text("conditions", language), *(f"- {line}" for line in draft.conditions)]
        if draft.choices:
            lines += [f"- {choice.label}" for choice in draft.choices]
        if draft.instead:
            lines += [self._text("instead", language), *(f"- {line}" for line in draft.instead)]
        if draft.verdict is Verdict.UNKNOWN:
            lines += [f"- {line}" for line in draft.suggestions]
        for citation in citations[:1]:
            key = "source-own" if citation.section.startswith("org.") else "source-guide"
            lines.append(
                self._text(key, language).format(
                    title=citation.title, path=citation.path, paragraph=citation.paragraph, find=citation.find
                )
            )
        return "\n".join(line for line in (warning, *lines, contact) if line)


@dataclass(frozen=True, slots=True)
class Draft:
    """The parts of a reply before its source, law and contact are added."""

    verdict: Verdict
    headline: str
    reason: str
    rule: str
    topic: str | None
    sections: tuple[SectionId, ...]
    conditions: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    law: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    facts: tuple[Fact, ...] = ()


_ASPECTS = (
    ("ask.why", "why"),
    ("ask.who", "who"),
    ("ask.when", "when"),
    ("ask.how", "how"),
    ("ask.must", "must"),
    ("ask.permission", "must"),
    ("ask.what", "what"),
)


def _unknown_name(reading: Reading) -> str:
    """Return the words that nobody knows, in a question about one tool's status; "" where the list is asked for."""
    if reading.concepts & {"ask.what", "ai.word"}:
        return ""
    return " ".join(word.text for word in reading.words if word.key in reading.strangers)


def _aspect(concepts: Iterable[str], topic: Topic) -> str:
    known = set(concepts)
    for concept, aspect in _ASPECTS:
        if concept in known and aspect in topic.replies:
            return aspect
    return "what" if "what" in topic.replies else next(iter(topic.replies))


def _filled(words: Words, names: Mapping[str, str], language: Language) -> str:
    text = words.in_language(language)
    for name, value in names.items():
        text = text.replace("{" + name + "}", value)
    return text


def _in(language: Language, words: Iterable[Words]) -> tuple[str, ...]:
    return tuple(text.in_language(language) for text in words)


def _choices(rule: Rule, language: Language) -> tuple[Choice, ...]:
    return tuple(
        Choice(choice.label.in_language(language), choice.say.in_language(language)) for choice in rule.choices
    )


def _because(reading: Reading, decision: Decision) -> tuple[Step, ...]:
    read = [
        Step("read", evidence.words, f"{evidence.concept} ({evidence.how})")
        for evidence in reading.traces.evidence()[:_MOST_EVIDENCE]
        if not evidence.concept.startswith("cue:")
    ]
    best = sorted(reading.topics.items(), key=lambda entry: (-entry[1], entry[0]))[:3]
    topics = [Step("topic", f"{points} points", topic) for topic, points in best]
    topics += [
        Step("near", ", ".join(decision.telling(near.topic)[:5]), f"{near.topic} ({near.score:.1f})")
        for near in decision.near
    ]
    unknown = [Step("unknown", ", ".join(reading.strangers), "")] if reading.strangers else []
    when = decision.rule.when
    needs = " + ".join([*when.all, *("|".join(group) for group in when.any), *(f"not {name}" for name in when.none)])
    rule = Step("rule", f"{decision.rule.id} (rank {decision.rule.rank})", f"{decision.rule.verdict}: {needs}")
    return (*read, *unknown, *reading.inferences, *topics, rule)
