"""Learns from one company and compares what was found with what was planted."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from bench.method.rivals import prospects_of
from bench.method.world import Flags, Floats, Level, World
from icp_pipeline.home import SQL
from icp_pipeline.learning.backtest import (
    Split,
    auc,
    backtest,
    later_deals,
    split_in_time,
    tier_rows,
)
from icp_pipeline.learning.calibration import sigmoid
from icp_pipeline.learning.contract import LearnSettings, TierRule
from icp_pipeline.learning.criteria import NEGATIVE_KINDS
from icp_pipeline.learning.fit import Fit, fit_icp
from icp_pipeline.learning.matrix import Facts, Segments, Traits, read_segments, read_traits
from icp_pipeline.learning.observed import read_observations
from icp_pipeline.learning.world import World as Learning
from icp_pipeline.models.model_cache import cached_models
from icp_pipeline.run.tier_rule import SqlTierRule

_LIFT = ["attribute", "segment", "n_segment", "n_known", "lift", "ci_low", "ci_high", "effect", "p_value", "q_value"]
Figures = dict[str, Any]
Segment = tuple[str, str]


def judge(world: World) -> Figures:
    """All figures of one company, by name; those that do not apply are absent."""
    settings = LearnSettings.from_row(world.settings)
    traits = read_traits(world.tables["attributes"])
    segments = read_segments(traits, world.tables["definitions"])
    quality, deals = (read_observations(world.tables["observations"], name, traits) for name in ("quality", "win"))
    lift = _lift(world)
    fit = fit_icp(segments, quality, deals, lift, settings)
    has_icp = fit.has_signal(segments, settings)
    levels_of = _levels_by_segment(world)
    figures: Figures = {
        "ranked": len(quality),
        "icp": has_icp,
        "signal_z": fit.signal_z,
        "any_criterion": len(fit.choice.segments) > 0,
        **_leaks(world),
        **_discoveries(world, lift, levels_of),
        **_criteria(world, segments, fit, has_icp, levels_of),
    }
    if world.truth.pair:
        figures["pair"] = _pair_is_found(world, levels_of)
    if world.truth.good:
        tables = world.tables
        learning = Learning.of(
            traits, segments, quality, deals, tables["market"]["account_id"], tables["triggers"], tables["strengths"]
        )
        figures |= _ranking(world, traits, fit) | _tiers(world, learning, settings)
    return figures


def _lift(world: World) -> pd.DataFrame:
    rows = world.tables["lift"]
    rows = rows[rows["outcome"] == "quality"]
    numbers = {name: rows[name].astype("float64") for name in _LIFT[2:]}
    return rows[[*_LIFT, "is_counted", "verdict"]].assign(**numbers).drop_duplicates(["attribute", "segment"])


def _levels_by_segment(world: World) -> dict[Segment, frozenset[Level]]:
    rows = world.tables["definitions"]
    grouped = rows.groupby(["attribute", "segment"])["level"]
    return {key: frozenset((key[0], level) for level in names) for key, names in grouped}


def _stands_for(segment: Segment, trait: Iterable[Level], levels_of: dict[Segment, frozenset[Level]]) -> bool:
    """At least half of the segment's levels carry the trait."""
    inside = levels_of.get(segment, frozenset())
    return bool(inside) and 2 * len(inside & frozenset(trait)) >= len(inside)


def _leaks(world: World) -> Figures:
    leaks = world.tables["leaks"]
    blocked = set(leaks.loc[leaks["verdict"] == "block", "attribute"])
    figures: Figures = {"false_blocks": len(blocked - {world.truth.leak})}
    if world.truth.leak:
        figures["leak_caught"] = world.truth.leak in blocked
    return figures


