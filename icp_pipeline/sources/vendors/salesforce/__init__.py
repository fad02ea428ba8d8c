"""Salesforce: the headers of its objects, and the ids that distinguish them."""

from icp_pipeline.sources.table.vendor import Vendor
from icp_pipeline.sources.vendors.salesforce.salesforce_layouts import LAYOUTS
from icp_pipeline.sources.vendors.salesforce.salesforce_objects import open_object

VENDOR = Vendor(LAYOUTS, recognise=open_object)
