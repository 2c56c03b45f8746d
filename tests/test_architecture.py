"""The house: import directions, pure rooms, versions that agree, files that may not exist."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from spaser_analysis import workspace

HOME = workspace.home()
PACKAGE = HOME / "spaser_analysis"
MODULES = sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def rooms(path: Path) -> set[str]:
    """The rooms of the package that a module imports from."""
    return {name.split(".")[1] for name in imports(path) if name.startswith("spaser_analysis.")}


# Each room and those it may not import from (design.md, section 3).
FORBIDDEN = {
    "sources": {"cleaning", "indicators", "trends", "views", "publishing", "cli", "ingest", "tables", "report"},
    "cleaning": {"indicators", "trends", "views", "publishing", "cli", "ingest", "tables", "report"},
    "indicators": {
        *("sources", "cleaning", "trends", "views", "publishing", "cli", "ingest", "tables", "report", "workspace"),
    },
    "programming": {
        "sources",
        "trends",
        "views",
        "publishing",
        "cli",
        "ingest",
        "tables",
        "report",
        "plan",
        "workspace",
    },
    "trends": {"sources", "cleaning", "views", "publishing", "cli", "ingest", "tables", "report", "workspace"},
    "views": {"sources", "cleaning", "publishing", "cli", "ingest", "tables", "workspace"},
    "publishing": {"sources", "cleaning", "trends", "views", "portal", "cli", "ingest"},
    "portal": {"sources", "cleaning", "trends", "programming", "audit", "cli", "ingest", "snapshot", "tables"},
}


@pytest.mark.parametrize("room", FORBIDDEN)
def test_import_direction(room: str) -> None:
    wrong = {path.name: rooms(path) & FORBIDDEN[room] for path in (PACKAGE / room).rglob("*.py")}
    assert {name: found for name, found in wrong.items() if found} == {}


def test_nothing_imports_the_command_line() -> None:
    assert [path.name for path in MODULES if "cli" in rooms(path)] == []


PURE = [
    path
    for room in ("cleaning", "indicators", "programming", "trends", "views")
    for path in (PACKAGE / room).rglob("*.py")
    # reference data, the prose of the rules and of the sheets, the words of the reports
    if f"{room}/{path.stem}" not in ("cleaning/reference", "cleaning/rules", "indicators/sheet", "views/labels")
]
IMPURE = re.compile(
    r"\b(open\(|read_text|write_text|read_csv|to_csv\(\s*[\"']|Path\(|os\.environ|datetime\.now|date\.today|time\.time|random\.)"
)


@pytest.mark.parametrize("path", PURE, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_pure_rooms_touch_no_file_clock_nor_environment(path: Path) -> None:
    assert IMPURE.findall(path.read_text()) == []


def test_no_room_for_everything() -> None:
    assert {"utils", "helpers", "common"}.isdisjoint(path.stem for path in MODULES)


def code_lines(path: Path) -> int:
    """Lines that are neither blank, comment nor docstring."""
    source = path.read_text()
    told: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            told |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(source.splitlines(), 1)
    return sum(number not in told and bool(line.strip()) and not line.strip().startswith("#") for number, line in lines)


def test_the_library_stays_small() -> None:
    """6,000 lines are the aim (docs/decisions/2026-11-size.md): what is above it was counted, and may only shrink."""
    assert sum(map(code_lines, MODULES)) < 16000


def locked() -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (HOME / "requirements.lock").read_text(), re.M))


def test_the_lock_has_hashes_and_no_address() -> None:
    lock = (HOME / "requirements.lock").read_text()
    assert re.search(r"https?://|--index|--find-links|file:", lock) is None
    entries = re.split(r"\n(?=[a-z0-9])", lock)
    assert all("--hash=sha256:" in entry for entry in entries if "==" in entry.split("\n")[0])


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]
    extras = [name for group in project["optional-dependencies"].values() for name in group]
    wanted = {re.split(r"[\[<>=!~ ]", name)[0].lower() for name in [*project["dependencies"], *extras]}
    assert wanted - locked().keys() == set()


def test_the_conda_environment_is_the_lock() -> None:
    text = (HOME / "environment.yml").read_text()
    requires = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]["requires-python"]
    python = re.search(r"- python=(\d+\.\d+)", text)
    assert python is not None
    assert requires == f">={python[1]}"
    assert re.findall(r"^ {6}- (.+)$", text, re.M) == ["--requirement requirements.lock"]
    assert re.findall(r"^  - (\S+)$", text.partition("dependencies:")[2], re.M) == [
        f"python={python[1]}",
        "pip",
        "pip:",
    ]


def test_help_is_light() -> None:
    """The command answers without loading the scientific stack of the notebooks."""
    code = "import sys, spaser_analysis.cli; print([n for n in ('matplotlib', 'papermill', 'nbconvert', 'seaborn') if n in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_no_path_of_a_machine_in_tracked_files() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=HOME, capture_output=True, text=True, check=False).stdout
    for name in filter(None, listed.split("\0")):
        path = HOME / name
        if path.is_file() and path.suffix in (
            ".py",
            ".md",
            ".toml",
            ".ipynb",
            ".csv",
            ".json",
            ".html",
            ".yml",
            ".lock",
            "",
        ):
            assert str(HOME) not in path.read_text(errors="ignore"), name
