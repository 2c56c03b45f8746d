"""What the words of an object say: which are known, which count, which only say where or how.

How common each word is was counted once on real public objects (``data/reference/words.csv``), so that nothing depends on
the other purchases at hand; a word that those objects do not know well counts for half: enough to tell lifts from
defibrillators.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

from spaser_analysis.cleaning.text import fold

RARE, RARE_WEIGHT = 20, 0.5  # a word of fewer objects than that is not well known
STEM_LENGTH, TYPO = 7, 85  # letters; likeness from which a word that is not known is read as one that is
_TAG, _WORD = re.compile(r"<[^<>]*>"), re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Vocabulary:
    """What is known of words: ``counts`` of the ``objects`` that hold each stem, ``synonyms`` (stem to stem), the
    ``stopwords``, and the folded names of ``places`` that say where, not what.
    """

    counts: Mapping[str, int]
    objects: int
    synonyms: Mapping[str, str]
    stopwords: frozenset[str]
    places: frozenset[str] = frozenset()

    def weight(self, stem: str) -> float:
        """Inverse document frequency; half of a rare word's where the stem is not well known."""
        count = self.counts.get(stem, 0)
        rarity = math.log(self.objects / max(count, RARE))
        return rarity if count >= RARE else RARE_WEIGHT * rarity


def stem_of(word: str) -> str:
    """A folded word without its plural, seven letters at most."""
    if len(word) > 4 and word.endswith("aux") and not word.endswith("eaux"):
        word = f"{word[:-3]}al"
    elif len(word) > 3 and word[-1] in "sx":
        word = word[:-1]
    return word[:STEM_LENGTH]


class Reader:
    """Reads objects as stems under one vocabulary; remembers what it has read."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._longest = max((one.count(" ") + 1 for one in vocabulary.places), default=0)
        self._known = [stem for stem, count in vocabulary.counts.items() if count >= RARE]
        self.stem = lru_cache(maxsize=None)(self._stem)
        self.words = lru_cache(maxsize=None)(self._words)
        self._fold = lru_cache(maxsize=None)(fold)

    def _words(self, text: str) -> list[tuple[str, str]]:
        """(stem, folded word) of each word that says what is bought; no place, number nor word of every contract."""
        parts = fold(_TAG.sub(" ", text)).split()
        kept: list[str] = []
        start = 0
        while start < len(parts):
            lengths = range(min(self._longest, len(parts) - start), 0, -1)
            found = next((n for n in lengths if " ".join(parts[start : start + n]) in self.vocabulary.places), 0)
            if not found:
                kept.append(parts[start])
            start += found or 1
        return [
            (self.stem(word), word)
            for word in kept
            if len(word) > 1 and word not in self.vocabulary.stopwords and not any(c.isdigit() for c in word)
        ]

    def stems(self, text: str) -> list[str]:
        """The stems of an object, each once."""
        return list(dict.fromkeys(stem for stem, _ in self.words(text)))

    def common(self, texts: Sequence[str]) -> list[str]:
        """The words of the first object whose stems are in all of them, in small letters, each once."""
        if len(texts) < 2:
            return []
        shared = set.intersection(*(set(self.stems(text)) for text in texts))
        found = {stem: word for stem, word in reversed(self.words(texts[0])) if stem in shared}
        written = sorted(
            sorted({one.casefold() for text in texts for one in _WORD.findall(text)}), key=str.isascii, reverse=True
        )
        spelt = {self._fold(one): one for one in written}  # with its accents where one of the objects has them
        return [spelt.get(found[stem], found[stem]) for stem in self.stems(texts[0]) if stem in found]

    def _stem(self, word: str) -> str:
        stem = stem_of(word)
        if len(stem) > 5 and self.vocabulary.counts.get(stem, 0) < RARE:
            near = process.extractOne(stem, self._known, scorer=fuzz.ratio, score_cutoff=TYPO)
            stem = near[0] if near else stem
        return self.vocabulary.synonyms.get(stem, stem)
