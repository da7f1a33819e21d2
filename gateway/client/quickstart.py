"""Waits until a fresh gateway is ready, then shows a sample email and its answer."""

import json
import time
from collections.abc import Callable, Mapping

from gateway.client.summary import summary
from trunkline.client import Client, Request
from trunkline.client.messages import MESSAGE, Reply

SAMPLE = """\
From: Dana Whitfield <dana@northgate-freight.example>
To: sam@vendor.example
Subject: Re: Route planning for Northgate
Date: Tue, 17 Nov 2026 09:12:04 +0000
Message-ID: <sample-1@northgate-freight.example>
In-Reply-To: <outbound-1@vendor.example>
Content-Type: text/plain; charset=utf-8

Hi Sam,

we have no money for this. The budget is spent, all spending is frozen, and the
price is far too high for us. It's a no.

Marcus Bell (marcus.bell@northgate-freight.example) makes the next budget in March.

Dana
--
Dana Whitfield | Northgate Freight | +44 20 7946 0000

On Mon, 16 Nov 2026 at 16:40, Sam Ortiz <sam@vendor.example> wrote:
> Would a 15-minute call this week make sense?
> To stop hearing from us, click unsubscribe.
"""
_POLL_S = 0.2
_READY_TIMEOUT_S = 2.0
_TIMEOUT_S = 10.0


def quickstart(
    client: Client,
    wait_s: float,
    show: Callable[[str], None],
    *,
    verbose: bool = False,
    waiting: Callable[[], None] = lambda: None,
) -> bool:
    """Show the sample and its answer once a gateway is ready.

    False after `wait_s` seconds without, or for no answer; `client` asks only once. The answer is a
    few lines, `verbose` its JSON. `waiting` is called between looks and may raise to give up.
    """
    started, url = time.monotonic(), client.url
    look = Request("GET", "/readyz")
    while (reply := client.send(look, timeout_s=_READY_TIMEOUT_S)).status != 200:
        waiting()
        if time.monotonic() - started > wait_s:
            show(f"trunkline: {url} was not ready within {wait_s:g} s: {_lack(reply)}")
            return False
        time.sleep(_POLL_S)
    sample = Request("POST", "/v1/classify", SAMPLE.encode(), MESSAGE)
    reply = client.send(sample, timeout_s=_TIMEOUT_S)
    show("\ntrunkline: a sample email comes in\n")
    show("\n".join(f"    {line}".rstrip() for line in SAMPLE.splitlines()))
    show("\ntrunkline: and this is its answer\n")
    show(_answer(reply, verbose) if reply.ok else f"    {_refusal(reply)}")
    show(f"\ntrunkline: ready after {time.monotonic() - started:.1f} s")
    show(f"  page      {url}/\n  API docs  {url}/docs\n  metrics   {url}/metrics")
    show("  try       " + _curl(url) + "\n  stop      Ctrl-C")
    return reply.ok


def _answer(reply: Reply, verbose: bool) -> str:
    if verbose:
        return json.dumps(reply.content, indent=2, ensure_ascii=False)
    return "\n".join(f"    {line}" for line in summary(reply.content))


def _refusal(reply: Reply) -> str:
    hint = "; put a key of this gateway into GATEWAY_API_KEY" if reply.status in (401, 403) else ""
    return reply.code + hint


def _lack(reply: Reply) -> str:
    """Say what a gateway that is not ready lacks: its checks that are not ok, or its status."""
    checks = reply.content.get("checks")
    if not isinstance(checks, Mapping):
        return reply.code
    return ", ".join(f"{name} {state}" for name, state in checks.items() if state != "ok")


def _curl(url: str) -> str:
    body = '{"text": "Not this quarter, ping me in March."}'
    return f"curl -s {url}/v1/classify -H 'Content-Type: application/json' -d '{body}'"
