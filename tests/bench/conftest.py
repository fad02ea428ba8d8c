"""`bench/` is not part of the installed package, so it is imported from the project's root."""

import sys

from icp_pipeline.home import PROJECT

sys.path.insert(0, str(PROJECT))
