"""Submitted web forms: a simple CSV format of our own. Of an e-mail address only the domain is read."""

from __future__ import annotations

from icp_pipeline.sources.table import derive
from icp_pipeline.sources.table.recognition import Layout
from icp_pipeline.sources.table.vendor import Vendor

LAYOUTS = (
    Layout(
        name="forms",
        kind="form",
        aliases={
            "id": ("id", "submission_id"),
            "submitted_at": ("submitted_at", "submitted", "created_at", "timestamp"),
            "domain": ("website", "domain", "company_domain", "company_website"),
            "email_domain": ("email", "email_address", "work_email"),
            "role": ("title", "job_title", "jobtitle"),
            "industry": ("industry",),
            "number_of_employees": ("employees", "number_of_employees", "company_size"),
            "country": ("country",),
            "country_code": ("country_code",),
            "form": ("form", "form_name"),
        },
        any_of=("email", "email_address", "work_email", "website", "domain", "company_domain"),
        finish=derive.chain(derive.person, derive.country("country", "country_code")),
    ),
)

VENDOR = Vendor(LAYOUTS)
