"""A real S3 server on port 0 for the tests of catalogs, and a fresh prefix for each of them."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import boto3
from moto.server import ThreadedMotoServer

BUCKET = "heads-test"


@contextmanager
def bucket_server() -> Iterator[Mapping[str, str]]:
    """Run an S3 server; yield the environment in which boto3 finds it and its bucket."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        environment = {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        client = boto3.client(
            "s3",
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        client.create_bucket(Bucket=BUCKET)
        yield environment
    finally:
        server.stop()


def fresh_address() -> str:
    """Return a prefix that nobody has used."""
    return f"s3://{BUCKET}/{uuid.uuid4().hex}"
