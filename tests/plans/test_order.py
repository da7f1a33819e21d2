"""Nothing starts before what it needs: the graph of the configuration, walked."""

from __future__ import annotations

import re

from tests.plans.conftest import Root

NEEDED = (
    "module.network.aws_route.nat",
    "module.network.aws_route_table_association.private",
    "module.network.aws_vpc_endpoint.s3",
    "aws_vpc_security_group_egress_rule.https",
    "aws_vpc_security_group_egress_rule.flow",
    "aws_vpc_security_group_ingress_rule.flow",
)


def _reachable(graph: str, start: str) -> set[str]:
    edges: dict[str, list[str]] = {}
    for source, target in re.findall(r'"\[root\] (.*?)" -> "\[root\] (.*?)"', graph):
        edges.setdefault(_plain(source), []).append(_plain(target))
    seen, waiting = set(), [start]
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting += edges.get(node, [])
    return seen


def _plain(node: str) -> str:
    """Name a resource as it is written; a module's end stays another node than its beginning."""
    return node.removesuffix(" (expand)")


def test_tasks_wait_for_their_way_out(root: Root) -> None:
    """Each service comes after routes, endpoints and rules: three failed pulls trip the breaker."""
    graph = root.graph_file.read_text()
    for service in ("embedder", "heads", "gateway"):
        needs = _reachable(graph, f"module.{service}.aws_ecs_service.this")
        assert set(NEEDED) <= needs, (service, set(NEEDED) - needs)
    gateway = _reachable(graph, "module.gateway.aws_ecs_service.this")
    rules = ("egress_rule.to_database", "ingress_rule.database")
    assert {f"module.data.aws_vpc_security_group_{rule}" for rule in rules} <= gateway
