"""A virtual environment for each peer, so that pinned versions do not conflict with ours or each other's."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

_HERE = Path(__file__).resolve().parent


class NotInstalled(RuntimeError):
    """A peer could not be installed; its rows stay empty."""


def environment(cache: Path, peer: str) -> Path:
    """The `bin` folder of the peer's environment, created at first use; raises NotInstalled, for example offline."""
    wanted = _HERE / f"requirements-{peer}.txt"
    folder = cache / "environments" / f"{peer}-{hashlib.sha256(wanted.read_bytes()).hexdigest()[:12]}"
    bin_folder, done = folder / "bin", folder / "installed"
    if done.is_file():
        return bin_folder
    venv.create(folder, with_pip=True, clear=True)
    pip = [bin_folder / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", wanted]
    result = subprocess.run([str(part) for part in pip], capture_output=True, text=True)
    if result.returncode:
        reasons = [line for line in result.stderr.splitlines() if line.lower().startswith("error")]
        raise NotInstalled(f"pip could not install {wanted.name}: {reasons[-1] if reasons else 'no reason given'}")
    done.touch()
    return bin_folder


def versions(bin_folder: Path, packages: tuple[str, ...]) -> dict[str, str]:
    """The installed versions of some packages of an environment."""
    code = "import importlib.metadata as m, sys; print(*(m.version(name) for name in sys.argv[1:]))"
    command = [str(bin_folder / Path(sys.executable).name), "-c", code, *packages]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return dict(zip(packages, found, strict=True))
