"""Places elsewhere: read through a local copy, written whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from spaser_analysis.publishing import storage
from spaser_analysis.publishing.publish import publish
from tests.publishing.batches import QUARTERS, home
from tests.publishing.test_batch import whole


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_folder_is_itself_and_an_address_is_copied_once_a_version(tmp_path: Path) -> None:
    far = tmp_path / "far"
    far.mkdir()
    (far / "a.parquet").write_bytes(b"1")
    assert storage.local(str(far), "1") == far
    address = f"file://{far}"
    first = storage.local(address, storage.version(address))
    assert first != far
    assert {path.name: path.read_bytes() for path in first.iterdir()} == {"a.parquet": b"1"}
    assert storage.local(address, storage.version(address)) == first
    (far / "a.parquet").write_bytes(b"22")
    second = storage.local(address, storage.version(address))
    assert (second / "a.parquet").read_bytes() == b"22"
    assert (first / "a.parquet").read_bytes() == b"1"


def test_what_is_kept_is_this_user_s_alone(own_cache: Path) -> None:
    path = storage.kept(b"snapshot")
    assert path.read_bytes() == b"snapshot"
    assert storage.kept(b"snapshot") == path
    assert path.parent.stat().st_mode & 0o077 == 0
    assert own_cache in path.parents


def test_a_place_that_cannot_be_reached_is_one_line(tmp_path: Path) -> None:
    for address in ("nothing://there", f"file://{tmp_path}/absent"):
        with pytest.raises(OSError, match=r"there|absent"):
            storage.version(address)


@pytest.mark.slow
def test_a_batch_from_and_to_elsewhere(sample_clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = home(tmp_path)
    monkeypatch.setenv("SPASER_HOME", str(project))
    monkeypatch.setenv("SPASER_FAULTS", str(project / "faults"))
    monkeypatch.chdir(tmp_path)
    here, there = tmp_path / "here", tmp_path / "there"
    asked = {"quarters": QUARTERS[:1], "territories": ["AMP", "CT1"]}
    local = publish(**asked, clean=sample_clean, reports=here)
    far = publish(**asked, clean=f"file://{sample_clean}", reports=f"file://{there}")
    assert [(one.status, one.cause) for one in (*local, *far)] == [("published", "")] * 4
    assert whole(here) == whole(there)
    names = [path.relative_to(here) for path in here.rglob("*") if path.is_file()]
    assert all((here / name).read_bytes() == (there / name).read_bytes() for name in names)
    again = publish(**asked, clean=f"file://{sample_clean}", reports=f"file://{there}")
    assert [one.status for one in again] == ["unchanged"] * 2
    forced = publish(**asked, clean=f"file://{sample_clean}", reports=f"file://{there}", force=True)
    assert [one.status for one in forced] == ["unchanged"] * 2
    (there / "2020-T1" / "metropole" / "report.html").write_text("edited")
    mended = publish(**asked, clean=f"file://{sample_clean}", reports=f"file://{there}")
    assert [one.status for one in mended] == ["published", "unchanged"]
    assert whole(there) == whole(here)
    assert not list(there.glob(".*"))
