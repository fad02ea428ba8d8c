"""Won, lost or still open: from a deal's flags, or without them from its stage.

A stage is known by its internal name, by a label in one of the languages CRMs come in, or by its probability:
1 is won, 0 is lost. What no rule decides is left unknown and counted; a file in which nothing decides is blocked.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.sources.refusal import Held
from icp_pipeline.sources.table.cell_columns import Cells, map_values


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WON = _words(
    "won win gewonnen gagné gagnée gagne gagnee conclue conclu ganado ganada ganho ganha vinto vinta vunnet vunnen "
    "vundet voitettu wygrana wygrany vyhráno kazanıldı 成約 受注 赢单 成单 성사"
)
_LOST = _words(
    "lost verloren perdu perdue perdido perdida perso persa tapt förlorad förlorat tabt hävitty menetetty przegrana "
    "przegrany prohráno kaybedildi 失注 输单 丢单 실패"
)
_CLOSED = _words(
    "closed close abgeschlossen geschlossen abschluss gesloten fermé fermée ferme fermee clôturé clôturée clos cierre "
    "cerrado cerrada fechado fechada chiuso chiusa stängd stängt lukket avsluttet suljettu zamknięte zamknięta "
    "uzavřeno kapatıldı"
)
_BETWEEN = _words("deal und and en et y e affaire negocio negócio trattativa vente")
# Stages of HubSpot's and Salesforce's default pipelines that are still open.
_OPEN = frozenset(
    {
        *("appointmentscheduled", "qualifiedtobuy", "presentationscheduled", "decisionmakerboughtin", "contractsent"),
        *("prospecting", "qualification", "needsanalysis", "valueproposition", "iddecisionmakers"),
        *("perceptionanalysis", "proposalpricequote", "negotiationreview"),
    }
)
_PIPELINE = re.compile(r"\s*\([^()]*\)\s*$")


def stage_outcome(stage: str) -> str | None:
    """`won`, `lost` or `open` by a stage's internal name or label; None if neither decides."""
    bare = _PIPELINE.sub("", stage).strip().casefold()
    letters = re.sub(r"[\W_]+", "", bare)
    if letters in ("closedwon", "closedlost"):
        return letters.removeprefix("closed")
    if letters in _OPEN:
        return "open"
    words = re.findall(r"[^\W\d_]+", bare)
    known = _WON | _LOST | _CLOSED | _BETWEEN
    lead = words[: next((place for place, word in enumerate(words) if word not in known), len(words))]
    is_whole = len(lead) == len(words)
    says_closed = any(word in _CLOSED for word in lead)
    won, lost = any(word in _WON for word in words), any(word in _LOST for word in words)
    if won == lost or not any(word in (_WON | _LOST) for word in lead) or not (is_whole or says_closed):
        return None
    return "won" if won else "lost"


def probability_outcomes(texts: pa.Array) -> pa.Array:
    """By probability: all is won, zero lost, in between open. The scale, 0-1 or 0-100, is the column's."""
    numbers = map_values(texts, _fraction)
    values = pc.cast(numbers, pa.float64())
    top = pc.max(values).as_py()
    full = 100.0 if top is not None and top > 1 else 1.0
    word = pc.if_else(pc.equal(values, full), "won", pc.if_else(pc.equal(values, 0.0), "lost", "open"))
    return pc.if_else(pc.is_valid(values), word, pa.scalar(None, pa.string()))


def _fraction(text: str) -> str | None:
    """A probability as a number; with a percent sign it is always on the scale of 100."""
    has_sign = text.strip().endswith("%")
    try:
        value = float(text.strip().removesuffix("%").strip().replace(",", "."))
    except ValueError:
        return None
    return str(value if not has_sign or value in (0.0, 100.0) else max(value, 1.5))


