"""A channel's options: whose health it follows."""

import json

import pytest

from embedder.client.connection import channel_options


@pytest.mark.parametrize("watches", [True, False])
def test_health_is_watched_where_a_channel_is_one_replica(watches: bool) -> None:
    """Behind a proxy that balances requests a watch would follow one replica of many: it is off."""
    config = json.loads(dict(channel_options(watch_health=watches))["grpc.service_config"])
    assert ("healthCheckConfig" in config) is watches
