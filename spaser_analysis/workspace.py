"""Where files are. No other module builds a path to the project's own folders.

``SPASER_HOME`` names another project folder, ``SPASER_CLEAN`` other clean tables, ``SPASER_REPORTS`` other editions.
"""

from __future__ import annotations

import os
from pathlib import Path

_PROJECT = Path(__file__).resolve().parent.parent


def home() -> Path:
    """The project's folder."""
    return Path(os.environ.get("SPASER_HOME") or _PROJECT)


def lock() -> Path:
    """The exact versions of all packages."""
    return home() / "requirements.lock"


def organisations() -> Path:
    """One folder an organisation."""
    return home() / "data" / "organisations"


def outlines(organisation: str) -> Path:
    """The outlines of the territories of an organisation that gives some."""
    return organisations() / organisation / "territoires.geojson"


def reference(name: str) -> Path:
    """A file of reference data."""
    return home() / "data" / "reference" / name


def template(name: str) -> Path:
    """A template of an input, or its Table Schema."""
    return home() / "data" / "templates" / name


def sample() -> Path:
    """The fictitious inputs, and what makes them."""
    return home() / "data" / "sample"


def sample_snapshots() -> tuple[Path, ...]:
    """The fictitious inputs as they were on several days, one folder a day, oldest first."""
    return tuple(sorted(path for path in sample().glob("????-??-??") if path.is_dir()))


def sample_clean(snapshot: str | None = None) -> Path:
    """The clean tables of the fictitious inputs, of their last snapshot unless told another day."""
    days = [path.name for path in sample_snapshots()]
    return home() / "data" / "clean-sample" / (snapshot or (days[-1] if days else "none"))


def raw() -> Path:
    """The user's own inputs."""
    return home() / "data" / "raw"


def user_clean() -> Path:
    """The clean tables of the user's own inputs."""
    return home() / "data" / "clean"


def clean() -> Path:
    """The clean tables to read: ``SPASER_CLEAN``, else the user's own, else the sample's."""
    if chosen := os.environ.get("SPASER_CLEAN"):
        return Path(chosen)
    return user_clean() if catalogue(user_clean()).is_file() else sample_clean()


def notebooks() -> Path:
    """The notebooks' sources."""
    return home() / "notebooks"


def reports() -> Path:
    """The published editions."""
    return Path(os.environ.get("SPASER_REPORTS") or home() / "reports")


def report_folder(reports_folder: Path, quarter: str, territory_slug: str) -> Path:
    """The folder of one report; a ValueError if the two names lead anywhere but below ``reports_folder``."""
    root = reports_folder.resolve()
    folder = (root / quarter / territory_slug).resolve()
    if folder.parent.parent != root:
        raise ValueError(f"{quarter}/{territory_slug} is not a place for a report")
    return folder


def edition_key(reports_folder: Path, quarter: str, territory_slug: str) -> Path:
    """What the report of that folder rests on: the batch's own note, which is no part of the edition."""
    return report_folder(reports_folder / "keys", quarter, f"{territory_slug}.json")


def editions_list(reports_folder: Path) -> Path:
    """The chained list of all editions and their revisions."""
    return reports_folder / "editions.json"


def former_edition(reports_folder: Path, name: str) -> Path:
    """Where an edition is kept once another has taken its place."""
    return former_editions(reports_folder) / name


def former_editions(reports_folder: Path) -> Path:
    """The folder of those whose place another has taken."""
    return reports_folder / "revisions"


def allowed_signers() -> Path:
    """Who may sign the editions of each organisation."""
    return home() / "data" / "allowed_signers"


def signing_key(organisation: str) -> Path:
    """The private key of an organisation on this machine; never in the project."""
    folder = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(folder) / "spaser-analysis" / f"{organisation}.key"


def failed(reports_folder: Path) -> Path:
    """What is left of each report that failed: beside the folder of the editions."""
    return reports_folder.parent / "failed"


def audits() -> Path:
    """Where audit reports go: apart from the editions, which they must not change."""
    return home() / "audit"


def comparison() -> Path:
    """Where the comparison of buyers goes: beside the editions, of which it is none."""
    return reports() / "comparaison"


def table(clean_folder: Path, name: str) -> Path:
    """The Parquet file of a clean table."""
    return clean_folder / f"{name}.parquet"


def catalogue(clean_folder: Path) -> Path:
    """The list of the input files behind the clean tables."""
    return clean_folder / "catalogue.json"
