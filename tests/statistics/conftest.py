"""These tests take the tables of `bench/`, which is no part of the installed package: found from the project's root."""

import sys

from icp_pipeline.home import PROJECT

sys.path.insert(0, str(PROJECT))
