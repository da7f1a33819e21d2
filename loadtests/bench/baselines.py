"""Baselines of the same run: transformers by itself, and a BERT for every head."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from embedder.checkpoint.folder import find_model
from loadtests.bench.fleet import HEADS, forward_one_by_one
from loadtests.clients.http_closed import run_http
from loadtests.config import inherited_environment
from loadtests.measurement.run import Run, cpu_seconds
from loadtests.stack.processes import ROOT, Service, free_ports, wait_until

READY_TIMEOUT_S = 120.0


def run_transformers(texts: Sequence[str]) -> Run:
    """Measure `transformers` and torch, fp32, all cores, one text a forward, without a service."""
    folder = find_model().folder
    forward_one_by_one(folder, list(texts[:5]))
    started, cpu = time.perf_counter(), time.process_time()
    forward_one_by_one(folder, list(texts))
    seconds = time.perf_counter() - started
    name = "baseline: transformers + torch fp32, one by one"
    return Run(name, 1, seconds, (0.0,) * len(texts), cpu_s=time.process_time() - cpu)


def run_fleet(texts: Sequence[str], folder: Path, levels: Sequence[int]) -> list[Run]:
    """Measure the Flask app with three BERTs, two workers of one thread: its best on two cores."""
    (port,) = free_ports(1)
    service = _start_fleet(port, folder)
    url = f"http://127.0.0.1:{port}/classify"
    bodies = [json.dumps({"text": text}).encode() for text in texts]

    def wrong(status: int, body: bytes) -> str:
        fine = status == 200 and len(json.loads(body)["scores"]) == HEADS
        return "" if fine else f"status {status}"

    def answers() -> bool:
        return not run_http("warm-up", url, bodies[:4], concurrency=2, check=wrong).errors

    try:
        wait_until(answers, READY_TIMEOUT_S, "the fleet of BERTs did not start")
        runs = []
        for level in levels:
            cpu = cpu_seconds([service.pid])
            run = run_http(
                f"baseline: Flask, one BERT a head, {HEADS} heads",
                url, bodies, concurrency=level, check=wrong,
            )  # fmt: skip
            runs.append(replace(run, cpu_s=cpu_seconds([service.pid]) - cpu))
        return runs
    finally:
        service.stop()


def _start_fleet(port: int, folder: Path) -> Service:
    log = folder / "fleet.log"
    model = find_model().folder
    command = [
        sys.executable, "-m", "gunicorn", "--workers", "2", "--bind", f"127.0.0.1:{port}",
        "--timeout", "300", "--keep-alive", "30", f"loadtests.bench.fleet:create_app('{model}')",
    ]  # fmt: skip
    threads = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=out, stderr=out, env=inherited_environment() | threads
        )
    return Service("fleet", process, log)
