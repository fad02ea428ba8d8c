"""Website events and pages: names in one form, pages without anything about a person."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from icp_pipeline.sources.refusal import Unusable

# The denominator of every conversion rate.
VISIT = "visit"
# GA4 and Segment send these for anybody who browses; none of them is a visitor's decision.
# https://support.google.com/analytics/answer/9234069 (automatically collected events),
# https://segment.com/docs/connections/spec/page/
_LOOKED_AROUND = frozenset(
    (
        "click",
        "file_download",
        "first_visit",
        "form_start",
        "page",
        "page_view",
        "page_viewed",
        "pageview",
        "scroll",
        "session_start",
        "user_engagement",
        "video_complete",
        "video_progress",
        "video_start",
        "view_search_results",
        "viewed_page",
        "visited",
    )
)
_NOT_IN_A_NAME = re.compile(r"[^\w]+")
_LONGEST_NAME = 60


def event_of(text: str) -> str | None:
    """The event's name: `Demo Request` -> `demo_request`; `visit` for anything that is just browsing.

    Raises Unusable for a name that contains an e-mail address: it would identify somebody.
    """
    if "@" in text:
        raise Unusable("an e-mail address where the name of an event is expected")
    name = _NOT_IN_A_NAME.sub("_", text.strip().casefold()).strip("_")
    if len(name) > _LONGEST_NAME:
        raise Unusable(f"not the name of an event: longer than {_LONGEST_NAME} letters")
    return VISIT if name in _LOOKED_AROUND else name or None


def page_of(text: str) -> str | None:
    """The path of a page, without host, query and fragment; None if the path contains an e-mail address."""
    try:
        path = urlsplit(text.strip()).path
    except ValueError:
        return None
    return None if "@" in unquote(path) else path.rstrip("/") or "/"
