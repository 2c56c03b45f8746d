"""Which records are one contract: never on buyer and id alone; the initial version stands."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from spaser_analysis.cleaning.identity import Resolved, resolve
from spaser_analysis.cleaning.linking import contract_keys
from spaser_analysis.cleaning.records import clean_records
from spaser_analysis.cleaning.reference import load_reference
from spaser_analysis.sources.record import RawRecord

REFERENCE = load_reference()
BUYER = "20005480700017"
ONE = {
    "id": "2024Z240115F00", "acheteur_id": BUYER, "objet": "Travaux de voirie lot 1", "codeCPV": "45233140",
    "montant": "120000", "dateNotification": "2024-03-14", "titulaires": [{"id": "34027049500021"}],
}  # fmt: skip


def resolved(*files: tuple[str, bool, list[dict[str, Any]]]) -> Resolved:
    """Each file: its format, whether its rows are holders, its records."""
    contracts, holders, amendments = [], [], []
    for order, (kind, per_holder, rows) in enumerate(files):
        records = [RawRecord(number, row) for number, row in enumerate(rows, 1)]
        cleaned = clean_records(records, f"{order}-{kind}", REFERENCE)
        table = cleaned.contracts.join(contract_keys(cleaned.contracts))
        contracts.append(table.assign(format=kind, per_holder=per_holder))
        holders.append(cleaned.holders)
        amendments.append(cleaned.amendments)
    return resolve(*(pd.concat(frames, ignore_index=True) for frames in (contracts, holders, amendments)))


def rules(found: Resolved) -> list[str]:
    return sorted(found.ledger["rule"])


def json(*rows: dict[str, Any]) -> tuple[str, bool, list[dict[str, Any]]]:
    return ("decp-2022-json", False, list(rows))


def info(*rows: dict[str, Any]) -> tuple[str, bool, list[dict[str, Any]]]:
    return ("decp.info-csv", True, list(rows))


def test_the_same_record_twice_is_one_contract() -> None:
    found = resolved(json(ONE, dict(ONE)))
    assert found.contracts["uid"].tolist() == [BUYER + "2024Z240115F00"]
    assert rules(found) == ["same_contract"]
    assert found.ledger["after"].tolist() == ["0-decp-2022-json#1"]


def test_a_truncated_id_does_not_join_unrelated_contracts() -> None:
    other = ONE | {"objet": "Nettoyage des locaux", "montant": "84965"}
    found = resolved(json(ONE | {"id": "2025E0"}, other | {"id": "2025E0"}))
    assert len(found.contracts) == 2
    assert found.contracts["uid"].is_unique
    assert found.contracts["uid"].str.startswith(BUYER + "2025E0~").all()
    assert rules(found) == ["shared_id", "shared_id"]


def test_two_lots_of_one_object_and_id_stay_two_when_holder_and_amount_differ() -> None:
    other = ONE | {"montant": "55000", "titulaires": [{"id": "05650171100115"}]}
    assert len(resolved(json(ONE, other)).contracts) == 2


def test_the_register_and_the_open_data_tell_of_one_contract() -> None:
    register = {key: value for key, value in ONE.items() if key != "codeCPV"} | {
        "id": "Z240115F00", "directorate": "Voirie", "dateNotification": "2024-03-12", "considerationsSociales": "",
    }  # fmt: skip
    open_data = ONE | {"objet": "Z240115F00 TRAVAUX DE VOIRIE LOT 1", "considerationsSociales": "Clause sociale"}
    found = resolved(json(open_data), ("register-csv", False, [register]))
    row = found.contracts.iloc[0]
    assert len(found.contracts) == 1
    assert (row["id"], row["directorate"], row["codeCPV"], bool(row["social"])) == (
        "Z240115F00",
        "Voirie",
        "45233140",
        True,
    )
    assert row["dateNotification"] == pd.Timestamp("2024-03-12")


def test_the_earliest_notification_of_two_sources_stands() -> None:
    found = resolved(json(ONE), ("decp-2019-json", False, [ONE | {"dateNotification": "2024-03-01"}]))
    assert found.contracts["dateNotification"].tolist() == [pd.Timestamp("2024-03-01")]
    assert found.contracts["quarter"].tolist() == ["2024-T1"]
    assert rules(found) == ["earlier_notification", "same_contract"]


def test_yes_wins_over_no_and_the_conflict_is_told() -> None:
    no, yes = {"considerationsSociales": "Pas de considération sociale"}, {"considerationsSociales": "Clause sociale"}
    found = resolved(json(ONE | no), ("decp-2019-json", False, [ONE | yes]))
    assert bool(found.contracts["social"].iloc[0]) is True
    assert "conflicting_consideration" in rules(found)


def test_no_wins_over_unknown() -> None:
    found = resolved(
        json(ONE), ("decp-2019-json", False, [ONE | {"considerationsSociales": "Pas de considération sociale"}])
    )
    assert bool(found.contracts["social"].iloc[0]) is False
    assert found.contracts["social_status"].tolist() == ["declared"]


def test_the_amount_of_the_better_source_stands_and_a_placeholder_gives_way() -> None:
    found = resolved(json(ONE | {"montant": "1"}), ("decp-2019-json", False, [ONE]))
    row = found.contracts.iloc[0]
    assert (row["amount_cents"], row["amount_status"], row["montant"]) == (12000000, "ok", 120000.0)


def test_one_row_a_holder_is_one_contract_with_its_holders() -> None:
    row = {key: value for key, value in ONE.items() if key != "objet"}
    found = resolved(info(row, row | {"titulaires": [{"id": "05650171100115"}]}))
    assert len(found.contracts) == 1
    assert found.holders["holder_id"].tolist() == ["05650171100115", "34027049500021"]
    assert rules(found) == []


def test_a_later_row_is_an_amendment_and_the_first_day_stands() -> None:
    row = {key: value for key, value in ONE.items() if key != "objet"}
    found = resolved(info(row | {"dateNotification": "2025-01-20", "montant": "150000"}, row))
    assert found.contracts["dateNotification"].tolist() == [pd.Timestamp("2024-03-14")]
    assert found.contracts["amount_cents"].tolist() == [12000000]
    assert found.amendments[["rank", "amount_cents", "amount_status"]].to_numpy().tolist() == [[1, 15000000, "ok"]]


def test_an_amendment_that_changes_nothing_is_none() -> None:
    found = resolved(info(ONE, ONE | {"dateNotification": "2024-09-01"}))
    assert found.amendments.empty
    assert rules(found) == ["amendment_without_change"]


def test_numbered_amendments_without_their_initial_version_have_no_initial_day() -> None:
    found = resolved(info(ONE | {"modification_id": "2"}))
    assert found.contracts["quarter"].isna().tolist() == [True]
    assert rules(found) == ["initial_version_missing"]


def test_numbered_amendments_with_their_initial_version() -> None:
    rows = [
        ONE | {"modification_id": "1", "dateNotification": "2024-01-01", "montant": "130000"},
        ONE | {"modification_id": "0"},
    ]
    found = resolved(info(*rows))
    assert found.contracts["quarter"].tolist() == ["2024-T1"]
    assert found.contracts["dateNotification"].tolist() == [pd.Timestamp("2024-03-14")]
    assert found.amendments["amount_cents"].tolist() == [13000000]


@pytest.mark.parametrize(
    ("amount", "status"), [("150000", "ok"), ("36000", "ok"), ("35999", "suspected_delta"), ("-200", "suspected_delta")]
)
def test_a_new_total_far_under_the_initial_amount_is_suspected_to_be_a_delta(amount: str, status: str) -> None:
    change = [{"modification": {"dateNotificationModification": "2025-01-01", "montant": amount}}]
    found = resolved(json(ONE | {"modifications": change}))
    assert found.amendments["amount_status"].tolist() == [status]


def test_the_order_of_files_and_rows_changes_nothing() -> None:
    rows = [ONE, ONE | {"id": "A", "montant": "3"}, ONE | {"id": "A", "montant": "4", "objet": "autre"}, dict(ONE)]
    forth, back = resolved(json(*rows)), resolved(json(*reversed(rows)))
    kept = ["uid", "amount_cents", "objet", "quarter"]
    pd.testing.assert_frame_equal(
        forth.contracts[kept].sort_values("uid", ignore_index=True),
        back.contracts[kept].sort_values("uid", ignore_index=True),
    )


def test_a_lost_accent_or_apostrophe_does_not_make_another_contract() -> None:
    found = resolved(
        json(ONE | {"objet": "MARCHÉ D’ÉTUDES"}),
        ("economie.gouv.fr-csv", False, [ONE | {"objet": "March\ufffd d'\ufffdtudes"}]),
    )
    assert len(found.contracts) == 1


def lot(name: str, **changed: Any) -> dict[str, Any]:
    return ONE | {"objet": f"Travaux de rénovation - Lot {name}", "montant": str(50_000 + len(name))} | changed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lot("A"), lot("E", montant="90000")),
        (lot("1", id="20241", montant="50000"), lot("11", id="20241", montant="50000")),
        (lot("1 Nord", objet="Un très long intitulé de marché de travaux " * 5 + "- Lot 1 Nord"),
         lot("2 Sud", objet="Un très long intitulé de marché de travaux " * 5 + "- Lot 2 Sud", montant="90000")),
        (ONE | {"id": "2023T01", "dateNotification": "2023-03-01"}, ONE | {"id": "2024T01", "dateNotification": "2024-03-01"}),
    ],
)  # fmt: skip
def test_lots_and_yearly_contracts_stay_apart(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert len(resolved(json(one, other)).contracts) == 2


def test_numbered_rows_of_contracts_that_share_an_id_stay_apart_and_join_nothing_else() -> None:
    first = ONE | {"id": "2025E0", "objet": "Lots divers", "montant": "71000"}
    second = first | {"montant": "72000", "dateNotification": "2024-03-02", "titulaires": [{"id": "05650171100115"}]}
    rows = info(first | {"modification_id": "0"}, second | {"modification_id": "0"})
    assert sorted(resolved(rows).contracts["amount_cents"]) == [7100000, 7200000]
    assert sorted(resolved(json(first, second), rows).contracts["amount_cents"]) == [7100000, 7200000]


def test_one_amendment_in_two_formats_is_one() -> None:
    change = [{"modification": {"id": 1, "dateNotificationModification": "2024-06-10", "montant": "150000"}}]
    row = ONE | {"modification_id": "1", "dateNotification": "2024-06-10", "montant": "150000", "dureeMois": "12"}
    found = resolved(json(ONE | {"modifications": change}), info(ONE | {"modification_id": "0"}, row))
    assert found.amendments[["rank", "amount_cents", "dureeMois"]].to_numpy().tolist() == [[1, 15000000, 12]]
    assert "amendment_repeated" in rules(found)


def test_two_amendments_of_one_day_are_two() -> None:
    rows = [ONE | {"modification_id": "0"}] + [
        ONE | {"modification_id": str(number), "dateNotification": "2024-09-10", "montant": amount}
        for number, amount in ((1, "150000"), (2, "160000"))
    ]
    assert resolved(info(*rows)).amendments["amount_cents"].tolist() == [15000000, 16000000]


def test_an_amendment_that_changes_the_holder_says_so() -> None:
    row = ONE | {"modification_id": "1", "dateNotification": "2024-09-10", "titulaires": [{"id": "05650171100115"}]}
    found = resolved(info(ONE | {"modification_id": "0"}, row))
    assert found.amendments["holder_ids"].tolist() == ["05650171100115"]
    assert found.holders["holder_id"].tolist() == ["34027049500021"]


@pytest.mark.parametrize("number", [None, "1"])
def test_the_amendment_alone_finds_its_contract_in_another_format(number: str | None) -> None:
    row = (
        ONE | {"dateNotification": "2024-09-10", "montant": "150000"} | ({"modification_id": number} if number else {})
    )
    found = resolved(json(ONE), info(row))
    assert found.contracts[["quarter", "amount_cents"]].to_numpy().tolist() == [["2024-T1", 12000000]]
    assert found.amendments["amount_cents"].tolist() == [15000000]


@pytest.mark.parametrize(
    "siret", ["20005480700018", "200054807", "20005480700017.0", "SIRET 20005480700017", "'20005480700017"]
)
def test_a_buyer_is_known_by_its_siren_whatever_happened_to_its_establishment(siret: str) -> None:
    assert resolved(json(ONE | {"acheteur_id": siret})).contracts["buyer_siren"].tolist() == ["200054807"]


def test_an_amendment_of_another_year_stays_with_its_contract() -> None:
    row = ONE | {"id": "T019"}
    found = resolved(info(row, row | {"dateNotification": "2025-03-14", "montant": "150000"}))
    assert (len(found.contracts), len(found.amendments)) == (1, 1)


def test_the_register_without_year_joins_the_open_data_of_its_year() -> None:
    years = [ONE | {"id": f"{year}T01", "dateNotification": f"{year}-03-01"} for year in (2023, 2024)]
    found = resolved(json(*years), ("register-csv", False, [ONE | {"id": "T01", "dateNotification": "2024-03-01"}]))
    assert sorted(found.contracts["quarter"]) == ["2023-T1", "2024-T1"]


NOBODY = {key: value for key, value in ONE.items() if key != "titulaires"}


def test_records_without_holder_are_not_one_for_their_day_alone() -> None:
    rows = [NOBODY | {"montant": amount} for amount in ("10000", "20000", "30000")]
    assert sorted(resolved(("register-csv", False, rows)).contracts["amount_cents"]) == [1000000, 2000000, 3000000]


def test_a_record_without_holder_does_not_bridge_two_others() -> None:
    others = [ONE | {"montant": "10000"}, ONE | {"montant": "20000", "titulaires": [{"id": "05650171100115"}]}]
    assert len(resolved(json(*others, NOBODY | {"montant": "30000"})).contracts) == 3


def test_two_amounts_of_one_holder_and_day_in_one_file_are_two_contracts_even_told_twice() -> None:
    rows = [ONE | {"id": "2025E0", "montant": amount} for amount in ("71000", "72000")]
    again = ("economie.gouv.fr-csv", False, [dict(row) for row in rows])
    assert sorted(resolved(json(*rows), again).contracts["amount_cents"]) == [7100000, 7200000]


def test_two_sources_that_disagree_on_amount_and_day_tell_of_one_contract() -> None:
    other = ONE | {"montant": "125000", "dateNotification": "2024-03-20"}
    found = resolved(json(ONE), ("decp-2019-json", False, [other]))
    assert found.contracts[["quarter", "amount_cents"]].to_numpy().tolist() == [["2024-T1", 12000000]]
    assert "conflicting_amount" in rules(found)


def test_the_last_state_alone_with_another_holder_finds_its_contract() -> None:
    row = ONE | {"modification_id": "1", "dateNotification": "2024-09-10", "titulaires": [{"id": "05650171100115"}]}
    found = resolved(json(ONE), info(row))
    assert (len(found.contracts), found.amendments["holder_ids"].tolist()) == (1, ["05650171100115"])


def test_a_short_id_is_not_taken_out_of_the_object() -> None:
    rows = [ONE | {"id": "20241", "objet": f"Fourniture de {count} bancs"} for count in (1, 11)]
    assert len(resolved(json(*rows)).contracts) == 2


def test_a_row_told_twice_counts_once() -> None:
    found = resolved(info(ONE, dict(ONE)))
    assert (len(found.contracts), rules(found)) == (1, ["same_contract"])
