"""Locust users of the gateway: a closed loop, or a constant arrival rate; every answer checked.

    locust -f loadtests/clients/locustfile.py --headless --host http://127.0.0.1:8080 \
        --scenario steady --rate 100 --seconds 60 --heads-served 3 --samples samples.json

With `--rate` requests are due at fixed times whether or not earlier ones were answered, and
latency counts from the due time; without it `--closed-users` users send as soon as answered.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import gevent
from locust import FastHttpUser, LoadTestShape, constant, events, task
from locust.env import Environment

from loadtests.checks.answers import Checker, Finding
from loadtests.config import api_key, authorization
from loadtests.traffic.requests import Changes, Request, Traffic
from loadtests.traffic.scenarios import SCENARIOS, Scenario, arrivals

_POOL_USERS = 128  # connections that an arrival rate may need at once
_TIMEOUT_S = 30.0


class RunState:
    """One run's state, shared by all users of this process."""

    def __init__(self, options: Any) -> None:
        self.scenario: Scenario = SCENARIOS[options.scenario]
        self.seconds, self.rate = float(options.seconds), float(options.rate)
        self.users = int(options.closed_users)
        changes = Changes(**json.loads(options.changes))
        self.traffic = Traffic(self.scenario.requests(changes))
        self.headers = authorization(api_key())
        self.checker = Checker(options.heads_served)
        self.due = arrivals(self.scenario, self.rate, self.seconds) if self.rate else None
        self.samples: list[dict[str, Any]] = []
        self.output = Path(options.samples) if options.samples else None
        self.started = time.time()
        self.running = False

    def begin(self) -> None:
        """Start the clock at the first request, not before the users are there."""
        if not self.running:
            self.started, self.running = time.time(), True

    def note(self, request: Request, sent: float, latency_s: float, finding: Finding) -> None:
        """Keep one sample; `sent` is when it was due or sent, in seconds of the run."""
        stages = {k: round(v, 3) for k, v in (finding.stages_ms or {}).items()}
        self.samples.append(
            {
                "at": round(sent, 4), "ms": round(latency_s * 1e3, 3), "kind": request.kind,
                "outcome": finding.outcome, "reason": finding.reason, "paths": finding.paths,
                "asked": finding.heads_asked, "answered": finding.heads_answered,
                "stages": stages,
            }
        )  # fmt: skip

    def write(self) -> None:
        """Write samples, and the answers kept for the reference.

        What was due and never left, because every connection waited for an answer, is a failure.
        """
        for due in self.due or ():
            unsent = Finding("broken", "never sent: no connection was free")
            self.note(Request("text", "", b"", "", ()), due, 0.0, unsent)
        if self.output:
            sampled = [asdict(answer) for answer in self.checker.sampled]
            content = {
                "started": self.started, "samples": self.samples, "sampled": sampled,
                "versions": self.checker.versions,
            }  # fmt: skip
            self.output.write_text(json.dumps(content), encoding="utf-8")


_state: RunState | None = None


def _state_of(environment: Environment) -> RunState:
    global _state
    if _state is None:
        _state = RunState(environment.parsed_options)
    return _state


class Levels(LoadTestShape):
    """Closed loop: users follow the scenario's levels. Arrival rate: a pool of connections."""

    def tick(self) -> tuple[int, float] | None:
        """Return how many users there are to be now; None ends the run."""
        if self.runner is None:
            return None
        state = _state_of(self.runner.environment)
        now = time.time() - state.started if state.running else 0.0
        if now >= state.seconds:
            return None
        if state.rate:
            return _POOL_USERS, 1000.0
        level = state.scenario.level(now / state.seconds)
        return max(1, round(state.users * level)), 1000.0


class Mailer(FastHttpUser):
    """Sends what the traffic brings next."""

    wait_time = constant(0)
    network_timeout = _TIMEOUT_S
    connection_timeout = 5.0

    @task
    def send(self) -> None:
        """Send the next request, at its due time if it has one."""
        state = _state_of(self.environment)
        state.begin()
        due = next(state.due, None) if state.due else time.time() - state.started
        if due is None:
            gevent.sleep(1.0)
            return
        request = next(state.traffic)
        gevent.sleep(max(0.0, state.started + due - time.time()))
        self._send(state, request, due)

    def _send(self, state: RunState, request: Request, due: float) -> None:
        headers = {"Content-Type": request.content_type, **state.headers}
        body: Any = request.body  # bytes are sent as they are; locust's annotation has text only
        with self.client.post(
            request.path, data=body, headers=headers, name=request.kind, catch_response=True
        ) as response:
            latency = time.time() - state.started - due
            response.request_meta["response_time"] = latency * 1e3
            finding = state.checker.check(request, response.status_code, response.content or b"")
            if finding.outcome == "ok":
                response.success()
            else:
                response.failure(f"{finding.outcome}: {finding.reason}")
        state.note(request, due, latency, finding)


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def _options(parser: Any) -> None:
    parser.add_argument("--scenario", default="steady", choices=sorted(SCENARIOS))
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the run")
    parser.add_argument("--rate", type=float, default=0.0, help="arrivals a second; 0: closed loop")
    parser.add_argument("--closed-users", type=int, default=8, help="users of the closed loop")
    parser.add_argument("--changes", default="{}", help="of the scenario's traffic, as JSON")
    parser.add_argument("--heads-served", type=int, required=True, help="heads that must answer")
    parser.add_argument("--samples", default="", help="file for every request's sample")


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def _quitting(environment: Environment, **_: Any) -> None:
    _state_of(environment).write()
