"""Entry point: turns today's observations and attributes into the frames of one ICP version."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from icp_pipeline.learning import warn
from icp_pipeline.learning.backtest import split_in_time
from icp_pipeline.learning.baseline import score_effects, segment_effects, trait_shares
from icp_pipeline.learning.contract import (
    CRITERIA,
    EVIDENCE,
    SCORE_EFFECTS,
    TRAIT_SHARES,
    LearnedIcp,
    LearnSettings,
    TierRule,
    frame,
)
from icp_pipeline.learning.criterion_kinds import market_coverage
from icp_pipeline.learning.fit import Fit, fit_icp
from icp_pipeline.learning.matrix import read_segments, read_traits
from icp_pipeline.learning.members import definitions_of
from icp_pipeline.learning.observed import matured, n_ranked, read_observations
from icp_pipeline.learning.proof import Proof
from icp_pipeline.learning.proxies import fit_for_proxies, proxy_settings, stand_in
from icp_pipeline.learning.trigger_effects import trigger_effects
from icp_pipeline.learning.version_rows import calibration_row, criteria_rows, evidence_rows, largest_gap
from icp_pipeline.learning.wins import learned_from_wins
from icp_pipeline.learning.world import World

_LIFT = [
    "attribute",
    "segment",
    "n_segment",
    "n_known",
    "lift",
    "ci_low",
    "ci_high",
    "effect",
    "p_value",
    "q_value",
    "is_counted",
]


# With several threads a sum's last digits follow the number of processors, and of vectors as short as these the threads
# cost more than they save: 50,000 accounts took 6.1 seconds of processor time, and take 3.4.
@threadpool_limits.wrap(limits=1)
def learn_icp(
    observations: pd.DataFrame,
    attributes: pd.DataFrame,
    segment_definitions: pd.DataFrame,
    segment_lift: pd.DataFrame | None = None,
    *,
    market: pd.Series | None = None,
    market_parents: pd.Series | None = None,
    triggers: pd.DataFrame | None = None,
    trigger_strengths: pd.DataFrame | None = None,
    proxies: pd.DataFrame | None = None,
    tier_rule: TierRule | None = None,
    settings: LearnSettings,
    compare: bool = False,
) -> LearnedIcp:
    """Learn one ICP.

    `observations`: outcomes.observations. `attributes`: account_id, attribute, level and, where there is one, known_at
    of all accounts, leaks already removed; a value counts only for outcomes that began after it was known.
    `segment_lift`: segments.segment_lift; computed here where it is None, as for an ICP with a filter. `market`:
    account ids of addressable non-customers. `market_parents`: their ultimate parents, by the same index; without it
    each stands for itself. `triggers`: core.account_triggers. `trigger_strengths`:
    settings.trigger_strengths. `proxies`: outcomes.proxy_observations; they stand in for outcomes where too few
    customers are ranked, and what is learned so has the basis `proxy`. `tier_rule`: gives the later deals of the
    backtest their tiers; without it there is no backtest by tier. With `compare`, logistic regression and boosting are
    judged on the same time split too. What is learned from is `settings.basis`, as segments.learning_basis says.
    """
    ranked = n_ranked(observations)
    substitute = stand_in(observations, proxies, settings)
    if settings.basis == "wins":
        observations, segment_lift = learned_from_wins(observations, segment_lift)
    elif substitute is not None:
        attributes, observations, settings = fit_for_proxies(attributes), substitute, proxy_settings(settings)
        observed = attributes[attributes["account_id"].isin(set(substitute["account_id"]))]
        segment_definitions = definitions_of(observed, segment_definitions, n_ranked(substitute), settings.range_min_n)
        segment_lift = None
    elif settings.basis == "none":
        observations = observations.iloc[:0]
    traits = read_traits(attributes)
    quality, deals = (read_observations(observations, outcome, traits) for outcome in ("quality", "win"))
    world = World.of(
        traits,
        read_segments(traits, segment_definitions),
        quality,
        deals,
        market,
        triggers,
        trigger_strengths,
        market_parents,
    )
    fit = fit_icp(world.segments, quality, deals, _quality_lift(segment_lift), settings)
    has_signal = fit.has_signal(world.segments, settings)
    proof, warnings = _proof(world, fit, has_signal, tier_rule, settings, compare)
    learned = _learned(world, fit, has_signal, settings, proof, warnings)
    return replace(learned, n_customers=ranked)


def _learned(
    world: World, fit: Fit, has_signal: bool, settings: LearnSettings, proof: Proof, warnings: list[dict[str, str]]
) -> LearnedIcp:
    """All frames of the version; criteria, evidence and backtest are empty without a signal."""
    traits, segments, quality = world.traits, world.segments, world.quality
    closed = world.closed_deals(settings)
    effects = trigger_effects(
        closed.moments,
        fit.unexplained(closed, settings),
        world.events,
        world.strengths,
        largest_gap(traits, segments, fit) if has_signal else 0.0,
        settings,
        closed.clusters,
    )
    judged = matured(quality, world.deals, settings)
    return LearnedIcp(
        criteria=criteria_rows(segments, fit, quality, world.market, settings) if has_signal else frame([], CRITERIA),
        evidence=evidence_rows(traits, segments, fit) if has_signal else frame([], EVIDENCE),
        calibration=calibration_row(fit, judged, world.market, has_signal),
        trigger_effects=effects,
        backtest=proof.backtest,
        backtest_curve=proof.curve,
        comparison=proof.comparison,
        segment_effects=segment_effects(segments, fit.choice.segments if has_signal else [], quality, settings),
        score_effects=score_effects(fit, quality, settings) if has_signal else frame([], SCORE_EFFECTS),
        trait_shares=trait_shares(traits, world.market, world.market_parents)
        if has_signal
        else frame([], TRAIT_SHARES),
        warnings=warn.as_frame(warnings if settings.basis == "wins" else warn.too_few(quality.n, settings) + warnings),
        signal_z=fit.signal_z,
        has_signal=has_signal,
        n_customers=quality.n,
        chance=_chance(world, settings),
        basis=settings.basis,
    )


def _chance(world: World, settings: LearnSettings) -> str:
    """What the fit probability is a chance of; without lost deals it cannot be about winning."""
    known = {"wins": "won", "proxy": "advanced"}
    return known.get(settings.basis) or ("won_and_best" if len(world.deals) else "best")


def _proof(
    world: World, fit: Fit, has_signal: bool, tier_rule: TierRule | None, settings: LearnSettings, compare: bool
) -> tuple[Proof, list[dict[str, str]]]:
    """Backtest, other models on the same split, and warnings."""
    if not has_signal:
        return Proof.none(), warn.no_signal(world.quality.n, fit.signal_z, settings)
    coverage = market_coverage(world.segments, world.market, fit.choice)
    warnings = warn.too_broad(coverage, settings)
    split = split_in_time(world, settings)
    if split is None:
        return Proof.none(), warnings + warn.no_backtest()
    proof = Proof.of(world, split, tier_rule, settings, with_strong_models=compare)
    return proof, warnings + warn.snapshot_split()


def _quality_lift(segment_lift: pd.DataFrame | None) -> pd.DataFrame | None:
    """Rows of the outcome `quality`; None stays None."""
    if segment_lift is None:
        return None
    rows = segment_lift[segment_lift["outcome"] == "quality"][_LIFT]
    numbers = {name: rows[name].astype("float64") for name in _LIFT[2:-1]}
    return rows.assign(**numbers).drop_duplicates(["attribute", "segment"])
