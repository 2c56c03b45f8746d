"""The analyst's bench: JupyterLab itself, what the doctor finds, what a shell and a notebook complete, objects that show themselves."""

from __future__ import annotations

import doctest
import importlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner

import spaser_analysis as spaser
from spaser_analysis import workbench, workspace
from spaser_analysis.cli import app
from spaser_analysis.indicators.share import Share
from spaser_analysis.report import Report, open_report
from tests.browser import CHROMIUM, NEEDED

N, T = "\u00a0", "\u202f"
HOSTILE = "<img src=x onerror=alert(1)>"
PATIENCE = 60_000  # milliseconds, on a machine that does other things
SPASER = (sys.executable, "-c", "from spaser_analysis.cli import main; main()")


# ---- JupyterLab, driven


@dataclass
class Lab:
    """A server that runs, and what its pages did."""

    url: str
    token: str
    browser: Any
    asked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def page(self, path: str) -> Any:
        page = self.browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("dialog", lambda dialog: (self.wrong.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.goto(f"{self.url}{path}?token={self.token}")
        page.get_by_role(
            "button", name="Python (spaser-analysis) | Inactif"
        ).wait_for()  # our kernel, and it has started
        return page


def run_all(page: Any) -> None:
    """Run all cells by the menu, and wait for the last one: its number is new, and all before it have run."""
    from playwright.sync_api import expect

    prompts = page.locator(".jp-CodeCell .jp-InputPrompt")
    before = prompts.last.inner_text()
    page.get_by_role("menuitem", name="Exécution").click()
    page.get_by_role("menuitem", name="Exécuter toutes les cellules", exact=True).click()
    expect(prompts.last).not_to_have_text(before, timeout=PATIENCE)
    page.wait_for_function(
        "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].at(-1).innerText.match(/\\d/)"
    )
    assert all(one.strip("[]:").isdigit() for one in prompts.all_inner_texts())
    assert page.locator("[data-mime-type*='stderr'], [data-mime-type*='jupyter.error']").all_inner_texts() == []
    assert page.locator(".jp-Dialog").count() == 0


def quiet(lab: Lab) -> None:
    """Nothing left the machine and nothing popped up; nor by the server, which gets news, updates and extensions for the page."""
    own = lab.url.rstrip("/")
    assert [one for one in lab.asked if not one.startswith((own, "data:", "blob:"))] == []
    fetched = tuple(f"{own}/lab/api/{one}" for one in ("news", "update", "extensions"))
    assert [one for one in lab.asked if one.startswith(fetched)] == []
    assert len(lab.asked) > 50
    assert lab.wrong == []


def choose(one_list: Any, label: str) -> None:
    """The line of that text; the widget writes every space as a non-breaking one."""
    one_list.select_option(index=one_list.locator("option").all_inner_texts().index(label.replace(" ", N)))


def figures(quarter: str, territory: str) -> list[str]:
    """What the cards of the objectives show."""
    return [card.figure for card in spaser.objectives(open_report(quarter, territory)).cards]


def shown(page: Any, wanted: list[str]) -> None:
    from playwright.sync_api import expect

    expect(page.locator(".card .figure")).to_have_text(wanted, timeout=PATIENCE)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's folder, its notebooks copied, and a territory with a hostile name."""
    home = tmp_path_factory.mktemp("lab") / "project"
    (home / "data").mkdir(parents=True)
    shutil.copytree(workspace.notebooks(), home / "notebooks")
    for one in (workspace.home() / "data").iterdir():
        (home / "data" / one.name).symlink_to(one)
    (home / "data" / "organisations").unlink()
    shutil.copytree(workspace.organisations(), home / "data" / "organisations")
    territories = home / "data" / "organisations" / "amp" / "territories.csv"
    text = territories.read_text(encoding="utf-8")
    territories.write_text(text.replace("Pays d’Aix", HOSTILE, 1), encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def lab(home: Path) -> Iterator[Lab]:
    """JupyterLab as ``spaser lab`` starts it, for someone who has another kernel ``python3`` and a theme of their own."""
    from playwright.sync_api import sync_playwright

    theirs = home.parent / "home"
    for place in ("path", "home/.local/share/jupyter"):
        spec = home.parent / place / "kernels" / "python3" / "kernel.json"
        spec.parent.mkdir(parents=True)
        spec.write_text(json.dumps({"argv": ["/bin/false"], "display_name": "Another", "language": "python"}))
    theme = theirs / ".jupyter/lab/user-settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings"
    theme.parent.mkdir(parents=True)
    theme.write_text('{"theme": "JupyterLab Dark"}')
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "XDG_", "SPASER"))
    }
    environment |= {
        "HOME": str(theirs),
        "JUPYTER_PATH": str(home.parent / "path"),
        "JUPYTER_RUNTIME_DIR": str(home.parent / "runtime"),
        "SPASER_HOME": str(home),
        "SPASER_CLEAN": str(workspace.clean()),
        "PYTHONPATH": str(Path(spaser.__path__[0]).parent),
    }
    command = (*SPASER, "lab", "--no-browser", "--port=0")
    with (home.parent / "log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, cwd=home, stdout=log, stderr=log)
    try:
        info = _until(lambda: next((home.parent / "runtime").glob(f"jpserver-{server.pid}.json"), None), server)
        told = json.loads(_until(lambda: info.read_text(), server))
        _until(lambda: urlopen(f"{told['url']}api/status?token={told['token']}").status == 200, server)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            yield Lab(told["url"], told["token"], browser)
            browser.close()
    finally:
        server.terminate()  # it ends its kernels, and they end themselves without it
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


def _until(found: Callable[[], Any], server: subprocess.Popen[bytes]) -> Any:
    for _ in range(600):
        if server.poll() is not None:
            break
        try:
            if value := found():
                return value
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError("the server did not start")


class TestJupyterLab:
    pytestmark = NEEDED

    def test_exploration_and_its_lists(self, lab: Lab) -> None:
        page = lab.page("")  # where the server leads by itself
        assert page.url.split("?")[0] == f"{lab.url}lab/tree/notebooks/exploration.ipynb"
        menus = page.locator(".lm-MenuBar-itemLabel").all_inner_texts()
        assert menus[:4] == ["Fichier", "Édition", "Affichage", "Exécution"]
        assert page.locator("body").get_attribute("data-jp-theme-light") == "false"  # theirs
        run_all(page)
        shown(page, figures("2022-T3", "AMP"))
        quarters, places = page.locator(".widget-dropdown select").all()
        choose(places, HOSTILE)
        shown(page, figures("2022-T3", "CT2"))
        assert page.locator(".lead strong").first.inner_text().startswith(HOSTILE)
        choose(quarters, f"4e{N}trimestre{N}2023")
        shown(page, figures("2023-T4", "CT2"))
        assert page.get_by_text("nouvelles officielles de Jupyter").count() == 0  # nobody is asked
        sides = page.locator(".jp-SideBar .lm-TabBar-tab").evaluate_all("tabs => tabs.map(one => one.title)")
        assert "Table des Matières" in sides and "Gestionnaire d'extensions" not in sides
        assert places.locator("option:checked").inner_text().replace(N, " ") == HOSTILE
        quiet(lab)

    def test_the_report_of_another_quarter_and_territory(self, lab: Lab) -> None:
        page = lab.page("lab/workspaces/report/tree/notebooks/rapport_territoire.ipynb")
        run_all(page)
        shown(page, figures("2022-T3", "AMP"))
        assert page.locator(".jp-RenderedImage img").count() == 4
        page.locator(".jp-CodeCell .cm-content").first.click()
        page.keyboard.press("Control+A")
        page.keyboard.insert_text('quarter = "2023-T4"\nterritory = "CT2"\norganisation = "amp"')
        run_all(page)
        shown(page, figures("2023-T4", "CT2"))
        assert page.locator(".place").inner_text() == (
            f"{HOSTILE} (Métropole Aix-Marseille-Provence), 4e{N}trimestre{N}2023"
        )
        quiet(lab)


# ---- what starts it


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the process would have become."""
    calls: list[Any] = []
    monkeypatch.setattr(os, "execve", lambda *call: calls.append(call))
    return calls


def run(*words: str, **environment: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "200", **environment})
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def test_all_that_follows_goes_to_jupyter(started: list[Any]) -> None:
    assert run("lab", "--no-browser", "--port", "8890", JUPYTER_PATH="/theirs") == (0, "", "")
    ((program, command, environment),) = started
    assert (program, command[:4]) == (sys.executable, (sys.executable, "-P", "-m", "jupyterlab"))
    assert command[-3:] == ("--no-browser", "--port", "8890")
    ours, theirs = environment["JUPYTER_PATH"].split(os.pathsep)
    assert theirs == "/theirs"
    assert json.loads(Path(ours, "kernels/python3/kernel.json").read_text())["argv"][0] == "python"
    assert f"--LabApp.app_settings_dir={ours}" in command
    assert (
        json.loads(Path(ours, "overrides.json").read_text())["@jupyterlab/translation-extension:plugin"]["locale"]
        == "fr_FR"
    )


def test_what_the_lab_lacks_is_one_line_with_its_command(
    started: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = run("lab", SPASER_CLEAN=str(tmp_path))
    assert (code, out, len(err.splitlines())) == (5, "", 1)
    assert "make setup" in err and "spaser ingest FILES" in err
    monkeypatch.setattr(workbench.util, "find_spec", lambda _: None)
    code, out, err = run("lab")
    assert (code, out, len(err.splitlines())) == (5, "", 1)
    assert "JupyterLab is not installed" in err and "pip install --require-hashes -r" in err
    assert started == []


def test_what_the_package_ships_is_declared() -> None:
    import tomllib

    project = tomllib.loads((workspace.home() / "pyproject.toml").read_text())
    assert {"lab/**", "portal/*.toml", "portal/templates/**"} <= {
        *project["tool"]["setuptools"]["package-data"]["spaser_analysis"]
    }


# ---- the doctor


def by_name() -> dict[str, workbench.Check]:
    return {one.name: one for one in workbench.doctor()}


def test_the_doctor_tells_versions_and_what_is_here() -> None:
    found = by_name()
    assert found["python"].said == ".".join(map(str, sys.version_info[:3]))
    assert "pandas 3." in found["packages"].said
    assert found["packages lab"].said.startswith("ipywidgets ")
    assert found["clean tables"].said == "10 files, of 2026-03-01"
    assert found["organisations"].said == "amp"
    assert found["editions"].said.startswith("2022-T3-r1")
    assert {one.state for one in found.values()} <= {"ok", "optional"}
    assert all(bool(one.fix) == (one.state != "ok") for one in found.values())


def test_the_doctor_tells_people_and_machines() -> None:
    code, out, _ = run("doctor", "--json")
    told = json.loads(out)
    assert code == 0
    assert told[0].keys() == {"name", "state", "said", "fix"}
    code, out, _ = run("doctor")
    assert [line.split()[0] for line in out.splitlines()[:2]] == ["what", "python"]


def test_what_is_missing_has_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("pandas==1.0 ; python_full_version < '3.9'\npandas==2.0\nipywidgets==1.0\nmarkupsafe==0.1\n")
    broken = tmp_path / "data" / "organisations" / "amp" / "organisation.toml"
    broken.parent.mkdir(parents=True)
    broken.write_text("colour = 1")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "editions.json").write_text("{}")
    for name, value in {"HOME": tmp_path, "CLEAN": tmp_path / "none"}.items():
        monkeypatch.setenv(f"SPASER_{name}", str(value))
    monkeypatch.setenv("PATH", str(tmp_path))
    found = by_name()
    assert {one.name for one in found.values() if one.state == "missing"} == {
        "packages",
        "clean tables",
        "organisations",
    }
    assert "pandas 3." in found["packages"].said
    assert "markupsafe 3." in found["packages"].said
    assert f"-r {lock}" in found["packages"].fix
    assert found["packages lab"].state == found["editions"].state == "optional"
    assert "not a list of editions" in found["editions"].said
    assert "unknown key colour" in found["organisations"].said
    assert "spaser ingest FILES" in found["clean tables"].fix
    assert found["chromium"].said == "none"
    assert found["chromium"].fix == "apt-get install chromium  # for tests of pages, printing to PDF"
    assert run("doctor")[0] == 5


def test_a_version_of_another_python_is_locked_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = workspace.lock().read_text()
    (tmp_path / "requirements.lock").write_text(f"pandas==0.1 ; python_full_version < '3.9'\n{lock}")
    monkeypatch.setenv("SPASER_HOME", str(tmp_path))
    assert by_name()["packages"].state == "ok"


def test_the_doctor_goes_on_where_a_package_or_the_lock_is_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPASER_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "spaser_analysis.publishing.seal", None)
    found = by_name()
    assert found["packages"].state == "missing"
    assert "requirements.lock" in found["packages"].said
    assert "spaser_analysis.publishing.seal" in found["editions"].said
    assert found["disk"].state == "ok"


def test_a_signing_key_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert by_name()["signing key"] == workbench.Check(
        "signing key", "optional", "none", "spaser keys new  # to sign editions"
    )
    workspace.signing_key("amp").parent.mkdir()
    workspace.signing_key("amp").touch()
    assert by_name()["signing key"].said == "amp"


def test_another_kernel_of_that_name_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = tmp_path / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps({"argv": ["/other/python"], "display_name": "Another", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    kernel = by_name()["kernel"]
    assert (kernel.state, kernel.fix) == ("optional", "jupyter kernelspec remove python3")
    assert "/other/python" in kernel.said


# ---- what a tab completes


@pytest.mark.parametrize(
    ("line", "proposed"),
    [
        ("publish --quarter 2022", ["2022-T1", "2022-T2", "2022-T3", "2022-T4"]),
        ("explain --territory CT", ["CT1", "CT2", "CT3", "CT4", "CT5", "CT6"]),
        ("explain environmental_s", ["environmental_share"]),
        ("compare-buyers --window y", ["year_to_date", "year"]),
        ("publish --organisation ", ["amp"]),
        ("publish --clean /nowhere --quarter ", []),
        ("publish --organisation nobody --territory ", []),
        ("doc", ["doctor"]),
    ],
)
def test_bash_completes(line: str, proposed: list[str]) -> None:
    words = f"spaser {line}"
    environment = {"_SPASER_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    command = (sys.executable, "-c", "import sys; sys.argv[0] = 'spaser'; from spaser_analysis.cli import main; main()")
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == (proposed, "")


@pytest.mark.parametrize("with_jedi", [True, False])
def test_a_notebook_completes(with_jedi: bool) -> None:
    from IPython.core.completer import IPCompleter, provisionalcompleter

    completer = IPCompleter(namespace={"spaser": spaser, "report": open_report("2022-T3", "CT2")}, use_jedi=with_jedi)

    def proposed(code: str) -> set[str]:
        with provisionalcompleter():
            return {one.text.lstrip(".") for one in completer.completions(code, len(code))}

    assert dir(spaser) == spaser.__all__
    assert set(spaser.__all__) <= proposed("spaser.")
    assert {"contracts", "quarter", "organisation", "ledger"} <= proposed("report.")
    assert {"contracts=", "indicator=", "by="} <= proposed("spaser.compare(")
    assert proposed("spaser.open_report(qua") == {"quarter="}


# ---- what shows itself


@pytest.mark.parametrize(
    "name", ["period", "formatting", "report", "indicators.share", "views.exploration", "views.quality"]
)
def test_the_examples_hold(name: str) -> None:
    module = importlib.import_module(f"spaser_analysis.{name}")
    told = doctest.testmod(module, extraglobs={"open_report": open_report})
    assert told.failed == 0
    assert told.attempted > 0


def test_the_verbs_have_docstrings() -> None:
    for name in [
        "open_report",
        "contracts",
        "where",
        "look",
        "sheet",
        "compare",
        "plot",
        "contracts_data",
        "ledger",
        "choose",
    ]:
        assert len(getattr(spaser, name).__doc__) > 80, name


@pytest.mark.parametrize(
    ("share", "sentence"),
    [
        (Share(8, 9, 3), f"8 oui, 9 non, 3{N}non renseignés, sur 20{N}: entre 40,0{T}% et 55,0{T}%."),
        (Share(1200, 1300), f"1{T}200 oui, 1{T}300 non, 0{N}non renseigné, sur 2{T}500{N}: 48,0{T}%."),
        (Share(1, 9999), f"1 oui, 9{T}999 non, 0{N}non renseigné, sur 10{T}000{N}: <{N}0,1{T}%."),
        (Share(), f"Rien à compter{N}: part sans objet."),
    ],
)
def test_a_share_is_a_sentence(share: Share, sentence: str) -> None:
    assert str(share) == sentence
    assert share._repr_html_() == f"<p>{sentence.replace('<', '&lt;')}</p>"


def test_a_sheet_is_a_card_and_escaped() -> None:
    sheet = spaser.sheet("median_offers")
    card = sheet._repr_html_()
    assert "<h4>" in card and "<code>median_offers</code>" in card
    assert card.count("<dt>") == card.count("<dd>") == 9
    assert "<dt>Unité</dt><dd>offres</dd>" in card
    assert f"<dt>Effectif minimal</dt><dd>5{N}marchés</dd>" in card
    assert f"<dt>Définition</dt><dd>1, depuis le 1er{N}octobre{N}2021</dd>" in card
    words = dict.fromkeys(("label", "code", "numerator", "denominator", "why", "legal", "version"), HOSTILE)
    assert "<img" not in replace(sheet, **words, cautions=(HOSTILE,), noun=(HOSTILE, HOSTILE))._repr_html_()
    with pytest.raises(ValueError, match="'offers' is not an indicator: choose one of environmental_share"):
        spaser.sheet("offers")


@pytest.fixture(scope="module")
def report() -> Report:
    return open_report("2022-T3", "CT2")


def test_a_report_and_its_buyer_are_one_line(report: Report) -> None:
    line = f"Données fictives. Rapport 2022-T3{N}: Pays d’Aix (CT2), 64{N}marchés depuis le 1er janvier, données au 1er{N}mars{N}2026."
    assert repr(report) == line
    hostile = replace(report, territory=replace(report.territory, name=HOSTILE))
    assert "<img" not in hostile._repr_html_() and "&lt;img" in hostile._repr_html_()
    assert repr(report.organisation) == (
        "<Organisation amp: Métropole Aix-Marseille-Provence, SIREN 200054807, 6 territories>"
    )


def test_a_ledger_is_counted_by_rule_then_told_entry_by_entry(report: Report) -> None:
    table = spaser.ledger(report)
    counts = [int(row[1]) for row in table.rows]
    assert sum(counts) == len(report.ledger)
    assert counts == sorted(counts, reverse=True)
    assert table.rows[0] == (
        *("Montant écrit avec une unité ou une ponctuation inhabituelle (amount_format)", "9", "Réparé"),
        *("registre-marches_fictif_2026-03-01.csv, 862, montant", "61 412,83 €", "61412.83"),
    )
    entries = spaser.ledger(report, "amount_format")
    assert entries.caption.endswith(f"(amount_format) : 9{N}entrées")
    assert len(entries.rows) == 9
    assert entries.rows[0][1:] == table.rows[0][2:]
    with pytest.raises(ValueError, match="no entry of 'nothing': choose one of amount_format, "):
        spaser.ledger(report, "nothing")


def test_a_ledger_is_escaped_and_may_be_empty(report: Report) -> None:
    hostile = replace(
        report, ledger=report.ledger.assign(source_file=HOSTILE, before=HOSTILE, reason=HOSTILE, uid=HOSTILE)
    )
    for table in (spaser.ledger(hostile), spaser.ledger(hostile, "amount_format")):
        assert "&lt;img" in table._repr_html_() and "<img" not in table._repr_html_()
    assert "Rien n’a été réparé" in repr(spaser.ledger(replace(report, ledger=report.ledger.head(0))))


def test_without_widgets_the_views_of_the_report_and_a_command(
    report: Report, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    spaser.choose(report, lambda one: f"{one.quarter} {one.territory.code}")
    assert "requirements.lock" in (said := capsys.readouterr().out)
    assert said.endswith("2022-T3 CT2\n")
