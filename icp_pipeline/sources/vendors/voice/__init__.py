"""What people say: interviews (YAML), feedback and overrides (CSV), formats of our own.

Words of call transcripts are counted in `icp_pipeline.language`; none are read here.
"""

from icp_pipeline.sources.table.vendor import Vendor
from icp_pipeline.sources.vendors.voice.interview_file import read_interview_file
from icp_pipeline.sources.vendors.voice.voice_layouts import LAYOUTS

VENDOR = Vendor(LAYOUTS, read_other=read_interview_file, reads_yaml=True)
