"""The folder of a buyer: what AMP's says, and what a wrong one is told."""

from __future__ import annotations

import csv
import dataclasses
import os
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from stdnum.fr import siren, siret

from spaser_analysis import workspace
from spaser_analysis.organisation import Organisation, all_organisations, load_organisation
from spaser_analysis.period import WINDOWS

REAL = Path(os.environ.get("SPASER_REALDATA") or workspace.home().parent / "shared" / "realdata")


@pytest.fixture(scope="module")
def amp() -> Organisation:
    return load_organisation("amp")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of AMP's folder, to spoil."""
    shutil.copytree(workspace.organisations() / "amp", tmp_path / "amp")
    return tmp_path


def spoil(folder: Path, file: str, before: str, after: str) -> None:
    path = folder / "amp" / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def test_amp_has_its_six_territories_and_the_whole(amp: Organisation) -> None:
    assert [t.code for t in amp.territories] == ["CT1", "CT2", "CT3", "CT4", "CT5", "CT6"]
    assert (amp.whole.code, amp.whole.slug) == ("AMP", "metropole")
    assert amp.all_territories == (amp.whole, *amp.territories)
    assert amp.territory("CT2").slug == "pays-d-aix"
    assert amp.territory("CT2").sirets == ()


def test_amp_has_92_communes_with_the_published_totals(amp: Organisation) -> None:
    population: Counter[str] = Counter()
    for commune in amp.communes:
        population[commune.territory] += commune.population
    assert Counter(c.territory for c in amp.communes) == {
        "CT1": 18,
        "CT2": 36,
        "CT3": 17,
        "CT4": 12,
        "CT5": 6,
        "CT6": 3,
    }
    assert population == {
        "CT1": 1_077_494,
        "CT2": 403_214,
        "CT3": 147_807,
        "CT4": 110_534,
        "CT5": 101_742,
        "CT6": 70_520,
    }
    assert population.total() == 1_911_311


def test_the_arrondissements_are_marseille(amp: Organisation) -> None:
    aliases = {alias: c.code_insee for c in amp.communes for alias in c.aliases}
    assert aliases == {str(code): "13055" for code in range(13201, 13217)}


def test_every_number_is_valid_for_an_independent_oracle(amp: Organisation) -> None:
    numbers = [number for t in amp.all_territories for number in t.sirets]
    assert len(numbers) == 6
    assert all(siret.is_valid(number) for number in numbers)
    assert all(siren.is_valid(t.former_siren) for t in amp.territories if t.former_siren)
    assert siren.is_valid(amp.siren)


@pytest.mark.skipif(not REAL.is_dir(), reason="real data are not on this machine")
def test_the_communes_are_those_of_the_official_list(amp: Organisation) -> None:
    with (REAL / "geo" / "amp_communes_territoires.csv").open(encoding="utf-8") as stream:
        official = {row["code_insee"]: (row["nom"], row["conseil_territoire"]) for row in csv.DictReader(stream)}
    assert {c.code_insee: (c.name.replace("’", "'"), c.territory) for c in amp.communes} == official


def test_the_three_targets_are_for_2025(amp: Organisation) -> None:
    assert {(t.indicator, t.measure): (t.value, t.year) for t in amp.targets} == {
        ("environmental_share", "number"): (1.0, 2025),
        ("social_share", "number"): (0.30, 2025),
        ("solidarity_spending_share", "value"): (0.05, 2025),
    }
    target = amp.target("social_share", "number")
    assert target is not None and target.value == 0.30
    assert amp.target("social_share", "value") is None


def test_published_results_are_marked_approximate_and_say_in_which_windows(amp: Organisation) -> None:
    published = {m.indicator: (str(m.quarter), m.value, m.windows) for m in amp.milestones}
    assert published == {
        "environmental_share": ("2022-T3", 0.50, ("quarter", "year_to_date")),
        "social_share": ("2022-T3", 0.14, ("year_to_date",)),
        "solidarity_spending_share": ("2022-T3", 0.02, ("year_to_date",)),
    }
    assert all(m.approximate and m.source and set(m.windows) <= set(WINDOWS) for m in amp.milestones)
    assert all(amp.target(m.indicator, m.measure) for m in amp.milestones)


def test_the_solidarity_definition_is_chosen_and_says_why(amp: Organisation) -> None:
    assert amp.solidarity_definition == "B"
    for words in ("L. 3332-17-1", "choix de ce projet", "de A à D"):
        assert words in amp.solidarity_reason


def test_the_breaks_in_series(amp: Organisation) -> None:
    assert [(str(b.day), str(b.quarter)) for b in amp.breaks] == [
        ("2022-07-01", "2022-T3"),
        ("2024-01-01", "2024-T1"),
        ("2026-08-21", "2026-T3"),
    ]


