"""The chain of rules that decides a territory."""

from __future__ import annotations

import pandas as pd
import pytest

from spaser_analysis.cleaning.territory import assign_territory
from spaser_analysis.organisation import all_organisations

ORGANISATIONS = all_organisations()


def placed(
    objet: str | None, declared: str | None = None, siret: str = "20005480700017", siren: str = "200054807"
) -> tuple[str, str, int]:
    frame = pd.DataFrame(
        {"buyer_siren": [siren], "acheteur_id": [siret], "objet": [objet], "territory": [declared], "uid": ["u"],
         "source_file": ["f"], "source_record": [1]}
    ).astype({"buyer_siren": "str", "objet": "str", "territory": "str"})  # fmt: skip
    found, ledger = assign_territory(frame, ORGANISATIONS)
    return found["territory"].fillna("-").iloc[0], found["territory_rule"].iloc[0], len(ledger)


@pytest.mark.parametrize(
    ("objet", "territory", "rule"),
    [
        ("Maintenance des fontaines du CONSEIL DE TERRITOIRE MARSEILLE PROVENCE", "CT1", "object"),
        ("Déchèteries de Bouc Bel Air, Rousset, Gardanne et Puyloubier", "CT2", "object"),
        ("Réseaux COMMUNE DE PORT DE BOUC", "CT6", "object"),
        ("Travaux à ST-CANNAT", "CT2", "object"),
        ("Collecte à Istres et à Martigues", "AMP", "ambiguous"),
        ("Achat de boissons pour la METROPOLE AIX-MARSEILLE PROVENCE", "AMP", "whole"),
        ("Zone nord de la métropole Aix Marseille Provenc", "AMP", "whole"),
        ("Réfection de la rue de Marseille", "AMP", "whole"),
        ("Pôle d’échanges de la gare de Miramas", "CT5", "object"),
        ("Abords de la gare de Vitrolles Aéroport Marseille Provence", "CT2", "object"),
        ("Représentation devant le tribunal administratif de Marseille", "AMP", "whole"),
        ("Dérivation du canal de Marseille", "AMP", "whole"),
        ("Réfection de l’avenue d’Aix-en-Provence à Salon-de-Provence", "CT3", "object"),
        ("Fournitures de bureau", "AMP", "whole"),
        ("Les marseillais et l’aubagnais", "AMP", "whole"),
        (None, "AMP", "whole"),
    ],
)
def test_a_place_named_in_the_object(objet: str | None, territory: str, rule: str) -> None:
    assert placed(objet) == (territory, rule, 0)


def test_the_register_goes_first_then_the_siret() -> None:
    assert placed("Travaux à Istres", declared="CT4") == ("CT4", "register", 0)
    assert placed("Travaux à Istres", siret="20005480700348") == ("CT6", "buyer_siret", 0)


def test_a_territory_the_organisation_does_not_have_is_told_and_the_next_rule_decides() -> None:
    assert placed("Travaux à Istres", declared="CT9") == ("CT5", "object", 1)


def test_another_buyer_has_no_territory() -> None:
    assert placed("Travaux à Arles", siret="24130041700086", siren="241300417") == ("-", "other_buyer", 0)
