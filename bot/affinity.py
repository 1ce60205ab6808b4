"""Which topic the words of a message are closest to, where no cue says it outright.

Every topic is a small document: its title, its replies, its section's summary and the words of its cues. A word tells
the more, the fewer topics use it (Okapi BM25); the weights follow from the knowledge base and are written nowhere.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.knowledge import Knowledge, Topic
from bot.text import Word, fold

_WORDS = re.compile(r"<[^>]*>|[a-z]{3,}")
_SHORTEST_STEM = 4
#: A word of a cue says less than one of a text, because the cue counts by itself as well.
_CUE_WEIGHT = 0.5
#: Okapi BM25's usual saturation, and little regard for a text's length: ours are alike.
_SATURATION = 1.2
_LENGTH_REGARD = 0.4


@dataclass(frozen=True, slots=True)
class Near:
    """How close a topic is, and the words that say so, the most telling first."""

    topic: str
    score: float
    words: tuple[str, ...]


class Affinity:
    """The topics' words, weighed; one is made per knowledge base and shared."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._endings = knowledge.language.grammar.endings
        self._small_words = knowledge.language.danish | knowledge.language.english
        self._stems: dict[str, str] = {}
        documents = {topic.id: self._count(topic, knowledge) for topic in knowledge.topics}
        used = Counter(stem for document in documents.values() for stem in document)
        usual_length = sum(map(_total, documents.values())) / max(len(documents), 1)
        self._weights: dict[str, list[tuple[str, float]]] = {}
        for topic, document in documents.items():
            length = _total(document) / usual_length
            for stem, count in document.items():
                rarity = math.log(1 + (len(documents) - used[stem] + 0.5) / (used[stem] + 0.5))
                damped = count + _SATURATION * (1 - _LENGTH_REGARD + _LENGTH_REGARD * length)
                weight = rarity * count * (_SATURATION + 1) / damped
                self._weights.setdefault(stem, []).append((topic, weight))

    def near(self, words: Sequence[Word]) -> tuple[Near, ...]:
        """Return the topics that ``words`` speak for, the closest first."""
        scores: dict[str, float] = {}
        telling: dict[str, list[tuple[float, str]]] = {}
        typed_by_stem = {self._stem(word.key): word.text for word in words if word.key not in self._small_words}
        for stem, typed in typed_by_stem.items():
            for topic, weight in self._weights.get(stem, ()):
                scores[topic] = scores.get(topic, 0.0) + weight
                telling.setdefault(topic, []).append((-weight, typed))
        ranked = sorted(scores.items(), key=lambda entry: (-entry[1], entry[0]))
        return tuple(Near(topic, score, tuple(word for _, word in sorted(telling[topic]))) for topic, score in ranked)

    def _count(self, topic: Topic, knowledge: Knowledge) -> Counter[str]:
        texts = (topic.title, *topic.replies.values(), knowledge.sections[topic.section].summary)
        counted: Counter[str] = Counter()
        for text in (text for words in texts for text in (words.da, words.en)):
            counted.update(self._stems_of(text))
        for cue in (cue for cues in topic.cues.values() for cue in cues):
            for stem in self._stems_of(cue):
                counted[stem] += _CUE_WEIGHT  # type: ignore[assignment]  # a Counter holds halves as well
        return counted

    def _stems_of(self, text: str) -> set[str]:
        found = _WORDS.findall(fold(text))
        return {self._stem(word) for word in found if word not in self._small_words and not word.startswith("<")}

    def _stem(self, word: str) -> str:
        stem = self._stems.get(word)
        if stem is None:
            endings = (ending for ending in self._endings if word.endswith(ending))
            stems = (word[: -len(ending)] for ending in endings if len(word) - len(ending) >= _SHORTEST_STEM)
            stem = next(stems, word)
            stem = stem.rstrip("e") if len(stem) >= _SHORTEST_STEM else stem
            self._stems[word] = stem
        return stem


def _total(document: Counter[str]) -> float:
    return sum(document.values())


def nearest(found: Iterable[Near]) -> tuple[Near | None, float]:
    """Return the closest topic, and how far it is ahead of the next (a share of its own score)."""
    ranked = list(found)
    if not ranked:
        return None, 0.0
    second = ranked[1].score if len(ranked) > 1 else 0.0
    return ranked[0], 1 - second / ranked[0].score
