"""Bins for numbers without `bins` in `icp.yaml`: by quantiles of the accounts that are learned from, with round ends.

They stay while the live ICP, or a proposed one, has points for them: moved levels would lose their points. A refit
splits those that newer values suggest to split, see `finer_bins`.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from icp_pipeline.names import TableName
from icp_pipeline.run.finer_bins import carry_over, finer_edges
from icp_pipeline.settings.schema import Settings
from icp_pipeline.settings.tables import unbinned, usd_per_unit
from icp_pipeline.warehouse.build import Build

Bins = dict[str, tuple[float, ...]]
Floats = npt.NDArray[np.float64]
Parquet = Mapping[str, tuple[Path, ...]]

_TABLE = TableName("history", "attribute_bins")
# `history`: the schema in the work file or in a published one. The last run is the last that was published: ids are
# dated by clocks, and one that was ahead would bring back bins that were split since, which no version has points for.
_KEPT = """
select bins.attribute, bins.lower_bound
from {history}.attribute_bins as bins
left join {history}.runs as runs on bins.run_id = runs.run_id
qualify rank() over (partition by bins.attribute order by coalesce(runs.sequence, 0) desc, bins.run_id desc) = 1
order by bins.attribute, bins.lower_bound
"""
_SCORED = """
select distinct evidence.attribute from history.icp_evidence as evidence
inner join history.icp_versions as versions
    on versions.icp_id = evidence.icp_id and versions.icp_version = evidence.icp_version
where versions.status in ('live', 'proposed')
"""
# Whose deals are in which column: traits are compared on these accounts.
_DEAL_ACCOUNTS = {
    "salesforce_opportunity": "account_id",
    "hubspot_deal": "company_id",
    "deal": "account_id",
    "deal_account": "account_id",
}
_RECORD = ["record_kind", "source_name", "record_id", "attribute"]
# Members that a bin should have on average: at least three times what evidence of a level needs.
_PER_BIN = 30
_FEWEST_BINS, _MOST_BINS = 2, 8
# What is rare mostly lies at an end: of 10,000 borrowers (ISLR's Default) four fifths of those who defaulted are in
# the top eighth by balance, from one in twenty there to more than half. So the two ends of eight bins are halved while
# each half has so many values (some twenty ranked customers, where a third of deals is won) and a hundredth of all.
# AUC of the later part, with eight bins and so (bench.method.public): mlc_churn .814 -> .857, credit_card .824 -> .849,
# Default .913 -> .932, hmda .766 -> .782, lending_club .745 -> .756, resume .681 -> .687; the others within .003. On
# made-up numbers, nulls have no more criteria than before; three effects spread along numbers lose .002 to .010.
_PER_END_BIN, _END_SHARE = 50, 0.01
# Below this many accounts with deals, the whole market gives better edges.
_FEWEST_OBSERVED = 30
# An end may be rounded by this share of the distance to the next one.
_ROUNDING = 0.2


def quantile_bins(
    build: Build, parquet: Parquet, settings: Settings, as_of: datetime.date, run_id: str, *, is_refit: bool = False
) -> Bins:
    """Inner edges of each numeric attribute without bins, from history or from today's values.

    New ones are added to the history of the work file.
    """
    names = unbinned(settings)
    if not names:
        return {}
    kept = kept_bins(build.frame)
    scored = set(build.frame(_SCORED)["attribute"])
    found = {name: kept[name] for name in names if name in kept and name in scored}
    values = _observed(parquet, settings, [name for name in names if is_refit or name not in found])
    for name, seen in values.items():
        suggested = quantile_edges(seen)
        if name not in found:
            found[name] = suggested
            continue
        found[name] = finer_edges(kept[name], suggested, seen)
        carry_over(build, name, kept[name], found[name], seen)
    new = [
        {"attribute": name, "lower_bound": edge, "as_of": as_of, "run_id": run_id}
        for name in values
        if found[name] != kept.get(name)
        for edge in found[name]
    ]
    if new:
        build.append(_TABLE, pd.DataFrame(new))
    return {name: edges for name, edges in found.items() if edges}


def kept_bins(query: Callable[[str], pd.DataFrame], history: str = "history") -> Bins:
    """Inner edges of each attribute from the last run that made some; `query` runs one statement."""
    kept: Bins = {}
    for name, edge in query(_KEPT.format(history=history)).itertuples(index=False):
        kept[str(name)] = (*kept.get(str(name), ()), float(edge))
    return kept


def quantile_edges(values: npt.ArrayLike) -> tuple[float, ...]:
    """Inner edges of bins with about as many values each, and of smaller ones at the ends if there are many values.

    None if all values are the same; if one value is most of them, such as 0, it has a bin of its own.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    ordered = ordered[np.isfinite(ordered)]
    distinct = np.unique(ordered)
    if len(distinct) < 2:
        return ()
    raw = np.quantile(ordered, _cuts(len(ordered)), method="higher")
    raw = np.unique(np.where(raw == distinct[0], distinct[1], raw))
    places = np.concatenate([distinct[:1], raw, distinct[-1:]])
    edges = []
    for before, edge, after in zip(places, raw, places[2:], strict=False):
        gap = edge - before if after == edge else min(edge - before, after - edge)
        edges.append(_rounded(float(edge), _ROUNDING * float(gap)))
    return tuple(edge for edge in sorted(set(edges)) if edge > distinct[0])


