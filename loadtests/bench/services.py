"""Measure the services from outside: the embedder by gRPC, the gateway by REST."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import psutil

from loadtests.clients.grpc_closed import run_grpc
from loadtests.clients.http_closed import Check, lasting, run_http
from loadtests.measurement.run import Run, cpu_seconds
from loadtests.stack.catalogs import catalog_of
from loadtests.stack.stack import Stack, running_stack
from loadtests.traffic.corpus import reply_texts

WARM_SEED = 7
WARM_TEXTS = 1000
WARM_S = 3.0  # a runtime builds its kernels for every length of text that it meets
WARM_ROUNDS = 15  # at most, until two rounds in a row were answered by the path that is measured
HIT_ROUNDS = 6  # at most: a worker that took no connection while warming is cold in the first


def bodies_of(texts: Sequence[str]) -> list[bytes]:
    """Return one JSON request a text."""
    return [json.dumps({"text": text}).encode() for text in texts]


def answered_by(path: str, heads: int) -> Check:
    """Return a check that `heads` heads answered and the embedding came by `path` (miss, hit)."""

    def wrong(status: int, body: bytes) -> str:
        if status != 200:
            return f"status {status}"
        answer = json.loads(body)
        states = [head["status"] for head in answer["heads"].values()]
        answered = sum(state in ("ok", "not_applicable") for state in states)
        if answered != heads:
            return f"{answered} of {heads} heads answered"
        came = answer["encoder"]["cache"]
        return "" if came == path else f"came by {came}, not {path}"

    return wrong


def warm_texts(measured: Sequence[str]) -> list[str]:
    """Return texts that are not among those measured, to warm up with while caches stay cold."""
    others = set(measured)
    return [text for text in reply_texts(WARM_TEXTS, WARM_SEED) if text not in others]


def warm_up(url: str, bodies: Sequence[bytes], level: int) -> None:
    """Send other texts than are measured, for WARM_S seconds; answers are not checked."""
    run_http(
        "warm-up", url, lasting(WARM_S, bodies), concurrency=level, check=lambda _status, _body: ""
    )


def embed_runs(texts: Sequence[str], views: Sequence[str], levels: Sequence[int]) -> list[Run]:
    """Measure gRPC with one text a call, each level on a fresh embedder: warm, its cache cold."""
    runs = []
    for level in levels:
        with tempfile.TemporaryDirectory() as folder:
            stack = Stack(Path(folder))
            try:
                stack.start("embedder")
                pid = stack.services["embedder"].pid
                target, warm = stack.embedder_target, warm_texts(texts)[: 100 * min(level, 4)]
                run_grpc("warm-up", target, warm, views=views, concurrency=level)
                cpu = cpu_seconds([pid])
                run = run_grpc("embedder, gRPC", target, texts, views=views, concurrency=level)
                memory = f"{psutil.Process(pid).memory_info().rss / 2**20:.0f}"
                run = replace(run, cpu_s=cpu_seconds([pid]) - cpu, notes={"embedder MB": memory})
            finally:
                stack.stop()
        runs.append(run)
    return runs


def classify_run(
    name: str, texts: Sequence[str], *, heads: int, level: int, env: Mapping[str, str]
) -> Run:
    """Measure REST, one text a request, on a fresh stack with cold caches: all must be misses."""
    with tempfile.TemporaryDirectory() as folder, running_stack(Path(folder), env) as stack:
        warm_up(f"{stack.gateway_url}/v1/classify", bodies_of(warm_texts(texts)), level)
        run = _measured(stack, name, texts, level, answered_by("miss", heads))
        return replace(run, notes=run.notes | _memory(stack))


def many_heads_run(texts: Sequence[str], *, count: int, level: int) -> Run:
    """Measure REST misses with `count` heads, each as large as the shipped `intent`."""
    with tempfile.TemporaryDirectory() as folder:
        catalog = str(catalog_of(count, Path(folder)))
        env = {"HEADS_CATALOG": catalog, "GATEWAY_CATALOG": catalog}
        name = f"gateway, {count} head{'s' if count > 1 else ''}"
        return classify_run(name, texts, heads=count, level=level, env=env)


def hit_run(
    name: str, texts: Sequence[str], *, path: str, heads: int, level: int, env: Mapping[str, str]
) -> Run:
    """Measure REST on texts seen before, several rounds, every answer checked to come by `path`."""
    with tempfile.TemporaryDirectory() as folder, running_stack(Path(folder), env) as stack:
        clean = rounds = 0
        while clean < 2 and rounds < WARM_ROUNDS:  # every worker has its own answer cache
            warm = _measured(stack, "warm-up", texts, level, answered_by(path, heads))
            clean, rounds = 0 if warm.errors else clean + 1, rounds + 1
        for _ in range(HIT_ROUNDS):
            run = _measured(stack, name, list(texts) * 5, level, answered_by(path, heads))
            if not run.errors:
                break
        return run


def _measured(stack: Stack, name: str, texts: Sequence[str], level: int, check: Check) -> Run:
    pids = [service.pid for service in stack.services.values()]
    cpu = cpu_seconds(pids)
    url = f"{stack.gateway_url}/v1/classify"
    run = run_http(name, url, bodies_of(texts), concurrency=level, check=check)
    return replace(run, cpu_s=cpu_seconds(pids) - cpu)


def _memory(stack: Stack) -> dict[str, str]:
    """Return resident MiB of the embedder and of the largest worker of each other service."""
    sizes = {}
    for name, service in stack.services.items():
        process = psutil.Process(service.pid)
        family = process.children(recursive=True) or [process]
        sizes[f"{name} MB"] = f"{max(p.memory_info().rss for p in family) / 2**20:.0f}"
    return sizes
