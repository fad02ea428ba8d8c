"""Who the companies are: every trait of every account, drawn before any deal or outcome exists."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from icp_pipeline.sample.streams import Floats, Ints, pick, stream
from icp_pipeline.sample.vocabulary import (
    AREA_CODES,
    BUDGET_OWNER,
    BUSINESS_MODEL,
    COUNTRIES,
    EMPLOYEE_BANDS,
    INDUSTRIES,
    LEAD_SOURCE,
    LEGAL_FORMS,
    NAME_HEADS,
    NAME_TAILS,
    OWNERSHIP,
    TECHNOLOGIES,
)

_REVENUE_PER_HEAD_USD = 140_000


def make_traits(accounts: int, seed: int, as_of: date) -> pd.DataFrame:
    """One row per account: the truth about it, with nothing missing."""
    rng = stream(seed, "traits")
    frame = pd.DataFrame({"account": np.arange(accounts)})
    frame["industry"] = pick(rng, {name: item.share for name, item in INDUSTRIES.items()}, accounts)
    frame["sub_industry"] = _one_of(rng, [INDUSTRIES[name].below for name in frame["industry"]])
    frame["employees"] = _employees(rng, accounts)
    frame["annual_revenue_usd"] = _revenue(rng, frame["employees"].to_numpy())
    _add_places(frame, rng)
    frame["ownership"] = pick(rng, OWNERSHIP, accounts)
    frame["business_model"] = pick(rng, BUSINESS_MODEL, accounts)
    frame["founded_year"] = rng.integers(1975, as_of.year - 3, accounts)
    frame["budget_owner"] = pick(rng, BUDGET_OWNER, accounts)
    frame["lead_source"] = pick(rng, LEAD_SOURCE, accounts)
    frame["area_code"] = (200 + rng.integers(0, AREA_CODES, accounts)).astype(str)
    frame["seats"] = np.maximum(1, rng.lognormal(3.6, 0.9, accounts).astype(int))
    frame["has_revops"] = rng.random(accounts) < 0.35
    for technology, share in TECHNOLOGIES.items():
        frame[technology_column(technology)] = rng.random(accounts) < share
    _add_names(frame, stream(seed, "names"))
    return frame


def technology_column(technology: str) -> str:
    """The trait column that says whether an account uses a technology."""
    return "uses_" + technology.lower().replace(" ", "_")


def _employees(rng: np.random.Generator, size: int) -> Ints:
    """Log-uniform inside bands, so that the planted band's share does not depend on a distribution's tail."""
    low, high, share = (np.array(part, dtype=float) for part in zip(*EMPLOYEE_BANDS, strict=True))
    band = rng.choice(len(share), size=size, p=share / share.sum())
    drawn = np.exp(rng.uniform(np.log(low[band]), np.log(high[band])))
    return np.minimum(np.floor(drawn), high[band] - 1).astype(np.int64)


def _revenue(rng: np.random.Generator, employees: Ints) -> Floats:
    """A proxy: revenue follows headcount and has no effect of its own."""
    return np.round(employees * _REVENUE_PER_HEAD_USD * np.exp(rng.normal(0, 0.45, len(employees))), -3)


def _add_places(frame: pd.DataFrame, rng: np.random.Generator) -> None:
    country = pick(rng, {name: item.share for name, item in COUNTRIES.items()}, len(frame))
    places = _one_of(rng, [COUNTRIES[name].places for name in country])
    frame["country"] = country
    frame["country_code"] = [COUNTRIES[name].code for name in country]
    frame["region"] = [COUNTRIES[name].region for name in country]
    frame["currency"] = [COUNTRIES[name].currency for name in country]
    frame["city"] = [place[0] for place in places]
    frame["state"] = [place[1] for place in places]


def _add_names(frame: pd.DataFrame, rng: np.random.Generator) -> None:
    """Names and domains are unique: after the plain word pairs are used up, a number is added."""
    heads, tails = (np.array(words.split(), dtype=object) for words in (NAME_HEADS, NAME_TAILS))
    pairs = len(heads) * len(tails)
    order = rng.permutation(pairs)
    number = np.arange(len(frame))
    pair, lap = order[number % pairs], number // pairs
    stem = heads[pair // len(tails)] + tails[pair % len(tails)]
    suffix = np.where(lap > 0, (lap + 1).astype(str).astype(object), "")
    forms = _one_of(rng, [LEGAL_FORMS.get(code, ("Ltd",)) for code in frame["country_code"]])
    comma = np.where(np.array(forms, dtype=object) == "Inc.", ", ", " ")
    frame["short_name"] = stem + np.where(lap > 0, " ", "") + suffix
    frame["name"] = frame["short_name"].to_numpy(dtype=object) + comma + np.array(forms, dtype=object)
    frame["domain"] = np.array([name.lower() for name in stem + suffix], dtype=object) + ".example"


def _one_of(rng: np.random.Generator, choices: list[tuple]) -> list:
    """One element of each tuple, evenly."""
    at: NDArray[np.float64] = rng.random(len(choices))
    return [options[int(place * len(options))] for options, place in zip(choices, at, strict=True)]
