"""The house style of the drawings: matplotlib's own fonts, colours that differ in lightness, fixed margins."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import Bbox, Transform
from PIL import Image

from spaser_analysis.formatting import typeset
from spaser_analysis.views.elements import Spot

# Each colour also differs in lightness, and each state has its hatch: a black and white print stays readable.
INK, SOFT, RULE = "#1b1f24", "#57606a", "#c9ced6"
YES, NO, UNKNOWN = "#0b5a7a", "#dfe5ea", "#ffffff"
TARGET, PREVIOUS = "#a33b00", "#8a939c"
HATCH_UNKNOWN = "////"

WIDTH_INCHES = 7.0
DOTS_PER_INCH = 144
SCREEN_DOTS_PER_INCH = 110
_SCALE = SCREEN_DOTS_PER_INCH / DOTS_PER_INCH
HIT = 16  # pixels of the page that a pointer meets without effort
_COLORS = 64  # enough for a dozen flat colours and their edges, a third of the size

_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "text.color": INK,
    "axes.edgecolor": RULE,
    "axes.labelcolor": SOFT,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titley": 1.0,  # told, so that matplotlib does not measure every tick to find it
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": "#e6e9ed",
    "grid.linewidth": 0.7,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "hatch.linewidth": 0.6,
    "figure.facecolor": "white",
    "savefig.bbox": None,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Everything drawn inside has the look of the house."""
    with rc_context(_STYLE):
        yield


def panels(
    columns: int, height_inches: float, left: float, between: float, right: float = 0.3, top: float = 0.4
) -> tuple[Figure, list[Axes]]:
    """A drawing of ``columns`` panels side by side; the four widths and heights, in inches, are kept for text."""
    figure = Figure(figsize=(WIDTH_INCHES, height_inches), dpi=DOTS_PER_INCH)
    width = (WIDTH_INCHES - left - right - between * (columns - 1)) / columns
    figure.subplots_adjust(
        left=left / WIDTH_INCHES,
        right=1 - right / WIDTH_INCHES,
        top=1 - top / height_inches,
        bottom=0.72 / height_inches,
        wspace=between / width,
    )
    return figure, list(figure.subplots(1, columns, squeeze=False)[0])


def label(axis: Axes, text: str, place: tuple[float, float], offset: tuple[float, float], **look: Any) -> None:
    """A text beside a place of the drawing, at an offset in points."""
    axis.annotate(text, place, xytext=offset, textcoords="offset points", **look)


def column(axis: Axes, left: float, right: float, text: str) -> None:
    """A spot from the foot to the top of the panel."""
    _spot(axis, (left, right), (0, 1), text, axis.get_xaxis_transform())


def row(axis: Axes, bottom: float, top: float, text: str) -> None:
    """A spot from one side of the panel to the other."""
    _spot(axis, (0, 1), (bottom, top), text, axis.get_yaxis_transform())


def point(axis: Axes, x: float, low: float, high: float, text: str) -> None:
    """A spot around a mark and up to its high bound, above those of columns and rows."""
    _spot(axis, (x, x), (low, high), text, axis.transData, HIT * 72 / SCREEN_DOTS_PER_INCH)


def _spot(
    axis: Axes, x: tuple[float, float], y: tuple[float, float], text: str, where: Transform, around: float = 0
) -> None:
    """An unseen line with its text as its name: it changes no limit, and ends where the drawing does."""
    axis.add_artist(Line2D(x, y, marker="s", markersize=around, transform=where, visible=False, gid=text))


def spots(figure: Figure) -> tuple[Spot, ...]:
    """The spots of a finished drawing: columns and rows, then points, of which those that overlap are one."""
    found: list[tuple[Bbox, str]] = []
    points: list[tuple[Bbox, str]] = []
    for line in (one for one in figure.findobj(Line2D) if isinstance(one, Line2D)):
        box, text = line.get_window_extent(), line.get_gid()
        if not text:
            continue
        if not line.get_markersize():
            found.append((box.padded(0, max(0, HIT / _SCALE - box.height) / 2), text))
            continue
        near = [one for one in points if one[0].fully_overlaps(box)]
        points = [one for one in points if one not in near]
        points.append((Bbox.union([*(one for one, _ in near), box]), "\n".join((*(one for _, one in near), text))))
    return tuple(_on_page(box, text, *size(figure)) for box, text in (*found, *points))


def _on_page(box: Bbox, text: str, width: int, height: int) -> Spot:
    left, right = (min(max(round(one * _SCALE), 0), width) for one in (box.x0, box.x1))
    top, bottom = (min(max(height - round(one * _SCALE), 0), height) for one in (box.y1, box.y0))
    return Spot(left, top, right - left, bottom - top, typeset(text))


def png(figure: Figure, footer: str) -> bytes:
    """The drawing as a file, with its source below; same drawing, same bytes."""
    with house_style():
        figure.text(0.08 / WIDTH_INCHES, 0.09 / figure.get_figheight(), footer, fontsize=7, color=SOFT, va="bottom")
        for axis in (one for axes in figure.axes for one in (axes.xaxis, axes.yaxis)):
            if not axis.get_label_text():  # told where to stand, or every tick is measured to find it
                axis.set_label_coords(0, 0)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
    drawn = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    file = io.BytesIO()
    drawn.quantize(_COLORS, dither=Image.Dither.NONE).save(file, format="png", optimize=True)
    return file.getvalue()


def size(figure: Figure) -> tuple[int, int]:
    """Width and height on the page, in pixels."""
    return round(WIDTH_INCHES * SCREEN_DOTS_PER_INCH), round(figure.get_figheight() * SCREEN_DOTS_PER_INCH)
