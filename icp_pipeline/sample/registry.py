"""Which system has which account under which id, and records that went wrong: merges, duplicates, free mail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from icp_pipeline.sample.made_up_ids import ACCOUNT, OPPORTUNITY, case_twins, salesforce_ids
from icp_pipeline.sample.market import WorldFrames
from icp_pipeline.sample.streams import Ints, stream

_HUBSPOT_ONLY, _IN_BOTH = 0.20, 0.15
_FIRST_HUBSPOT_ID, _FIRST_HUBSPOT_DEAL = 18_273_640_000, 22_100_000_000
# Record numbers beyond any account's, for records that were merged away and for duplicates.
_MERGED, _DUPLICATE = 40_000_000, 41_000_000
FREE_MAIL = ("gmail.com", "outlook.com", "https://www.linkedin.com/company/our-page")


@dataclass(frozen=True)
class Registry:
    """Ids by account number; empty text where a system does not have the account."""

    # account, salesforce_id, hubspot_id, crm_id (Salesforce before HubSpot), website (as sales typed it), is_linked.
    accounts: pd.DataFrame
    # account, old_id: Salesforce and HubSpot records merged into the account's; children may still carry old_id.
    merged: pd.DataFrame
    hubspot_merged: pd.DataFrame
    # account, salesforce_id: a second live Salesforce record with the same domain.
    duplicates: pd.DataFrame
    # One crm id per row of `WorldFrames.deals`, in the system that holds the deal.
    deal_ids: np.ndarray
    # The account id each deal carries: for some of a merged account the old one.
    deal_account_ids: np.ndarray


def register(frames: WorldFrames) -> Registry:
    """Assign systems and ids, and plant the records that went wrong."""
    rng = stream(frames.seed, "registry")
    size = len(frames.accounts)
    place = rng.random(size)
    in_hubspot, in_salesforce = place < _HUBSPOT_ONLY + _IN_BOTH, place >= _HUBSPOT_ONLY
    salesforce = np.where(in_salesforce, _account_ids(in_salesforce), "")
    hubspot_id = _FIRST_HUBSPOT_ID + 7 * np.arange(size)
    hubspot = np.where(in_hubspot, hubspot_id.astype(str).astype(object), "")
    accounts = pd.DataFrame(
        {
            "account": np.arange(size),
            "salesforce_id": salesforce,
            "hubspot_id": hubspot,
            "crm_id": np.where(in_salesforce, salesforce, hubspot),
            "is_linked": in_salesforce & in_hubspot & (rng.random(size) < 0.5),
        }
    )
    accounts["website"] = _websites(frames, rng)
    customers = frames.customers["account"].to_numpy()
    merged = _merged(customers[in_salesforce[customers]], max(3, size // 300), rng)
    hubspot_merged = _hubspot_merged(customers[~in_salesforce[customers]], max(2, size // 400), rng)
    own_domain = accounts["website"].str.contains(".example", regex=False).to_numpy()
    duplicates = _duplicates(np.flatnonzero(in_salesforce & own_domain), max(2, size // 150), rng)
    links = _deal_account_ids(frames, accounts, pd.concat([merged, hubspot_merged]), rng)
    return Registry(accounts, merged, hubspot_merged, duplicates, _deal_ids(frames, in_salesforce), links)


def short_id(ids: np.ndarray) -> np.ndarray:
    """The 15-character form that reports and links show; HubSpot's ids stay as they are."""
    return np.array([text[:15] if len(text) == 18 else text for text in ids], dtype=object)


def _account_ids(in_salesforce: np.ndarray) -> np.ndarray:
    ids = salesforce_ids(ACCOUNT, np.arange(len(in_salesforce)))
    first = np.flatnonzero(in_salesforce)[:2]
    ids[first] = case_twins(ACCOUNT)[: len(first)]
    return ids


def _websites(frames: WorldFrames, rng: np.random.Generator) -> np.ndarray:
    """Free text, as sales types it; a few companies only gave a free-mail domain or a page of a social network."""
    domain = frames.accounts["domain"].to_numpy(dtype=object)
    form = rng.integers(0, 4, len(domain))
    typed = np.where(form == 0, "https://www." + domain, domain)
    typed = np.where(form == 1, "http://" + domain + "/", typed)
    typed = np.where(form == 2, "www." + domain, typed)
    bare = rng.choice(len(domain), max(3, len(domain) // 200), replace=False)
    typed[bare] = np.array(FREE_MAIL, dtype=object)[np.arange(len(bare)) % len(FREE_MAIL)]
    return typed


def _merged(pool: Ints, count: int, rng: np.random.Generator) -> pd.DataFrame:
    account = np.sort(rng.choice(pool, min(count, len(pool)), replace=False)) if len(pool) else pool
    return pd.DataFrame({"account": account, "old_id": salesforce_ids(ACCOUNT, _MERGED + np.arange(len(account)))})


def _hubspot_merged(pool: Ints, count: int, rng: np.random.Generator) -> pd.DataFrame:
    account = np.sort(rng.choice(pool, min(count, len(pool)), replace=False)) if len(pool) else pool
    old = (_FIRST_HUBSPOT_ID - 1 - np.arange(len(account))).astype(str).astype(object)
    return pd.DataFrame({"account": account, "old_id": old})


def _duplicates(pool: Ints, count: int, rng: np.random.Generator) -> pd.DataFrame:
    account = np.sort(rng.choice(pool, min(count, len(pool)), replace=False)) if len(pool) else pool
    ids = salesforce_ids(ACCOUNT, _DUPLICATE + np.arange(len(account)))
    return pd.DataFrame({"account": account, "salesforce_id": ids})


def _deal_ids(frames: WorldFrames, in_salesforce: np.ndarray) -> np.ndarray:
    number = frames.deals["deal"].to_numpy()
    hubspot = (_FIRST_HUBSPOT_DEAL + 3 * number).astype(str).astype(object)
    return np.where(in_salesforce[frames.deals["account"]], salesforce_ids(OPPORTUNITY, number), hubspot)


def _deal_account_ids(
    frames: WorldFrames, accounts: pd.DataFrame, merged: pd.DataFrame, rng: np.random.Generator
) -> np.ndarray:
    """Deals of merged accounts mostly keep the id of the merged record."""
    account = frames.deals["account"].to_numpy()
    old = merged.set_index("account")["old_id"].reindex(account).to_numpy(dtype=object)
    keeps_old = pd.notna(old) & (rng.random(len(account)) < 0.8)
    return np.where(keeps_old, old, accounts["crm_id"].to_numpy()[account])
