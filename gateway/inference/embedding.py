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
    """The items that a group of heads reads, as its encoder embedded them."""

    group: Group
    encoder: Encoder
    embedded: Mapping[Item, EmbeddedItem]


@dataclass(frozen=True, slots=True)
class Embeddings:
    """A request's results, one an encoder, the first head group's first.

    `away` holds, by fingerprint, why an encoder gave no result; its heads are then unavailable.
    """

    results: tuple[EncoderResult, ...]
    away: Mapping[str, str]

    def refused(self, item: Item) -> EmbeddedItem | None:
        """Return the result by which an encoder refused the item's text, if one did."""
        embedded = (result.embedded.get(item) for result in self.results)
        return next((e for e in embedded if e is not None and e.error is not None), None)


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
            (group, read_items)
            for group in context.snapshot.plan.groups
            if (read_items := _items_read_by(group, items))
        ]
        calls = [partial(_encode, group, read_items, context) for group, read_items in groups]
        results, away = [], {}
        for (group, _), result in zip(groups, self._parallel.run(calls), strict=True):
            if isinstance(result, EncoderResult):
                results.append(result)
                _count_paths(result, context)
            elif group is groups[0][0] or isinstance(result, FingerprintMismatch):
                raise result
            else:
                away[group.fingerprint] = f"its encoder is away: {result.code}"
        return Embeddings(tuple(results), away)


def _items_read_by(group: Group, items: Sequence[Item]) -> Sequence[Item]:
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
            traceparent=context.timings.traceparent_of("embed"),
        )
    except EmbedderError as error:
        return error
    return EncoderResult(group, encoder, dict(zip(items, embedded.items, strict=True)))


def _count_paths(result: EncoderResult, context: RequestContext) -> None:
    for embedded in result.embedded.values():
        if embedded.error is None:
            metrics.record_embedding(embedded.cache, truncated=embedded.truncated)
            context.timings.count(f"trunkline.embeddings.{embedded.cache}", 1)
