"""A batch that dies while it closes an edition: the next one ends as if nothing had happened, and no revision is lost."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from spaser_analysis import workspace
from spaser_analysis.audit.findings import failed
from spaser_analysis.audit.verify import verify
from spaser_analysis.publishing import key, processes, publish, seal, storage
from spaser_analysis.publishing.job import Job, Made
from spaser_analysis.publishing.manifest import MANIFEST, files_of, read_edition
from spaser_analysis.publishing.signing import new_key
from spaser_analysis.tables import read_catalogue


class Killed(BaseException):
    """What no code catches."""


def report(job: Job, _snapshot: object) -> Made:
    """A report without its notebook: its figure is the year of the data."""
    told = read_catalogue(Path(job.clean))
    day, slug = told["snapshot"], job.task.slug
    source = "\n".join(f"{name} = {value!r}" for name, value in job.task.parameters.items())
    cell = {
        "cell_type": "code",
        "id": "i",
        "metadata": {"tags": ["injected-parameters"]},
        "outputs": [],
        "source": source,
    }
    head = "quarter,territory,indicator,yes,no,unknown,value,verdict,snapshot"
    files = {
        "report.ipynb": json.dumps({"cells": [cell]}).encode(),
        "report.html": f"<h2>{slug} {day}</h2>{told['files'][0]['sha256']}</html>\n".encode(),
        "indicateurs.csv": f"{head}\n2022-T3,{slug},x,{day[:4]},1,2,,,{day}\n".encode(),
    }
    parts = {**job.parts, "rows": job.tables, "earlier": key.said_after(files)}
    return Made({**files, key.KEY: key.written(parts, job.tables, files)})


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(publish, "do", report)
    monkeypatch.setattr(processes, "warm_up", lambda _: None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def made(clean: Path, reports: Path | str, *codes: str) -> list[str]:
    """Publish those territories; why the edition is left open, if it is."""
    told: list[publish.Closed] = []
    publish.publish(["2022-T3"], codes or ["AMP", "CT2"], clean, reports, workers=1, closed=told.append)
    return [one.cause for one in told]


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def sign(reports: Path, at: Path) -> None:
    if not (at / "key").exists():
        new_key("amp", at / "key", at / "allowed")
    seal.sign_edition(reports / "2022-T3", at / "key")


@contextmanager
def killed(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[None]:
    """Dies in the middle of that write of a file of the edition, or of the list."""

    def write(path: Path, content: bytes) -> None:
        if path.name == name:
            path.with_name(f".staging-{path.name}").write_bytes(content[:9])
            raise Killed
        whole(path, content)

    whole = seal._write
    with monkeypatch.context() as patched:
        patched.setattr(seal, "_write", write)
        with pytest.raises(Killed):
            yield


@pytest.mark.parametrize("name", ["indicateurs.csv", "erratum.csv", "erratum.html", MANIFEST, "editions.json"])
def test_closing_that_was_cut_short(
    sample_clean: Path, first_clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    for reports in (whole, cut):
        made(first_clean, reports)
        sign(reports, tmp_path)
    made(sample_clean, whole)
    with killed(monkeypatch, name):
        made(sample_clean, cut)
    made(sample_clean, cut)
    assert tree(cut) == tree(whole)
    assert "2022,2026" in (cut / "2022-T3/erratum.csv").read_text()
    sign(cut, tmp_path)
    said = {one.kind for one in failed(verify(cut / "2022-T3", {}, tmp_path / "allowed"))}
    assert said == set()
    made(sample_clean, cut)
    made(first_clean, cut)  # older data are kept out
    assert [one.revision for one in seal.read_list(cut)] == [1, 2]


def test_far_away_nothing_is_lost_either(
    sample_clean: Path, first_clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = tmp_path / "far"
    made(first_clean, f"file://{far}")
    sign(far, tmp_path)
    first = tree(far)
    made(first_clean, f"file://{far}")
    assert tree(far) == first  # its signatures with it
    send = storage.send

    def dies(folder: Path, place: str, name: str) -> None:
        send(folder, place, name)
        raise Killed

    monkeypatch.setattr(storage, "send", dies)
    with pytest.raises(Killed):
        made(sample_clean, f"file://{far}")
    monkeypatch.setattr(storage, "send", send)
    former = workspace.former_edition(far, "2022-T3-r1")
    assert files_of(former) == read_edition(former).files
    made(sample_clean, f"file://{far}")
    assert tree(former) == {
        name.removeprefix("2022-T3/"): content for name, content in first.items() if name.startswith("2022-T3/")
    }
    sign(far, tmp_path)
    assert failed(verify(far / "2022-T3", {}, tmp_path / "allowed")) == []


def test_a_manifest_states_no_data_for_a_report_that_was_not_asked_for(sample_clean: Path, tmp_path: Path) -> None:
    reports, other = tmp_path / "reports", Path(shutil.copytree(sample_clean, tmp_path / "other"))
    catalogue = workspace.catalogue(other)  # of the same day, of another file
    told = json.loads(catalogue.read_text())
    told["files"][0]["sha256"] = "f" * 64
    catalogue.write_text(json.dumps(told))
    assert made(sample_clean, reports) == [""]
    assert made(sample_clean, reports, "CT2") == [""]
    page = reports / "2022-T3/pays-d-aix/report.html"
    page.write_text("edited")
    assert made(sample_clean, reports, "CT2") == [""]  # mended
    (cause,) = made(other, reports, "CT2")
    assert cause == "metropole was not asked for and may rest on other data: publish the whole of it"
    assert [one.revision for one in seal.read_list(reports)] == [1]
    assert made(other, reports) == [""]
    assert read_edition(reports / "2022-T3").revision == 2


def test_territories_published_one_after_the_other_on_the_same_data(sample_clean: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    assert made(sample_clean, reports, "CT2") == [""]
    (workspace.edition_key(reports, "2022-T3", "damaged")).write_text("[")
    assert made(sample_clean, reports, "CT1") == [""]
    edition = read_edition(reports / "2022-T3")
    assert (edition.revision, [one.slug for one in edition.runs]) == (2, ["marseille-provence", "pays-d-aix"])
