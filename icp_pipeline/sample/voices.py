"""What customers say: survey answers (NPS, with CSAT in the same file) and Zendesk tickets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from icp_pipeline.sample.market import WorldFrames
from icp_pipeline.sample.outcomes import DAYS_PER_MONTH
from icp_pipeline.sample.rows import minute, whole, write_csv
from icp_pipeline.sample.streams import pick, stream
from icp_pipeline.sample.wordings import survey_comments, ticket_subjects

_ASKED = 0.75
CSAT_ROWS_SHARE = 0.12
BAD_SCORES = 2
_TICKET_HEADER = [
    *("Summation column", "Id", "Requester", "Requester id", "Requester external id", "Requester email"),
    *("Requester domain", "Submitter", "Assignee", "Group", "Subject", "Tags", "Status", "Priority", "Via"),
    *("Ticket type", "Created at", "Updated at", "Assigned at", "Organization", "Due date"),
    *("Initially assigned at", "Solved at", "Resolution time", "Satisfaction Score", "Group stations"),
    *("Assignee stations", "Reopens", "Replies", "First reply time in minutes"),
    *("First reply time in minutes within business hours", "First resolution time in minutes"),
    *("First resolution time in minutes within business hours", "Full resolution time in minutes"),
    *("Full resolution time in minutes within business hours", "Agent wait time in minutes"),
    *("Agent wait time in minutes within business hours", "Requester wait time in minutes"),
    *("Requester wait time in minutes within business hours", "On hold time in minutes"),
    *("On hold time in minutes within business hours", "Urgency [list]", ""),
]


def write_surveys(folder: Path, frames: WorldFrames) -> dict[str, int]:
    """Three in four customers answered once or more; five-point CSAT answers are mixed with the NPS ones."""
    rng = stream(frames.seed, "surveys")
    customers = frames.customers
    times = (rng.random(len(customers)) < _ASKED) * (1 + rng.poisson(0.6, len(customers)))
    spot = np.repeat(np.arange(len(customers)), times)
    size = len(spot)
    is_csat = rng.random(size) < CSAT_ROWS_SHARE
    mood = customers["nps_mood"].to_numpy()[spot] + rng.normal(0, 0.7, size)
    nps = np.clip(np.round(mood), 0, 10).astype(int)
    score = whole(np.where(is_csat, 1 + nps * 4 // 10, nps))
    score[:BAD_SCORES] = "n/a"
    asked = _within(frames, spot, rng)
    rows = pd.DataFrame(
        {
            "Response ID": whole(50_000 + np.arange(size)),
            "Email domain": _domain(frames, customers["account"].to_numpy()[spot], rng),
            "Survey type": np.where(is_csat, "csat", "nps"),
            "Score": score,
            "Responded at": [text + ":00" for text in minute(asked)],
            "Comment": survey_comments(frames, nps),
        }
    )
    return {"responses.csv": write_csv(folder / "responses.csv", rows)}


def write_tickets(folder: Path, frames: WorldFrames) -> dict[str, int]:
    """Support tickets in Zendesk's classic export; a few were merged into others."""
    rng = stream(frames.seed, "tickets")
    customers = frames.customers
    months = _active_days(frames) / DAYS_PER_MONTH
    spot = np.repeat(np.arange(len(customers)), rng.poisson(customers["tickets_rate"].to_numpy() * months))
    size = len(spot)
    account = customers["account"].to_numpy()[spot]
    created = _within(frames, spot, rng)
    minutes = np.clip(rng.lognormal(6.6, 1.0, size), 5, 40_000).astype(np.int64)
    solved = created + minutes * 60
    is_solved = solved < np.datetime64(frames.as_of, "s")
    merged = rng.random(size) < 0.02
    other = np.where(np.arange(size) % 7 == 0, "feature_request", "")
    columns = {name: np.full(size, "", dtype=object) for name in _TICKET_HEADER} | {
        "Summation column": np.full(size, "1", dtype=object),
        "Id": whole(9_000 + np.arange(size)),
        "Requester domain": _domain(frames, account, rng),
        "Organization": frames.accounts["short_name"].to_numpy(dtype=object)[account],
        "Subject": ticket_subjects(frames, account),
        "Tags": np.where(merged, "closed_by_merge", np.where(rng.random(size) < 0.2, "billing,vip", other)),
        "Status": np.where(merged, "Closed", np.where(is_solved, "Solved", "Open")),
        "Priority": pick(rng, {"Normal": 0.6, "High": 0.25, "Low": 0.15}, size),
        "Created at": minute(created),
        "Updated at": minute(np.where(is_solved, solved, created)),
        "Solved at": np.where(is_solved, minute(solved), ""),
        "Satisfaction Score": pick(rng, {"Offered": 0.6, "Good": 0.3, "Bad": 0.1}, size),
        "Reopens": whole(rng.integers(0, 3, size)),
        "Full resolution time in minutes": np.where(is_solved, whole(minutes), ""),
    }
    return {"tickets.csv": write_csv(folder / "tickets.csv", pd.DataFrame(columns))}


def _active_days(frames: WorldFrames) -> np.ndarray:
    end = frames.customers["churned_on"].fillna(pd.Timestamp(frames.as_of))
    return np.maximum((end - frames.customers["won_on"]).dt.days.to_numpy(), 1)


def _within(frames: WorldFrames, spot: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Times while the account was a customer."""
    start = frames.customers["won_on"].to_numpy().astype("datetime64[s]")[spot]
    return start + (rng.random(len(spot)) * _active_days(frames)[spot] * 86_400).astype(np.int64)


def _domain(frames: WorldFrames, account: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The company's domain; one in thirty wrote from free mail, and so cannot be matched."""
    free = rng.random(len(account)) < 0.03
    return np.where(free, "gmail.com", frames.accounts["domain"].to_numpy(dtype=object)[account])
