"""When exports count as stale: Dagster shows it on the asset, and its alerts can watch it."""

from __future__ import annotations

import datetime
import itertools
import time

import dagster as dg
from dagster._utils.schedules import cron_string_iterator

# How late a run may be before anybody is warned.
_SLACK = datetime.timedelta(hours=6)


def exports_freshness(cron: str, timezone: str) -> dg.FreshnessPolicy:
    """Warn some hours after a scheduled run is missing, fail after the second one."""
    ticks = cron_string_iterator(start_timestamp=time.time(), cron_string=cron, execution_timezone=timezone)
    moments = list(itertools.islice(ticks, 40))
    pause = max(later - earlier for earlier, later in itertools.pairwise(moments))
    return dg.FreshnessPolicy.time_window(fail_window=2 * pause + _SLACK, warn_window=pause + _SLACK)
