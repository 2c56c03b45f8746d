"""What someone may do to an edition, and the name that the audit must give it."""

from __future__ import annotations

import base64
import csv
import io
import json
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spaser_analysis.publishing import signing
from spaser_analysis.publishing.manifest import MANIFEST
from spaser_analysis.publishing.seal import signature_of

PERIOD = "2022-T3"
NAMES_OF_A_FLIP = {
    "editions.json": {"list_altered"},
    "editions.json.sig": {"list_altered"},
    f"{PERIOD}/{MANIFEST}": {"manifest_altered"},
    f"{PERIOD}/{MANIFEST}.sig": {"signature_unreadable", "signature_altered", "wrong_key"},
}


@dataclass(frozen=True)
class Place:
    """A copy of the editions and of their inputs, and a key that nobody allowed."""

    reports: Path
    inputs: Path
    stranger: Path

    @property
    def edition(self) -> Path:
        return self.reports / PERIOD


Expected = tuple[set[str], str]
"""The kinds of which one must be found, with that text in its name."""


def flipped_bit(at: Place, chance: random.Random) -> Expected:
    files = sorted(path for path in at.edition.rglob("*") if path.is_file()) + sorted(at.reports.glob("editions.json*"))
    path = chance.choice(files)
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    name = path.relative_to(at.reports).as_posix()
    return NAMES_OF_A_FLIP.get(name, {"file_altered"}), name.removeprefix(f"{PERIOD}/").removesuffix(".sig")


def edited_figure(at: Place, chance: random.Random) -> Expected:
    path = chance.choice(sorted(at.edition.rglob("indicateurs.csv")))
    rows = list(csv.reader(io.StringIO(path.read_text())))
    numbers = [
        (rank, place) for rank, row in enumerate(rows[1:], 1) for place, text in enumerate(row)
        if rows[0][place] in ("yes", "no", "unknown", "low", "high", "amount_cents", "before", "minimum_count")
        and text.replace(".", "").isdigit()
    ]  # fmt: skip
    rank, place = chance.choice(numbers)
    rows[rank][place] = str(
        float(rows[rank][place]) / 2 + 0.25 if "." in rows[rank][place] else int(rows[rank][place]) + 1
    )
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    path.write_text(stream.getvalue())
    return {"figure_altered"}, f" {rows[0][place]}"


def edited_figure_in_a_notebook(at: Place, chance: random.Random) -> Expected:
    path, notebook = _notebook(at, chance)
    data = notebook["cells"][-1]["outputs"][0]["data"]
    lines = data["text/csv"]
    rank = chance.randrange(1, len(lines))
    cells = lines[rank].split(",")
    place = next(place for place, text in reversed(list(enumerate(cells))) if text.strip().replace(".", "").isdigit())
    cells[place] = cells[place].replace(cells[place].strip(), cells[place].strip() + "7")
    lines[rank] = ",".join(cells)
    _write(path, notebook)
    return {"figure_altered"}, _name(at, path)


def swapped_image(at: Place, chance: random.Random) -> Expected:
    notebooks = [(path, json.loads(path.read_text())) for path in sorted(at.edition.glob("*/report.ipynb"))]
    images = [
        (path, notebook, cell["id"], rank, output["data"]) for path, notebook in notebooks for cell in notebook["cells"]
        for rank, output in enumerate(cell.get("outputs", []), 1) if "image/png" in output.get("data", {})
    ]  # fmt: skip
    (path, notebook, cell, rank, data), (*_, other) = chance.sample(images, 2)
    same = data["image/png"] == other["image/png"]
    data["image/png"] = base64.b64encode(b"\x89PNG no longer").decode() if same else other["image/png"]
    _write(path, notebook)
    return {"image_altered"}, f"{_name(at, path)}, cell {cell}, output {rank}"


