"""Embeds items once per encoder that their heads need, all encoders at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from embedder.client import EmbeddedItem
from embedder.errors import EmbedderError, FingerprintMismatch
from gateway import metrics
from gateway.inference.context import RequestContext
from gateway.inference.encoders import Encoder
from gateway.inference.item import Item
from gateway.inference.plan import Group
from gateway.parallel import Parallel


@dataclass(frozen=True, slots=True)
class EncoderResult:
    """What one encoder made of the items that a group of heads reads."""

    group: Group
    encoder: Encoder
    embedded: Mapping[Item, EmbeddedItem]


@dataclass(frozen=True, slots=True)
class Embeddings:
    """All encoders' results of a request, the first head group's first, and groups without any.

    `away` says by fingerprint why an encoder gave nothing; its heads are then unavailable.
    """

    results: tuple[EncoderResult, ...]
    away: Mapping[str, str]

    def refused(self, item: Item) -> EmbeddedItem | None:
        """Return the result by which an encoder refused the item's text, if one did."""
        parts = (result.embedded.get(item) for result in self.results)
        return next((part for part in parts if part is not None and part.error is not None), None)


class EmbeddingStage:
    """Embeds under a request's snapshot; thread-safe."""

    def __init__(self, parallel: Parallel) -> None:
        self._parallel = parallel

    def embed(self, items: Sequence[Item], context: RequestContext) -> Embeddings:
        """Embed every item for the groups with heads; for others, those that a candidate answers.

        Raises FingerprintMismatch when an encoder of the snapshot is gone, and whatever fails the
        first group; an encoder that fails beside it costs only its own heads.
        """
        groups = [
            (group, readers)
            for group in context.snapshot.plan.groups
            if (readers := _readers(group, items))
        ]
        calls = [partial(_encode, group, readers, context) for group, readers in groups]
        results, away = [], {}
        for (group, _), result in zip(groups, self._parallel.run(calls), strict=True):
            if isinstance(result, EncoderResult):
                results.append(result)
                _count(result)
            elif group is groups[0][0] or isinstance(result, FingerprintMismatch):
                raise result
            else:
                away[group.fingerprint] = f"its encoder is away: {result.code}"
        return Embeddings(tuple(results), away)


def _readers(group: Group, items: Sequence[Item]) -> Sequence[Item]:
    """Return the items that a head of the group reads."""
    if group.heads:
        return items
    names = {head.name for head in group.candidates}
    return [item for item in items if not names.isdisjoint(item.candidate_heads)]


def _encode(
    group: Group, items: Sequence[Item], context: RequestContext
) -> EncoderResult | EmbedderError:
    encoder = context.snapshot.encoder(group.fingerprint)
    contexts = [item.mail.context or "" for item in items]
    try:
        embedded = encoder.embedder.embed(
            [item.mail.model_text for item in items],
            group.views,
            contexts=contexts if any(contexts) else None,
            timeout_s=context.deadline.remaining(),
            expected_fingerprint=group.fingerprint,
        )
    except EmbedderError as error:
        return error
    return EncoderResult(group, encoder, dict(zip(items, embedded.items, strict=True)))


def _count(result: EncoderResult) -> None:
    for part in result.embedded.values():
        if part.error is None:
            metrics.record_embedding(part.cache, truncated=part.truncated)
