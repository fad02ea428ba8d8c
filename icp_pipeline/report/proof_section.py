"""Section 4: whether the ICP works. Later deals by tier, predicted and observed rates, other models, live results."""

from __future__ import annotations

from dataclasses import dataclass

from icp_pipeline.report import charts
from icp_pipeline.report.figures import Frames, Row, interval, percent, rows, signed, times
from icp_pipeline.report.words import TIERS, basis, plural, trait

_MODELS = {
    "icp": "This ICP",
    "base_rate": "No model: all accounts the same",
    "size_only": "Company size alone",
    "logistic_regression": "Logistic regression (black box)",
    "gradient_boosting": "Gradient boosting (black box)",
}


@dataclass(frozen=True)
class ProofView:
    """`tiers` is empty if no backtest was possible; each curve may be missing by itself."""

    split_at: object
    deals: int
    base_rate: float | None
    tiers: list[Row]
    tiers_chart: charts.Chart | None
    auc: float | None
    gains: charts.Chart | None
    gains_says: str | None
    calibration: charts.Chart | None
    models: list[Row]
    live_since: object
    live: list[Row]
    counts_parents: bool
    drifted: list[str]
    drift_checked: int

    @property
    def charts(self) -> tuple[charts.Chart | None, ...]:
        """All of them, for the renderer."""
        return self.tiers_chart, self.gains, self.calibration


def view(frames: Frames, icp_id: str) -> ProofView:
    """The live version's test on deals that closed after its learning period."""
    order = list(TIERS)
    tested = sorted(rows(frames, "backtest", icp_id=icp_id), key=lambda row: order.index(row["tier"]))
    deals = sum(int(row["accounts"]) for row in tested)
    lines = [_tier(row) for row in tested]
    curves = sorted(rows(frames, "backtest_curve", icp_id=icp_id), key=lambda row: row["position"])
    gains = [row for row in curves if row["curve"] == "gains"]
    first = tested[0] if tested else {}
    live = _since_live(rows(frames, "tier_results", icp_id=icp_id, is_live=True))
    drift = rows(frames, "drift", icp_id=icp_id)
    version = (rows(frames, "versions", icp_id=icp_id) or [{}])[0]
    words = basis(version.get("basis"), version.get("chance"))
    return ProofView(
        first.get("split_at"),
        deals,
        _base_rate(tested),
        lines,
        charts.tiers(
            [
                {
                    "key": row["tier"],
                    "tier": row["label"],
                    "lift": row["lift"],
                    "low": row["ci_low"],
                    "high": row["ci_high"],
                }
                for row in lines
            ],
            f"How often accounts of each tier {words.succeeded}, compared with the average, with 90 % interval",
        ),
        first.get("auc"),
        charts.gains([{"x": row["x"], "y": row["y"]} for row in gains], "Good results caught by working down the list"),
        _gains_sentence(gains),
        charts.calibration(
            [{"x": row["x"], "y": row["y"]} for row in curves if row["curve"] == "calibration"],
            "Predicted chance against actual rate",
        ),
        _models(rows(frames, "model_comparison", icp_id=icp_id)),
        live[0].get("live_from") if live else None,
        [_result(row) for row in live],
        any(_counts_parents(row) for row in live),
        [_drift(row) for row in drift if row["drifted"]],
        len(drift),
    )


def _tier(row: Row) -> Row:
    return {
        **row,
        "label": TIERS[row["tier"]][0],
        "rate": percent(row["outcome_rate"], 1),
        "times": times(row["lift"]),
        "interval": interval(row["ci_low"], row["ci_high"]),
        "caught": percent(row["capture"]),
    }


def _base_rate(tested: list[Row]) -> float | None:
    """The base rate of all tested deals: a tier's rate divided by its lift."""
    for row in tested:
        if row.get("lift") and row.get("outcome_rate"):
            return float(row["outcome_rate"] / row["lift"])
    return None


def _gains_sentence(points: list[Row]) -> str | None:
    """What the top fifth of the list finds."""
    if len(points) < 2:
        return None
    near = min(points[1:], key=lambda point: abs(point["x"] - 0.2))
    return f"The best {percent(near['x'])} of the accounts by score held {percent(near['y'])} of all successes."


def _since_live(results: list[Row]) -> list[Row]:
    """Tiers in order; empty until a deal has closed, a customer has left or somebody has answered."""
    order = list(TIERS)
    ranked = sorted(results, key=lambda row: order.index(row["tier"]))
    return ranked if any(row["deals_closed"] or row["churned"] or row["contacted"] for row in ranked) else []


def _result(row: Row) -> Row:
    return {
        **row,
        "label": TIERS[row["tier"]][0],
        "win_interval": _between(row["win_rate_low"], row["win_rate_high"]),
        "churn_interval": _between(row["churn_rate_low"], row["churn_rate_high"]),
    }


# Each share in the table since it went live, with its numerator and denominator.
_SHARES = (
    ("win_rate", "deals_won", "deals_closed"),
    ("churn_rate", "churned", "churn_customers"),
    ("reply_rate", "replied", "contacted"),
    ("meeting_rate", "met", "contacted"),
)


def _counts_parents(row: Row) -> bool:
    """Whether a share visibly differs from its counts, because accounts of one parent count as one in it."""
    return any(
        row[total] and row[share] is not None and abs(row[share] - row[part] / row[total]) >= 0.005
        for share, part, total in _SHARES
    )


def _between(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{100 * low:.0f}–{percent(high)}"


def _drift(row: Row) -> str:
    """One row of `icp.drift` in words."""
    what = trait(row["attribute"], row["segment"])
    if row["measure"] == "psi":
        was, now = percent(row["value_then"]), percent(row["value_now"])
        return f"{what} was {was} of the market where known, and is now {now}."
    if row["measure"] != "effect":
        return f"{what} has changed by more than chance; see the warnings above."
    then, since = ("better" if value > 0 else "worse" for value in (row["value_then"], row["value_now"]))
    return (
        f"{what}: customers with it turned out {then} than others when the ICP was learned ({signed(row['value_then'])}"
        f" points), and {since} since ({signed(row['value_now'])}, {plural(row['n_now'], 'customer')})."
    )


def _models(found: list[Row]) -> list[Row]:
    order = list(_MODELS)
    known = [row for row in found if row["model"] in _MODELS]
    return [
        {**row, "name": _MODELS[row["model"]], "is_ours": row["model"] == "icp"}
        for row in sorted(known, key=lambda row: order.index(row["model"]))
    ]