def edited_markdown(at: Place, chance: random.Random) -> Expected:
    path, notebook = _notebook(at, chance)
    cell = chance.choice([cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"])
    cell["source"] = ["".join(cell["source"]) + " Tout va bien."]
    _write(path, notebook)
    return {"markdown_altered"}, f"{_name(at, path)}, cell {cell['id']}"


def edited_code(at: Place, chance: random.Random) -> Expected:
    path, notebook = _notebook(at, chance)
    plain = [cell for cell in notebook["cells"] if cell["cell_type"] == "code" and not cell["metadata"].get("tags")]
    cell = chance.choice(plain)
    cell["source"] = ["".join(cell["source"]) + "\nprint()"]
    _write(path, notebook)
    return {"code_altered"}, f"{_name(at, path)}, cell {cell['id']}"


def edited_page(at: Place, chance: random.Random) -> Expected:
    path = chance.choice(sorted(at.edition.glob("*/report.html")))
    parts = path.read_text().split("<td")
    rank = chance.randrange(1, len(parts))
    parts[rank] = parts[rank].replace("</td>", " !</td>", 1)
    path.write_text("<td".join(parts))
    return {"section_altered"}, _name(at, path)


def changed_parameter(at: Place, chance: random.Random) -> Expected:
    path, notebook = _notebook(at, chance)
    cell = next(cell for cell in notebook["cells"] if "injected-parameters" in cell["metadata"].get("tags", []))
    lines = "".join(cell["source"]).splitlines()
    rank = chance.choice([rank for rank, line in enumerate(lines) if " = " in line])
    name = lines[rank].partition(" = ")[0]
    lines[rank] = f'{name} = "CT9"'
    cell["source"] = ["\n".join(lines)]
    _write(path, notebook)
    return {"parameter_altered"}, f"{_name(at, path)}, parameter {name}"


def dropped_report(at: Place, chance: random.Random) -> Expected:
    folder = chance.choice(_folders(at))
    shutil.rmtree(folder)
    return {"report_missing"}, folder.name


def dropped_file(at: Place, chance: random.Random) -> Expected:
    path = chance.choice(sorted(at.edition.glob("*/*")))
    path.unlink()
    return {"file_missing"}, _name(at, path)


def added_file(at: Place, chance: random.Random) -> Expected:
    path = chance.choice(_folders(at)) / "notes.html"
    path.write_text("<p>Ajouté</p>")
    return {"file_unexpected"}, _name(at, path)


def replaced_report(at: Place, chance: random.Random) -> Expected:
    one, other = chance.sample(_folders(at), 2)
    shutil.rmtree(one)
    shutil.copytree(other, one)
    return {"report_replaced"}, one.name


def report_of_a_former_revision(at: Place, chance: random.Random) -> Expected:
    folder = chance.choice([one for one in _folders(at) if one.name != "methode"])  # which may say the same
    shutil.rmtree(folder)
    shutil.copytree(at.reports / "revisions" / f"{PERIOD}-r1" / folder.name, folder)
    return {"report_replaced"}, folder.name


def rolled_back(at: Place, chance: random.Random) -> Expected:
    shutil.rmtree(at.edition)
    shutil.copytree(at.reports / "revisions" / f"{PERIOD}-r1", at.edition)
    return {"rolled_back"}, PERIOD


def shortened_list(at: Place, chance: random.Random) -> Expected:
    path = at.reports / "editions.json"
    entries = json.loads(path.read_text())
    del entries[chance.randrange(len(entries))]
    path.write_text(json.dumps(entries, indent=1) + "\n")
    return {"list_altered"}, path.name


def removed_list(at: Place, chance: random.Random) -> Expected:
    (at.reports / "editions.json").unlink()
    return {"list_missing"}, "editions.json"


def removed_edition(at: Place, chance: random.Random) -> Expected:
    folder = at.reports / chance.choice(["2022", "revisions/2022-r1"])
    shutil.rmtree(folder)
    return {"edition_missing"}, "2022-r2" if folder.name == "2022" else "2022-r1"


def altered_input(at: Place, chance: random.Random) -> Expected:
    path = chance.choice(
        [one for one in sorted(at.inputs.glob("*.csv")) if "mandats" in one.name or "registre" in one.name]
    )
    lines = path.read_bytes().splitlines(keepends=True)
    del lines[chance.randrange(1, len(lines))]
    path.write_bytes(b"".join(lines))
    return {"input_altered"}, path.name


def altered_manifest(at: Place, chance: random.Random) -> Expected:
    path = at.edition / MANIFEST
    told = json.loads(path.read_text())
    (whole,) = (one for one in told["@graph"] if one["@id"] == "#edition")
    edition = json.loads(whole["value"])
    name = chance.choice(["snapshot", "version", "platform", "files", "inputs", "previous"])
    if name == "files":
        edition["files"][chance.choice(sorted(edition["files"]))] = "0" * 64
    elif name == "inputs":
        edition["inputs"][chance.randrange(len(edition["inputs"]))]["used"] += 1
    else:
        edition[name] = "2021-01-01"
    whole["value"] = json.dumps(edition, ensure_ascii=False, sort_keys=True)
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    return {"manifest_altered"}, MANIFEST


def wrong_key(at: Place, chance: random.Random) -> Expected:
    path = chance.choice([at.edition / MANIFEST, at.reports / "editions.json"])
    signature_of(path).write_bytes(signing.sign(path.read_bytes(), at.stranger))
    return {"wrong_key"}, path.name


def removed_signature(at: Place, chance: random.Random) -> Expected:
    path = chance.choice([at.edition / MANIFEST, at.reports / "editions.json"])
    signature_of(path).unlink()
    return {"signature_missing"}, path.name


Tampering = Callable[[Place, random.Random], Expected]
TAMPERINGS: tuple[Tampering, ...] = (
    flipped_bit, edited_figure, edited_figure_in_a_notebook, swapped_image, edited_markdown, edited_code, edited_page,
    changed_parameter, dropped_report, dropped_file, added_file, replaced_report, report_of_a_former_revision, rolled_back,
    shortened_list, removed_list, removed_edition, altered_manifest, wrong_key, removed_signature,
)  # fmt: skip
OFTEN = 4  # times more than the others: flipped bits, which can fall anywhere


def campaign(count: int, chance: random.Random) -> Iterator[Tampering]:
    """Each of them in turn, then flipped bits and others at random; an altered input, which is slow to tell, once in fifty."""
    for rank in range(count):
        if rank % 50 == 49:
            yield altered_input
        elif rank < len(TAMPERINGS):
            yield TAMPERINGS[rank]
        else:
            yield chance.choice((*TAMPERINGS, *[flipped_bit] * OFTEN))


def _folders(at: Place) -> list[Path]:
    return sorted(path.parent for path in at.edition.glob("*/report.ipynb"))


def _notebook(at: Place, chance: random.Random) -> tuple[Path, dict[str, Any]]:
    path = chance.choice(sorted(at.edition.glob("*/report.ipynb")))
    return path, json.loads(path.read_text())


def _write(path: Path, notebook: dict[str, Any]) -> None:
    path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n")


def _name(at: Place, path: Path) -> str:
    return path.relative_to(at.edition).as_posix()
