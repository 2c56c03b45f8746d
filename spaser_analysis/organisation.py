"""Who buys: identity, territories, communes, targets, published results, breaks in series and fiches.

Nothing here knows one buyer: each is a folder of data, read strictly. An unknown or missing key or column, a wrong
SIREN, a code used twice or a commune in no territory is a ValueError that names the file and the place in it. A buyer
may be one whole without territories, and have no commune, objective nor fiche.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from spaser_analysis import workspace
from spaser_analysis.period import Quarter

_STRICT = ConfigDict(extra="forbid")
_LIST = "|"  # separates several values in one cell of a CSV file
_OWN_KEYS = (
    *("slug", "name", "siren", "population_vintage", "institution_names"),
    *("solidarity_definition", "solidarity_reason"),
)
_IDENTITY_KEYS = (*_OWN_KEYS, "whole", "commune_aliases", "tiles", "breaks", "milestones")
_SOLIDARITY_TARGET = "solidarity_spending_share"


def _passes_luhn(number: str) -> str:
    doubled = (int(digit) * (1 + rank % 2) for rank, digit in enumerate(reversed(number)))
    if sum(n - 9 if n > 9 else n for n in doubled) % 10 or not number.strip("0"):
        raise ValueError(f"{number} fails the check of a SIREN or SIRET")
    return number


def _quarter(value: Any) -> Quarter:
    return Quarter.parse(str(value))


Text = Annotated[str, Field(min_length=1)]
Code = Annotated[str, Field(pattern=r"^[A-Z0-9]{2,8}$")]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9-]+$", max_length=60)]
Phrase = Annotated[str, Field(pattern=r"^[a-z0-9]+( [a-z0-9]+)*$")]
Siren = Annotated[str, Field(pattern=r"^[0-9]{9}$"), AfterValidator(_passes_luhn)]
Siret = Annotated[str, Field(pattern=r"^[0-9]{14}$"), AfterValidator(_passes_luhn)]
CommuneCode = Annotated[str, Field(pattern=r"^[0-9][0-9AB][0-9]{3}$")]
IndicatorCode = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
Measure = Literal["number", "value"]
Definition = Literal["A", "B", "C", "D"]
WindowName = Literal["quarter", "year_to_date", "rolling_12_months", "year"]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]
Year = Annotated[int, Field(strict=True, ge=1900, le=9998)]
Aliases = dict[CommuneCode, tuple[CommuneCode, ...]]
Place = Annotated[int, Field(strict=True, ge=1, le=12)]
Tiles = dict[Code, tuple[Place, Place]]
Record = TypeVar("Record")


@dataclass(frozen=True, config=_STRICT)
class Territory:
    """A part of the organisation, or the whole of it; ``aliases`` are folded phrases that name it in an object."""

    code: Code
    slug: Slug
    name: Text
    seat: str = ""
    former_name: str = ""
    former_siren: Siren | None = None
    sirets: tuple[Siret, ...] = ()
    aliases: tuple[Phrase, ...] = ()


@dataclass(frozen=True, config=_STRICT)
class Commune:
    """A commune; ``aliases`` are other codes read as this one (arrondissements)."""

    code_insee: CommuneCode
    name: Text
    territory: Code
    population: Annotated[int, Field(ge=0)]
    aliases: tuple[CommuneCode, ...] = ()


@dataclass(frozen=True, config=_STRICT)
class Target:
    """An objective of the scheme: a share between 0 and 1, due at the end of ``year``."""

    indicator: IndicatorCode
    measure: Measure
    value: Share
    year: Year
    label: Text
    source: Text
    note: str = ""


@dataclass(frozen=True, config=_STRICT)
class Milestone:
    """A result the organisation has published itself; ``windows`` are those its wording can mean."""

    indicator: IndicatorCode
    measure: Measure
    quarter: Annotated[Quarter, BeforeValidator(_quarter)]
    windows: Annotated[tuple[WindowName, ...], Field(min_length=1)]
    value: Share
    approximate: Annotated[bool, Field(strict=True)]
    wording: Text
    source: Text
    note: str = ""


@dataclass(frozen=True, config=_STRICT)
class Break:
    """The first day from which a series no longer compares with what comes before; ``of_territories``: theirs only."""

    day: Annotated[date, Field(strict=True)]
    label: Text
    reason: Text
    source: Text
    of_territories: Annotated[bool, Field(strict=True)] = False

    @property
    def quarter(self) -> Quarter:
        """The quarter that holds that day."""
        return Quarter.of(self.day)


@dataclass(frozen=True, config=_STRICT)
class Fiche:
    """A fiche of the scheme; without number nor title where it is not known, and ``note`` says why."""

    axis: Text
    objectives: tuple[Text, ...]
    indicators: tuple[IndicatorCode, ...]
    note: Text
    number: Annotated[int, Field(strict=True, ge=1)] | None = None
    title: Text | None = None


@dataclass(frozen=True, config=_STRICT)
class Organisation:
    """A buyer; ``whole`` is the buyer taken as one territory, beside its ``territories`` where it has some.

    ``tiles``: column and row of each territory on the schematic map, which holds where it has all of them.
    ``solidarity_definition`` says which suppliers are "entreprises solidaires" (data/reference/solidarity.toml), and
    ``solidarity_reason``, in French, why; None where the buyer has not chosen.
    """

    slug: Slug
    name: Text
    siren: Siren
    whole: Territory
    territories: tuple[Territory, ...]
    communes: tuple[Commune, ...]
    targets: tuple[Target, ...]
    milestones: tuple[Milestone, ...]
    breaks: tuple[Break, ...]
    fiches: tuple[Fiche, ...]
    institution_names: tuple[Phrase, ...] = ()
    population_vintage: str = ""
    fiches_source: str = ""
    solidarity_definition: Definition | None = None
    solidarity_reason: str = ""
    tiles: tuple[tuple[Code, tuple[Place, Place]], ...] = ()

    def __repr__(self) -> str:
        return f"<Organisation {self.slug}: {self.name}, SIREN {self.siren}, {len(self.territories)} territories>"

    @property
    def all_territories(self) -> tuple[Territory, ...]:
        """The whole, then each territory in the order of its file."""
        return (self.whole, *self.territories)

    def territory(self, code: str) -> Territory:
        """The territory of that code, the whole included; a ValueError that lists the known codes if there is none."""
        for territory in self.all_territories:
            if territory.code == code:
                return territory
        known = ", ".join(territory.code for territory in self.all_territories)
        raise ValueError(f"{code!r} is not a territory of {self.name}: choose one of {known}")

    def target(self, indicator: str, measure: str) -> Target | None:
        """The objective for that indicator in that measure; None where the scheme has none."""
        return next((t for t in self.targets if (t.indicator, t.measure) == (indicator, measure)), None)


def load_organisation(slug: str = "amp", folder: Path | None = None) -> Organisation:
    """Read ``<folder>/<slug>``; ``folder`` is the project's own ``data/organisations`` unless given.

    A ValueError names the file and the place of what is wrong, or the known organisations if ``slug`` is none of them.
    """
    root = folder or workspace.organisations()
    known = _slugs(root)
    if slug not in known:
        raise ValueError(f"{slug!r} is not an organisation of {root}: choose one of {', '.join(known) or '(none)'}")
    place = root / slug
    identity_file, targets_file, fiches_file = (
        place / name for name in ("organisation.toml", "targets.toml", "fiches.toml")
    )
    identity = _read_toml(identity_file, _IDENTITY_KEYS)
    fiches = _read_toml(fiches_file, ("source", "fiches"))
    aliases = _build(Aliases, identity.get("commune_aliases", {}), identity_file, "[commune_aliases]")
    values = {key: identity[key] for key in _OWN_KEYS if key in identity} | {
        "whole": _build(Territory, identity.get("whole"), identity_file, "[whole]"),
        "territories": _territories(place / "territories.csv"),
        "communes": _communes(place / "communes.csv", aliases),
        "tiles": tuple(_build(Tiles, identity.get("tiles", {}), identity_file, "[tiles]").items()),
        "targets": _tables(Target, _read_toml(targets_file, ("targets",)), "targets", targets_file),
        "milestones": _tables(Milestone, identity, "milestones", identity_file),
        "breaks": _tables(Break, identity, "breaks", identity_file),
        "fiches": _tables(Fiche, fiches, "fiches", fiches_file),
        "fiches_source": _build(str, fiches.get("source", ""), fiches_file, "source"),
    }
    organisation = _build(Organisation, values, identity_file, "")
    _check_consistency(organisation, place, aliases)
    return organisation


def all_organisations(folder: Path | None = None) -> tuple[Organisation, ...]:
    """Every organisation of the folder, in the order of their slugs; a ValueError if two have one SIREN."""
    root = folder or workspace.organisations()
    organisations = tuple(load_organisation(slug, root) for slug in _slugs(root))
    _refuse_duplicates((organisation.siren for organisation in organisations), root, "siren")
    return organisations


def _slugs(root: Path) -> list[str]:
    return sorted(path.parent.name for path in root.glob("*/organisation.toml"))


def _build(kind: type[Record], values: Any, file: Path, place: str) -> Record:
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        details = "; ".join(f"{'.'.join(map(str, e['loc']))} {e['msg']}".strip() for e in error.errors())
        raise ValueError(f"{file}: {place} {details}".replace(":  ", ": ")) from None


def _read_toml(file: Path, keys: Sequence[str]) -> dict[str, Any]:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{file}: {error}") from None
    if unknown := set(document) - set(keys):
        raise ValueError(f"{file}: unknown key {', '.join(sorted(unknown))}; the known ones are {', '.join(keys)}")
    return document


def _tables(kind: type[Record], document: dict[str, Any], key: str, file: Path) -> tuple[Record, ...]:
    """Every ``[[key]]`` of a TOML document."""
    rows = document.get(key, [])
    if not isinstance(rows, list):
        raise ValueError(f"{file}: write {key} as [[{key}]]")
    return tuple(_build(kind, row, file, f"[[{key}]] {number}:") for number, row in enumerate(rows, start=1))


def _read_csv(file: Path, columns: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows of a CSV file, each after its place; the header must be exactly ``columns``, lines with # are comments."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
        kept = [(number, line) for number, line in enumerate(lines, start=1) if not line.startswith("#")]
        reader = csv.reader([line for _, line in kept], strict=True)
        rows = [(kept[reader.line_num - 1][0], cells) for cells in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{file}: {error}") from None
    if not rows or rows[0][1] != list(columns):
        raise ValueError(f"{file}: line {rows[0][0] if rows else 1} must be {','.join(columns)}")
    for number, cells in rows[1:]:
        if len(cells) != len(columns):
            raise ValueError(f"{file}: line {number} has {len(cells)} cells instead of {len(columns)}")
        yield f"line {number}:", dict(zip(columns, cells, strict=True))


def _territories(file: Path) -> tuple[Territory, ...]:
    columns = ("code", "slug", "name", "seat", "former_name", "former_siren", "sirets", "aliases")
    rows = _read_csv(file, columns)
    told = ((place, row, {name: _split(row[name]) for name in ("sirets", "aliases")}) for place, row in rows)
    return tuple(
        _build(Territory, row | lists | {"former_siren": row["former_siren"] or None}, file, place)
        for place, row, lists in told
    )


def _communes(file: Path, aliases: Aliases) -> tuple[Commune, ...]:
    columns = ("code_insee", "name", "territory", "population")
    return tuple(
        _build(Commune, row | {"aliases": aliases.get(row["code_insee"], ())}, file, place)
        for place, row in _read_csv(file, columns)
    )


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(_LIST)) if cell else ()


def _check_consistency(organisation: Organisation, place: Path, aliases: Aliases) -> None:
    """What no single record can tell: uniqueness, and references from one file to another."""

    def wrong(file: str, cause: str) -> ValueError:
        return ValueError(f"{place / file}: {cause}")

    territories, communes = organisation.all_territories, organisation.communes
    if organisation.slug != place.name:
        raise wrong("organisation.toml", f"slug {organisation.slug!r} is not the name of its folder")
    if communes and not organisation.population_vintage:
        raise wrong("organisation.toml", "population_vintage is needed: there are communes")
    if organisation.fiches and not organisation.fiches_source:
        raise wrong("fiches.toml", "source is needed: there are fiches")
    for column in ("code", "slug"):
        _refuse_duplicates((getattr(t, column) for t in territories), place / "territories.csv", column)
    for column in ("sirets", "aliases"):
        every = (value for t in territories for value in getattr(t, column))
        _refuse_duplicates(every, place / "territories.csv", column)
    for territory in territories:
        for siret in territory.sirets:
            if not siret.startswith(organisation.siren):
                raise wrong("territories.csv", f"{territory.code} siret {siret} is not of {organisation.siren}")
    codes = [code for commune in communes for code in (commune.code_insee, *commune.aliases)]
    _refuse_duplicates(codes, place / "communes.csv", "code_insee")
    known = {territory.code for territory in organisation.territories or (organisation.whole,)}
    for commune in communes:
        if commune.territory not in known:
            raise wrong("communes.csv", f"{commune.code_insee} is in unknown territory {commune.territory}")
    _refuse_duplicates((f"{tile}" for _, tile in organisation.tiles), place / "organisation.toml", "[tiles] place")
    if lost := set(aliases) - {commune.code_insee for commune in communes}:
        raise wrong("organisation.toml", f"[commune_aliases] unknown commune {', '.join(sorted(lost))}")
    targets = (f"{target.indicator} {target.measure}" for target in organisation.targets)
    _refuse_duplicates(targets, place / "targets.toml", "indicator and measure")
    definition = organisation.solidarity_definition
    if definition is None and any(target.indicator == _SOLIDARITY_TARGET for target in organisation.targets):
        raise wrong("organisation.toml", f"solidarity_definition is needed: {_SOLIDARITY_TARGET} is a target")
    if (definition is None) != (not organisation.solidarity_reason):
        raise wrong("organisation.toml", "solidarity_definition and solidarity_reason go together")


def _refuse_duplicates(values: Iterable[str], file: Path, column: str) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise ValueError(f"{file}: {column} {value} is there twice")
        seen.add(value)