def _discoveries(world: World, lift: pd.DataFrame, levels_of: dict[Segment, frozenset[Level]]) -> Figures:
    """Findings of the lift table, without complements, and which planted traits are among them."""
    found = lift[lift["verdict"].isin(["icp", "negative"]) & lift["is_counted"].fillna(False).astype(bool)]
    good = set(_pairs(lift[lift["verdict"] == "icp"]))
    bad = set(_pairs(lift[lift["verdict"] == "negative"]))
    figures: Figures = {
        "discoveries": len(found),
        "null_discoveries": int((~found["attribute"].isin(world.truth.carriers)).sum()),
        "young_called_bad": world.truth.young in bad,
    }
    for names, among in ((world.truth.good, good), (world.truth.bad, bad)):
        for name, trait in names.items():
            figures[f"lift_{name}"] = any(_stands_for(segment, trait, levels_of) for segment in among)
    return figures


def _pairs(rows: pd.DataFrame) -> list[Segment]:
    return list(rows[["attribute", "segment"]].itertuples(index=False, name=None))


def _criteria(
    world: World, segments: Segments, fit: Fit, has_icp: bool, levels_of: dict[Segment, frozenset[Level]]
) -> Figures:
    """Criteria of the published ICP; none if there is no ICP."""
    names = [tuple(name) for name in segments.names[fit.choice.segments]] if has_icp else []
    good = [name for name, kind in zip(names, fit.kinds, strict=False) if kind not in NEGATIVE_KINDS]
    bad = [name for name, kind in zip(names, fit.kinds, strict=False) if kind in NEGATIVE_KINDS]
    null = [name for name in names if name[0] not in world.truth.carriers]
    traits = {**world.truth.good, **world.truth.bad}
    true = [name for name in names if any(_stands_for(name, trait, levels_of) for trait in traits.values())]
    figures: Figures = {
        "criteria": len(names),
        "null_criteria": len(null),
        # Proxies, and other levels of planted attributes: harmless, but they make the list longer.
        "idle_criteria": len(names) - len(null) - len(true),
        "invented": bool(null),
    }
    for planted, among in ((world.truth.good, good), (world.truth.bad, bad)):
        for name, trait in planted.items():
            figures[f"criterion_{name}"] = any(_stands_for(segment, trait, levels_of) for segment in among)
    return figures


def _pair_is_found(world: World, levels_of: dict[Segment, frozenset[Level]]) -> bool:
    rows = world.tables["pairs"]
    rows = rows[(rows["outcome"] == "quality") & (rows["verdict"] == "icp")]
    one, other = world.truth.pair or (frozenset(), frozenset())
    for row in rows.itertuples():
        first, second = (row.attribute, row.segment), (row.attribute_2, row.segment_2)
        for a, b in ((one, other), (other, one)):
            if _stands_for(first, a, levels_of) and _stands_for(second, b, levels_of):
                return True
    return False


def _ranking(world: World, traits: Traits, fit: Fit) -> Figures:
    """How well prospects are ranked, and whether the stated probability matches the planted one."""
    prospects = world.truth.prospects
    facts, best = prospects_of(world, traits), prospects["best"].to_numpy(dtype=bool)
    score = facts.has_level @ fit.quality.full
    points, ideal = fit.fit_points(facts), prospects["ideal"].to_numpy(dtype=bool)
    figures: Figures = {
        "auc": auc(score, best)[0],
        "reachable_auc": auc(_from_what_is_recorded(facts, prospects["quality"].to_numpy(dtype=float)), best)[0],
        "oracle_auc": auc(prospects["quality"].to_numpy(), best)[0],
        "auc_ideal": auc(points, ideal)[0],
        "decile_lift": _decile_lift(score, best),
        "oracle_decile_lift": _decile_lift(prospects["quality"].to_numpy(), best),
        "calibration_error": _binned_gap(sigmoid(points), planted_chance(world, prospects)),
        "calibration_error_seen": _binned_gap(sigmoid(points), ideal.astype(float)),
    }
    for name, scores in world.rivals.items():
        figures[f"auc_{name}"] = auc(scores, best)[0]
        figures[f"decile_lift_{name}"] = _decile_lift(scores, best)
    return figures


