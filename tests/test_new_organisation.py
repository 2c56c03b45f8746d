"""Another buyer: a commented folder that loads as it is, and real contracts from there to a report, by command alone."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaser_analysis import workspace
from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.new_organisation import new_organisation
from spaser_analysis.organisation import all_organisations, load_organisation

RENNES = "213502388"
FILES = ["communes.csv", "fiches.toml", "organisation.toml", "targets.toml", "territories.csv"]


def test_the_folder_loads_as_it_is(tmp_path: Path) -> None:
    made = new_organisation(RENNES, "Ville de Rennes", folder=tmp_path)
    assert sorted(path.name for path in made.iterdir()) == FILES
    assert [path.name for path in tmp_path.iterdir()] == ["ville-de-rennes"]
    buyer = load_organisation("ville-de-rennes", tmp_path)
    assert (buyer.name, buyer.siren, buyer.solidarity_definition) == ("Ville de Rennes", RENNES, None)
    assert (buyer.whole.code, buyer.whole.slug, buyer.whole.name) == ("ENSEMBLE", "ville-de-rennes", "Ville de Rennes")
    assert [str(one.day) for one in buyer.breaks] == ["2024-01-01", "2026-08-21"]
    assert (buyer.territories, buyer.communes, buyer.targets, buyer.milestones, buyer.fiches) == ((), (), (), (), ())


def test_every_example_is_right_once_its_sign_is_taken_away(tmp_path: Path) -> None:
    """A line that begins with # and no space is an example."""
    made = new_organisation(RENNES, "Ville de Rennes", "rennes", tmp_path)
    for name in FILES:
        path = made / name
        path.write_text(re.sub(r"^#(?=[^ \n#])", "", path.read_text(encoding="utf-8"), flags=re.M), encoding="utf-8")
    buyer = load_organisation("rennes", tmp_path)
    assert [one.code for one in buyer.territories] == ["NORD"]
    assert [(one.code_insee, one.territory, len(one.aliases)) for one in buyer.communes] == [("13055", "NORD", 3)]
    assert [(one.indicator, one.value, one.year) for one in buyer.targets] == [
        ("environmental_share", 1.0, 2025),
        ("social_share", 0.30, 2025),
        ("solidarity_spending_share", 0.05, 2027),
    ]
    assert (buyer.solidarity_definition, len(buyer.milestones), len(buyer.fiches)) == ("B", 1, 1)
    assert all(
        "COMPLÉTER" in one.source for one in (*buyer.targets, *buyer.milestones)
    )  # nothing of another's as theirs
    named = {one.indicator for one in (*buyer.targets, *buyer.milestones)} | set(buyer.fiches[0].indicators)
    assert named - set(INDICATORS_BY_CODE) == set()


