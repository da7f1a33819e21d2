"""Embeds mails once per encoder that their heads need, all encoders at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from embedder.client import EmbeddedItem
from embedder.errors import EmbedderError, FingerprintMismatch
from gateway import metrics
from gateway.deadline import Deadline
from gateway.encoders import Encoder
from gateway.mail import CleanedMail
from gateway.parallel import Parallel
from gateway.plan import Group
from gateway.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Encoded:
    """What one encoder made of some mails: `items` by the mail's place."""

    group: Group
    encoder: Encoder
    items: Mapping[int, EmbeddedItem]


@dataclass(frozen=True, slots=True)
class Embedded:
    """All encodings of a request, the first head group's first, and groups that have none.

    `away` says by fingerprint why an encoder gave nothing; its heads are then unavailable.
    """

    encodings: tuple[Encoded, ...]
    away: Mapping[str, str]

    def error(self, place: int) -> EmbeddedItem | None:
        """The item by which one mail's text was refused, if any encoder refused it."""
        items = (one.items.get(place) for one in self.encodings)
        return next((item for item in items if item is not None and item.error is not None), None)


class Embedding:
    """Embeds under a snapshot; thread-safe."""

    def __init__(self, parallel: Parallel) -> None:
        self._parallel = parallel

    def embed(
        self,
        mails: Sequence[CleanedMail],
        trying: Sequence[frozenset[str]],
        snapshot: Snapshot,
        deadline: Deadline,
    ) -> Embedded:
        """Embed every mail for the groups with heads; for others, mails that try a candidate.

        `trying[i]` names the heads whose candidate answers mail i. Raises FingerprintMismatch
        when an encoder of the snapshot is gone, and whatever fails the first group; an encoder
        that fails beside it costs only its own heads.
        """
        wanted = [
            (group, places) for group in snapshot.plan.groups if (places := _places(group, trying))
        ]
        calls = [
            partial(_encode, group, places, mails, snapshot, deadline) for group, places in wanted
        ]
        encodings, away = [], {}
        for place, found in enumerate(self._parallel.run(calls)):
            if isinstance(found, Encoded):
                encodings.append(found)
                for item in found.items.values():
                    if item.error is None:
                        metrics.record_embedding(item.cache, truncated=item.truncated)
            elif place == 0 or isinstance(found, FingerprintMismatch):
                raise found
            else:
                away[wanted[place][0].fingerprint] = f"its encoder is away: {found.code}"
        return Embedded(tuple(encodings), away)


def _places(group: Group, trying: Sequence[frozenset[str]]) -> tuple[int, ...]:
    if group.heads:
        return tuple(range(len(trying)))
    names = {head.name for head in group.candidates}
    return tuple(place for place, tried in enumerate(trying) if not names.isdisjoint(tried))


def _encode(
    group: Group,
    places: Sequence[int],
    mails: Sequence[CleanedMail],
    snapshot: Snapshot,
    deadline: Deadline,
) -> Encoded | EmbedderError:
    encoder = snapshot.encoder(group.fingerprint)
    contexts = [mails[place].context or "" for place in places]
    try:
        embedded = encoder.embedder.embed(
            [mails[place].model_text for place in places],
            group.views,
            contexts=contexts if any(contexts) else None,
            timeout_s=deadline.remaining(),
            expected_fingerprint=group.fingerprint,
        )
    except EmbedderError as error:
        return error
    return Encoded(group, encoder, dict(zip(places, embedded.items, strict=True)))
