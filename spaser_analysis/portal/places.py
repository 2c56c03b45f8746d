"""Where each territory stands on the map: on a grid that the organisation lays out, or in the outlines that it gives.

The outlines are a GeoJSON file (RFC 7946) ``territoires.geojson`` in the organisation's folder: one feature a territory, with
its code in ``properties.code``. This project has none of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from spaser_analysis.organisation import Organisation

_COLUMNS = 3  # of a grid that nobody has laid out
_WIDTH = 320  # of the outlines, in pixels: what is finer than one is left out

_Degrees = Annotated[float, Field(allow_inf_nan=False, ge=-180, le=180)]
_Ring = list[tuple[_Degrees, _Degrees] | tuple[_Degrees, _Degrees, float]]


class _Polygon(BaseModel):
    type: Literal["Polygon"]
    coordinates: list[_Ring]

    @property
    def rings(self) -> list[_Ring]:
        return self.coordinates


class _MultiPolygon(BaseModel):
    type: Literal["MultiPolygon"]
    coordinates: list[list[_Ring]]

    @property
    def rings(self) -> list[_Ring]:
        return list(chain.from_iterable(self.coordinates))


class _Code(BaseModel):
    code: str


class _Feature(BaseModel):
    properties: _Code
    geometry: Annotated[_Polygon | _MultiPolygon, Field(discriminator="type")]


class _Collection(BaseModel):
    features: Annotated[list[_Feature], Field(min_length=1)]


@dataclass(frozen=True)
class Outlines:
    """The territories as paths of SVG by code, in a drawing of that width and height."""

    width: int
    height: int
    paths: Mapping[str, str]


def tiles(buyer: Organisation) -> dict[str, tuple[int, int]]:
    """Column and row of each territory, from 1: the organisation's own where it places all, else in the order of its file."""
    own, codes = dict(buyer.tiles), [one.code for one in buyer.territories]
    in_order = {code: (rank % _COLUMNS + 1, rank // _COLUMNS + 1) for rank, code in enumerate(codes)}
    return {code: own[code] for code in codes} if own.keys() >= set(codes) else in_order


def outlines(file: Path, buyer: Organisation) -> Outlines | None:
    """Those of the organisation's file, None without one; ValueError where it is no GeoJSON of all its territories."""
    if not file.is_file():
        return None
    try:
        features = TypeAdapter(_Collection).validate_json(file.read_bytes()).features
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{file}: {'.'.join(map(str, first['loc']))} {first['msg']}") from None
    rings = {one.properties.code: one.geometry.rings for one in features}
    if rings.keys() != {one.code for one in buyer.territories}:
        raise ValueError(f"{file}: its codes are {', '.join(sorted(rings))}, not those of the territories")
    points = [point for one in rings.values() for ring in one for point in ring]
    west, east = min(one[0] for one in points), max(one[0] for one in points)
    south, north = min(one[1] for one in points), max(one[1] for one in points)
    flat = math.cos(math.radians((south + north) / 2))  # a degree of longitude is that much shorter
    scale = _WIDTH / max((east - west) * flat, 1e-9)

    def drawn(ring: _Ring) -> Iterator[str]:
        pixels = ((round((one[0] - west) * flat * scale), round((north - one[1]) * scale)) for one in ring)
        return (f"{x} {y}" for (x, y), _ in groupby(pixels))

    paths = {code: "".join(f"M{'L'.join(drawn(ring))}Z" for ring in own) for code, own in rings.items()}
    return Outlines(_WIDTH, max(1, round((north - south) * scale)), paths)
