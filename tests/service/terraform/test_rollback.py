"""terraform/rollback.sh against a stand-in of ECS: one command, back to the release before."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import urllib3
from moto.server import ThreadedMotoServer

pytestmark = pytest.mark.service

ROLLBACK = Path(__file__).resolve().parents[3] / "terraform" / "rollback.sh"
CLUSTER = "trunkline-staging"
AWS = '''#!{python}
"""The few commands of AWS's own tool that are needed, by the service's own model."""
import sys
import boto3, jmespath
from botocore import xform_name
from botocore.config import Config
client = boto3.client(sys.argv[1], endpoint_url="{url}", region_name="eu-central-1",
                      aws_access_key_id="test", aws_secret_access_key="test",
                      config=Config(retries={{"total_max_attempts": 1}}))
operation = sys.argv[2].replace("-", "_")
model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
flags = {{}}
for word in sys.argv[3:]:
    if word.startswith("--"):
        name = word[2:]
        flags[name] = []
    else:
        flags[name].append(word)
query = flags.pop("query", ["@"])[0]
flags.pop("output", None)
told = {{}}
for member, shape in model.input_shape.members.items():
    given = flags.pop(xform_name(member, "-"), None)
    if given is not None:
        told[member] = given if shape.type_name == "list" else given[0]
assert not flags, flags
found = jmespath.search(query, getattr(client, operation)(**told))
print("\\t".join(found) if isinstance(found, list) else found)
'''


@dataclass
class Cloud:
    """ECS as it would be after releases; `path` is a folder that holds the tool."""

    ecs: Any
    path: Path

    def release(self, service: str, revisions: int) -> str:
        """Make a service that runs its newest revision; return that one's ARN."""
        for _ in range(revisions):
            made = self.ecs.register_task_definition(
                family=f"{CLUSTER}-{service}", cpu="256", memory="512", networkMode="awsvpc",
                containerDefinitions=[{"name": service, "image": "one", "essential": True}],
            )  # fmt: skip
        arn: str = made["taskDefinition"]["taskDefinitionArn"]
        self.ecs.create_service(
            cluster=CLUSTER, serviceName=f"{CLUSTER}-{service}", taskDefinition=arn, desiredCount=2
        )
        return arn

    def serves(self, service: str) -> str:
        """Return the number of the revision that a service is told to run."""
        found = self.ecs.describe_services(cluster=CLUSTER, services=[f"{CLUSTER}-{service}"])
        arn: str = found["services"][0]["taskDefinition"]
        return arn.rpartition(":")[2]

    def roll_back(self, *services: str) -> subprocess.CompletedProcess[str]:
        """Run the command."""
        env = {**os.environ, "PATH": f"{self.path}:{os.environ['PATH']}"}
        return subprocess.run(
            [ROLLBACK, "staging", *services], env=env, capture_output=True, text=True, timeout=120
        )


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    """Make an account with an empty cluster."""
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)  # what the stand-in does not know
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    urllib3.request("POST", f"{url}/moto-api/reset")  # one process has one account
    tool = tmp_path / "aws"
    tool.write_text(AWS.format(python=sys.executable, url=url))
    tool.chmod(0o755)
    ecs = boto3.client(
        "ecs", endpoint_url=url, region_name="eu-central-1",
        aws_access_key_id="test", aws_secret_access_key="test",
    )  # fmt: skip
    try:
        ecs.create_cluster(clusterName=CLUSTER)
        yield Cloud(ecs, tmp_path)
    finally:
        ecs.close()
        server.stop()


def test_gateway_and_heads_go_back_together(cloud: Cloud) -> None:
    """Without a name both go to the revision before, by number (9, not 8); the embedder stays."""
    for service, revisions in (("gateway", 10), ("heads", 2), ("embedder", 2)):
        cloud.release(service, revisions)
    done = cloud.roll_back()
    assert done.returncode == 0, done.stderr
    assert [cloud.serves(name) for name in ("gateway", "heads", "embedder")] == ["9", "1", "2"]


def test_again_goes_one_further_and_ends_with_an_error(cloud: Cloud) -> None:
    """Each call is one step; where nothing is before, nothing changes and the exit code says so."""
    cloud.release("gateway", 3)
    codes = [cloud.roll_back("gateway").returncode for _ in range(3)]
    assert codes == [0, 0, 1]
    assert cloud.serves("gateway") == "1"
