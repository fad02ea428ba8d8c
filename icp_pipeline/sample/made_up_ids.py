"""Salesforce record ids: 15 case-sensitive characters, plus 3 that make them safe to compare without case."""

import numpy as np
from numpy.typing import NDArray

_BASE62 = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", dtype=np.uint8)
_CHECK = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", dtype=np.uint8)
_SPACE = 62**6
# Odd and not a multiple of 31, so that it shares no factor with 62**6 and distinct numbers stay distinct.
_STRIDE = 5_364_209_317

ACCOUNT, OPPORTUNITY, CONTACT, LEAD, HISTORY, CONTACT_ROLE, USER = "001", "006", "003", "00Q", "008", "00K", "005"


def salesforce_ids(prefix: str, numbers: NDArray[np.int64]) -> NDArray[np.object_]:
    """18-character ids of one object type, one per number; equal numbers give equal ids."""
    scattered = (numbers.astype(np.int64) * (_STRIDE % _SPACE)) % _SPACE
    text = np.empty((len(numbers), 15), dtype=np.uint8)
    text[:, :9] = np.frombuffer(f"{prefix}Hs0000".encode(), dtype=np.uint8)
    for place in range(14, 8, -1):
        text[:, place] = _BASE62[scattered % 62]
        scattered //= 62
    return _with_check(text)


def case_twins(prefix: str) -> tuple[str, str]:
    """Two valid ids that differ only by the case of one letter: case-folding joins merge them."""
    stems = np.frombuffer(f"{prefix}Hs00004kXyZa{prefix}Hs00004kXyZA".encode(), dtype=np.uint8).reshape(2, 15)
    first, second = _with_check(stems)
    return str(first), str(second)


def _with_check(text: NDArray[np.uint8]) -> NDArray[np.object_]:
    upper = (text >= ord("A")) & (text <= ord("Z"))
    blocks = upper.reshape(len(text), 3, 5)
    check = _CHECK[(blocks * np.array([1, 2, 4, 8, 16])).sum(axis=2)]
    whole = np.ascontiguousarray(np.hstack([text, check]))
    return whole.view("S18").ravel().astype("U18").astype(object)
