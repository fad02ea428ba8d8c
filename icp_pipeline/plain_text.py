"""Columns of text, nearly every cell of which is plain: the bytes of all are looked at at once, odd cells one by one.

Plain is what begins with a letter or digit, does not end with a blank, and has only printable ASCII in between; so is
the empty text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_ASCII = [chr(code) for code in range(128)]
# By byte; those of letters beyond ASCII are none of either.
_IS_PRINTABLE = np.array([*(letter.isprintable() for letter in _ASCII), *[False] * 128])
_IS_ALNUM = np.array([*(letter.isalnum() for letter in _ASCII), *[False] * 128])


def mended(column: pd.Series[Any], mend: Callable[[Any], str]) -> pa.LargeStringArray:
    """What `mend` makes of each cell; of NULL it has to make an empty text, and plain text it has to leave alone."""
    if not isinstance(column.dtype, pd.StringDtype):
        return pa.array(map(mend, column.tolist()), pa.large_string())
    texts = pc.fill_null(_one_array(pa.array(column)), "")
    is_odd = ~are_plain(texts)
    if not is_odd.any():
        return texts
    odd = texts.filter(pa.array(is_odd)).dictionary_encode()
    distinct = pa.array(map(mend, odd.dictionary.to_pylist()), pa.large_string())
    return pc.replace_with_mask(texts, pa.array(is_odd), distinct.take(odd.indices))


def are_plain(texts: pa.LargeStringArray) -> npt.NDArray[np.bool_]:
    """Which of the texts are plain; none of them may be NULL."""
    bounds, data = text_bytes(texts)
    starts, ends = bounds[:-1], bounds[1:]
    plain = np.ones(len(texts), dtype=bool)
    filled = np.flatnonzero(ends > starts)
    plain[filled] = _IS_ALNUM[data[starts[filled]]] & (data[ends[filled] - 1] != ord(" "))
    strange = np.flatnonzero(~_IS_PRINTABLE[data])
    plain[np.searchsorted(ends, strange, side="right")] = False
    return plain


def text_bytes(texts: pa.LargeStringArray) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Where the texts begin and end (one place more than there are texts), and all their bytes in UTF-8."""
    if len(texts) == 0:
        return np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.uint8)
    _, bounds, data = texts.buffers()
    places = np.frombuffer(bounds, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    return places - places[0], np.frombuffer(data or b"", dtype=np.uint8)[places[0] : places[-1]]


def _one_array(texts: pa.Array | pa.ChunkedArray) -> pa.LargeStringArray:
    whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    return whole.cast(pa.large_string())
