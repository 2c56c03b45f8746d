"""Themes are found in whole words and CPV prefixes; unknown is never "no theme"."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spaser_analysis import workspace
from spaser_analysis.cleaning.themes import COLUMNS, Rules, detected_themes, parse_rules
from spaser_analysis.indicators.themes import THEMES

RULES = parse_rules(pd.read_csv(workspace.reference("themes.csv"), dtype="str", keep_default_na=False))


def rules_of(*rows: tuple[str, str, str, str]) -> Rules:
    return parse_rules(pd.DataFrame([(*row, "") for row in rows], columns=list(COLUMNS), dtype="str"))


def found(objet: str | None, code: str | None = None, rules: Rules = RULES) -> str | None:
    (themes,) = detected_themes(pd.Series([objet], dtype="str"), pd.Series([code], dtype="str"), rules)
    return None if pd.isna(themes) else str(themes)


@pytest.mark.parametrize(
    ("objet", "themes"),
    [
        ("Lutte contre les violences faites aux femmes", "equality"),
        ("Partenariat d'innovation : prototype de benne", "innovation"),
        ("Prestations d'INSERTION et de qualification professionnelles", "insertion"),
        ("Insertion de mobilier urbain", ""),
        ("Étude d'insertion paysagère du parking", ""),
        ("Nettoyage des locaux du service pénitentiaire d'insertion et de probation", ""),
        ("Mesure de la qualité de l’air intérieur des écoles", "air"),
        ("Fourniture d'air comprimé", ""),
        ("Véhicules utilitaires électriques", "air | climate"),
        ("Matériel utilitaire électrique", ""),
        ("Plan climat-air-énergie territorial", "air | climate"),
        ("Entretien de la climatisation", ""),
        ("Luminaires LED pour l'éclairage public", "climate"),
        ("Projecteurs LED de spectacle", ""),
        ("Collecte des déchets ménagers", "environment"),
        ("Collecte des d\ufffdchets m\ufffdnagers", "environment"),
        ("Chemin de Compostelle", ""),
        ("Assurance des déchèteries", ""),
        ("Protection de l'environnement", "environment"),
        ("Environnement numérique de travail", ""),
        ("Mise en accessibilité PMR de la mairie", "disability"),
        ("Transport d'élèves en situation de handicap", "disability"),
        ("Maintenance des ascenseurs et monte-handicapés", ""),
        ("Confection de repas pour la restauration scolaire", "food"),
        ("Travaux de construction de la cantine", ""),
        ("Restauration d'un tableau", ""),
        ("Chauffe-eau", ""),
    ],
)
def test_the_reviewed_rules_on_objects(objet: str, themes: str) -> None:
    assert found(objet) == themes


@pytest.mark.parametrize(
    ("code", "themes"),
    [
        ("90511000", "environment"), ("90731100", "air | environment"), ("85312510", "insertion"), ("55523100", "food"),
        ("33193120", "disability"), ("09331200", "climate"), ("73110000", "innovation"), ("45000000", ""),
    ],
)  # fmt: skip
def test_the_reviewed_rules_on_codes(code: str, themes: str) -> None:
    assert found(None, code) == themes
    assert found("Lot 3", code) == themes


def test_unknown_is_not_none_found() -> None:
    objets = pd.Series(["Repas", "Peinture", None, None, "Repas"], index=[7, 7, 3, 2, 1], dtype="str")
    codes = pd.Series([None, None, None, "45000000", "90500000"], index=[7, 7, 3, 2, 1], dtype="str")
    themes = detected_themes(objets, codes, RULES)
    assert themes.dtype == "str"
    assert list(themes.index) == [7, 7, 3, 2, 1]
    assert themes.astype(object).where(themes.notna(), None).tolist() == ["food", "", None, "", "environment | food"]


@pytest.mark.parametrize("objets", [[], [None, None]])
def test_nothing_to_read(objets: list[str | None]) -> None:
    themes = detected_themes(pd.Series(objets, dtype="str"), pd.Series(objets, dtype="str"), RULES)
    assert (themes.dtype, len(themes), int(themes.notna().sum())) == ("str", len(objets), 0)


def test_whole_words_endings_and_exclusions() -> None:
    rules = rules_of(("air", "word", "flotte* légère*", "air comprimé|eau"), ("food", "cpv", "15", "eau"))
    assert found("La flotte légère", rules=rules) == "air"
    assert found("Flottes LEGERES, neuves", rules=rules) == "air"
    assert found("Flottes l\ufffdg\ufffdres", rules=rules) == "air"
    assert found("Sous-flotte allégée", rules=rules) == ""
    assert found("Flotte très légère", rules=rules) == ""
    assert found("Flotte légère à air comprimé", "15000000", rules) == "food"
    assert found("Flotte légère et eau", "15000000", rules) == ""
    assert found("Flotte légère et seau", "15000000", rules) == "air | food"
    assert found(None, "11500000", rules) == ""


def test_an_exclusion_silences_its_own_rule_only() -> None:
    rules = rules_of(("air", "word", "vent", "moulin"), ("air", "word", "meunier", ""))
    assert found("Vent du moulin", rules=rules) == ""
    assert found("Vent du moulin du meunier", rules=rules) == "air"


def test_a_word_of_one_lost_letter_is_not_nothing() -> None:
    rules = rules_of(("air", "word", "à", ""))
    assert found("à", rules=rules) == "air"
    assert found(None, "45000000", rules) == ""


def test_signs_of_expressions_are_letters_like_others() -> None:
    rules = rules_of(("air", "word", "c++ (.*) [a-z] d.t", ""))
    assert found("C ... a-z d t", rules=rules) == "air"
    assert found("cc", rules=rules) == ""
    assert found("c xyz b dot", rules=rules) == ""


@pytest.mark.parametrize(
    "row",
    [
        ("air", "regex", "a", ""), ("air", "word", "", ""), ("air", "word", " - ", ""), ("air", "cpv", "9", ""),
        ("air", "cpv", "90-", ""), ("air", "cpv", "905110001", ""), ("air", "word", "a", "b||c"), ("", "word", "a", ""),
        ("air | food", "word", "a", ""),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_named(row: tuple[str, str, str, str]) -> None:
    with pytest.raises(ValueError, match="rule 2 is not one"):
        rules_of(("air", "word", "vent", ""), row)


def test_other_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="theme, kind, pattern, exclusion, note"):
        parse_rules(pd.DataFrame({"theme": ["air"], "pattern": ["vent"]}))


def test_the_rules_are_of_the_eight_themes() -> None:
    assert {rule.theme for rule in RULES} == set(THEMES)


def test_the_order_of_the_rules_does_not_count() -> None:
    rows = pd.read_csv(workspace.reference("themes.csv"), dtype="str", keep_default_na=False)
    assert parse_rules(rows.iloc[::-1]) == RULES
    assert not rows.duplicated(["theme", "kind", "pattern"]).any()


@settings(max_examples=25)
@given(st.lists(st.sampled_from(["repas", "air", "déchets", "l’air", "travaux", "qualité de", "-", ""]), max_size=6))
def test_each_object_is_read_alone_whatever_its_case(words: list[str]) -> None:
    text = " ".join(words)
    objets = pd.Series([text, "Repas", text.upper()], dtype="str")
    themes = detected_themes(objets, pd.Series([None] * 3, dtype="str"), RULES).tolist()
    assert themes == [found(text), "food", found(text)]
