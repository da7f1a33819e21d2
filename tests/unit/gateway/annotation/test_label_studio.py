"""Label Studio's formats: interfaces are read safely, predictions sort as the queue does."""

from typing import Any

import pytest

from gateway.annotation.label_studio import (
    ConfigError,
    labels_of,
    match_heads,
    model_version,
    prediction,
    read_controls,
    text_of,
)

CONFIG = """<View><Text name="mail" value="$body"/>
<Choices name="intent" toName="mail"><Choice value="Positive"/><Choice value="Not now"/></Choices>
<Choices name="q2" toName="mail"><Choice value="yes"/><Choice value="no"/></Choices>
<Choices name="picture" toName="image"><Choice value="yes"/></Choices></View>"""
HEADS = {"intent": ("positive", "not_now", "other"), "has_opt_out": ("no", "yes")}
ENTITY = """<!DOCTYPE View [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<View><Text name="mail" value="$text"/><Choices name="intent" toName="mail">
<Choice value="&x;"/></Choices></View>"""
BOMB = '<!DOCTYPE v [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><View>&b;</View>'


def answer(margin: float | None = 0.25, decided_by: str = "head") -> dict[str, Any]:
    """Return an answer of two heads as the API gives it."""
    scores = {"not_now": 0.5, "positive": 0.25, "other": 0.25}
    return {
        "decision": {"decided_by": decided_by, "intent": "not_now"},
        "heads": {
            "intent": {
                "label": "not_now", "probability": 0.5, "margin": margin, "scores": scores,
                "version": "3",
            },
            "has_opt_out": {
                "label": "no", "probability": 0.9, "margin": 0.8, "scores": {"no": 0.9, "yes": 0.1},
                "version": "2",
            },
        },
    }  # fmt: skip


def test_an_interface_asks_for_heads_by_name_or_by_labels() -> None:
    """The data's key comes from the text's tag; controls over pictures are not ours."""
    controls = read_controls(CONFIG)
    matched = match_heads(controls, HEADS)

    assert {head: control.name for head, control in matched.items()} == {
        "intent": "intent", "has_opt_out": "q2",
    }  # fmt: skip
    assert text_of({"data": {"body": "Hello.", "text": "other"}}, controls) == "Hello."
    assert text_of({"data": {"text": 7}}, controls) is None


@pytest.mark.parametrize("config", [ENTITY, BOMB, "<View>", "", "x" * 200_001])
def test_a_hostile_interface_is_refused(config: str) -> None:
    """No entity is resolved, no file is read, nothing grows."""
    with pytest.raises(ConfigError):
        read_controls(config)


def test_a_prediction_is_written_as_the_interface_writes_labels() -> None:
    """Its score is the least margin, so that the least certain task sorts first."""
    matched = match_heads(read_controls(CONFIG), HEADS)

    made = prediction(answer(), matched, "v")

    assert [(each["from_name"], each["value"]["choices"]) for each in made["result"]] == [
        ("intent", ["Not now"]),
        ("q2", ["no"]),
    ]
    assert made["score"] == 0.25
    assert made["model_version"] == "v"
    assert model_version({"intent": "3", "has_opt_out": "2"}) == "trunkline has_opt_out-2 intent-3"
    assert prediction(answer(margin=None), matched, "v")["score"] == 0.25
    assert prediction(None, matched, "v")["score"] == 0.0


def test_what_a_rule_decided_is_certain() -> None:
    """No head was asked; the decision's intent is the choice, and sorts last."""
    matched = match_heads(read_controls(CONFIG), HEADS)
    ruled = {**answer(decided_by="rule"), "heads": {}}

    made = prediction(ruled, matched, "v")

    assert made["score"] == 1.0
    assert made["result"][0]["value"]["choices"] == ["Not now"]


def test_an_annotation_gives_heads_their_labels() -> None:
    """One choice a head; what is no label, or no single choice, gives nothing."""
    matched = match_heads(read_controls(CONFIG), HEADS)
    result = [
        {"from_name": "intent", "value": {"choices": ["Not now"]}},
        {"from_name": "q2", "value": {"choices": ["yes", "no"]}},
        {"from_name": "other", "value": {"choices": ["yes"]}},
        {"value": 7}, "text",
    ]  # fmt: skip

    assert labels_of(result, matched, HEADS) == {"intent": "not_now"}
    assert labels_of(None, matched, HEADS) == {}
