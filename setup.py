"""What lies beside the package in a checkout travels inside it in a wheel; all else is in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
# As `icp_pipeline.home.PROJECT` has it, in a checkout and in a wheel.
BESIDE = ("dagster.yaml", "workspace.yaml", "data/icp.yaml", "docs/queries.sql")


class BuildWithProject(build_py):
    """The package, and under `_project` the models, the settings that a sample gets, and what Dagster reads."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / "icp_pipeline" / "_project"
        shutil.rmtree(target, ignore_errors=True)
        for path in [*(ROOT / name for name in BESIDE), *sorted((ROOT / "sql").rglob("*.sql"))]:
            place = target / path.relative_to(ROOT)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)


setup(cmdclass={"build_py": BuildWithProject})