def decide(won: str, closed: str, stage: str, export: str) -> Callable[[Cells], None]:
    """Fill missing won and closed flags, and record in `outcome_from` what decided.

    Scratch columns `closed_lost`, `probability` and `forecast` help if a layout reads them. `export` names the
    columns that a blocked file lacks.
    """

    def finish(cells: Cells) -> None:
        is_won, is_closed, is_lost = (_flag(cells, name) for name in (won, closed, "closed_lost"))
        by_flag = _first(
            _when(is_won, True, "won"),
            _when(is_lost, True, "lost"),
            _both(is_closed, True, is_won, False, "lost"),
            _both(is_closed, True, is_lost, False, "won"),
            _when(is_closed, False, "open"),
        )
        by_stage = map_values(cells.get(stage), stage_outcome)
        by_odds = probability_outcomes(cells.get("probability"))
        # A forecast category says closed for won deals only; lost ones are omitted, and so are some open ones.
        by_forecast = map_values(cells.get("forecast"), lambda text: "won" if text.casefold() == "closed" else None)
        by_rule = _first(by_stage, by_forecast, by_odds)
        # The flag says not won, the stage says won: the flag is the CRM's own statement.
        contradicted = pc.and_kleene(pc.equal(is_won, False), pc.equal(by_rule, "won"))
        by_rule = pc.if_else(pc.fill_null(contradicted, False), None, by_rule)
        told = _first(by_flag, _closed_only(by_rule, is_closed))
        _refuse_untold(cells, told, export)
        _write(cells, won, closed, told, is_closed)
        source = pc.if_else(pc.is_valid(by_flag), "flag", pc.if_else(pc.is_valid(by_stage), "stage", "probability"))
        cells.columns["outcome_from"] = pc.if_else(pc.is_valid(told), source, "nothing")

    return finish


def stage_flags(cells: Cells) -> None:
    """What the stages of a mapped CRM mean: from its flags, else from probability and name.

    A won flag that lost stages have too means closed, and does not show which others are won: the file is blocked.
    """
    by_name = _first(map_values(cells.get("stage_id"), stage_outcome), map_values(cells.get("label"), stage_outcome))
    by_odds = probability_outcomes(cells.get("probability"))
    is_won, is_closed = _flag(cells, "is_won"), _flag(cells, "is_closed")
    says_lost = pc.or_(_is(by_name, "lost"), _is(by_odds, "lost"))
    if pc.any(pc.and_kleene(is_won, says_lost)).as_py():
        raise Held(
            f"'{cells.spellings.get('is_won', 'is_won')}' is true for lost stages too, so it means closed and not won. "
            "Map the stage's probability instead, which is 1 for won stages: `probability:` in place of `is_won:`"
        )
    by_rule = _closed_only(_first(by_odds, by_name), is_closed)
    told = _first(
        _when(is_won, True, "won"),
        _when(is_closed, False, "open"),
        _both(is_closed, True, is_won, False, "lost"),
        by_rule,
    )
    # The flag says not won; the rest decides whether it is lost or open.
    told = pc.if_else(pc.fill_null(pc.and_kleene(pc.equal(is_won, False), pc.equal(told, "won")), False), None, told)
    _write(cells, "is_won", "is_closed", told, is_closed, is_won)


def _closed_only(by_rule: pa.Array, is_closed: pa.Array) -> pa.Array:
    """A deal that is closed by its flag is not open by its stage; the stage only says how it ended."""
    ended = pc.if_else(pc.is_in(by_rule, pa.array(["won", "lost"])), by_rule, pa.scalar(None, pa.string()))
    return pc.if_else(pc.fill_null(is_closed, False), ended, by_rule)


def _is(words: pa.Array, word: str) -> pa.Array:
    return pc.fill_null(pc.equal(words, word), False)


def _write(
    cells: Cells, won: str, closed: str, told: pa.Array, is_closed: pa.Array, is_won: pa.Array | None = None
) -> None:
    by_told = pc.if_else(pc.equal(told, "won"), "true", pc.if_else(pc.is_valid(told), "false", None))
    cells.columns[won] = by_told if is_won is None else pc.coalesce(by_told, pc.if_else(is_won, "true", "false"))
    ended = pc.is_in(told, pa.array(["won", "lost"]))
    by_outcome = pc.if_else(ended, "true", pc.if_else(pc.is_valid(told), "false", None))
    cells.columns[closed] = pc.coalesce(by_outcome, pc.if_else(is_closed, "true", "false"))


def _refuse_untold(cells: Cells, told: pa.Array, export: str) -> None:
    if cells.size and told.null_count == cells.size:
        raise Held(
            "nothing in it says which deals are won or lost: it has no closed flags, and its stages are not the "
            f"CRM's own. Export it with {export}"
        )


def _flag(cells: Cells, name: str) -> pa.Array:
    return pc.cast(cells.get(name), pa.bool_())


def _when(flag: pa.Array, value: bool, word: str) -> pa.Array:
    return pc.if_else(pc.fill_null(pc.equal(flag, value), False), word, pa.scalar(None, pa.string()))


def _both(one: pa.Array, value: bool, other: pa.Array, its_value: bool, word: str) -> pa.Array:
    met = pc.and_kleene(pc.equal(one, value), pc.equal(other, its_value))
    return pc.if_else(pc.fill_null(met, False), word, pa.scalar(None, pa.string()))


def _first(*choices: pa.Array) -> pa.Array:
    return pc.coalesce(*choices)
