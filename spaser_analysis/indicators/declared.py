"""What the buyer declares each year under the laws AGEC (reuse, recycled content) and EGalim (catering)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd

from spaser_analysis.indicators.share import count_states
from spaser_analysis.indicators.sheet import Indicator, read_sheets

_PARTS = {
    "agec_reuse_share": ("agec", "reuse"),
    "agec_recycled_share": ("agec", "recycled"),
    "egalim_durable_share": ("egalim", "durable"),
    "egalim_organic_share": ("egalim", "organic"),
}


def declared_share(declarations: pd.DataFrame, by: Sequence[str] = (), *, scheme: str, part: str) -> pd.DataFrame:
    """Declared spending of that part over the total of the categories; columns ``scheme``, ``part``, ``is_part``,
    ``amount_cents`` (see ``basis.declarations_basis``).
    """
    own = declarations[(declarations["scheme"] == scheme) & (declarations["part"] == part)]
    return count_states(own, own["is_part"], by, ("value",))


_SHEETS = read_sheets("declared")
INDICATORS = tuple(
    Indicator(_SHEETS[code], partial(declared_share, scheme=scheme, part=part))
    for code, (scheme, part) in _PARTS.items()
)
