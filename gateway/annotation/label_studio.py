"""Label Studio's formats: reads a labelling interface and annotations, writes predictions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

MOST_CONFIG_CHARS = 200_000
_MOST_CHOICES = 512
_SOURCES = ("Text", "HyperText", "Paragraphs")
_NO_RESULT = 0.0
Labels = Mapping[str, Sequence[str]]
"""Heads with their labels."""


class ConfigError(Exception):
    """A labelling interface cannot be read, or asks for more than one may."""


@dataclass(frozen=True)
class Control:
    """One `Choices` of a labelling interface: where its text stands, what can be chosen of it."""

    name: str
    to_name: str
    data_key: str
    choices: tuple[str, ...]

    def choice_of(self, label: str) -> str | None:
        """Return the choice that is a label, as the interface writes it."""
        return next((each for each in self.choices if plain(each) == plain(label)), None)


def read_controls(config: str) -> list[Control]:
    """Return the `Choices` of an interface that stand over a text; raise ConfigError.

    No entity is resolved and nothing is fetched: one with a document type is refused.
    """
    if len(config) > MOST_CONFIG_CHARS:
        raise ConfigError
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(config.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise ConfigError from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise ConfigError
    sources = {
        each.get("name"): str(each.get("value", ""))[1:] for each in root.iter(*_SOURCES)
    }  # fmt: skip
    controls = [
        Control(
            str(each.get("name", "")),
            str(each.get("toName")),
            sources[each.get("toName")],
            tuple(str(choice.get("value", "")) for choice in each.iter("Choice"))[:_MOST_CHOICES],
        )
        for each in root.iter("Choices")
        if each.get("toName") in sources
    ]
    return [control for control in controls if control.name and control.choices]


def match_heads(controls: Sequence[Control], heads: Labels) -> Mapping[str, Control]:
    """Return the heads that an interface asks for, each with its control.

    A control is that of the head of its name, else of the one head that has all its choices.
    """
    matched: dict[str, Control] = {}
    for control in controls:
        chosen = {plain(choice) for choice in control.choices}
        fitting = [h for h, labels in heads.items() if chosen <= {plain(each) for each in labels}]
        if control.name in heads and chosen & {plain(each) for each in heads[control.name]}:
            matched.setdefault(control.name, control)
        elif len(fitting) == 1:
            matched.setdefault(fitting[0], control)
    return matched


def text_of(task: Any, controls: Sequence[Control]) -> str | None:
    """Return the text of a task; None where it has none."""
    data = task.get("data") if isinstance(task, dict) else None
    if not isinstance(data, dict):
        return None
    keys = [control.data_key for control in controls] or ["text"]
    return next((data[key] for key in keys if isinstance(data.get(key), str)), None)


def prediction(
    answer: Mapping[str, Any] | None, matched: Mapping[str, Control], version: str
) -> dict[str, Any]:
    """Return a task's prediction of an answer, without one an empty one that sorts first.

    `version` is that of the back end: Label Studio shows scores of that version alone.

    Its `score` is the least margin of its heads: sorted upwards, tasks stand in the queue's order.
    """
    heads: Mapping[str, Any] = {} if answer is None else answer["heads"]
    results: list[dict[str, Any]] = []
    margins: list[float] = []
    for head, control in matched.items():
        scored = heads.get(head) or {}
        label, share = scored.get("label"), scored.get("probability")
        choice = None if label is None else control.choice_of(label)
        if choice is None:
            continue
        margins.append(_margin(scored))
        results.append(_result(control, choice, share))
    if not results and answer is not None and answer["decision"]["decided_by"] == "rule":
        results = _of_rule(answer["decision"], matched)
        margins = [1.0] * len(results)
    score = min(margins) if margins else _NO_RESULT
    return {"result": results, "score": score, "model_version": version}


def model_version(versions: Mapping[str, str]) -> str:
    """Return heads' versions as one name."""
    return " ".join(["trunkline", *(f"{head}-{versions[head]}" for head in sorted(versions))])


def labels_of(result: Any, matched: Mapping[str, Control], heads: Labels) -> Mapping[str, str]:
    """Return the label of each head that an annotation's result gives one choice for."""
    given: dict[str, str] = {}
    for each in result if isinstance(result, list) else ():
        value = each.get("value") if isinstance(each, dict) else None
        chosen = value.get("choices") if isinstance(value, dict) else None
        if not isinstance(chosen, list) or len(chosen) != 1:
            continue
        for head, control in matched.items():
            if control.name == each.get("from_name"):
                labels = [label for label in heads[head] if plain(label) == plain(str(chosen[0]))]
                if labels:
                    given[head] = labels[0]
    return given


def plain(label: str) -> str:
    """Return a label as it is compared: without letter case, spaces and hyphens as `_`."""
    return label.strip().casefold().replace(" ", "_").replace("-", "_")


def _of_rule(decision: Mapping[str, Any], matched: Mapping[str, Control]) -> list[dict[str, Any]]:
    control = matched.get("intent")
    choice = None if control is None else control.choice_of(decision["intent"] or "")
    return [] if control is None or choice is None else [_result(control, choice, 1.0)]


def _margin(scored: Mapping[str, Any]) -> float:
    margin = scored.get("margin")
    if margin is not None:
        return float(margin)
    first, second = [*sorted(scored["scores"].values(), reverse=True), 0.0, 0.0][:2]
    return float(first - second)


def _result(control: Control, choice: str, share: float | None) -> dict[str, Any]:
    return {
        "from_name": control.name,
        "to_name": control.to_name,
        "type": "choices",
        "value": {"choices": [choice]},
        "score": share,
    }
