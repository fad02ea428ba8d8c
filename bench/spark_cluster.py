"""A standalone Spark on loopback: a master, workers and a Connect server, each its own process."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

_CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"
_PATIENCE = 180


@dataclass
class Cluster:
    """The processes of a cluster; each leads a process group, which includes its executors."""

    folder: Path
    connect_port: int
    workers: list[subprocess.Popen[bytes]]
    server: subprocess.Popen[bytes]
    master: subprocess.Popen[bytes]

    def processor_seconds(self) -> float:
        """Processor seconds used so far by all processes, executors included."""
        first = [psutil.Process(process.pid) for process in (self.master, self.server, *self.workers)]
        every = [one for process in first for one in (process, *process.children(recursive=True))]
        return sum(one.cpu_times().user + one.cpu_times().system for one in every)

    @property
    def remote(self) -> str:
        return f"sc://127.0.0.1:{self.connect_port}"

    def logs(self) -> str:
        """Everything that daemons and executors have logged."""
        files = [path for path in self.folder.rglob("*") if path.is_file() and path.suffix in (".log", "")]
        texts = [path.read_text(errors="replace") for path in files if path.name.startswith(("std", "log_"))]
        return "\n".join(texts)


@contextmanager
def cluster(folder: Path, workers: int = 2, driver: str = "1g", executor: str = "512m") -> Iterator[Cluster]:
    """Start a cluster, each worker with one single-core executor; end all processes on exit."""
    import pyspark

    home = Path(pyspark.__file__).parent
    folder.mkdir(parents=True)
    conf = folder / "conf"
    conf.mkdir()
    java = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
    lines = [f"spark.driver.memory {driver}", f"spark.executor.memory {executor}", "spark.ui.enabled false"]
    lines += [f"spark.driver.extraJavaOptions {java}", f"spark.executor.extraJavaOptions {java}"]
    (conf / "spark-defaults.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    here = {"SPARK_HOME": str(home), "SPARK_CONF_DIR": str(conf), "SPARK_LOCAL_IP": "127.0.0.1"}
    # Its workers call Python too: the one that runs here.
    here |= {"PYSPARK_PYTHON": sys.executable, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    environment = {**os.environ, **here, "SPARK_DAEMON_MEMORY": "1g", "SPARK_LOCAL_DIRS": str(folder / "local")}
    begun: list[subprocess.Popen[bytes]] = []

    def start(name: str, *command: str) -> subprocess.Popen[bytes]:
        with (folder / f"log_{name}").open("wb") as log:
            begun.append(
                subprocess.Popen(
                    ["bash", *command], env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
                )
            )
        return begun[-1]

    master_port, connect_port = free_port(), free_port()
    master = f"spark://127.0.0.1:{master_port}"
    run = str(home / "bin" / "spark-class")
    try:
        place = ("--host", "127.0.0.1", "--port", str(master_port), "--webui-port", "0")
        leader = start("master", run, "org.apache.spark.deploy.master.Master", *place)
        wait_for_port(master_port)
        size = ("--cores", "1", "--memory", "2g", "--webui-port", "0")
        started = [
            start(
                f"worker_{number}",
                run,
                "org.apache.spark.deploy.worker.Worker",
                *size,
                "--work-dir",
                str(folder / f"worker_{number}"),
                master,
            )
            for number in range(1, workers + 1)
        ]
        bound = ["spark.connect.grpc.binding.address=127.0.0.1", f"spark.connect.grpc.binding.port={connect_port}"]
        settings = [part for setting in bound for part in ("--conf", setting)]
        server = start(
            "server",
            str(home / "bin" / "spark-submit"),
            *("--master", master, "--class", _CONNECT),
            *settings,
            "spark-internal",
        )
        wait_for_port(connect_port)
        yield Cluster(folder, connect_port, started, server, leader)
    finally:
        for process in reversed(begun):
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and everything it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=60)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_for_port(port: int) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.2)
    raise TimeoutError(f"nothing listens at port {port}")