def test_what_is_not_known_of_the_fiches_is_said(amp: Organisation) -> None:
    assert [fiche.number for fiche in amp.fiches] == [1, 2, 3, 4, None, None]
    assert all("connu" in fiche.note for fiche in amp.fiches if fiche.number is None)


def test_french_texts_have_non_breaking_spaces(amp: Organisation) -> None:
    texts = [
        text
        for record in (amp, *amp.targets, *amp.milestones, *amp.breaks, *amp.fiches)
        for text in vars(record).values()
        if isinstance(text, str)
    ]
    assert not [text for text in texts for mark in (" :", " ;", " %", " »", "« ", "'") if mark in text]


def test_the_organisation_cannot_be_changed(amp: Organisation) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        amp.name = "autre"  # type: ignore[misc]


def test_an_unknown_territory_lists_the_known_ones(amp: Organisation) -> None:
    with pytest.raises(ValueError, match=r"'CT9' is not a territory .* AMP, CT1, CT2, CT3, CT4, CT5, CT6"):
        amp.territory("CT9")


@pytest.mark.parametrize("slug", ["lyon", "", "../amp", "/amp", "AMP"])
def test_an_unknown_organisation_lists_the_known_ones(slug: str) -> None:
    with pytest.raises(ValueError, match="choose one of amp"):
        load_organisation(slug)


def second(folder: Path, number: str) -> None:
    """Another buyer, written from a copy of AMP's folder: what a user does in the first minutes."""
    shutil.copytree(folder / "amp", folder / "aaa")
    identity, territories = folder / "aaa" / "organisation.toml", folder / "aaa" / "territories.csv"
    text = identity.read_text(encoding="utf-8").replace('"amp"', '"aaa"').replace('["20005480700017"]', "[]")
    identity.write_text(text.replace("200054807", number), encoding="utf-8")
    lines = re.sub(r",200054807\d{5},", ",,", territories.read_text(encoding="utf-8"))
    territories.write_text(lines, encoding="utf-8")


def test_all_organisations_come_in_the_order_of_their_slugs(copy: Path) -> None:
    second(copy, "241300417")
    assert [(one.slug, one.siren) for one in all_organisations(copy)] == [("aaa", "241300417"), ("amp", "200054807")]


def test_two_organisations_cannot_have_one_siren(copy: Path) -> None:
    second(copy, "200054807")
    with pytest.raises(ValueError, match="siren 200054807 is there twice"):
        all_organisations(copy)


