"""What may stand in each file, for the check only: loading for an answer takes a file at its word, to be quick.

Unknown keys and missing translations fail here; what one entry says about another is checked in
``adapters.yaml_knowledge.consistency``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from adapters.yaml_knowledge.source import Bare
from bot.model import Access, Verdict


def _quoted(value: object) -> object:
    if isinstance(value, Bare):
        raise PydanticCustomError("unquoted", "'{word}' is read as a boolean", {"word": str(value)})
    return value


def _grouped(value: object) -> object:
    """Return one list of concepts as a list with one group."""
    return [value] if isinstance(value, list) and value and isinstance(value[0], str) else value


def _as_example(value: object) -> object:
    return {"say": value} if isinstance(value, str) else value


Text = Annotated[str, StringConstraints(min_length=1)]
Id = Annotated[str, StringConstraints(pattern=r"^\S+$")]
VerdictWord = Annotated[Verdict, BeforeValidator(_quoted)]
Aspect = Literal["what", "why", "how", "must", "who", "when"]


class Entry(BaseModel):
    """Anything that stands in a file."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Translated(Entry):
    """A text in both languages."""

    da: Text
    en: Text


class ToolEntry(Entry):
    """The tool that a concept stands for."""

    id: Id
    name: Text
    access: Access


class ConceptEntry(Entry):
    """An entry of ``vocabulary/``; ``extend`` adds its words to the shipped concept."""

    id: Id
    is_: tuple[Id, ...] = Field((), alias="is")
    da: tuple[Text, ...] = ()
    en: tuple[Text, ...] = ()
    any: tuple[Text, ...] = ()
    keep: bool = False
    careful: bool = False
    hides: tuple[Id, ...] = ()
    tool: ToolEntry | None = None
    extend: bool = False


class ConditionEntry(Entry):
    """A ``when``; ``any`` is a list of concepts, or a list of such lists."""

    all: tuple[Id, ...] = ()
    any: Annotated[tuple[tuple[Id, ...], ...], BeforeValidator(_grouped)] = ()
    none: tuple[Id, ...] = ()


class InferenceEntry(Entry):
    """An entry of ``readings.yaml``."""

    id: Id
    when: ConditionEntry
    gives: tuple[Id, ...] = ()
    drops: tuple[Id, ...] = ()

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not (self.gives or self.drops):
            raise ValueError("a reading must give or drop something")
        return self


class ExampleEntry(Entry):
    """A question, alone or with the verdict it must get."""

    say: Text
    verdict: VerdictWord | None = None


Examples = tuple[Annotated[ExampleEntry, BeforeValidator(_as_example)], ...]


class ChoiceEntry(Entry):
    """A button of a question back."""

    label: Translated
    say: Translated


class RuleEntry(Entry):
    """An entry of ``rules/``; the reply has the rule's own id unless ``reply`` names another."""

    id: Id
    rank: int
    when: ConditionEntry
    verdict: VerdictWord
    use: Literal["reply", "topic", "status"] = "reply"
    reply: str = ""
    topic: str = ""
    cite: tuple[Id, ...] = ()
    law: tuple[Id, ...] = ()
    choices: tuple[ChoiceEntry, ...] = ()
    examples: Examples = ()
    near_misses: Examples = ()


class ReplyEntry(Entry):
    """An entry of ``replies.yaml``."""

    headline: Translated
    reason: Translated
    conditions: tuple[Translated, ...] = ()
    instead: tuple[Translated, ...] = ()
    suggestions: tuple[Translated, ...] = ()


class CuesEntry(Entry):
    """An entry of ``cues.yaml``; ``extend`` adds its words to the shipped ones."""

    strong: tuple[Text, ...] = ()
    usual: tuple[Text, ...] = ()
    weak: tuple[Text, ...] = ()
    extend: bool = False


class SuggestionsEntry(Entry):
    """Follow-up questions, the same number in both languages."""

    da: tuple[Text, ...] = ()
    en: tuple[Text, ...] = ()


class AskedEntry(Entry):
    """Questions as people ask them, in either language."""

    da: tuple[Text, ...] = ()
    en: tuple[Text, ...] = ()


