"""Reading by columns and reading record by record give the same tables, whatever the file."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spaser_analysis.cleaning.frames import Frames, raw_frames
from spaser_analysis.cleaning.records import Cleaned, clean_records
from spaser_analysis.cleaning.reference import load_reference
from spaser_analysis.sources.errors import UnreadableFile
from spaser_analysis.sources.files import recognise
from spaser_analysis.sources.json_columns import read_json_columns
from spaser_analysis.sources.json_records import read_json
from spaser_analysis.sources.record import RawColumns

SCALAR = (
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=6)
    | st.sampled_from(["NC", "40 000,00 €", "2022-01-05", "a:b", 'a":b', "34027049500021", "é’\ufffd", "a | b"])
)  # fmt: skip
HOLDER = st.fixed_dictionaries({"id": SCALAR}, optional={"typeIdentifiant": SCALAR, "denominationSociale": SCALAR})
HOLDERS = (
    st.lists(HOLDER | st.fixed_dictionaries({"titulaire": HOLDER}) | SCALAR, max_size=3)
    | st.fixed_dictionaries({"titulaire": HOLDER | st.lists(HOLDER, max_size=2)})
    | SCALAR
)
CHANGE = st.fixed_dictionaries(
    {}, optional={"id": SCALAR, "montant": SCALAR, "dureeMois": SCALAR, "titulaires": HOLDERS}
)
LIST = st.lists(st.sampled_from(["Clause sociale", "Critère social", "NC"]) | SCALAR, max_size=2)
NAMES: dict[str, st.SearchStrategy[Any]] = {
    "id": SCALAR, "objet": SCALAR, "montant": SCALAR, "dateNotification": SCALAR, "marcheInnovant": SCALAR, "ccag": SCALAR,
    "considerationsSociales": LIST | st.fixed_dictionaries({"considerationSociale": LIST}), "typesPrix": LIST,
    "modifications": st.lists(CHANGE | st.fixed_dictionaries({"modification": CHANGE}), max_size=2) | CHANGE | SCALAR,
    "lieuExecution": st.fixed_dictionaries({"code": SCALAR}),
}  # fmt: skip
OTHER_NAMES: dict[str, st.SearchStrategy[Any]] = {
    "acheteur": SCALAR, "acheteur.id": SCALAR, "objet ": SCALAR, "technique": LIST, "autoriteConcedante": SCALAR,
    "valeurGlobale": SCALAR, "dateSignature": SCALAR, "fields": SCALAR, "é\"\\:": SCALAR, "": SCALAR, " ": SCALAR,
    "duplicate_keys": LIST, "montant": st.just(float("nan")), "titulaires": HOLDERS,
}  # fmt: skip
BUYER = {"acheteur": st.fixed_dictionaries({"id": SCALAR})}
USUAL = st.fixed_dictionaries(BUYER, optional=NAMES | {"titulaires": HOLDERS})
ODD = st.fixed_dictionaries({}, optional=NAMES | OTHER_NAMES)
RECORDS = st.lists(USUAL, max_size=8) | st.lists(USUAL | ODD, max_size=8) | st.lists(USUAL | ODD | SCALAR, max_size=8)


def _twice(text: str, place: int) -> str:
    """Two names more in one of the objects of a record, which it may have already."""
    parts = text.split('{"')
    if len(parts) < 2:
        return text
    before, after = parts[: 1 + place % (len(parts) - 1)], parts[1 + place % (len(parts) - 1) :]
    return '{"'.join(before) + '{"id": "7:", "montant": 1, "' + '{"'.join(after)


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """A file of contracts in either format, well written or not quite."""
    indent = draw(st.sampled_from([None, 1, "\t"]))
    ascii_only = draw(st.booleans())

    def listed(records: list[Any]) -> str:
        texts = [json.dumps(one, ensure_ascii=ascii_only, indent=indent) for one in records]
        texts = [_twice(text, draw(st.integers(0, 9))) if draw(st.integers(0, 4)) == 0 else text for text in texts]
        return "[" + draw(st.sampled_from([",", ", ", " ,\n"])).join(texts) + "]"

    marches = draw(RECORDS) * draw(st.integers(1, 2))
    text = draw(
        st.sampled_from(
            [
                f'{{"marches": {listed(marches)}}}',
                f'{{"version": 1, "marches":{{"marche" : {listed(marches)}}}}}\n',
                f'{{"marches":{{"marche":{listed(marches)}, "contrat-concession": {listed(draw(RECORDS))} }} }}',
                f'{{"marches":{{"contrat-concession":{listed(marches)},"marche": {listed(draw(RECORDS))} }} }}',
                f'{{"marches": {{"marche": {listed(marches)}, "x": 1}}, "y": []}}',
            ]
        )
    )
    data = text.encode("utf-8", "surrogatepass" if ascii_only else "replace")
    if draw(st.integers(0, 9)) == 0:  # a file that cannot be read, or not to its end
        place = draw(st.integers(0, len(data)))
        data = (
            data[:place]
            + draw(st.sampled_from([b"", b"\xff", b"}", b"\x01", b"NaN"]))
            + data[place + draw(st.integers(0, 2)) :]
        )
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf", b" "])) + data


def _both(path: Path, block: int) -> tuple[Any, Any]:
    """What each way of reading says: frames, or the error."""
    told: list[Any] = []
    for batches in (lambda: [list(read_json(path, "f"))], lambda: list(read_json_columns(path, "f", block))):
        try:
            told.append([raw_frames(batch, "f") for batch in batches()])
        except UnreadableFile as error:
            told.append(str(error))
    return told[0], told[1]


def _joined(several: list[Frames]) -> list[pd.DataFrame]:
    return [pd.concat(parts, ignore_index=True) for parts in zip(*several, strict=True)]


@settings(max_examples=150, deadline=None)
@given(documents(), st.sampled_from([1, 40, 300, 1 << 19]))
def test_by_columns_or_one_by_one(data: bytes, block: int) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "decp"
        path.write_bytes(data)
        alone, by_columns = _both(path, block)
    if isinstance(alone, str) or isinstance(by_columns, str):
        assert by_columns == alone
    else:
        for one, other in zip(_joined(alone), _joined(by_columns or [raw_frames([], "f")]), strict=True):
            pd.testing.assert_frame_equal(one, other)


A_BUYER = b'"acheteur":{"id":"1"}'
NOT_QUITE = [
    b'{"marches":[{%b , "id" : "x" , "montant" : 12.50 \n}]}', b'{"marches":[{%b},]}', b'{"marches":[,{%b}]}', b'{"marches":[{%b} {}]}',
    b'{"marches":[{%b}]} x', b'{"marches":[{%b}]', b'{"marches":[{%b}\x0c]}', b'{"marches":[{%b}]}\x0c', b'{"marches":[{%b,"\xff":1}]}',
    b'{"marches":[{%b,"objet":"\xff"}]}', b'{"v\xff":1,"marches":[{%b}]}', b'{"marches":[{%b,"objet":"a\x01b"}]}',
    b'{"marches":[{%b,"id":"x","\\u0069d":"y"}]}', b'{"marches":[{%b,"id":-0,"montant":1e400}]}', b'{"marches":[{%b,"objet":"\\ud83d"}]}',
    b'{"marches":{"marche":[],"contrat-concession":[{%b}]}}', b'{"marches":{"marche":[{"objet":"contrat-concession"}, {%b}]}}',
    b'{"marches":[{%b,"titulaires":' + b"[" * 150_000 + b"]" * 150_000 + b"}]}",
]  # fmt: skip


@pytest.mark.parametrize("document", NOT_QUITE)
def test_what_is_not_quite_json_or_decp(tmp_path: Path, document: bytes) -> None:
    path = tmp_path / "decp"
    path.write_bytes(document.replace(b"%b", A_BUYER))
    for block in (1, 30, 1 << 19):
        alone, by_columns = _both(path, block)
        if isinstance(alone, str):
            assert by_columns == alone
        else:
            for one, other in zip(_joined(alone), _joined(by_columns), strict=True):
                pd.testing.assert_frame_equal(one, other)


def test_every_real_file(realdata: Path) -> None:
    reference, by_columns = load_reference(), 0
    for path in sorted(realdata.rglob("*.json")):
        try:
            source = recognise(path.name, path)
        except UnreadableFile:
            continue
        batches = list(read_json_columns(path, path.name, 1 << 16))
        by_columns += sum(isinstance(batch, RawColumns) for batch in batches)
        alone = clean_records(list(source.read()), path.name, reference)
        several = [clean_records(batch, path.name, reference) for batch in batches]
        assert sum(one.rejected for one in several) == alone.rejected
        for part in ("contracts", "holders", "amendments", "ledger"):
            found = pd.concat([getattr(one, part) for one in several], ignore_index=True)
            pd.testing.assert_frame_equal(_sorted(getattr(alone, part)), _sorted(found))
    assert by_columns > 5


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    """In one order: the ledger of a batch goes column by column."""
    by = ["source_record", *(name for name in ("column", "rule", "before", "after") if name in frame)]
    return frame.sort_values(by, kind="stable", ignore_index=True)


@pytest.mark.parametrize("indent", [None, 2])
def test_a_usual_file_is_read_by_columns(tmp_path: Path, indent: int | None) -> None:
    """Names that come later, holders that begin as records do, one value that only Python reads: none slows the rest."""
    records: list[dict[str, Any]] = [
        {"id": str(number), "acheteur": {"id": "20005480700017"}, "titulaires": [{"id": "1"}, {"id": str(number)}]}
        for number in range(500)
    ]
    records[300]["lieuExecution"] = {"code": "13055"}
    records[400]["montant"] = float("nan")
    path = tmp_path / "decp"
    path.write_text(json.dumps({"marches": {"marche": records}}, indent=indent))
    batches = list(read_json_columns(path, "f", 4096))
    assert all(isinstance(batch, RawColumns) for batch in batches)
    assert sum(map(len, batches)) == 500
    assert sum(len(batch.apart) for batch in batches if isinstance(batch, RawColumns)) < 100
    cleaned: list[Cleaned] = [clean_records(batch, "f", load_reference()) for batch in batches]
    assert sum(len(one.holders) for one in cleaned) + sum(len(one.ledger) for one in cleaned) > 0
