"""Columns of the accounts table as small text: dictionaries and one letter per value, which gzip then halves.

A letter is a code point from 35 up, without the backslash (JSON doubles it) and the surrogates (UTF-8 has none);
`templates/accounts.js` turns letters back into codes.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

_FIRST, _BACKSLASH, _SURROGATES, _SURROGATES_END = 35, 92, 0xD800, 0xE000
Codes = npt.NDArray[np.integer[Any]]


def letter(code: int) -> str:
    """The letter of a code from 0 up."""
    point = _FIRST + code
    point += point >= _BACKSLASH
    return chr(point if point < _SURROGATES else point + _SURROGATES_END - _SURROGATES)


def dictionary(values: pd.DataFrame) -> tuple[list[list[Any]], Codes]:
    """The distinct rows, most frequent first (ties by their text), and each row's position among them."""
    combined = np.zeros(len(values), dtype=np.int64)
    for name in values:
        # Renumbered after each column, so that the product of many columns cannot overflow.
        codes, found = pd.factorize(values[name], use_na_sentinel=False)
        combined = np.unique(combined * max(1, len(found)) + codes, return_inverse=True)[1]
    counts = np.bincount(combined)
    _, first = np.unique(combined, return_index=True)
    distinct = values.iloc[first].astype(object)
    entries = distinct.where(distinct.notna(), None).to_numpy().tolist()
    order = sorted(range(len(entries)), key=lambda place: (-counts[place], str(entries[place])))
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    return [entries[place] for place in order], ranks[combined]


def letters(codes: Codes) -> str:
    """One letter per code."""
    points = _FIRST + np.asarray(codes, dtype=np.int64)
    points += points >= _BACKSLASH
    points += np.where(points >= _SURROGATES, _SURROGATES_END - _SURROGATES, 0)
    return points.astype("<u4").tobytes().decode("utf-32-le")


def letters_by_account(accounts: Codes, codes: Codes, number: int) -> list[str]:
    """For each of `number` accounts the letters of its codes, smallest first."""
    if not len(accounts):
        return [""] * number
    # Both in one number, because that sorts several times faster than one after the other.
    width = int(codes.max()) + 1
    keys = np.sort(accounts.astype(np.int64) * width + codes)
    text = letters(keys % width)
    ends = np.cumsum(np.bincount(keys // width, minlength=number)).tolist()
    return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def steps(figures: Sequence[float] | npt.NDArray[Any]) -> list[int]:
    """Whole numbers as differences: sorted columns become small numbers."""
    whole = np.asarray(figures).astype(np.int64)
    return np.diff(whole, prepend=0).tolist()


def packed(content: Any) -> str:
    """JSON, gzipped without a time stamp, as base64: the same content gives the same text."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # Level 9 takes five times as long for 2 % less.
    return base64.b64encode(gzip.compress(text.encode(), compresslevel=6, mtime=0)).decode()