def _cuts(n: int) -> Floats:
    """The edges between bins of n values, as shares of the values below them."""
    bins = int(np.clip(n // _PER_BIN, _FEWEST_BINS, _MOST_BINS))
    end, ends = 1 / bins, list[float]()
    while bins == _MOST_BINS and end / 2 * n >= max(_PER_END_BIN, _END_SHARE * n):
        end /= 2
        ends += [end, 1 - end]
    return np.sort([*np.arange(1, bins) / bins, *ends])


def _rounded(edge: float, tolerance: float) -> float:
    """The roundest number within the tolerance: a multiple of the largest of 1, 2 and 5 times a power of ten."""
    top = math.ceil(math.log10(abs(edge) + tolerance)) + 1
    for power in range(top, top - 18, -1):
        for step in (5.0, 2.0, 1.0):
            size = step * 10.0**power
            near = round(edge / size) * size
            if near != 0 and abs(near - edge) <= tolerance:
                return float(f"{near:.12g}")
    return edge


def _observed(parquet: Parquet, settings: Settings, names: Iterable[str]) -> dict[str, pd.Series]:
    """Each attribute's values: those of accounts with deals if there are enough of them, else all."""
    wanted = sorted(names)
    if not wanted:
        return {}
    values = _values(parquet, settings, wanted)
    is_observed = values["record_id"].isin(_accounts_with_deals(parquet)) | values["record_kind"].isin(_DEAL_ACCOUNTS)
    observed = values[is_observed]
    found: dict[str, pd.Series] = {}
    for name in wanted:
        own, all_own = (frame.loc[frame["attribute"] == name, "amount"] for frame in (observed, values))
        found[name] = own if len(own) >= _FEWEST_OBSERVED else all_own
    return found


def _values(parquet: Parquet, settings: Settings, names: list[str]) -> pd.DataFrame:
    """One number per record and attribute, the last landed one, without those that mean a blank."""
    columns = [*_RECORD, "value", "currency"]
    parts = [
        table.filter(pc.is_in(table["attribute"], value_set=pa.array(names, pa.string()))).to_pandas()
        for table in (pq.read_table(path, columns=columns) for path in parquet.get("field_values", ()))
    ]
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    rates = {code: float(rate) for code, rate in usd_per_unit(settings).items()}
    factor = rows["currency"].replace("HOME", "home").map(rates).astype("float64").where(rows["currency"].notna(), 1.0)
    rows = rows.assign(amount=pd.to_numeric(rows["value"], errors="coerce") * factor)
    rows = rows[np.isfinite(rows["amount"].astype("float64"))].drop_duplicates(_RECORD, keep="last")
    for name in names:
        unknown = {text.strip().lower() for text in settings.attributes[name].unknown or ()}
        means_blank = rows["amount"].isin(pd.to_numeric(pd.Series(sorted(unknown), dtype=object), errors="coerce"))
        rows = rows[~((rows["attribute"] == name) & means_blank)]
    return rows


def _accounts_with_deals(parquet: Parquet) -> set[str]:
    return {
        account
        for kind, column in _DEAL_ACCOUNTS.items()
        for path in parquet.get(kind, ())
        for account in pq.read_table(path, columns=[column])[column].to_pylist()
        if account
    }
