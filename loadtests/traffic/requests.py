"""Make requests to the gateway as a day brings them: plain, raw mails, batches, bad input."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from loadtests.traffic.corpus import Lengths, Repeats, Text, TextStream

Kind = Literal["text", "raw", "batch", "bad"]

CLASSIFY = "/v1/classify"
BATCH = "/v1/classify/batch"
_JSON = "application/json"

# Bad input, each with the status that the API promises for it.
BAD: tuple[tuple[bytes, str, int], ...] = (
    (b'{"text": ', _JSON, 400),
    (b'{"text": 7}', _JSON, 422),
    (b'{"subject": "no body at all"}', _JSON, 422),
    (b'{"text": "fine", "heads": ["no_such_head"]}', _JSON, 422),
    (b"text=hello", "application/x-www-form-urlencoded", 415),
)


@dataclass(frozen=True)
class Mix:
    """The mix of requests: `raw`, `batches` and `bad` are shares of requests."""

    repeats: Repeats = field(default_factory=Repeats)
    lengths: Lengths = field(default_factory=Lengths)
    raw: float = 0.15
    batches: float = 0.02
    batch_texts: int = 8
    bad: float = 0.01
    seed: int = 20261121


@dataclass(frozen=True)
class Changes:
    """A run's differences from its scenario; None: as the scenario has it.

    `hit_ratio` scales duplicates, stock replies and redeliveries alike; `keys` and `skew` are of
    the key space; `raw`, `batches` and `bad` are shares of requests; lengths are in tokens.
    """

    hit_ratio: float | None = None
    keys: int | None = None
    skew: float | None = None
    raw: float | None = None
    batches: float | None = None
    bad: float | None = None
    median_tokens: float | None = None
    p95_tokens: float | None = None
    seed: int | None = None

    def apply_to(self, mix: Mix) -> Mix:
        """Return the mix with these changes."""
        old = mix.repeats
        ratio, keys, skew = self.hit_ratio, self.keys or old.keys, self.skew
        scaled = Repeats.with_hit_ratio(old.hit_ratio if ratio is None else ratio)
        repeats = replace(scaled, keys=keys, skew=old.skew if skew is None else skew)
        lengths = replace(mix.lengths, **_given(median=self.median_tokens, p95=self.p95_tokens))
        rest = _given(raw=self.raw, batches=self.batches, bad=self.bad, seed=self.seed)
        return replace(mix, repeats=repeats, lengths=lengths, **rest)


def _given(**values: float | None) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True)
class Request:
    """One request and what is right for it: `status`, and an answer for each of `texts`."""

    kind: Kind
    path: str
    body: bytes
    content_type: str
    texts: tuple[Text, ...]
    status: int = 200


class Traffic(Iterator[Request]):
    """Requests without end; the same for the same mix."""

    def __init__(self, mix: Mix) -> None:
        self._mix = mix
        self._draw = random.Random(mix.seed + 1)
        self._texts = TextStream(mix.repeats, mix.seed, mix.lengths)

    def warm_up(self) -> list[str]:
        """Return every text that a warm cache holds, once each."""
        return self._texts.warm_up()

    def __next__(self) -> Request:
        """Return the next request."""
        share, mix = self._draw.random(), self._mix
        kinds: tuple[tuple[float, Callable[[], Request]], ...] = (
            (mix.bad, self._bad), (mix.batches, self._batch), (mix.raw, self._raw),
        )  # fmt: skip
        for part, make in kinds:
            if share < part:
                return make()
            share -= part
        text = next(self._texts)
        return Request("text", CLASSIFY, json.dumps({"text": text.words}).encode(), _JSON, (text,))

    def _bad(self) -> Request:
        body, content_type, status = self._draw.choice(BAD)
        return Request("bad", CLASSIFY, body, content_type, (), status)

    def _batch(self) -> Request:
        texts = tuple(next(self._texts) for _ in range(self._mix.batch_texts))
        body = json.dumps({"items": [{"text": text.words} for text in texts]}).encode()
        return Request("batch", BATCH, body, _JSON, texts)

    def _raw(self) -> Request:
        text = next(self._texts)
        body = raw_mail(text.words, self._draw.randrange(10**9))
        return Request("raw", CLASSIFY, body, "message/rfc822", (text,))


def raw_mail(words: str, number: int) -> bytes:
    """Write a reply as a mail client does: headers, `words`, and the quoted mail below."""
    lines = [
        f"From: Sam Field <sam{number % 997}@customer.example>",
        "To: Alex Reed <alex@vendor.example>",
        "Subject: Re: Your warehouse",
        f"Message-ID: <{number}@customer.example>",
        f"In-Reply-To: <{number % 9973}@vendor.example>",
        "Date: Mon, 09 Nov 2026 10:12:00 +0000",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
        words,
        "",
        "On Fri, Nov 6, 2026 at 9:03 AM Alex Reed <alex@vendor.example> wrote:",
        "> Hi Sam,",
        "> we make warehouse software and would like to show it to you.",
        "> Alex",
    ]
    return "\r\n".join(lines).encode()
