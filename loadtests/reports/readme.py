"""Write the newest kept results as tables: all beside the results, five rows into README."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from loadtests.reports import results
from loadtests.reports.peers import peers_tables
from loadtests.reports.tables import table_row
from loadtests.traffic.scenarios import SCENARIOS

HERE = Path(__file__).resolve().parents[1]
RESULTS = HERE / "results"
PAGE = RESULTS / "README.md"
README = HERE.parent / "README.md"
BEGIN, END = "<!-- bench -->", "<!-- /bench -->"
# The rows of the benchmark that README shows: name and callers at once.
_EXCERPT = (
    (r"gateway, \d+ default heads", 1),
    (r"gateway, \d+ default heads", 32),
    (r"gateway, 50 heads", 32),
    (r"gateway, embedding-cache hits only", 32),
    (r"baseline: Flask.*", 32),
)


def rendered(folder: Path = RESULTS) -> str:
    """Return the tables of the newest results as Markdown; empty when nothing was kept."""
    kinds = ("bench", "peers", "size", "start")
    bench, peers, sized, start = (results.newest(folder, kind) for kind in kinds)
    runs = [run for name in SCENARIOS if (run := results.newest(folder, f"run-{name}"))]
    parts = [
        _bench(bench, bench["rows"]) if bench else "", _peers(peers) if peers else "",
        _start(start) if start else "",
        _runs(runs) if runs else "", _sized(sized) if sized else "",
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part)


def excerpt(folder: Path = RESULTS) -> str:
    """Return five rows of the newest benchmark as Markdown; empty when none was kept."""
    bench = results.newest(folder, "bench")
    return _bench(bench, _excerpt_rows(bench["rows"])) if bench else ""


def placed(document: str, tables: str) -> str:
    """Return the document with `tables` between its marks. Raises ValueError without marks."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no {BEGIN} ... {END} in the document")
    inside = f"\n{tables}\n" if tables else "\n"
    return f"{before}{begin}{inside}{end}{after}"


def refresh(readme: Path = README, page: Path = PAGE, folder: Path = RESULTS) -> list[Path]:
    """Write the excerpt into `readme` and all tables into `page`; return what changed."""
    changed = []
    for path, tables in ((readme, excerpt(folder)), (page, rendered(folder))):
        old = path.read_text(encoding="utf-8")
        new = placed(old, tables)
        if new != old:
            path.write_text(new, encoding="utf-8")
            changed.append(path)
    return changed


def _excerpt_rows(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [
        row
        for name, level in _EXCERPT
        for row in rows
        if row["concurrency"] == level and re.fullmatch(name, row["name"])
    ][: len(_EXCERPT)]


def _bench(result: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> str:
    lines = [
        _conditions(result),
        "",
        "| what | at once | answers/s | p50 ms | p95 ms | p99 ms | server CPU ms | errors |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        times = [f"{row[f'p{p}_ms']:.1f}" if row["timed"] else "" for p in (50, 95, 99)]
        cpu = f"{row['cpu_ms']:.2f}" if row["cpu_ms"] else ""
        cells = [row["name"], row["concurrency"], f"{row['rate']:.0f}", *times, cpu, row["errors"]]
        lines.append(table_row(cells))
    return "\n".join(lines)


def _peers(result: Mapping[str, Any]) -> str:
    price = result.get("price", {})
    paid = f" {price['core_hour']:g} $ a core-hour ({price['source']})." if price else ""
    about = f"Beside what else could be run, same texts and client. {_conditions(result)}{paid}"
    return f"{about}\n\n{peers_tables(result['rows'], price.get('core_hour', 0.0))}"


def _start(result: Mapping[str, Any]) -> str:
    lines = [_bench(result, result["rows"]), "", "| start | measured | aim |", "|---|---:|---:|"]
    for ratio in result["ratios"]:
        if ratio["value"] is None:
            continue
        figures = (f"{ratio[name]:.2f}{ratio['unit']}" for name in ("value", "aim"))
        lines.append(table_row([ratio["name"], *figures]))
    return "\n".join(lines)


def _runs(results: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        "Under load by Locust on the same machine, a day's mix of texts, raw mails, batches and "
        "bad input, every answer checked. `python -m loadtests run SCENARIO`, latencies in ms.",
        "",
        "| scenario | seconds | offered/s | right/s | p50 | p95 | p99 | hit ratio | failures "
        "| refused | memory, MiB a minute | date, commit |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|---|",
    ]
    for result in results:
        figures, about = result["totals"], result["machine"]
        seconds = result["load"]["seconds"]
        drifts = result.get("drift", {}).items()
        memory = ", ".join(f"{name} {d['slope']:+.2f} (to {d['high']:+.2f})" for name, d in drifts)
        lines.append(
            table_row(
                [
                    result["scenario"], f"{seconds:g}", f"{figures['requests'] / seconds:.0f}",
                    f"{figures['rate']:.0f}",
                    *(f"{ms:.1f}" for ms in figures["latency_ms"].values()),
                    f"{figures['hit_ratio']:.2f}", figures["failures"], figures["refused"], memory,
                    f"{about['date']}, {about['commit']}{' (busy)' if _busy(result) else ''}",
                ]
            )
        )  # fmt: skip
    return "\n".join(lines)


def _sized(result: Mapping[str, Any]) -> str:
    order, deployment, prices = result["order"], result["deployment"], result["prices"]
    errors = ", ".join(f"p{c['percent']:g} {c['error']:+.0%}" for c in result["checks"])
    tasks = ", ".join(
        f"{t['count']} x {t['service']} ({t['cpu']} CPU units, {t['memory_mib']} MiB)"
        for t in deployment["tasks"]
    )
    about, busy = result["machine"], " (busy)" if _busy(result) else ""
    return (
        f"Sized: for {order['rate']:g} emails/s, p95 within {order['slo_p95_ms']:g} ms, "
        f"{order['hit_ratio']:.0%} hits and {order['heads']} heads: {tasks}; "
        f"{deployment['per_thousand']:.5f} $ per 1,000 emails (tasks only, {prices['region']}, "
        f"prices of {prices['read']}). The model's error against a held-back measurement: "
        f"{errors}. `{result['command']}`, {about['date']}, commit {about['commit']}{busy}."
    )


def _busy(result: Mapping[str, Any]) -> bool:
    """Whether more ran than the machine has cores before the measurement began."""
    return float(result["load_average"]["before"]) > int(result["machine"]["cores"])


def _conditions(result: Mapping[str, Any]) -> str:
    about, load = result["machine"], result["load_average"]
    conditions = (
        f"`{result['command']}`, {about['date']}, commit {about['commit']}, {about['cores']} cores "
        f"of {about['processor']} ({about['instructions']}) with the client on them, "
        f"{result['texts']} texts, load average {load['before']:.1f} before and "
        f"{load['after']:.1f} after."
    )
    if _busy(result):
        conditions += (
            " **Other work was on the machine: these figures are too low, and rows differ in it.**"
        )
    return conditions