@pytest.mark.parametrize(
    ("siren", "name", "slug", "message"),
    [
        ("213502389", "Ville", None, "siren '213502389': .*fails the check"),
        ("21350238", "Ville", None, "siren '21350238': .*pattern"),
        ("000000000", "Ville", None, "siren '000000000': .*fails the check"),
        ("213502388\n", "Ville", None, "siren .*pattern"),
        ("200054807", "Autre", None, "siren 200054807 is that of organisation amp"),
        (RENNES, "Ville", "amp", "amp is there already"),
        (RENNES, "AMP", None, "amp is there already"),
        (RENNES, "Ville", "../ville", r"slug '\.\./ville': .*pattern"),
        (RENNES, "Ville", "", "slug '': .*pattern"),
        (RENNES, "—", None, "slug '': .*pattern"),
        (RENNES, "Ville\nnom = 1", None, "name .*pattern"),
        (RENNES, " ", "ville", "name .*pattern"),
    ],
)
def test_what_is_refused_writes_nothing(tmp_path: Path, siren: str, name: str, slug: str | None, message: str) -> None:
    new_organisation("200054807", "Métropole", "amp", tmp_path)
    with pytest.raises(ValueError, match=message) as caught:
        new_organisation(siren, name, slug, tmp_path)
    assert len(str(caught.value).splitlines()) == 1
    assert [one.slug for one in all_organisations(tmp_path)] == ["amp"]
    assert [path.name for path in tmp_path.iterdir()] == ["amp"]


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1).filter(str.strip))
def test_a_name_is_read_as_it_was_written(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        new_organisation(RENNES, name, "rennes", Path(folder))
        assert load_organisation("rennes", Path(folder)).name == name


def test_no_code_knows_that_buyer() -> None:
    places = [workspace.home() / "spaser_analysis", workspace.notebooks(), workspace.reference("")]
    files = [path for place in places for path in place.rglob("*") if path.suffix in (".py", ".toml", ".csv", ".ipynb")]
    assert len(files) > 50
    assert [path.name for path in files if re.search(rf"rennes|{RENNES}", path.read_text(encoding="utf-8"), re.I)] == []


# Read in the export itself: what each of the six contracts of the quarter declares.
DECLARED = """
    2024F00001 | yes | no
    2024S00004 | no  | no
    2024S00060 | no  | no
    2024T00003 | no  | no
    2024T00053 | yes | no
    2024T00054 | yes | no
"""


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["json", "csv"])
def test_real_contracts_from_a_new_folder_to_a_report(realdata: Path, tmp_path: Path, suffix: str) -> None:
    (tmp_path / "data").mkdir()
    for name in ("notebooks", "data/reference", "data/templates"):
        (tmp_path / name).symlink_to(workspace.home() / name)
    export = realdata / "decp2022" / f"ods_decp-2022-marches-valides_extrait.{suffix}"

    words = ("organisation", "new", "--siren", RENNES, "--name", "Ville de Rennes", "--slug", "rennes", "--json")
    made = json.loads(spaser(tmp_path, *words))
    assert (made["slug"], made["files"]) == ("rennes", FILES)
    done = json.loads(spaser(tmp_path, "ingest", str(export), "--json"))
    assert [(one["read"], one["used"]) for one in done["files"]] == [(29, 29)]
    spaser(tmp_path, "publish", "--quarter", "2024-T1", "--organisation", "rennes")

    contracts = pd.read_parquet(tmp_path / "data" / "clean" / "contracts.parquet")
    own = contracts[(contracts["buyer_siren"] == RENNES) & (contracts["quarter"] == "2024-T1")].sort_values("id")
    states = own[["environmental", "social"]].map({True: "yes", False: "no"}.get)  # unknown would be None
    found = [
        " | ".join(map(str, row)) for row in zip(own["id"], states["environmental"], states["social"], strict=True)
    ]
    assert found == [" | ".join(cell.strip() for cell in line.split("|")) for line in DECLARED.strip().splitlines()]
    assert set(own["territory"]) == {"ENSEMBLE"}

    report = tmp_path / "reports" / "2024-T1" / "rennes"
    with (report / "indicateurs.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if (row["window"], row["scope"]) == ("quarter", "all")]
    figures = {
        (row["indicator"], row["measure"]): (row["yes"], row["no"], row["unknown"], row["value"]) for row in rows
    }
    assert figures["environmental_share", "number"] == ("3", "3", "0", "0.5")
    assert figures["environmental_share", "value"][:3] == ("1532779095", "245160000", "0")
    assert figures["social_share", "number"] == ("0", "6", "0", "0.0")
    assert figures["social_share", "value"] == ("0", "1777939095", "0", "0.0")
    assert {(row["territory"], row["target"], row["verdict"]) for row in rows} == {("ENSEMBLE", "", "")}
    page = (report / "report.html").read_text(encoding="utf-8")
    assert "Ville de Rennes" in page
    assert "Marseille" not in page


def spaser(home: Path, *words: str) -> str:
    """What the command says, run as a user does in a project folder of their own."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SPASER_")}
    command = [str(Path(sys.executable).with_name("spaser")), *words]
    done = subprocess.run(
        command, env=environment | {"SPASER_HOME": str(home)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
