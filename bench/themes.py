"""``python -m bench.themes FOLDER``: is what the rules of the themes detect right, and what do they miss?

FOLDER holds the real files. Buyers are split in two by the hash of their number: the rules were written on the objects
of one half and are measured on those of the other. The objects drawn are read one by one; the answers are in
tests/themes, by file and number of the record (docs/decisions/2026-11-themes.md).
"""

from __future__ import annotations

import sys
import time
from hashlib import sha256
from pathlib import Path

import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from spaser_analysis import workspace
from spaser_analysis.cleaning.considerations import SEPARATOR
from spaser_analysis.cleaning.cpv import clean_cpv
from spaser_analysis.cleaning.nested import flatten
from spaser_analysis.cleaning.text import clean_text, fold_all
from spaser_analysis.cleaning.themes import Rules, detected_themes, parse_rules
from spaser_analysis.indicators.themes import THEMES
from spaser_analysis.sources.files import recognise

FILES = (
    "decp2019/data.gouv.fr_aife_2019-04-04.json",
    "decp2019/e-marchespublics_2019-04-03.json",
    "decp2019/marches-publics.info_2019-03-07.json",
    "decp2019/region-bretagne_rendu-compte_2019.xml",
    "decp2022/ods_decp-2022-marches-valides_extrait.json",
    "tabular/xml2022_extrait_6colonnes_AntoninSanz.csv",
)
LABELS = workspace.home() / "tests" / "themes"
DETECTED, UNDETECTED = 40, 300
RECORD = ["source_file", "source_record"]


def read_rules() -> Rules:
    """The rules of the project."""
    return parse_rules(pd.read_csv(workspace.reference("themes.csv"), dtype="str", keep_default_na=False))


def read_labels() -> tuple[pd.DataFrame, pd.DataFrame]:
    """(RECORD, ``theme``, ``is_theme`` of the objects detected and read; RECORD, ``themes`` of those of no theme)."""
    return pd.read_csv(LABELS / "labels.csv"), pd.read_csv(LABELS / "undetected.csv", keep_default_na=False)


def read_records(folder: Path) -> pd.DataFrame:
    """Every real record of ``FILES``: RECORD, ``buyer`` (nine digits, as far as there are), ``objet``, ``codeCPV``."""
    rows = [
        (path.name, record.number, *(flatten(record.row)[0][name] for name in ("acheteur_id", "objet", "codeCPV")))
        for path in (folder / name for name in FILES)
        for record in recognise(path.name, path).read()
        if record.row is not None
    ]
    texts = ["buyer", "objet", "codeCPV"]
    raw = pd.DataFrame(rows, columns=[*RECORD, *texts]).astype(dict.fromkeys(texts, "str"))
    return raw.assign(
        buyer=raw["buyer"].str.replace(r"\D", "", regex=True).str[:9].fillna(""),
        objet=clean_text(raw["objet"])[0],
        codeCPV=clean_cpv(raw["codeCPV"])[0],
    )


def measured_half(records: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """The distinct objects of the buyers of which no rule was written, with their ``themes``, in the order of their hash."""
    distinct = records.assign(folded=fold_all(records["objet"])).dropna(subset="folded").drop_duplicates("folded")
    half = distinct[[int(_hash(buyer)[0], 16) % 2 == 0 for buyer in distinct["buyer"]]]
    half = half.assign(order=half["folded"].map(_hash)).sort_values("order")
    return half.assign(themes=detected_themes(half["objet"], half["codeCPV"], rules))


def draw(half: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(RECORD and ``theme`` of the first objects in which each theme is detected, RECORD of the first of no theme)."""
    found = [half[_has(half["themes"], theme)].head(DETECTED).assign(theme=theme) for theme in THEMES]
    return pd.concat(found)[[*RECORD, "theme"]], half.loc[half["themes"] == "", RECORD].head(UNDETECTED)


def measure(half: pd.DataFrame, labels: pd.DataFrame, silent: pd.DataFrame) -> pd.DataFrame:
    """By theme: ``detected`` objects, of which ``labelled`` were read and ``right``; ``missed`` among the ``silent`` read.

    ``recall`` takes the missed ones from objects of no theme only, its bounds (95 %) from the Wilson interval of their
    rate; null where nothing right was detected.
    """
    rows = []
    undetected = int((half["themes"] == "").sum())
    for theme in THEMES:
        answers = labels.loc[labels["theme"] == theme, "is_theme"]
        detected, labelled, right = int(_has(half["themes"], theme).sum()), len(answers), int((answers == "yes").sum())
        missed = int(_has(silent["themes"], theme).sum())
        low, high = proportion_confint(missed, len(silent), method="wilson")
        true = detected * right / labelled if labelled else 0
        recalls = [true / (true + undetected * rate) if true else None for rate in (missed / len(silent), high, low)]
        rows.append((theme, detected, labelled, right, missed, *recalls))
    columns = ["theme", "detected", "labelled", "right", "missed", "recall", "recall_low", "recall_high"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[-3:], "Float64"))


def _has(themes: pd.Series, theme: str) -> pd.Series:
    padded = SEPARATOR + themes + SEPARATOR
    return padded.str.contains(f"{SEPARATOR}{theme}{SEPARATOR}", regex=False).astype(bool)


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def main(folder: str) -> None:
    """Print the table, and how long the detection takes."""
    records, rules = read_records(Path(folder)), read_rules()
    start = time.perf_counter()
    detected_themes(records["objet"], records["codeCPV"], rules)
    print(f"{len(records):,} records: {time.perf_counter() - start:.2f} s")
    half = measured_half(records, rules)
    print(f"{len(half):,} distinct objects of the measured half, {(half['themes'] == '').sum():,} of no theme")
    print(measure(half, *read_labels()).round(3).to_string(index=False))


if __name__ == "__main__":
    main(sys.argv[1])
