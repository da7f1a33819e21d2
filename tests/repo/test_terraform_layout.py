"""What the Terraform of the repository promises, read from its text: no provider, no account."""

import json
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from embedder.config import Settings as EmbedderSettings
from gateway.config import Settings as GatewaySettings
from heads.config import Settings as HeadsSettings
from terraform import cost
from trunkline.serving.options import REASONS

TERRAFORM = Path(__file__).resolve().parents[2] / "terraform"
MODULES = sorted(path for path in (TERRAFORM / "modules").iterdir() if path.is_dir())
ENVIRONMENTS = ("dev", "staging", "prod")
FILES = sorted(TERRAFORM.rglob("*.tf"))
SETTINGS: dict[str, type[BaseModel]] = {
    "EMBEDDER": EmbedderSettings,
    "HEADS": HeadsSettings,
    "GATEWAY": GatewaySettings,
}


def _blocks(kind: str) -> list[tuple[str, str]]:
    """Return (name, body) of each resource of a kind; a block ends at a line that is only `}`."""
    pattern = re.compile(rf'^resource "{kind}" "(\w+)" \{{\n(.*?)^\}}', re.MULTILINE | re.DOTALL)
    return [
        (f"{path.relative_to(TERRAFORM)}:{name}", body)
        for path in FILES
        for name, body in pattern.findall(path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_every_module_has_its_files(module: Path) -> None:
    """A module is README, main, outputs, variables and versions."""
    names = {path.name for path in module.iterdir()}
    assert names >= {"README.md", "main.tf", "outputs.tf", "variables.tf", "versions.tf"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TERRAFORM)))
def test_files_are_short(path: Path) -> None:
    """No file is longer than 300 lines."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_every_variable_and_output_is_described() -> None:
    """A variable has a type and a description, an output a description."""
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        for kind, name, body in re.findall(
            r'^(variable|output) "(\w+)" \{\n(.*?)^\}', text, re.MULTILINE | re.DOTALL
        ):
            assert re.search(r"^  description\s+= \"", body, re.MULTILINE), (path, name)
            assert kind == "output" or re.search(r"^  type\s+= ", body, re.MULTILINE), (path, name)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_environment_has_all_sizes(environment: str) -> None:
    """A sizing file names exactly the sizes that the sizing module takes."""
    variables = (TERRAFORM / "modules" / "sizing" / "variables.tf").read_text(encoding="utf-8")
    known = set(re.findall(r"^    (\w+)\s+= number$", variables, re.MULTILINE))
    path = TERRAFORM / "environments" / f"{environment}.sizing.auto.tfvars.json"
    assert known
    assert set(json.loads(path.read_text(encoding="utf-8"))) == known
    assert f'environment         = "{environment}"' in (
        TERRAFORM / "environments" / f"{environment}.tfvars"
    ).read_text(encoding="utf-8")


def test_every_log_group_ends() -> None:
    """Every log group has a retention."""
    groups = _blocks("aws_cloudwatch_log_group")
    assert groups
    for name, body in groups:
        assert "retention_in_days" in body, name


def test_only_the_load_balancer_and_endpoints_are_called_by_address() -> None:
    """Every other way in names a security group; old-style inline rules are not used."""
    rules = _blocks("aws_vpc_security_group_ingress_rule")
    by_address = {name for name, body in rules if "cidr_ipv4" in body}
    assert by_address == {
        "modules/edge/main.tf:https",
        "modules/edge/main.tf:nat",
        "modules/network/endpoints.tf:endpoints",
    }
    for name, body in _blocks("aws_security_group"):
        assert not re.search(r"^  (ingress|egress)", body, re.MULTILINE), name


def test_what_ecs_writes_is_ignored() -> None:
    """Terraform does not set back what ECS sets: counts, target groups, weights, machines."""
    wanted = {
        "aws_ecs_service": "desired_count, load_balancer",
        "aws_lb_listener_rule": "action",
        "aws_autoscaling_group": "desired_capacity",
    }
    for kind, attribute in wanted.items():
        blocks = [
            b for b in _blocks(kind) if 'type = "fixed-response"' not in b[1]
        ]  # ECS's are not
        assert blocks
        for name, body in blocks:
            assert re.search(rf"ignore_changes = \[{attribute}\]", body), name


def test_tasks_get_only_settings_that_exist() -> None:
    """Each setting that Terraform gives a service is one: a service refuses unknown ones."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in FILES)
    named = re.findall(
        r"^\s*(?:.*\{ )?((?:EMBEDDER|HEADS|GATEWAY)_[A-Z_]+)\s+= ", text, re.MULTILINE
    )
    assert len(named) >= 15
    for name in named:
        prefix, _, setting = name.partition("_")
        assert setting.lower() in SETTINGS[prefix].model_fields, name


