"""Answers questions: reads, decides, words the reply and remembers what was asked."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace

from bot.conversation import Memory
from bot.deciding import Decider, Decision
from bot.errors import MessageEmpty, MessageTooLong
from bot.knowledge import Knowledge
from bot.model import Answer, DataClass, Language, Question, Status, Tool, Verdict
from bot.ports import Clock, Conversations, KnowledgeSource, ToolSource
from bot.positive_list import NameIndex, allows, status_on, tools_for
from bot.reading import Reader, Reading
from bot.redaction import Context, Redactor
from bot.replying import Composer, Situation

LONGEST_MESSAGE = 4000
_MOST_FOLLOW_UP_WORDS = 14


#: What a message that is checked is read as beside its content: it is to go into some AI tool, and may it?
_TO_BE_PUT_IN = frozenset({"ai", "ask", "ask.permission", "asked", "act", "act.feed", "act.content"})
_FOUND = frozenset({"data", "data.personal", "content.protected"})
_PROTECTED_KINDS = ("data.personal", "data.confidential", "data.sensitive", "content.protected", "mark.closed")


@dataclass(frozen=True, slots=True)
class _Engine:
    """Everything that is compiled from one knowledge base."""

    knowledge: Knowledge
    redactor: Redactor
    reader: Reader
    decider: Decider
    composer: Composer

    @classmethod
    def build(cls, knowledge: Knowledge) -> _Engine:
        """Return the engine of ``knowledge``; every advisor of a process shares the latest one."""
        if not _latest or _latest[0].knowledge is not knowledge:
            _latest[:] = [cls._compile(knowledge)]
        return _latest[0]

    @classmethod
    def _compile(cls, knowledge: Knowledge) -> _Engine:
        words = knowledge.redaction
        context = Context(
            cpr=words["cpr_words"],
            phone=words["phone_words"],
            other=words["other_number_words"],
            at=words["at_words"],
            months=words["months"],
        )
        return cls(knowledge, Redactor(context), Reader(knowledge), Decider(knowledge), Composer(knowledge))


_latest: list[_Engine] = []


class Advisor:
    """Answers questions; satisfies ``bot.ports.Handler``."""

    def __init__(
        self,
        knowledge: KnowledgeSource,
        tools: ToolSource,
        conversations: Conversations,
        clock: Clock,
        *,
        language: Language = Language.DANISH,
        public_url: str = "",
    ) -> None:
        self._source = knowledge
        self._tools = tools
        self._conversations = conversations
        self._clock = clock
        self._language = language
        self._public_url = public_url
        self._engine = _Engine.build(knowledge.current())
        self._names = NameIndex(tools.tools())

    def knowledge(self) -> Knowledge:
        """Return the knowledge base that answers are made from right now."""
        return self._current().knowledge

    def ask(self, question: Question) -> Answer:
        """Answer ``question``.

        Raises:
            MessageEmpty: there is no text.
            MessageTooLong: the text has more than 4,000 characters.

        """
        if not question.text.strip():
            raise MessageEmpty("the message is empty")
        if len(question.text) > LONGEST_MESSAGE:
            raise MessageTooLong(f"the message has more than {LONGEST_MESSAGE} characters")
        engine = self._current()
        redacted = engine.redactor.redact(question.text, today=self._clock().date())
        memory = self._conversations.recall(question.conversation) if question.conversation else None
        answer, text = self._answer(engine, redacted.text, redacted.found, memory)
        if question.conversation:
            remembered = Memory(text, answer.lang, answer.rule, answer.topic)
            self._conversations.remember(question.conversation, remembered)
        return replace(answer, id=question.id, asked=text)

    def personal(self, text: str) -> tuple[str, ...]:
        """Return the kinds of personal data that stand in ``text``."""
        return self._current().redactor.redact(text, today=self._clock().date()).found

    def masked(self, text: str) -> str:
        """Return ``text`` with everything personal masked, to be kept or shown to others."""
        return self._current().redactor.redact(text, today=self._clock().date()).text

    def check(self, text: str, language: Language) -> Answer:
        """Say what may be done with ``text``, a message that somebody wrote for other reasons.

        Raises:
            MessageEmpty: there is no text.

        """
        if not text.strip():
            raise MessageEmpty("the message is empty")
        engine = self._current()
        redacted = engine.redactor.redact(text[:LONGEST_MESSAGE], today=self._clock().date())
        reading = engine.reader.read(redacted.text, self._listed())
        protected = {concept for concept in reading.concepts if concept.startswith(_PROTECTED_KINDS)}
        concepts = frozenset(_TO_BE_PUT_IN | protected | (_FOUND if redacted.found else set()))
        # Words that make content look harmless prove nothing about a whole message, so they are left out.
        reading = replace(reading, concepts=concepts, topics={}, tools=(), listed=(), language=language)
        answer = self._decide(engine, reading, redacted.found, language)[0]
        return _of_somebody_else(answer, engine.knowledge) if redacted.found else answer

    def _current(self) -> _Engine:
        knowledge = self._source.current()
        if knowledge is not self._engine.knowledge:
            self._engine = _Engine.build(knowledge)
        return self._engine

    def _listed(self) -> NameIndex:
        tools = self._tools.tools()
        if tools is not self._names.tools:
            self._names = NameIndex(tools)
        return self._names

    def _answer(self, engine: _Engine, text: str, found: tuple[str, ...], memory: Memory | None) -> tuple[Answer, str]:
        reading = engine.reader.read(text, self._listed())
        language = reading.language or (memory.language if memory else self._language)
        if memory is None:
            return self._decide(engine, reading, found, language)[0], text
        follow_up = self._follow_up(engine, reading, found, language, memory)
        if follow_up is not None:
            return follow_up, memory.text
        answer, decision = self._decide(engine, reading, found, language)
        if not _needs_context(reading, decision):
            return answer, text
        combined = _combined(memory.text, text, engine.reader, self._listed())
        return self._decide(engine, engine.reader.read(combined, self._listed()), found, language)[0], combined

    def _follow_up(
        self, engine: _Engine, reading: Reading, found: tuple[str, ...], language: Language, memory: Memory
    ) -> Answer | None:
        """Return the reply to "why?", "where does it say so?" or "what then?"."""
        if len(reading.words) > _MOST_FOLLOW_UP_WORDS or "tool" in reading.concepts:
            return None
        situation = self._situation(reading, found, language)
        if "follow.where" in reading.concepts:
            return engine.composer.where(memory.rule, memory.topic, situation)
        if len(reading.words) > _MOST_FOLLOW_UP_WORDS // 2:
            return None
        for concept, aspect in (("follow.why", "why"), ("follow.then-what", "how")):
            if concept in reading.concepts:
                return engine.composer.aspect(memory.rule, memory.topic, aspect, situation)
        return None

    def _decide(
        self, engine: _Engine, reading: Reading, found: tuple[str, ...], language: Language
    ) -> tuple[Answer, Decision]:
        situation = self._situation(reading, found, language)
        decision = engine.decider.decide(reading, self._list_concepts(situation))
        return engine.composer.compose(decision, situation), decision

    def _situation(self, reading: Reading, found: tuple[str, ...], language: Language) -> Situation:
        today = self._clock().date()
        needed = needed_data(reading.concepts)
        listed = self._tools.tools()
        protected = needed - {DataClass.PUBLIC, DataClass.INTERNAL}
        usable = (tool for tool in listed if status_on(tool, today) in {Status.APPROVED, Status.RESTRICTED})
        return Situation(
            reading=reading,
            language=language,
            needed=needed,
            tools=reading.listed,
            alternatives=tools_for(listed, protected, today) if protected else (),
            approved=tuple(sorted(usable, key=lambda tool: tool.name)),
            found=found,
            today=today,
            listed=tuple(listed),
            public_url=self._public_url,
        )

    def _list_concepts(self, situation: Situation) -> frozenset[str]:
        tools, needed, today = situation.tools, situation.needed, situation.today
        concepts = set()
        if tools and not situation.reading.tools and all(allows(tool, needed, today) for tool in tools):
            concepts.add("list.allows")
        elif any(_is_usable(tool, situation) and not needed <= tool.data for tool in tools):
            concepts.add("list.refuses")
        if any(status_on(tool, today) is Status.REJECTED for tool in tools):
            concepts.add("list.rejected")
        return frozenset(concepts)


def needed_data(concepts: Set[str]) -> frozenset[DataClass]:
    """Return the data classes that were read; the harmless ones only where nothing protected was."""
    protected = {item for item in _PROTECTED if f"data.{item}" in concepts}
    if protected:
        return frozenset(protected)
    if "data.internal" in concepts:
        return frozenset({DataClass.INTERNAL})
    return frozenset({DataClass.PUBLIC}) if "content.safe" in concepts else frozenset()


_PROTECTED = (DataClass.SENSITIVE, DataClass.PERSONAL, DataClass.CONFIDENTIAL)


def _of_somebody_else(answer: Answer, knowledge: Knowledge) -> Answer:
    """Return ``answer`` about a message that its reader did not write, so that nobody is told off for it."""
    kinds = ", ".join(
        knowledge.messages[f"kind-{kind}"].in_language(answer.lang) for kind in answer.personal_data_found
    )
    found = knowledge.messages["check-found"].in_language(answer.lang).format(kinds=kinds)
    return replace(answer, warning=found, text=answer.text.replace(answer.warning, found, 1))


def _is_usable(tool: Tool, situation: Situation) -> bool:
    return status_on(tool, situation.today) in {Status.APPROVED, Status.RESTRICTED}


def _needs_context(reading: Reading, decision: Decision) -> bool:
    """Say whether a message after an answer is incomplete by itself."""
    if len(reading.words) > _MOST_FOLLOW_UP_WORDS:
        return False
    if reading.concepts & {"small-talk", "outside", "injection"}:
        return False
    return "follow" in reading.concepts or decision.rule.verdict in {Verdict.UNKNOWN, Verdict.CLARIFY}


def _combined(before: str, now: str, reader: Reader, names: NameIndex) -> str:
    """Return the earlier question with the new message, without tools that the new one replaces."""
    latest = reader.read(now, names)
    if "tool" not in latest.concepts:
        return f"{before}\n{now}"
    earlier = reader.read(before, names)
    read = earlier.traces.evidence()
    gone = [evidence.words for evidence in read if evidence.concept.startswith(("tool.", "listed tool"))]
    for words in sorted(gone, key=len, reverse=True):
        before = before.replace(words, "")
    return f"{before}\n{now}"
