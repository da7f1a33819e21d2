"""The alert rules name metrics that the services show."""

import re

from env.document import METRICS, ROOT, metrics


def test_every_metric_of_an_alert_exists() -> None:
    """A rule over a series that nobody shows would never fire."""
    rules = (ROOT / "env" / "alerts.yml").read_text(encoding="utf-8")
    expressions = re.findall(r"^ +expr: (.+)$", rules, flags=re.MULTILINE)
    names = {name for text in expressions for name in re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", text)}
    known = "".join(map(metrics, METRICS))

    assert expressions
    assert not [name for name in names if f"`{name}`" not in known]
