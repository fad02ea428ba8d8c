"""These tests use the tables of `bench/`, which is not part of the installed package but next to it."""

import sys

from icp_pipeline.home import PROJECT

sys.path.insert(0, str(PROJECT))
