"""Declared corrections: they correct what they name, and fail when they find nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from spaser_analysis import ingest as ingesting
from spaser_analysis.cleaning.corrections import Correction, apply_corrections
from spaser_analysis.cleaning.reference import load_reference
from spaser_analysis.sources.files import sha256

CORRECTION = Correction("x", "0" * 64, "montant", "*", "divide", "100", "virgule perdue")


def test_a_division_spares_the_empty_and_what_is_no_number() -> None:
    raw = pd.DataFrame({"montant": pd.Series(["4000000", None, "NC"], dtype="str")})
    found, applied = apply_corrections(raw, (CORRECTION,))
    assert found["montant"].fillna("-").tolist() == ["40000.0", "-", "NC"]
    assert applied[0][1].tolist() == [True, False, True]


def test_a_replacement_narrowed_to_one_contract() -> None:
    raw = pd.DataFrame({"objet": ["a", "a"], "acheteur_id": ["1", "1"], "id": ["x", "y"]}, dtype="str")
    one = Correction("x", "0" * 64, "objet", "a", "replace", "b", "faute", acheteur_id="1", id="y")
    assert apply_corrections(raw, (one,))[0]["objet"].tolist() == ["a", "b"]


REGISTER = "numero_marche;objet;acheteur_siret;date_notification;montant_ht\nM1;Objet;20005480700017;2022-07-01;100\n"


@pytest.mark.parametrize("expected", ["100", "999"])
def test_a_correction_that_matches_nothing_fails_the_ingest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expected: str
) -> None:
    file = tmp_path / "registre.csv"
    file.write_text(REGISTER)
    one = Correction("essai", sha256(file), "montant", expected, "replace", "200", "faute")
    known = replace(load_reference(), corrections=(one,))
    monkeypatch.setattr(ingesting, "load_reference", lambda: known)
    if expected == "999":
        with pytest.raises(
            ingesting.UnusableInput, match=r"registre\.csv: the declared correction 'essai' matches nothing"
        ):
            ingesting.ingest([file], tmp_path / "clean")
        assert not (tmp_path / "clean").exists()
    else:
        ingesting.ingest([file], tmp_path / "clean")
        assert pd.read_parquet(tmp_path / "clean" / "contracts.parquet")["amount_cents"].tolist() == [20000]
        ledger = pd.read_parquet(tmp_path / "clean" / "ledger.parquet")
        assert ledger[["rule", "before", "after", "reason"]].to_numpy().tolist() == [
            ["declared_correction", "100", "200", "faute"]
        ]
