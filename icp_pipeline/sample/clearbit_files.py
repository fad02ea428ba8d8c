"""Clearbit-style company files: one with dotted headers, one with prefixed snake-case headers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from icp_pipeline.sample.market import WorldFrames
from icp_pipeline.sample.rows import number_text, write_csv, zulu
from icp_pipeline.sample.streams import stream
from icp_pipeline.sample.traits import technology_column
from icp_pipeline.sample.vocabulary import INDUSTRIES, SAAS, TECHNOLOGIES

_COVERED, _EXACT_EMPLOYEES, _DOTTED = 0.88, 0.6, 0.7
_EMPLOYEE_EDGES = (0, 11, 51, 251, 1_001, 5_001, 10_001, 50_001)
_EMPLOYEE_RANGES = ("1-10", "11-50", "51-250", "251-1K", "1K-5K", "5K-10K", "10K-50K", "50K-100K")
_REVENUE_EDGES = (0, 1e6, 1e7, 5e7, 1e8, 2.5e8, 5e8, 1e9, 1e10)
_REVENUE_RANGES = (
    "$0-$1M",
    "$1M-$10M",
    "$10M-$50M",
    "$50M-$100M",
    "$100M-$250M",
    "$250M-$500M",
    "$500M-$1B",
    "$1B-$10B",
    "$10B+",
)
FREE_MAIL_ROWS = 1


def write_clearbit(folder: Path, frames: WorldFrames) -> dict[str, int]:
    """Write both files; returns the rows per file. The first ends with a free-mail provider listed as a company."""
    rng = stream(frames.seed, "clearbit")
    covered = rng.random(len(frames.observed)) < _COVERED
    rows = _columns(frames, covered, rng)
    dotted = rng.random(len(rows)) < _DOTTED
    provider = rows[dotted].tail(FREE_MAIL_ROWS).assign(domain="gmail.com", name="Gmail")
    first = pd.concat([rows[dotted], provider], ignore_index=True)
    second = rows[~dotted].rename(columns=_snake).assign(company_tech=_semicolons(rows.loc[~dotted, "tech"]))
    return {
        "companies.csv": write_csv(folder / "companies.csv", first),
        "companies_warehouse.csv": write_csv(folder / "companies_warehouse.csv", second),
    }


def _snake(header: str) -> str:
    """`metrics.employeesRange` -> `company_metrics_employeesrange`, as warehouse loaders flatten it."""
    return "company_" + header.replace(".", "_").lower()


def _semicolons(cells: pd.Series) -> list[str]:
    return [";".join(json.loads(cell)) if cell else "" for cell in cells]


def _columns(frames: WorldFrames, covered: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    seen = frames.observed[covered].reset_index(drop=True)
    size = len(seen)
    exact = rng.random(size) < _EXACT_EMPLOYEES
    indexed = np.datetime64(frames.as_of, "s") - rng.integers(86_400, 90 * 86_400, size)
    industry = seen["industry"]
    return pd.DataFrame(
        {
            "domain": seen["domain"],
            "name": seen["short_name"],
            "category.sector": [INDUSTRIES[name].sector if name else "" for name in industry],
            "category.industryGroup": [INDUSTRIES[name].group if name else "" for name in industry],
            "category.industry": industry.fillna(""),
            "category.subIndustry": seen["sub_industry"].fillna(""),
            "metrics.employees": number_text(seen["employees"].where(exact, None), ".0f"),
            "metrics.employeesRange": _ranges(seen["employees"], _EMPLOYEE_EDGES, _EMPLOYEE_RANGES),
            "metrics.estimatedAnnualRevenue": _ranges(seen["annual_revenue_usd"], _REVENUE_EDGES, _REVENUE_RANGES),
            "geo.city": seen["city"],
            "geo.state": seen["state"],
            "geo.country": seen["country"],
            "geo.countryCode": seen["country_code"],
            "tech": _technologies(seen, rng),
            "tags": _tags(seen),
            "domainAliases": np.where(rng.random(size) < 0.04, '["app-' + seen["domain"] + '"]', ""),
            "type": seen["ownership"].str.lower().where(seen["ownership"] != "Subsidiary", "private").fillna(""),
            "foundedYear": number_text(seen["founded_year"], ".0f"),
            "indexedAt": zulu(indexed),
        }
    )


def _ranges(values: pd.Series, edges: tuple[float, ...], names: tuple[str, ...]) -> np.ndarray:
    numbers = values.astype(float).to_numpy()
    slot = np.searchsorted(edges, np.nan_to_num(numbers), side="right") - 1
    return np.where(np.isnan(numbers), "", np.array(names, dtype=object)[np.clip(slot, 0, len(names) - 1)])


def _technologies(seen: pd.DataFrame, rng: np.random.Generator) -> list[str]:
    """A JSON list of slugs; 15 % of what a company uses is not detected."""
    slugs = [name.lower().replace(" ", "_") for name in TECHNOLOGIES]
    uses = np.column_stack([seen[technology_column(name)].to_numpy() for name in TECHNOLOGIES])
    uses &= rng.random(uses.shape) < 0.85
    return [
        json.dumps([slug for slug, used in zip(slugs, row, strict=True) if used]) if any(row) else "" for row in uses
    ]


def _tags(seen: pd.DataFrame) -> list[str]:
    pairs = zip(seen["industry"], seen["business_model"], strict=True)
    return [
        ";".join(tag for tag in ("SaaS" if industry == SAAS else "", model or "") if tag) for industry, model in pairs
    ]
