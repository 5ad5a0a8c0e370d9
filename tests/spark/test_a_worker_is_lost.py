"""A standalone cluster of one master and two workers; one worker and its executor end while tasks run."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

import pyspark
import pytest

from lumbar.store import open_result
from spark_command import COMMAND, QUESTION, environment, lumbar, on_spark

SPARK_CLASS = Path(pyspark.__file__).parent / "bin" / "spark-class"
HOST = "127.0.0.1"
LONGEST = 900  # seconds


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        return int(taken.getsockname()[1])


def told(url: str):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def until(what, found, *processes):
    """What `found` gives once it gives something; no process may end before."""
    ends, last = time.monotonic() + LONGEST, None
    while time.monotonic() < ends:
        assert all(process.poll() is None for process in processes), what
        try:
            if value := found():
                return value
        except (OSError, json.JSONDecodeError) as error:  # not there yet, or it says in words that it starts
            last = str(error)
            if isinstance(error, HTTPError):  # an answer, which holds its connection
                error.close()
        time.sleep(0.2)
    pytest.fail(f"{what}: {last}")


@pytest.fixture
def cluster(tmp_path):
    port, pages = free_port(), free_port()
    env = environment(SPARK_LOCAL_IP=HOST, SPARK_NO_DAEMONIZE="1", SPARK_WORKER_DIR=str(tmp_path / "work"))
    parts = [["Master", "--host", HOST, "--port", str(port), "--webui-port", str(pages)]]
    parts += [
        ["Worker", "--host", HOST, "--cores", "1", "--memory", "1g", "--webui-port", "0", f"spark://{HOST}:{port}"]
    ] * 2
    running = []
    for name, *arguments in parts:
        command = [str(SPARK_CLASS), f"org.apache.spark.deploy.{name.lower()}.{name}", *arguments]
        with (tmp_path / f"{name}-{len(running)}.log").open("w") as log:
            running.append(subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True))
        if name == "Master":
            until("master", lambda: told(f"http://{HOST}:{pages}/json/"), *running)
    until("workers", lambda: told(f"http://{HOST}:{pages}/json/")["aliveworkers"] == 2, *running)
    yield port, pages, running
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_the_job_completes_with_the_same_rows(cluster, tmp_path):
    port, pages, running = cluster
    records, out = tmp_path / "records", tmp_path / "result"
    assert lumbar("synth", records, "--patients", "3000", "--seed", "5", "--format", "tables").returncode == 0
    on_duckdb = lumbar("evaluate", records, "--out", tmp_path / "by-duckdb", *QUESTION)
    assert on_duckdb.returncode == 0
    ui = free_port()
    settings = (
        f"spark.master=spark://{HOST}:{port}",
        "spark.executor.memory=768m",
        "spark.sql.shuffle.partitions=4",
        "spark.ui.enabled=true",
        f"spark.ui.port={ui}",
        f"spark.driver.host={HOST}",
    )
    command = [*COMMAND, *map(str, on_spark(records, out, *settings))]
    job = subprocess.Popen(command, env=environment(SPARK_LOCAL_IP=HOST), stderr=subprocess.PIPE, encoding="utf-8")
    api = f"http://{HOST}:{ui}/api/v1/applications"
    app = until("driver", lambda: told(api), job, *running)[0]["id"]

    def busy_on_both():
        executors = [each for each in told(f"{api}/{app}/executors") if each["id"] != "driver" and each["isActive"]]
        written = any(out.parent.glob(f".{out.name}-*/.spill/episode/*.parquet"))
        return len(executors) == 2 and written and any(each["activeTasks"] for each in executors)

    until("tasks at work", busy_on_both, job, *running)
    # The worker's process group: its executor and the Python workers are no longer either.
    os.killpg(running[-1].pid, signal.SIGKILL)
    for line in subprocess.run(
        ["ps", "-eo", "pid,args"], capture_output=True, encoding="utf-8", check=True
    ).stdout.splitlines():
        pid, _, arguments = line.strip().partition(" ")
        if f"{app}/1" in arguments or (app in arguments and "--executor-id 1" in arguments):
            os.kill(int(pid), signal.SIGKILL)
    _, said = job.communicate(timeout=LONGEST)
    assert job.returncode == 0, said
    assert sorted(said.splitlines()) == sorted(on_duckdb.stderr.splitlines())
    assert told(f"http://{HOST}:{pages}/json/")["aliveworkers"] == 1
    one, other = open_result(tmp_path / "by-duckdb"), open_result(out)
    assert other.outcome.equals(one.outcome)
    assert other.rate.equals(one.rate)
    assert other.rejected.equals(one.rejected)
