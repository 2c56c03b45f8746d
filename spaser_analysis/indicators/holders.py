"""Who holds the contracts, and on which terms: size, place, solidarity, groupings, subcontracting, advances."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd

from spaser_analysis.indicators.share import count_states
from spaser_analysis.indicators.sheet import Indicator, read_sheets

# Column of the contracts (see ``basis.contracts_basis``) that each share counts.
_STATES = {
    "sme_share": "is_sme",
    "local_share": "is_local",
    "solidarity_contract_share": "is_solidarity",
    "grouping_share": "is_grouping",
    "subcontracting_share": "sousTraitanceDeclaree",
    "advance_share": "attributionAvance",
}


def holder_share(contracts: pd.DataFrame, by: Sequence[str] = (), *, state: str) -> pd.DataFrame:
    """Contracts whose nullable boolean column ``state`` is yes; of several holders, one that is yes is enough."""
    return count_states(contracts, contracts[state], by)


_SHEETS = read_sheets("holders")
INDICATORS = tuple(Indicator(_SHEETS[code], partial(holder_share, state=state)) for code, state in _STATES.items())
