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
    """The distinct rows, most frequent first (ties by their text), and each row's place among them."""
    combined = np.zeros(len(values), dtype=np.int64)
    for name in values:
        # Dense again after each column, so that the product of many columns cannot overflow.
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
    alphabet = [letter(code) for code in range(int(codes.max()) + 1)] if len(codes) else []
    return "".join(alphabet[code] for code in codes.tolist())


def letters_by_account(accounts: Codes, codes: Codes, number: int) -> list[str]:
    """For each of `number` accounts the letters of its codes, in the order given."""
    order = np.argsort(accounts, kind="stable")
    text = letters(codes[order])
    ends = np.cumsum(np.bincount(accounts, minlength=number)) if len(accounts) else np.zeros(number, dtype=np.int64)
    starts = np.concatenate([[0], ends])[:-1].astype(np.int64)  # cut last: of no accounts there are no starts
    return [text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


def steps(figures: Sequence[float] | npt.NDArray[Any]) -> list[int]:
    """Whole figures as differences: sorted columns become small numbers."""
    whole = np.asarray(figures).astype(np.int64)
    return np.diff(whole, prepend=0).tolist()


def packed(content: Any) -> str:
    """JSON, gzipped without a time stamp, as base64: the same content gives the same text."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), compresslevel=9, mtime=0)).decode()