def _from_what_is_recorded(facts: Facts, quality: Floats) -> Floats:
    """The planted log-odds as far as recorded values reveal them: a linear fit on the prospects' own truth, each fifth
    predicted from the others. No score with points per value can rank better by more than chance."""
    from sklearn.linear_model import Ridge

    guessed, fifth = np.zeros(len(quality)), np.arange(len(quality)) % 5
    for held_out in range(5):
        model = Ridge(alpha=3.0, solver="sparse_cg")
        model.fit(facts.has_level[fifth != held_out], quality[fifth != held_out])
        guessed[fifth == held_out] = model.predict(facts.has_level[fifth == held_out])
    return guessed


def planted_chance(world: World, accounts: pd.DataFrame) -> Floats:
    """Each account's planted probability to be won and best: two logistic regressions on all accounts that were sold
    to. The outcome score is noisier than the planted quality, so the curve has to be fitted.

    `accounts`: a row each, with the planted log-odds `quality` and `win`.
    """
    from sklearn.linear_model import LogisticRegression

    rows = world.tables["observations"]
    chance = np.ones(len(accounts))
    for outcome, column, index in (("quality", "is_best", "quality"), ("win", "is_won", "win")):
        seen = rows[(rows["outcome"] == outcome) & rows["account_id"].isin(world.truth.sold.index)]
        known = world.truth.sold.loc[seen["account_id"], [index]].to_numpy()
        model = LogisticRegression(C=np.inf).fit(known, seen[column].astype(bool).to_numpy())
        chance *= model.predict_proba(accounts[[index]].to_numpy())[:, 1]
    return chance


def _binned_gap(probability: Floats, target: Floats) -> float:
    """Mean difference between stated and true probability, over tenths of the prospects."""
    place = np.argsort(np.argsort(probability, kind="stable"), kind="stable")
    tenth = (place * 10 // len(probability)).astype(int)
    gaps = [abs(probability[tenth == bin_].mean() - target[tenth == bin_].mean()) for bin_ in range(10)]
    return float(np.mean(gaps))


def _decile_lift(score: Floats, best: Flags) -> float:
    top = np.argsort(-score, kind="stable")[: max(1, len(score) // 10)]
    return float(best[top].mean() / best.mean()) if best.any() else float("nan")


def _tiers(world: World, learning: Learning, settings: LearnSettings) -> Figures:
    """The published backtest: lift and capture by tier on later deals."""
    split = split_in_time(learning, settings)
    if split is None:
        return {}
    rule = SqlTierRule.of(cached_models(SQL), pd.DataFrame([world.settings]))
    figures = _by_tier(backtest(learning, split, rule, settings))
    oracle = _by_tier(_oracle_backtest(world, learning, split, rule, settings))
    return figures | {f"oracle_{name}": value for name, value in oracle.items()}


def _oracle_backtest(
    world: World, learning: Learning, split: Split, rule: TierRule, settings: LearnSettings
) -> pd.DataFrame:
    """The same deals, triggers and cuts, scored with the planted probabilities: the best any method could do."""
    sold = world.truth.sold.reindex(split.after.observations.account_ids).fillna(0.0)
    chance, market = planted_chance(world, sold), planted_chance(world, world.truth.prospects)
    points = np.log(chance / (1 - chance))
    deals = later_deals(learning, split, settings)[["trigger_score"]].assign(
        fit_points=points, process_points=0.0, has_negative_process=False, disqualified_by=None
    )
    return tier_rows(split, rule(deals, float(market.mean()), settings.basis), points, settings)


def _by_tier(rows: pd.DataFrame) -> Figures:
    rows = rows.set_index("tier")
    figures: Figures = {f"{tier}_lift": rows.loc[tier, "lift"] for tier in rows.index}
    top = rows.loc[["tier_1", "tier_2"]]
    figures["icp_share"] = float(top["accounts"].sum() / rows["accounts"].sum())
    figures["icp_capture"] = float(top["capture"].sum())
    pursued = float((top["accounts"] * top["outcome_rate"].fillna(0)).sum() / max(top["accounts"].sum(), 1))
    figures["tiers_in_order"] = _in_order(
        [pursued, *(rows.loc[tier, "outcome_rate"] for tier in ("tier_3", "not_icp"))]
    )
    return figures


def _in_order(rates: list[float]) -> bool:
    known = [rate for rate in rates if rate == rate]
    return all(left >= right for left, right in pairwise(known))
