"""Which topic the words of a message are closest to, where no cue says it outright.

Every topic is two small documents: its own texts (title, replies, its section's summary, the words of its cues) and the
questions that people ask about it. A word tells the more, the fewer topics use it (Okapi BM25); the weights follow from
the knowledge base and are written nowhere.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.knowledge import Knowledge, Topic
from bot.text import Word, fold, split_words

_WORDS = re.compile(r"<[^>]*>|[a-z]{3,}")
_SHORTEST_STEM = 4
#: A word of a cue says less than one of a text, because the cue counts by itself as well.
_CUE_WEIGHT = 0.5
#: Questions are short and many of their words are everyday ones, so they count half as much as the texts.
_ASKED_WEIGHT = 0.5
#: Okapi BM25's usual saturation, and little regard for a text's length: ours are alike.
_SATURATION = 1.2
_LENGTH_REGARD = 0.4
_FEWEST_TELLING = 3
_MOST_REMEMBERED = 20_000
_NOTHING: Mapping[str, float] = {}

Weights = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Near:
    """How close a topic is."""

    topic: str
    score: float


class Affinity:
    """The topics' words, weighed; one is made per knowledge base and shared."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._endings = knowledge.language.grammar.endings
        self._small_words = knowledge.language.danish | knowledge.language.english
        self._stems: dict[str, str] = {}
        self._worths: dict[str, tuple[tuple[str, float], ...]] = {}
        topics = knowledge.topics
        self._weights = _weigh({topic.id: self._count(topic, knowledge) for topic in topics}, _LENGTH_REGARD)
        self._asked = _weigh({topic.id: self._count_asked(topic) for topic in topics}, 0.0)

    def near(self, words: Sequence[Word]) -> tuple[Near, ...]:
        """Return the topics that ``words`` speak for, the closest first."""
        scores: dict[str, float] = {}
        for key in {self._stem(word.key): word.key for word in words}.values():
            for topic, weight in self._worth(key):
                scores[topic] = scores.get(topic, 0.0) + weight
        ranked = sorted(scores.items(), key=lambda entry: (-entry[1], entry[0]))
        return tuple(Near(topic, score) for topic, score in ranked)

    def telling(self, words: Sequence[Word], topic: str) -> tuple[str, ...]:
        """Return those of ``words`` that speak for ``topic``, the most telling first; small ones are left out."""
        typed = {self._stem(word.key): word for word in words}
        weighed = (
            (self._weights.get(stem, _NOTHING).get(topic), word.text)
            for stem, word in typed.items()
            if word.key not in self._small_words
        )
        found = [(-weight, word) for weight, word in weighed if weight is not None]
        return tuple(word for _, word in sorted(found))

    def _worth(self, key: str) -> tuple[tuple[str, float], ...]:
        """Return what a word is worth to each topic that uses it; small words count in questions only."""
        worth = self._worths.get(key)
        if worth is None:
            stem = self._stem(key)
            added = dict(self._weights.get(stem, _NOTHING)) if key not in self._small_words else {}
            for topic, weight in self._asked.get(stem, _NOTHING).items():
                added[topic] = added.get(topic, 0.0) + weight * _ASKED_WEIGHT
            worth = tuple(added.items())
            if len(self._worths) >= _MOST_REMEMBERED:
                self._worths.clear()
            self._worths[key] = worth
        return worth

    def covered(self, topic: str, words: Sequence[Word]) -> float:
        """Return the share of the words, small ones left out, that belong to ``topic``; 0 where there are too few."""
        telling = [self._stem(word.key) for word in words if word.key not in self._small_words]
        own = sum(
            topic in self._weights.get(stem, _NOTHING) or topic in self._asked.get(stem, _NOTHING) for stem in telling
        )
        return own / len(telling) if len(telling) >= _FEWEST_TELLING else 0.0

    def _count(self, topic: Topic, knowledge: Knowledge) -> Counter[str]:
        texts = (topic.title, *topic.replies.values(), knowledge.sections[topic.section].summary)
        counted: Counter[str] = Counter()
        for text in (text for words in texts for text in (words.da, words.en)):
            counted.update(self._stems_of(text))
        for cue in (cue for cues in topic.cues.values() for cue in cues):
            for stem in self._stems_of(cue):
                counted[stem] += _CUE_WEIGHT  # type: ignore[assignment]  # a Counter holds halves as well
        return counted

    def _count_asked(self, topic: Topic) -> Counter[str]:
        return Counter(stem for asked in topic.asked for stem in {self._stem(word.key) for word in split_words(asked)})

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
            if len(self._stems) >= _MOST_REMEMBERED:
                self._stems.clear()
            self._stems[word] = stem
        return stem


def _weigh(documents: Mapping[str, Counter[str]], length_regard: float) -> Weights:
    used = Counter(stem for document in documents.values() for stem in document)
    usual_length = sum(map(_total, documents.values())) / max(len(documents), 1) or 1.0
    weights: Weights = {}
    for topic, document in documents.items():
        length = _total(document) / usual_length
        for stem, count in document.items():
            rarity = math.log(1 + (len(documents) - used[stem] + 0.5) / (used[stem] + 0.5))
            damped = count + _SATURATION * (1 - length_regard + length_regard * length)
            weights.setdefault(stem, {})[topic] = rarity * count * (_SATURATION + 1) / damped
    return weights


def _total(document: Counter[str]) -> float:
    return sum(document.values())