@pytest.mark.parametrize(
    ("file", "before", "after", "message"),
    [
        ("organisation.toml", 'siren = "200054807"', 'siren = "200054808"', "organisation.toml: siren .*check"),
        ("organisation.toml", 'siren = "200054807"', "siren = 200054807", "organisation.toml: siren .*string"),
        ("organisation.toml", 'slug = "amp"', 'slug = "autre"', "organisation.toml: slug 'autre' is not the name"),
        ("organisation.toml", 'slug = "amp"', 'slug = "amp"\ncolour = "red"', "organisation.toml: unknown key colour"),
        ("organisation.toml", 'name = "Métropole', 'nom = "Métropole', "organisation.toml: unknown key nom"),
        ("organisation.toml", "[whole]", "[whole]\ncolour = 1", r"organisation.toml: \[whole\] colour"),
        ("organisation.toml", 'code = "AMP"', 'code = "amp"', r"organisation.toml: \[whole\] code"),
        ("organisation.toml", 'code = "AMP"', 'code = "CT1"', "territories.csv: code CT1 is there twice"),
        ("organisation.toml", "day = 2024-01-01", 'day = "bientôt"', r"organisation.toml: \[\[breaks\]\] 2: day"),
        ("organisation.toml", "value = 0.14", "value = 14", r"organisation.toml: \[\[milestones\]\] 2: value"),
        ("organisation.toml", 'quarter = "2022-T3"', 'quarter = "2022"', r"\[\[milestones\]\] 1: quarter .*write it"),
        ("organisation.toml", '["quarter", "year_to_date"]', '["month"]', r"\[\[milestones\]\] 1: windows"),
        ("organisation.toml", "[[breaks]]", "[breaks]", "organisation.toml: "),
        ("organisation.toml", "13055 = [", "13999 = [", "organisation.toml: .*unknown commune 13999"),
        ("organisation.toml", "slug =", "slug", "organisation.toml: .*line"),
        ("organisation.toml", 'solidarity_definition = "B"', "", "solidarity_definition is needed"),
        ("organisation.toml", 'definition = "B"', 'definition = "E"', "organisation.toml: solidarity_definition"),
        ("organisation.toml", "solidarity_reason = ", 'solidarity_reason = "" #', "go together"),
        ("organisation.toml", "population_vintage = ", '#', "population_vintage is needed"),
        ("targets.toml", "value = 0.30", 'value = "30 %"', r"targets.toml: \[\[targets\]\] 2: value"),
        ("targets.toml", "value = 0.30", "value = 1.30", r"targets.toml: \[\[targets\]\] 2: value"),
        ("targets.toml", 'measure = "number"', 'measure = "nombre"', r"targets.toml: \[\[targets\]\] 1: measure"),
        ("targets.toml", '"social_share"', '"environmental_share"', "targets.toml: .*number is there twice"),
        ("fiches.toml", "number = 1", "numero = 1", r"fiches.toml: \[\[fiches\]\] 1: numero"),
        ("fiches.toml", "source =", "origine =", "fiches.toml: unknown key origine"),
        ("fiches.toml", "source =", "#source =", "fiches.toml: source is needed"),
        ("territories.csv", "CT3,pays", "ct3,pays", "territories.csv: line 4: code"),
        ("territories.csv", "pays-salonais,", "Pays salonais,", "territories.csv: line 4: slug"),
        ("territories.csv", "CT3,pays", "CT2,pays", "territories.csv: code CT2 is there twice"),
        ("territories.csv", "pays-salonais,", "pays-d-aix,", "territories.csv: slug pays-d-aix is there twice"),
        ("territories.csv", "20005480700165", "20005480700166", "territories.csv: line 4: sirets"),
        ("territories.csv", "20005480700165", "24130020100019", "territories.csv: CT3 siret 24130020100019"),
        ("territories.csv", "20005480700165", "20005480700025", "territories.csv: sirets .*025 is there twice"),
        ("territories.csv", "pays salonais|", "Pays Salonais|", "territories.csv: line 4: aliases"),
        ("territories.csv", "code,slug", "code,colour,slug", "territories.csv: line 1 must be code,slug"),
        ("territories.csv", "code,slug", "# a comment\ncolour,code,slug", "territories.csv: line 2 must be code,slug"),
        ("territories.csv", "CT3,pays", "# a comment\nct3,pays", "territories.csv: line 5: code"),
        ("territories.csv", "CT3,pays", "#CT3,pays", "communes.csv: 13003 is in unknown territory CT3"),
        ("communes.csv", "13001,Aix-en-Provence,CT2", "13001,Aix-en-Provence,CT8", "communes.csv: 13001 .*CT8"),
        ("communes.csv", "13001,Aix", "13002,Aix", "communes.csv: code_insee 13002 is there twice"),
        ("communes.csv", "13001,Aix", "13201,Aix", "communes.csv: code_insee 13201 is there twice"),
        ("communes.csv", "13001,", "1001,", "communes.csv: line 2: code_insee"),
        ("communes.csv", ",147478", ",147 478", "communes.csv: line 2: population"),
        ("communes.csv", ",147478", "", "communes.csv: line 2 has 3 cells instead of 4"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_where_it_is_wrong(copy: Path, file: str, before: str, after: str, message: str) -> None:
    spoil(copy, file, before, after)
    with pytest.raises(ValueError, match=message):
        load_organisation("amp", copy)


def as_one_whole(folder: Path, *communes: str) -> None:
    """AMP without territories, with those lines as communes."""
    for name, rows in (("territories.csv", ()), ("communes.csv", communes)):
        path = folder / "amp" / name
        header = path.read_text(encoding="utf-8").splitlines()[0]
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    spoil(folder, "organisation.toml", "[commune_aliases]", "[unused]")
    identity = folder / "amp" / "organisation.toml"
    text = re.sub(r"\[unused\].*?\n\]\n", "", identity.read_text(encoding="utf-8"), flags=re.S)
    identity.write_text(text, encoding="utf-8")


def test_a_buyer_can_be_one_whole(copy: Path) -> None:
    as_one_whole(copy)
    buyer = load_organisation("amp", copy)
    assert (buyer.territories, buyer.communes) == ((), ())
    assert buyer.all_territories == (buyer.whole,)


def test_the_communes_of_one_whole_are_in_it(copy: Path) -> None:
    as_one_whole(copy, "13055,Marseille,AMP,873076")
    assert [one.territory for one in load_organisation("amp", copy).communes] == ["AMP"]


def test_with_territories_no_commune_is_in_the_whole(copy: Path) -> None:
    spoil(copy, "communes.csv", "13001,Aix-en-Provence,CT2", "13001,Aix-en-Provence,AMP")
    with pytest.raises(ValueError, match=r"communes\.csv: 13001 is in unknown territory AMP"):
        load_organisation("amp", copy)


def test_a_missing_file_is_named(copy: Path) -> None:
    (copy / "amp" / "communes.csv").unlink()
    with pytest.raises(ValueError, match=r"communes\.csv: .*No such file"):
        load_organisation("amp", copy)


def test_a_file_that_is_not_utf_8_is_named(copy: Path) -> None:
    (copy / "amp" / "communes.csv").write_bytes(
        "code_insee,name,territory,population\n13001,Évenos,CT2,1\n".encode("cp1252")
    )
    with pytest.raises(ValueError, match=r"communes\.csv: .*utf-8"):
        load_organisation("amp", copy)
