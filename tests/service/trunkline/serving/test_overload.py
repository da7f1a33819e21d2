"""More comes than can be answered: who waits, who is refused, and that the dead cost nothing."""

from pathlib import Path

import pytest

from tests.support.door import request, serving
from tests.support.waiting import WAIT_S, until

pytestmark = pytest.mark.service

PATIENT = {"adaptive": False, "max_wait_s": 4 * WAIT_S}


def test_what_may_wait_is_bounded(tmp_path: Path) -> None:
    """One runs, two wait, the next gets 503 at once with Retry-After; the waiting are answered."""
    with serving(tmp_path, "--threads=1", max_waiting=2, **PATIENT) as door:
        held, waiting = door.hold(), door.callers(2)
        for caller in waiting:
            caller.send(request("/x"))
            door.get("/livez")
        with door.caller() as beyond:
            refused = beyond.get("/x")
            assert (refused.status, refused.json()["code"]) == (503, "overloaded")
            assert 1 <= int(refused.headers["retry-after"]) <= 30
            door.release()
            assert [caller.answer().status for caller in (held, *waiting)] == [200, 200, 200]
            assert beyond.get("/x").status == 200, "the connection of a refused caller is kept"


def test_who_has_waited_too_long_is_told_at_once(tmp_path: Path) -> None:
    """While every thread is taken: 503 when the bound is over, not when a thread is free."""
    with serving(tmp_path, "--threads=1", adaptive=False, max_wait_s=1.0) as door:
        held = door.hold()
        refused = door.get("/x")
        assert (refused.status, refused.json()["code"]) == (503, "overloaded")
        door.release()
        assert held.answer().status == 200
        assert "/x" not in door.noted()


def test_who_waited_past_its_own_deadline_is_refused(tmp_path: Path) -> None:
    """A caller's time-out counts from its request's first byte."""
    with serving(
        tmp_path, "--threads=1", **PATIENT, timeout_s=WAIT_S, max_timeout_s=WAIT_S
    ) as door:
        held = door.hold()
        assert door.get("/x", X_Request_Timeout_Ms="50").json()["code"] == "overloaded"
        door.release()
        assert held.answer().status == 200


def test_who_has_gone_costs_nothing(tmp_path: Path) -> None:
    """A caller that left while it waited is never seen by the application; the next one is."""
    with serving(tmp_path, "--threads=1", **PATIENT) as door:
        held = door.hold()
        with door.caller() as gone, door.caller() as stays:
            gone.send(request("/gone"))
            door.get("/livez")
            stays.send(request("/stays"))
            door.get("/livez")
            gone.close()
            door.release()
            assert stays.answer().status == held.answer().status == 200
        assert door.noted() == ["/hold", "/stays"]
        assert door.noted("refused") == ["gone"]


def test_the_application_can_ask_whether_its_caller_is_there(tmp_path: Path) -> None:
    """It learns so at any time while it works."""
    with serving(tmp_path, "--threads=1") as door:
        with door.caller() as leaves:
            leaves.send(request("/until-gone"))
            until(lambda: door.noted() == ["/until-gone"])
            assert door.noted("gone") == []
        until(lambda: door.noted("gone") == ["/until-gone"], "it was not told")


def test_time_counts_from_the_first_byte(tmp_path: Path) -> None:
    """What was waited for is part of what the application is told."""
    with serving(tmp_path, "--threads=1", **PATIENT) as door:
        held = door.hold()
        with door.caller() as caller, door.caller() as hasty:
            caller.send(request("/x"))
            hasty.send(request("/y", X_Request_Timeout_Ms="100"))
            assert hasty.answer().status == 503  # so long the other has waited
            door.release()
            assert caller.answer().json()["waited_s"] > 0.09
            assert held.answer().status == 200


def test_health_is_answered_while_every_thread_is_taken(tmp_path: Path) -> None:
    """Probes have threads of their own, and are not refused where others are."""
    with serving(tmp_path, "--threads=1", max_waiting=1, **PATIENT) as door:
        held = door.hold()
        with door.caller() as caller:
            caller.send(request("/x"))
            assert all(door.get("/livez").status == 200 for _ in range(20))
            door.release()
            assert caller.answer().status == held.answer().status == 200


def test_a_patient_caller_after_a_storm_finds_no_queue(tmp_path: Path) -> None:
    """40 callers that gave up while all waited: the next request is the next that runs."""
    with serving(tmp_path, "--threads=1", **PATIENT) as door:
        held, storm = door.hold(), door.callers(40)
        for caller in storm:
            caller.send(request("/storm"))
        door.get("/livez")
        for caller in storm:
            caller.close()
        with door.caller() as patient:
            patient.send(request("/patient"))
            door.release()
            assert patient.answer().status == held.answer().status == 200
        assert door.noted().count("/storm") == 0


def test_life_is_answered_while_other_probes_hang(tmp_path: Path) -> None:
    """Probes that wait for what is frozen are bounded, and keep nobody from asking for life."""
    probes = frozenset({b"/livez", b"/hold-probe"})
    with serving(tmp_path, "--threads=1", probes=probes) as door:
        hanging = door.callers(2 + 64)
        for caller in hanging:
            caller.send(request("/hold-probe"))
            assert door.get("/livez").status == 200
        assert door.get("/hold-probe").status == 503
        assert door.get("/livez").status == 200
        assert door.get("/x").status == 200
        assert door.noted("refused") == ["queue_full"]
        until(lambda: door.noted().count("/hold-probe") == 2)
        for caller in hanging:
            caller.close()
        door.release()