def test_what_agents_publish_of_doors_is_what_services_count() -> None:
    """A metric or a reason under another name would leave its alarm silent for ever."""
    text = (TERRAFORM / "door.tf").read_text(encoding="utf-8")
    reasons = re.findall(r'"(\w+)"', text.partition("values = [")[2].partition("]")[0])
    assert reasons
    assert set(reasons) < set(REASONS)
    metrics = re.findall(r"\$\{service\}(_door_\w+)", text)
    assert len(metrics) == 4
    for source in ("gateway/metrics.py", "heads/service/metrics.py"):
        code = (TERRAFORM.parent / source).read_text(encoding="utf-8")
        service = source.partition("/")[0]
        for metric in metrics:
            assert f'"{service}{metric.removesuffix("_total")}' in code, (source, metric)


def test_what_agents_publish_of_the_log_is_what_the_gateway_counts() -> None:
    """Likewise of the prediction log: metrics and results are those in the code."""
    text = (TERRAFORM / "prediction_log.tf").read_text(encoding="utf-8")
    metrics = set(re.findall(r"\bgateway_log_(?:backlog|records)_\w+", text))
    results = re.findall(r'label = "result", values = \["(\w+)", "(\w+)"\]', text)
    code = (TERRAFORM.parent / "gateway/prediction_log/metrics.py").read_text(encoding="utf-8")
    assert metrics == {"gateway_log_backlog_oldest_seconds", "gateway_log_records_total"}
    assert all(f'"{metric}"' in code for metric in metrics)
    assert results == [("lost", "refused")]
    assert all(f'RECORDS.labels("{result}")' in code for result in results[0])


def test_what_is_off_has_its_price() -> None:
    """A log over two zones costs more than over one, and without copies less."""
    prices = json.loads((TERRAFORM / "prices.json").read_text(encoding="utf-8"))
    one = cost._database(prices, {})
    assert 20 < cost._database(prices, {"backup_days": "0"}) < one
    assert one < cost._database(prices, {"multi_az": "true"}) < 2 * one
    assert cost._cache(prices, {"replicas": "2"}) > cost._cache(prices, {})


def test_cost_table_is_fresh() -> None:
    """The README's costs are what the script computes from environments and prices."""
    assert (TERRAFORM / "README.md").read_text(encoding="utf-8") == cost.document()


def test_looking_at_s3_is_counted_and_seldom() -> None:
    """Each worker's looks are in the cost table, and cost less than what they look for is worth."""
    for environment in ("staging", "prod"):
        assert 0 < cost.monthly_cost(environment)["looking for heads in S3"] < 20


def test_no_state_is_committed() -> None:
    """A state holds what nobody should read."""
    assert [*TERRAFORM.rglob("*.tfstate*")] == []


@pytest.mark.parametrize("folder", ["", "bootstrap"])
def test_the_provider_is_one_and_the_same(folder: str) -> None:
    """An exact version, locked with hashes of every platform that it is published for."""
    versions = (TERRAFORM / folder / "versions.tf").read_text(encoding="utf-8")
    (wanted,) = re.findall(r'source  = "hashicorp/aws"\n\s+version = "(\d+\.\d+\.\d+)"', versions)
    lock = (TERRAFORM / folder / ".terraform.lock.hcl").read_text(encoding="utf-8")
    assert f'version     = "{wanted}"' in lock
    assert len(set(re.findall(r'"h1:[A-Za-z0-9+/]{43}="', lock))) == 14
    assert ".terraform.lock.hcl" not in (TERRAFORM.parent / ".gitignore").read_text("utf-8")


def test_no_interrupt_that_never_was_rolls_back() -> None:
    """`sigint_rollback` is not used: versions of the provider have taken every wait for one."""
    assert [path for path in FILES if "sigint_rollback" in path.read_text(encoding="utf-8")] == []


def test_an_environment_names_no_images() -> None:
    """Images come from a release, every one by digest: no placeholder can be deployed."""
    for environment in ENVIRONMENTS:
        text = (TERRAFORM / "environments" / f"{environment}.tfvars").read_text(encoding="utf-8")
        assert "sha256:" not in text


def test_production_is_not_open_to_the_world() -> None:
    """Its callers' addresses are named, and one key may ask only so often."""
    text = (TERRAFORM / "environments" / "prod.tfvars").read_text(encoding="utf-8")
    assert "0.0.0.0/0" not in text
    assert re.search(r'GATEWAY_REQUESTS_PER_MINUTE = "[1-9]', text)
