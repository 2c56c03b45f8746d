"""``python -m bench.pooling FOLDER``: does the likeness of two purchases find those that could be bought together?

FOLDER holds the real files. 476 real objects of 14 families were read one by one and given a topic: two objects of one
family have the same topic if one consultation could hold both. Another reading, made without seeing the first, gives the
agreement. Weights and threshold were chosen on the pairs of the buyers of one half and are measured on those of the other
(docs/decisions/2026-11-pooling.md).
"""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from bench.themes import RECORD, read_records
from spaser_analysis import workspace
from spaser_analysis.cleaning.cpv import family_of
from spaser_analysis.cleaning.reference import load_reference
from spaser_analysis.cleaning.text import fold, fold_all
from spaser_analysis.organisation import load_organisation
from spaser_analysis.programming.similarity import CODE_WEIGHT, SIMILAR, code_agreement, purchases
from spaser_analysis.programming.words import RARE, Reader, Vocabulary, stem_of
from spaser_analysis.reference_data import vocabulary

TOPICS = workspace.home() / "tests" / "programming" / "topics.csv"
ALONE = "unique"  # what is bought cannot be told, or nothing else could join it
DRAWN = {"measured": 24, "chosen_on": 10}  # objects a family
SHORTEST_PLACE = 5  # letters: "Sens" or "Albi" may be a word


def read_objects(folder: Path) -> pd.DataFrame:
    """Every distinct real object with its ``family`` and ``half``, in the order of its hash."""
    records = read_records(folder)
    distinct = records.assign(folded=fold_all(records["objet"])).dropna(subset="folded").drop_duplicates("folded")
    halves = ["measured" if int(_hash(buyer)[0], 16) % 2 == 0 else "chosen_on" for buyer in distinct["buyer"]]
    found = distinct.assign(
        family=family_of(distinct["codeCPV"], load_reference().families),
        half=halves,
        order=distinct["folded"].map(_hash),
    )
    return found.sort_values("order")


def draw(objects: pd.DataFrame, families: list[str]) -> pd.DataFrame:
    """The first objects of each family and half."""
    return pd.concat(
        objects[(objects["family"] == family) & (objects["half"] == half)].head(count)
        for family in families
        for half, count in DRAWN.items()
    )


def word_counts(objects: pd.DataFrame, known: Vocabulary) -> dict[str, int]:
    """How many objects of the half on which weights were chosen hold each stem: what ``words.csv`` says."""
    reader = Reader(Vocabulary({}, 1, {}, known.stopwords))
    told = objects.loc[objects["half"] == "chosen_on", "objet"]
    counts = pd.Series(
        [stem for text in told for stem in {stem_of(word) for _, word in reader.words(text)}]
    ).value_counts()
    return {str(stem): int(count) for stem, count in counts[counts >= RARE].items()}


def real_vocabulary(folder: Path) -> Vocabulary:
    """That of the project, without the names of the communes of France, as a buyer's own are left out."""
    known = vocabulary(load_organisation())
    names = pd.read_csv(folder / "geo" / "communes_france_2026.csv", dtype="str")["nom"].map(fold)
    places = frozenset(one for one in names if len(one) >= SHORTEST_PLACE)
    return Vocabulary(known.counts, known.objects, known.synonyms, known.stopwords, places)


def pairs(objects: pd.DataFrame, topics: pd.DataFrame, known: Vocabulary, half: str) -> pd.DataFrame:
    """Every pair of labelled objects of one family and half: ``is_same``, ``is_same_again`` and their ``score``."""
    told = topics[topics["half"] == half].merge(objects[[*RECORD, "objet", "codeCPV"]], on=RECORD)
    reader, found = Reader(known), []
    for _, own in told.groupby("family", sort=True):
        ready = purchases(list(own["objet"]), own["codeCPV"], reader)
        left, right = np.triu_indices(len(own), 1)
        words = (ready.words @ ready.words.T).toarray()[left, right]
        score = (1 - CODE_WEIGHT) * words + CODE_WEIGHT * code_agreement(ready.codes[left], ready.codes[right])
        same = {}
        for column in ("topic", "topic_again"):
            topic = own[column].to_numpy()
            same[column] = (topic[left] == topic[right]) & (topic[left] != ALONE)
        found.append(
            pd.DataFrame({"is_same": same["topic"], "is_same_again": same["topic_again"], "score": score.round(6)})
        )
    return pd.concat(found, ignore_index=True)


def measure(told: pd.DataFrame) -> dict[str, float]:
    """Counts of pairs, precision and recall with their Wilson intervals (95 %), and the agreement of the two readings."""
    alike, same, again = told["score"] >= SIMILAR, told["is_same"], told["is_same_again"]
    right = int((alike & same).sum())
    found: dict[str, float] = {"pairs": len(told), "same": int(same.sum()), "alike": int(alike.sum()), "right": right}
    for name, total in (("precision", found["alike"]), ("recall", found["same"])):
        found[name] = right / total
        found[f"{name}_low"], found[f"{name}_high"] = proportion_confint(right, int(total), method="wilson")
    observed = float((same == again).mean())
    chance = same.mean() * again.mean() + (1 - same.mean()) * (1 - again.mean())
    return found | {"kappa": float((observed - chance) / (1 - chance))}


def report_quality(folder: Path) -> None:
    """Print precision and recall on both halves, with the size of the labelled sample."""
    objects, topics = read_objects(folder), pd.read_csv(TOPICS)
    known = real_vocabulary(folder)
    print(f"pooling: {len(topics)} real objects read one by one, in {topics['family'].nunique()} families")
    for half in DRAWN:
        one = measure(pairs(objects, topics, known, half))
        print(
            f"{half:>10}: {one['pairs']:,} pairs, {one['same']} of one topic, {one['alike']} found alike, {one['right']} rightly: "
            f"precision {one['precision']:.2f} ({one['precision_low']:.2f} to {one['precision_high']:.2f}), "
            f"recall {one['recall']:.2f} ({one['recall_low']:.2f} to {one['recall_high']:.2f}); "
            f"agreement of two readings (kappa) {one['kappa']:.2f}"
        )


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def main(folder: str) -> None:
    """Print the table."""
    report_quality(Path(folder))


if __name__ == "__main__":
    main(sys.argv[1])
