"""The map: a grid, or outlines that the organisation gives."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from spaser_analysis.portal.places import outlines, tiles
from tests.portal.published import AMP

TWO = replace(AMP, territories=AMP.territories[:2], communes=())


def test_the_grid_of_the_organisation_else_one_in_its_order() -> None:
    assert tiles(AMP)["CT4"] == (3, 3)
    plain = replace(AMP, tiles=AMP.tiles[:5])
    assert tiles(plain) == {"CT1": (1, 1), "CT2": (2, 1), "CT3": (3, 1), "CT4": (1, 2), "CT5": (2, 2), "CT6": (3, 2)}
    assert len(set(tiles(AMP).values())) == 6


def square(west: float, south: float) -> list[list[float]]:
    return [[west, south], [west + 1, south], [west + 1, south + 1], [west, south + 1], [west, south]]


def collection(*features: tuple[str, str, object]) -> str:
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"code": code},
                    "geometry": {"type": kind, "coordinates": coordinates},
                }
                for code, kind, coordinates in features
            ],
        }
    )


def test_outlines(tmp_path: Path) -> None:
    file = tmp_path / "territoires.geojson"
    assert outlines(file, TWO) is None
    file.write_text(collection(("CT1", "Polygon", [square(-1, -0.5)]), ("CT2", "MultiPolygon", [[square(0, -0.5)]])))
    drawn = outlines(file, TWO)
    assert drawn is not None
    assert (drawn.width, drawn.height) == (320, 160)
    assert drawn.paths == {"CT1": "M0 160L160 160L160 0L0 0L0 160Z", "CT2": "M160 160L320 160L320 0L160 0L160 160Z"}


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("{", "Invalid JSON"),
        ("[]", "should be an object"),
        (collection(("CT1", "Point", [0, 0])), "does not match any of the expected tags"),
        (collection(("CT1", "Polygon", [square(-1, 0)])), "its codes are CT1, not those of the territories"),
        (collection(("CT1", "Polygon", [[[0, 1e9]]]), ("CT2", "Polygon", [square(0, 0)])), "less than or equal to 180"),
        (collection(("CT1", "Polygon", [square(-1, 0)]), ("<script>", "Polygon", [square(0, 0)])), "its codes are"),
    ],
)
def test_what_is_no_outline_is_refused_with_its_file(text: str, cause: str, tmp_path: Path) -> None:
    file = tmp_path / "territoires.geojson"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"territoires\.geojson") as error:
        outlines(file, TWO)
    assert cause in str(error.value)
