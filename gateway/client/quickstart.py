"""Waits until a fresh gateway is ready, then shows a sample email and its answer."""

import json
import time
from collections.abc import Callable

from trunkline.client import Client, Request
from trunkline.client.messages import MESSAGE

SAMPLE = """\
From: Dana Whitfield <dana@northgate-freight.example>
To: sam@vendor.example
Subject: Re: Route planning for Northgate
Date: Tue, 17 Nov 2026 09:12:04 +0000
Message-ID: <sample-1@northgate-freight.example>
In-Reply-To: <outbound-1@vendor.example>
Content-Type: text/plain; charset=utf-8

Hi Sam,

we renewed with our current planner in September, so there is no money left for
this until the new fiscal year. Marcus Bell (marcus.bell@northgate-freight.example)
runs the budget round in March if you want to try him then.

Dana
--
Dana Whitfield | Northgate Freight | +44 20 7946 0000

On Mon, 16 Nov 2026 at 16:40, Sam Ortiz <sam@vendor.example> wrote:
> Would a 15-minute call this week make sense?
> To stop hearing from us, click unsubscribe.
"""
_POLL_S = 0.2
_TIMEOUT_S = 10.0


def quickstart(client: Client, wait_s: float, show: Callable[[str], None]) -> bool:
    """Show the sample and its answer once a gateway is ready.

    False after `wait_s` seconds without, or for no answer; `client` asks only once.
    """
    started, url = time.monotonic(), client.url
    while client.send(Request("GET", "/readyz"), timeout_s=_TIMEOUT_S).status != 200:
        if time.monotonic() - started > wait_s:
            show(f"trunkline: {url} was not ready within {wait_s:g} s; see the log above")
            return False
        time.sleep(_POLL_S)
    sample = Request("POST", "/v1/classify", SAMPLE.encode(), MESSAGE)
    reply = client.send(sample, timeout_s=_TIMEOUT_S)
    show("\ntrunkline: a sample email comes in\n")
    show("\n".join(f"    {line}" for line in SAMPLE.splitlines()))
    show("\ntrunkline: and this is its answer\n")
    show(reply.code if reply.problem else json.dumps(reply.content, indent=2, ensure_ascii=False))
    show(f"\ntrunkline: ready after {time.monotonic() - started:.1f} s")
    show(f"  page      {url}/\n  API docs  {url}/docs\n  metrics   {url}/metrics")
    show("  try       " + _curl(url) + "\n  stop      Ctrl-C")
    return reply.ok


def _curl(url: str) -> str:
    body = '{"text": "Not this quarter, ping me in March."}'
    return f"curl -s {url}/v1/classify -H 'Content-Type: application/json' -d '{body}'"
