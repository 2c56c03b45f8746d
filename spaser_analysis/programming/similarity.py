"""How alike two purchases are, by the words of their objects and by their CPV codes.

The score of a pair is ``0.55 x words + 0.45 x code``: the cosine of the words' TF-IDF vectors (Salton and Buckley, 1988),
and how far the two CPV codes agree; the words alone where a code is not known. It depends on nothing but the two
purchases. Measured in ``bench/pooling.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize

from spaser_analysis.programming.words import Reader

SIMILAR = 0.65  # from there on two purchases are alike: no pair above was wrong in the half it was chosen on
CODE_WEIGHT = 0.45
# Agreement of two codes by the number of their first digits that are the same; the same code is 1.
_AGREEMENT = np.array([0, 0, 0, 0.4, 0.6, 0.75, 0.85, 0.9, 1.0])
ROWS = 512
_NO_CODE = 255


def word_vectors(objects: Sequence[str], reader: Reader) -> csr_matrix:
    """One row an object, of length one (zero without any word)."""
    counted = CountVectorizer(analyzer=reader.stems)
    try:
        found = counted.fit_transform(objects).astype(np.float64)
    except ValueError:  # not one word in all of them
        return csr_matrix((len(objects), 1))
    weights = [reader.vocabulary.weight(stem) for stem in counted.get_feature_names_out()]
    return csr_matrix(normalize(found.multiply(np.array(weights)).tocsr()))


def code_digits(codes: pd.Series) -> np.ndarray:
    """CPV codes as rows of eight digits; of 255 where none is known."""
    known = codes.where(codes.str.fullmatch(r"[0-9]{8}", na=False))
    text = known.fillna("\xff" * 8).to_numpy(dtype="U8")
    return text.view("U1").reshape(len(codes), 8).view("u4").astype("u1") if len(codes) else np.empty((0, 8), "u1")


def code_agreement(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Row by row, how far two codes (see ``code_digits``) agree, from 0 to 1; not a number where one is not known, or both
    are one whole division (90000000), which says as little.
    """
    shared = np.minimum.accumulate(left == right, axis=1).sum(axis=1)
    catch_all = (shared == 8) & (left[:, 2:] == ord("0")).all(axis=1)
    return np.where((left[:, 0] == _NO_CODE) | (right[:, 0] == _NO_CODE) | catch_all, np.nan, _AGREEMENT[shared])


@dataclass(frozen=True, eq=False)
class Purchases:
    """Objects and codes, ready to be compared: ``words`` (see ``word_vectors``) and ``codes`` (see ``code_digits``)."""

    words: csr_matrix
    codes: np.ndarray

    def __getitem__(self, rows: np.ndarray | slice) -> Purchases:
        return Purchases(self.words[rows], self.codes[rows])

    def without_codes(self) -> Purchases:
        """The same, by their words alone."""
        return Purchases(self.words, np.full_like(self.codes, _NO_CODE))


def purchases(objects: Sequence[str], codes: pd.Series, reader: Reader) -> Purchases:
    """Ready to be compared."""
    return Purchases(word_vectors(objects, reader), code_digits(codes))


def alike(left: Purchases, right: Purchases, least: float = SIMILAR) -> Iterator[pd.DataFrame]:
    """The pairs of a row of ``left`` and one of ``right`` whose score is ``least`` or more, a run of rows at a time:
    ``left`` and ``right`` (positions) and ``score``.
    """
    floor = (least - CODE_WEIGHT) / (1 - CODE_WEIGHT)
    for start in range(0, len(left.codes), ROWS):
        products = (left.words[start : start + ROWS] @ right.words.T).tocoo()
        kept = products.data >= floor
        rows, columns, words = products.row[kept] + start, products.col[kept], products.data[kept]
        code = code_agreement(left.codes[rows], right.codes[columns])
        score = np.where(np.isnan(code), words, (1 - CODE_WEIGHT) * words + CODE_WEIGHT * code).round(6)
        near = score >= least
        order = np.lexsort((columns[near], rows[near]))
        yield pd.DataFrame({"left": rows[near][order], "right": columns[near][order], "score": score[near][order]})
