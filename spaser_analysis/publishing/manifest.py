"""The manifest of an edition: what it is made of and from, by content, as RO-Crate metadata.

RO-Crate 1.1 (https://w3id.org/ro/crate/1.1) is what tools of research data read. ``read_edition`` gives it back as one value.
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import pyarrow.compute as compute
import pyarrow.csv as csv
import pyarrow.parquet as parquet
from pydantic import Field, TypeAdapter, ValidationError

from spaser_analysis import schemas
from spaser_analysis.publishing.key import of_bytes
from spaser_analysis.publishing.signing import SIGNATURE

MANIFEST = "ro-crate-metadata.json"
_PROFILE = "https://w3id.org/ro/crate/1.1"
_LICENCE = "https://spdx.org/licenses/etalab-2.0"
_TYPES = {".html": "text/html", ".csv": "text/csv", ".ipynb": "application/x-ipynb+json",
          ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}  # fmt: skip
_WHOLE = "#edition"  # a property whose value is the edition, as JSON: in JSON-LD a value has no structure
_PART = 16  # hexadecimal digits: a part's hash tells where to look; the whole file's is the proof

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,60}$")]  # of one folder or file: it leads nowhere else
Revision = Annotated[int, Field(ge=1, lt=10**6)]


@dataclass(frozen=True)
class Input:
    """An input file, as the catalogue of the clean tables names it."""

    name: str
    sha256: str
    format: str
    read: int
    used: int
    rejected: int
    duplicates: int


@dataclass(frozen=True)
class Run:
    """A report of the edition: its folder below it, its notebook and the parameters that it ran with."""

    slug: Name
    notebook: Name
    parameters: Mapping[str, str | int]


@dataclass(frozen=True)
class Edition:
    """All reports of one period (a quarter, a year) as published at one time.

    ``files``: sha256 by name below ``folder``, of all its files but the manifest and its signature; ``parts`` of some of them
    (``parts_of``). ``tables``: of each clean table the sha256; ``contents`` that of its rows alone, whatever their order and
    the names of the files. ``code``: the hash of ``library``, ``reference``, ``lock`` and of each notebook (``notebook
    methode``). ``previous``: the sha256 of the manifest that came before in the list of editions.
    """

    folder: Path
    period: Name
    organisation: Name
    revision: Revision
    snapshot: str
    version: str
    runs: tuple[Run, ...]
    files: Mapping[str, str]
    parts: Mapping[str, Mapping[str, str]]
    inputs: tuple[Input, ...]
    tables: Mapping[str, str]
    contents: Mapping[str, str]
    code: Mapping[str, str]
    versions: Mapping[str, str]
    platform: str
    previous: str


class NoEdition(Exception):
    """The folder holds no edition, or its manifest cannot be read; the message says why."""


def read_edition(folder: Path) -> Edition:
    """The edition of a folder; NoEdition."""
    path = folder / MANIFEST
    try:
        graph = json.loads(path.read_text(encoding="utf-8"))["@graph"]
        (text,) = (one["value"] for one in graph if one["@id"] == _WHOLE)
        told = json.loads(text)
        json.dumps(
            [graph, told], ensure_ascii=False
        ).encode()  # a ValueError for half characters, which no file could hold
        edition = TypeAdapter(Edition).validate_python({**told, "folder": folder})
        if lacking := {f"notebook {one.notebook}" for one in edition.runs} - set(edition.code):
            raise ValueError(f"no hash of {min(lacking)}")
        if unsafe := [name for name in edition.files if not _is_below(name)]:
            raise ValueError(f"not a name below the edition: {unsafe[0]!r}")
    except OSError as error:
        raise NoEdition(f"{path}: {error.strerror}") from None
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise NoEdition(f"{path}: {place}: {error.errors()[0]['msg']}") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NoEdition(f"{path}: not the manifest of an edition ({error})") from None
    return edition


def _is_below(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and str(path) == name


def written(edition: Edition, buyer: str) -> bytes:
    """The manifest. ``buyer`` is the organisation's name. What the graph has no word for stands in one property, whole."""
    told = {name: value for name, value in asdict(edition).items() if name != "folder"}
    inputs = [f"#input-{rank}" for rank in range(len(edition.inputs))]
    code = {name: f"#code-{name.replace(' ', '-')}" for name in sorted(edition.code)}
    files = [
        {"@id": name, "@type": "File", "name": name, "sha256": digest, "encodingFormat": _type(name)}
        for name, digest in sorted(edition.files.items())
    ]
    graph: list[dict[str, Any]] = [
        {"@id": MANIFEST, "@type": "CreativeWork", "about": {"@id": "./"}, "conformsTo": {"@id": _PROFILE}},
        {
            "@id": "./", "@type": "Dataset", "name": f"{buyer} : {edition.period}, édition {edition.revision}",
            "description": "Rapports d’achats responsables (SPASER), leurs figures et ce sur quoi elles reposent.",
            "datePublished": edition.snapshot, "version": str(edition.revision), "inLanguage": "fr",
            "license": {"@id": _LICENCE}, "publisher": {"@id": "#buyer"}, "hasPart": _ids(name["@id"] for name in files),
            "mentions": _ids(f"#run-{one.slug}" for one in edition.runs),
            "additionalProperty": {"@id": _WHOLE},
        },
        {"@id": _WHOLE, "@type": "PropertyValue", "name": "edition", "value": json.dumps(told, ensure_ascii=False, sort_keys=True)},
        {"@id": "#buyer", "@type": "Organization", "name": buyer, "identifier": edition.organisation},
        {"@id": _LICENCE, "@type": "CreativeWork", "name": "Licence Ouverte 2.0"},
        *files,
        *({"@id": at, "@type": "CreativeWork", "name": one.name, "sha256": one.sha256}
          for at, one in zip(inputs, edition.inputs, strict=True)),
        *({"@id": at, "@type": "SoftwareSourceCode", "name": name, "sha256": edition.code[name], "version": edition.version}
          for name, at in code.items()),
        *({"@id": f"#software-{name}", "@type": "SoftwareApplication", "name": name, "version": version}
          for name, version in sorted(edition.versions.items())),
        *({"@id": f"#run-{one.slug}", "@type": "CreateAction", "name": one.slug,
           "instrument": {"@id": code[f"notebook {one.notebook}"]}, "object": _ids(inputs),
           "result": _ids(name for name in sorted(edition.files) if name.startswith(f"{one.slug}/"))}
          for one in edition.runs),
    ]  # fmt: skip
    context = [f"{_PROFILE}/context", {"sha256": "https://schema.org/sha256"}]
    return (
        json.dumps({"@context": context, "@graph": graph}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    ).encode()


def _type(name: str) -> str:
    return _TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")


def _ids(names: Iterable[str]) -> list[dict[str, str]]:
    return [{"@id": name} for name in names]


def files_of(folder: Path) -> dict[str, str]:
    """The sha256 of every file below an edition's folder, but its manifest and signature; "" for a link, a pipe and the like."""
    paths = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or not path.is_dir()
    }
    return {
        name: of_bytes(path.read_bytes()) if path.is_file() and not path.is_symlink() else ""
        for name, path in paths.items()
        if name not in (MANIFEST, f"{MANIFEST}{SIGNATURE}")
    }


