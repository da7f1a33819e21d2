"""One channel to one replica, and the options that the server allows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import grpc

from protos.embedder.v1 import embedder_pb2 as pb
from protos.embedder.v1 import embedder_pb2_grpc

SERVICE_NAME: Final = "embedder.v1.EmbedderService"
MAX_MESSAGE_BYTES: Final = 64 * 1024 * 1024
KEEPALIVE_S: Final = 5
KEEPALIVE_TIMEOUT_S: Final = 2


class Connection:
    """A channel to the gRPC target `target`; `authority` is the name that it is known by."""

    def __init__(self, target: str, authority: str = "") -> None:
        self.closed = False
        self._channel = grpc.insecure_channel(target, options=channel_options(authority))
        stub = embedder_pb2_grpc.EmbedderServiceStub(self._channel)
        self.embed: Callable[..., pb.EmbedResponse] = stub.Embed
        self.info: Callable[..., pb.InfoResponse] = stub.Info
        self.forget: Callable[..., pb.ForgetResponse] = stub.Forget
        self.info_later: Callable[..., grpc.Future[pb.InfoResponse]] = stub.Info.future

    def close(self) -> None:
        """Close the channel; calls that wait for an answer end as cancelled."""
        self.closed = True
        self._channel.close()


def channel_options(authority: str = "") -> list[tuple[str, Any]]:
    """Return a channel's options. No channel shares its connection with another.

    gRPC would hand a new channel the connection of an old one, stuck or not.
    """
    named = [("grpc.default_authority", authority)] if authority else []
    return [
        *named,
        ("grpc.service_config", json.dumps(_service_config())),
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
        ("grpc.keepalive_time_ms", KEEPALIVE_S * 1000),
        ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT_S * 1000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        # A replaced task must be found within seconds, not after two minutes of back-off.
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 500),
        ("grpc.max_reconnect_backoff_ms", 1_000),
        ("grpc.dns_min_time_between_resolutions_ms", 2_000),
    ]


def _service_config() -> dict[str, Any]:
    # Retries are not gRPC's: they could not be sent to another channel, which is another replica.
    return {
        "loadBalancingConfig": [{"round_robin": {}}],
        "healthCheckConfig": {"serviceName": SERVICE_NAME},
    }
