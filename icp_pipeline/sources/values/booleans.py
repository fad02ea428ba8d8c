"""Yes and no, as spreadsheets and CRMs write them in various languages."""

from __future__ import annotations

import unicodedata

from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.values.numerals import in_ascii

# Spreadsheets' own names of the two values first, by language; then plain yes and no. Words that mean yes in one
# language and no in another are on neither list: `jo` (Norwegian, Albanian), `x` (ticked, wrong).
_TRUE = """
    true wahr vrai verdadero vero verdadeiro waar sant sand sann tosi prawda igaz pravda adevărat doğru истина істина
    правда αληθές αληθησ cert egia tõene resnica тачно đúng benar 真 참 จริง صحيح אמת
    yes ja oui sí sì si sim да так kyllä jah igen ano áno tak evet ναι taip jā já có ya はい 예 네 是 ใช่ نعم כן
    t y j v s 1 1.0 on checked ticked selected ✓ ✔ ☑ ✅
"""
_FALSE = """
    false falsch faux falso onwaar falskt falsk usann epätosi fałsz hamis nepravda fals yanlış ложь хибність неправда
    ψευδές ψευδησ faltsua väär neresnica нетачно sai salah 假 偽 거짓 เท็จ خطأ שקר
    no nein non não нет ні не ei nem ne nie hayır όχι nē nei nej nee không tidak いいえ 아니오 아니요 否 ไม่ใช่ لا לא
    f n 0 0.0 off unchecked unticked unselected ☐
"""
_PLAIN_LETTERS = str.maketrans("łıđ", "lid")


def _folded(word: str) -> str:
    """A word in lower case without accents: capitals are often written without them."""
    word = unicodedata.normalize("NFKD", word.casefold().translate(_PLAIN_LETTERS)).translate(_PLAIN_LETTERS)
    return "".join(char for char in word if not unicodedata.combining(char))


TRUE_WORDS = frozenset(map(_folded, _TRUE.split()))
FALSE_WORDS = frozenset(map(_folded, _FALSE.split()))


def truth(text: str) -> str:
    """`true` or `false`; raises Unusable for any other word."""
    word = _folded(in_ascii(text))
    if word in TRUE_WORDS:
        return "true"
    if word in FALSE_WORDS:
        return "false"
    raise Unusable("not a yes/no value: expected true/false, yes/no or 1/0")
