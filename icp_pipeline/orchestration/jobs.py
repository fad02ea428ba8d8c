"""Jobs, schedules and the sensor: when the assets run. The only logic here looks at the live version."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from icp_pipeline.errors import IcpError
from icp_pipeline.home import find_home
from icp_pipeline.orchestration.resource import run_config
from icp_pipeline.run.refit_reason import refit_reason
from icp_pipeline.settings.load import load_settings
from icp_pipeline.settings.schema import Settings

REFRESH = "icp_refresh"
REFIT = "icp_refit"
# Dagster would resume from the failed step, but a run's private file died with its process.
_FROM_THE_START = {"dagster/retry_strategy": "ALL_STEPS"}


def jobs() -> list[Any]:
    """`icp_refresh` scores with the live ICP version; `icp_refit` learns it again."""
    everything = dg.AssetSelection.all()
    return [
        dg.define_asset_job(
            REFRESH,
            everything,
            description="Land, build, check, score, publish and export. Daily.",
            tags=_FROM_THE_START,
        ),
        dg.define_asset_job(
            REFIT,
            everything,
            description="As icp_refresh, and learn the ICP again from all outcomes. Quarterly, or after new wins.",
            config=run_config(refit=True),
            tags=_FROM_THE_START,
        ),
    ]


def schedules() -> list[dg.ScheduleDefinition]:
    """Cron in `schedule.timezone`: a night that a clock change repeats or shortens has one run too."""
    settings = settings_or_defaults()
    return [
        dg.ScheduleDefinition(
            name="icp_refresh_daily",
            job_name=REFRESH,
            cron_schedule=settings.schedule.refresh,
            execution_timezone=settings.schedule.timezone,
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description="Every night: new exports in, tiers out.",
        ),
        dg.ScheduleDefinition(
            name="icp_refit_quarterly",
            job_name=REFIT,
            cron_schedule=settings.schedule.refit,
            execution_timezone=settings.schedule.timezone,
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description="Every quarter: learn the ICP again.",
        ),
    ]


@dg.sensor(
    name="icp_refit_when_needed",
    job_name=REFIT,
    minimum_interval_seconds=3600,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Learns again after enough new won customers since the last fit, or when the live ICP has drifted.",
)
def refit_when_needed(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Request one refit per live version and reason: the run key keeps a pending one from being requested again."""
    reason = refit_reason(find_home(None), settings_or_defaults().schedule.refit_after_wins)
    if reason.needed:
        yield dg.RunRequest(run_key=reason.key, run_config=run_config(refit=True), tags={"icp/cause": reason.cause})
    else:
        yield dg.SkipReason(reason.cause)


def settings_or_defaults() -> Settings:
    """The home's settings, or the defaults if they cannot be read: the run reports that, not loading the code."""
    try:
        return load_settings(find_home(None).root)
    except IcpError:
        return Settings()
