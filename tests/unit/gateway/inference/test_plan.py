"""Planning: which heads run, in which order, and which views are read."""

from dataclasses import replace

import pytest

from gateway.errors import UnknownHeadError
from gateway.inference.plan import EncoderViews, Planner, make_plan, refuse_unknown
from heads.prediction import HeadInfo, HeadSet

FINGERPRINT = "sha256:" + "1" * 64


def head(name: str, view: str = "mean@3", parent: str | None = None, **other: str) -> HeadInfo:
    """Describe a head."""
    return HeadInfo(
        name=name,
        version="1",
        kind="softmax",
        labels=("a", "b"),
        views=(view,),
        lexical=other.get("lexical") == "yes",
        parent_head=parent,
        parent_label="a" if parent else None,
        fingerprint=other.get("fingerprint", FINGERPRINT),
        status=other.get("status", "serving"),
        error="",
        description="",
    )


def head_set(*heads: HeadInfo) -> HeadSet:
    """Serve these heads."""
    return HeadSet(1, {h.name: h for h in heads})


def test_parents_are_added_and_come_first() -> None:
    """A conditional head brings its whole line of parents, each before its child, none reported."""
    served = head_set(head("a"), head("b", parent="a"), head("c", parent="b"), head("d"))
    plan = make_plan(served, ("c",), (FINGERPRINT,))
    assert [h.name for h in plan.ordered] == ["a", "b", "c"]
    assert plan.asked == ("c",)
    assert plan.called == ("a", "b", "c")


def test_a_circle_of_parents_ends() -> None:
    """Two heads that claim to depend on each other do not hang the planner."""
    served = head_set(head("a", parent="b"), head("b", parent="a"))
    assert {h.name for h in make_plan(served, None, (FINGERPRINT,)).ordered} == {"a", "b"}


def test_views_of_heads_that_cannot_run_are_not_asked_for() -> None:
    """A head for a deeper encoder must not make the embedder refuse everybody's request."""
    served = head_set(
        head("a", "mean@3"),
        head("b", "mean@12", fingerprint="sha256:" + "2" * 64),
        head("c", "cls@9", status="failed"),
    )
    plan = make_plan(served, None, (FINGERPRINT,))
    assert plan.groups[0].views == ("mean@3",)
    assert plan.called == ("a",)
    assert {name: r.status for name, r in plan.skipped.items()} == {
        "b": "fingerprint_mismatch",
        "c": "unavailable",
    }


def test_heads_whose_views_an_embedder_lacks_are_left_out_alone() -> None:
    """Of an earlier release, or not deep enough: each says why, and its views are not asked for."""
    served = replace(
        head_set(head("a"), head("b", "text@3"), head("c", "cls@7")),
        candidates={"a": head("a", "text@6")},
        shadows={"a": head("a", "cls@6")},
    )
    first_release = {FINGERPRINT: EncoderViews(6, ("mean", "cls"))}
    plan = make_plan(served, None, (FINGERPRINT,), views=first_release)
    (group,) = plan.groups
    assert (group.heads, group.candidates, group.views) == (("a",), (), ("cls@6", "mean@3"))
    assert {name: r.status for name, r in plan.skipped.items()} == {
        "b": "unavailable",
        "c": "error",
    }
    assert "text@3" in plan.skipped["b"].message
    assert "mean and cls" in plan.skipped["b"].message


def test_a_renewed_embedder_gets_a_new_plan() -> None:
    """It has the fingerprint that it had, and views that it had not."""
    planner, served = Planner(), head_set(head("a", "text@3"))
    for poolings, called in ((("mean", "cls"), ()), (("mean", "cls", "text"), ("a",))):
        views = {FINGERPRINT: EncoderViews(6, poolings)}
        assert planner.plan(served, None, (FINGERPRINT,), views).called == called


def test_views_are_a_union_without_repeats() -> None:
    """One embedder call carries every view once; the text travels only for lexical heads."""
    served = head_set(head("a", "mean@3"), head("b", "mean@6"), head("c", "mean@3", lexical="yes"))
    assert make_plan(served, None, (FINGERPRINT,)).groups[0].views == ("mean@3", "mean@6")
    assert make_plan(served, None, (FINGERPRINT,)).groups[0].lexical
    assert not make_plan(served, ("a", "b", "a"), (FINGERPRINT,)).groups[0].lexical
    assert make_plan(served, ("a", "b", "a"), (FINGERPRINT,)).asked == ("a", "b")


def test_a_head_that_is_no_default_answers_those_alone_who_name_it() -> None:
    """Nobody's answer grows by it; it is asked by name, as a parent, and where it is required."""
    own = replace(head("own", "mean@6"), default=False)
    served = head_set(head("a"), own)
    unnamed = make_plan(served, None, (FINGERPRINT,))
    assert (unnamed.asked, unnamed.groups[0].views) == (("a",), ("mean@3",))
    assert make_plan(served, ("own",), (FINGERPRINT,)).called == ("own",)
    assert make_plan(served, None, (FINGERPRINT,), frozenset({"own"})).asked == ("a", "own")
    with_child = head_set(head("a"), own, head("child", parent="own"))
    plan = make_plan(with_child, None, (FINGERPRINT,))
    assert (plan.asked, plan.called) == (("a", "child"), ("a", "own", "child"))


def test_unknown_heads_are_all_named() -> None:
    """The refusal names every unknown head once; with an empty head set none is refused."""
    with pytest.raises(UnknownHeadError) as caught:
        refuse_unknown(head_set(head("a")), ("a", "x", "y", "x"))
    messages = [error.message for error in caught.value.errors]
    assert [message.partition(";")[0] for message in messages] == ["no head 'x'", "no head 'y'"]
    refuse_unknown(HeadSet(0, {}), ("x",))


def test_a_new_head_set_or_encoder_gets_a_new_plan() -> None:
    """Plans are remembered per snapshot, never beyond it."""
    planner = Planner(limit=2)
    first = head_set(head("a"))
    assert planner.plan(first, None, (FINGERPRINT,)) is planner.plan(first, None, (FINGERPRINT,))
    second = HeadSet(2, {"b": head("b")})
    assert planner.plan(second, None, (FINGERPRINT,)).called == ("b",)
    assert planner.plan(second, None, ("sha256:" + "9" * 64,)).called == ()
    assert planner.plan(first, ("a",), (FINGERPRINT,)).called == ("a",)