class TopicEntry(Entry):
    """A file of ``topics/``."""

    id: Id
    section: Id
    title: Translated
    replies: Annotated[dict[Aspect, Translated], Field(min_length=1)]
    law: tuple[Id, ...] = ()
    asked: AskedEntry = AskedEntry()
    suggestions: SuggestionsEntry = SuggestionsEntry()
    examples: Examples = ()
    near_misses: Examples = ()


class PassageEntry(Entry):
    """A citable place of a section."""

    id: Id
    paragraph: Annotated[int, Field(ge=1)]
    find: Text


class SectionEntry(Entry):
    """An entry of ``sections.yaml``."""

    id: Id
    title: Translated
    path: Translated
    starts_with: str = ""
    goes_on_at: str = ""
    passages: Annotated[tuple[PassageEntry, ...], Field(min_length=1)]
    summary: Translated
    law: tuple[Id, ...] = ()


class StatuteEntry(Entry):
    """An entry of ``law.yaml``."""

    id: Id
    grade: Literal["A", "B", "C"]
    ref: Translated
    title: Translated
    url: Annotated[str, StringConstraints(pattern=r"^https://\S+$")]
    caveat: Translated | None = None
    sections: tuple[Id, ...] = ()


class VocabularyFile(Entry):
    """A file of ``vocabulary/``."""

    concepts: tuple[ConceptEntry, ...]


class RulesFile(Entry):
    """A file of ``rules/``."""

    rules: tuple[RuleEntry, ...]


class ReadingsFile(Entry):
    """``readings.yaml``."""

    in_sentence: tuple[InferenceEntry, ...] = ()
    in_message: tuple[InferenceEntry, ...] = ()


class SectionsFile(Entry):
    """``sections.yaml``."""

    sections: tuple[SectionEntry, ...]


class LawFile(Entry):
    """``law.yaml``."""

    statutes: tuple[StatuteEntry, ...]


class RepliesFile(Entry):
    """``replies.yaml``."""

    replies: dict[Id, ReplyEntry]


class MessagesFile(Entry):
    """A file of ``messages/``."""

    messages: dict[Id, Translated] = {}
    lists: dict[Id, tuple[Translated, ...]] = {}


class CuesFile(Entry):
    """``cues.yaml``."""

    cues: dict[Id, CuesEntry]


class ArgumentsFile(Entry):
    """``arguments.yaml``."""

    arguments: dict[Id, Translated]


class OrdinaryWords(Entry):
    """Words that lie close to the vocabulary and are something else, parted by spaces."""

    danish: str = ""
    english: str = ""


class LanguageFile(Entry):
    """``language.yaml``."""

    endings: tuple[Text, ...] = ()
    links: tuple[Text, ...] = ()
    danish: tuple[Text, ...] = ()
    english: tuple[Text, ...] = ()
    known: tuple[Text, ...] = ()
    ordinary: OrdinaryWords | None = None
    not_heads: tuple[Text, ...] = ()
    only_danish: tuple[Text, ...] = ()
    only_english: tuple[Text, ...] = ()


class RedactionFile(Entry):
    """``redaction.yaml``."""

    cpr_words: tuple[Text, ...] = ()
    phone_words: tuple[Text, ...] = ()
    other_number_words: tuple[Text, ...] = ()
    at_words: tuple[Text, ...] = ()
    months: tuple[Text, ...] = ()


FORMATS: Final[Mapping[str, type[Entry]]] = {
    "vocabulary": VocabularyFile,
    "rules": RulesFile,
    "topics": TopicEntry,
    "messages": MessagesFile,
    "readings.yaml": ReadingsFile,
    "sections.yaml": SectionsFile,
    "law.yaml": LawFile,
    "replies.yaml": RepliesFile,
    "cues.yaml": CuesFile,
    "arguments.yaml": ArgumentsFile,
    "language.yaml": LanguageFile,
    "redaction.yaml": RedactionFile,
}
#: Files in which an organisation writes only what differs from the shipped entry.
MERGED: Final = frozenset({"replies.yaml", "cues.yaml"})
