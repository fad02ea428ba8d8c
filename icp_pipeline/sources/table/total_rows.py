"""Lines with totals that reports put below or between their records."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_WORDS = (
    *("total", "totals", "grand total", "grand totals", "subtotal", "subtotals", "sub-total", "sub total"),
    *("overall total", "sum", "summe", "gesamt", "gesamtsumme", "gesamtergebnis", "zwischensumme"),
    *("insgesamt", "total général", "total general", "sous-total", "totaal", "eindtotaal", "subtotaal", "totale"),
    *(
        "totale complessivo",
        "subtotale",
        "suma",
        "suma total",
        "soma",
        "total geral",
        "razem",
        "suma końcowa",
        "celkem",
    ),
    *("summa", "totalsumma", "i alt", "yhteensä", "итого", "общий итог", "всего", "toplam", "genel toplam"),
    *("合计", "总计", "小计", "合計", "総計", "小計", "총합계", "합계"),
)
_ENDS = (":", "")
REASON = "a line with a total, not a record: the cell that names the record says so"


def total_rows(ids: pa.Array) -> np.ndarray:
    """Numbers of rows whose id is the word for a total; a company may be called Total, but has another id."""
    words = [f"{word}{end}" for word in _WORDS for end in _ENDS]
    told = pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(ids)), pa.array(words))
    return np.flatnonzero(told.to_numpy(zero_copy_only=False))
