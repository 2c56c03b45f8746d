"""The folder of another buyer, from the commented files of ``data/templates/organisation``."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from string import Template
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from spaser_analysis import workspace
from spaser_analysis.cleaning.text import fold
from spaser_analysis.organisation import Siren, Slug, all_organisations, load_organisation

Name = Annotated[str, Field(pattern=r"^\P{Cc}*[^\s\p{Cc}]\P{Cc}*$")]  # one line, not blank


def new_organisation(siren: str, name: str, slug: str | None = None, folder: Path | None = None) -> Path:
    """Write ``<folder>/<slug>``, which loads as it is, and return it; ``slug`` comes from the name unless given.

    ``folder`` is the project's own ``data/organisations`` unless given. ValueError, with nothing written: a SIREN that
    fails its key or is another organisation's, a slug that is one already or cannot be a folder's name.
    """
    root = folder or workspace.organisations()
    chosen = _checked(Slug, fold(name).replace(" ", "-")[:60] if slug is None else slug, "slug")
    values = {"slug": chosen, "name": _checked(Name, name, "name"), "siren": _checked(Siren, siren, "siren")}
    if (root / chosen).exists():
        raise ValueError(f"{root / chosen} is there already: choose another --slug")
    if others := [one.slug for one in all_organisations(root) if one.siren == siren]:
        raise ValueError(f"siren {siren} is that of organisation {others[0]}")
    root.mkdir(parents=True, exist_ok=True)
    quoted = {key: json.dumps(value, ensure_ascii=False) for key, value in values.items()}  # as TOML writes a text
    with tempfile.TemporaryDirectory(prefix=".staging-", dir=root) as staging:
        made = Path(staging) / chosen
        made.mkdir()
        for file in sorted(workspace.template("organisation").iterdir()):
            text = Template(file.read_text(encoding="utf-8")).substitute(quoted)
            (made / file.name).write_text(text, encoding="utf-8")
        load_organisation(chosen, Path(staging))
        return made.rename(root / chosen)


def _checked(kind: Any, value: str, what: str) -> str:
    try:
        return str(TypeAdapter(kind).validate_python(value))
    except ValidationError as error:
        raise ValueError(f"{what} {value!r}: {error.errors()[0]['msg']}") from None
