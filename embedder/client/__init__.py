"""The gRPC client of the embedder: deadlines, second attempts, replicas that fail over."""

from embedder.api import (
    CacheInfo,
    CachePath,
    EmbeddedItem,
    Embedder,
    Embeddings,
    EncoderIdentity,
    EncoderInfo,
    Forgetting,
    ItemError,
)
from embedder.client.client import EmbedderClient
from embedder.client.connection import MAX_MESSAGE_BYTES, SERVICE_NAME
from embedder.client.targets import resolvable
from embedder.client.wire import CODE_KEY, PUSHBACK_KEY

__all__ = [
    "CODE_KEY",
    "MAX_MESSAGE_BYTES",
    "PUSHBACK_KEY",
    "SERVICE_NAME",
    "CacheInfo",
    "CachePath",
    "EmbeddedItem",
    "Embedder",
    "EmbedderClient",
    "Embeddings",
    "EncoderIdentity",
    "EncoderInfo",
    "Forgetting",
    "ItemError",
    "resolvable",
]
