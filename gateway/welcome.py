"""The first answer of a fresh start: wait until the gateway is ready, classify one sample email."""

import json
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

import urllib3

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
_NO_KEY: Mapping[str, str] = MappingProxyType({})


def welcome(
    url: str, wait_s: float, show: Callable[[str], None], key: Mapping[str, str] = _NO_KEY
) -> bool:
    """Show the sample and its answer once `url` is ready; False after `wait_s` seconds without.

    `key` is the header that shows a key, where callers need one.
    """
    started = time.monotonic()
    while not _ready(url):
        if time.monotonic() - started > wait_s:
            show(f"trunkline: {url} was not ready within {wait_s:g} s; see the log above")
            return False
        time.sleep(_POLL_S)
    answer = urllib3.request(
        "POST",
        f"{url}/v1/classify",
        body=SAMPLE.encode(),
        headers={"Content-Type": "message/rfc822", **key},
        timeout=10,
    )
    show("\ntrunkline: a sample email comes in\n")
    show("\n".join(f"    {line}" for line in SAMPLE.splitlines()))
    show("\ntrunkline: and this is its answer\n")
    show(json.dumps(answer.json(), indent=2, ensure_ascii=False))
    show(f"\ntrunkline: ready after {time.monotonic() - started:.1f} s")
    show(f"  page      {url}/\n  API docs  {url}/docs\n  metrics   {url}/metrics")
    show("  try       " + _curl(url) + "\n  stop      Ctrl-C")
    return answer.status == 200


def _ready(url: str) -> bool:
    try:
        return urllib3.request("GET", f"{url}/readyz", retries=False, timeout=2).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def _curl(url: str) -> str:
    body = '{"text": "Not this quarter, ping me in March."}'
    return f"curl -s {url}/v1/classify -H 'Content-Type: application/json' -d '{body}'"