def parts_of(name: str, content: bytes) -> dict[str, str]:
    """What a change can be traced to: the cells of a notebook and their outputs, the sections of a page.

    ValueError where the content is not what its name says.
    """
    if name.endswith(".ipynb"):
        found: dict[str, str] = {}
        for cell in json.loads(content)["cells"]:
            found[f"cell {cell['id']}"] = _part({key: value for key, value in cell.items() if key != "outputs"})
            outputs = enumerate(cell.get("outputs", []), 1)
            found |= {f"cell {cell['id']}, output {rank}": _part(output) for rank, output in outputs}
        return found
    if name.endswith(".html"):
        head, *sections = re.split(r"(?=<h2\b)", content.decode())
        titles = (re.sub(r"<[^>]*>", "", one.partition("</h2>")[0]).strip() for one in sections)
        return {"head": _part(head)} | {
            f"section {rank} {title}": _part(one)
            for rank, (title, one) in enumerate(zip(titles, sections, strict=True), 1)
        }
    return {}


def _part(value: Any) -> str:
    return of_bytes(json.dumps(value, sort_keys=True, ensure_ascii=False).encode())[:_PART]


def contents(clean: Path) -> dict[str, str]:
    """Of each clean table, a hash of its rows, whatever their order and where they were read."""
    found = {}
    for path in sorted(clean.glob("*.parquet")):
        rows = parquet.read_table(path, page_checksum_verification=True)
        if path.stem == schemas.LEDGER.name:  # of a duplicate it tells the record that was kept
            kept = compute.if_else(compute.equal(rows["action"], "duplicate"), None, rows["after"])
            rows = rows.set_column(rows.column_names.index("after"), "after", kept)
        rows = rows.drop_columns([name for name in schemas.RECORD if name in rows.column_names])
        rows = rows.sort_by([(name, "ascending") for name in rows.column_names])
        sink = _Hash()
        csv.write_csv(rows, sink)
        found[path.stem] = sink.found.hexdigest()
    return found


class _Hash(io.RawIOBase):
    """What is written to it, hashed."""

    def __init__(self) -> None:
        super().__init__()
        self.found = hashlib.sha256()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, content: Any) -> int:
        """Take it in."""
        self.found.update(content)
        return len(content)


@cache
def versions() -> dict[str, str]:
    """Those of the libraries that the package names, without its extras."""
    told = metadata.requires("spaser-analysis") or []
    names = sorted(re.split(r"[\[<>=!~; ]", one)[0] for one in told if "extra ==" not in one)
    return {name: metadata.version(name) for name in names}


def this_platform() -> str:
    """The system, the processor and the Python, as far as they may matter to a figure."""
    return f"{platform.system()} {platform.machine()}, {platform.python_implementation()} {platform.python_version()}"
