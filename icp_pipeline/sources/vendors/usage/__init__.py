"""Product events: Segment's tables, and JSON lines or Parquet of PostHog, Amplitude and Mixpanel."""

from icp_pipeline.sources.table.vendor import Vendor
from icp_pipeline.sources.vendors.usage.posthog import read_events_file, split_events_file
from icp_pipeline.sources.vendors.usage.segment import LAYOUTS

VENDOR = Vendor(LAYOUTS, read_other=read_events_file, split_other=split_events_file)
