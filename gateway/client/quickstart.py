"""Waits until a fresh gateway is ready, then shows a sample email and its answer."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from types import MappingProxyType

from gateway.client.http import GatewayClient

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
_NO_KEY: Mapping[str, str] = MappingProxyType({})


def quickstart(
    url: str, wait_s: float, show: Callable[[str], None], key: Mapping[str, str] = _NO_KEY
) -> bool:
    """Show the sample and its answer once `url` is ready; False after `wait_s` seconds without.

    `key` is the header that shows a key, where callers need one.
    """
    started = time.monotonic()
    with closing(GatewayClient(url, key, _TIMEOUT_S)) as client:
        while client.get("/readyz").status != 200:
            if time.monotonic() - started > wait_s:
                show(f"trunkline: {url} was not ready within {wait_s:g} s; see the log above")
                return False
            time.sleep(_POLL_S)
        reply = client.post("/v1/classify", SAMPLE.encode(), {"Content-Type": "message/rfc822"})
    show("\ntrunkline: a sample email comes in\n")
    show("\n".join(f"    {line}" for line in SAMPLE.splitlines()))
    show("\ntrunkline: and this is its answer\n")
    show(reply.code if reply.problem else json.dumps(reply.content, indent=2, ensure_ascii=False))
    show(f"\ntrunkline: ready after {time.monotonic() - started:.1f} s")
    show(f"  page      {url}/\n  API docs  {url}/docs\n  metrics   {url}/metrics")
    show("  try       " + _curl(url) + "\n  stop      Ctrl-C")
    return reply.status == 200 and not reply.problem


def _curl(url: str) -> str:
    body = '{"text": "Not this quarter, ping me in March."}'
    return f"curl -s {url}/v1/classify -H 'Content-Type: application/json' -d '{body}'"
