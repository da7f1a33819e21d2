"""Laws of admission under any order of arrivals, ends and time."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support.examples import examples
from trunkline.serving.admission import Admission, Verdict, WaitBounds
from trunkline.serving.concurrency import FixedLimit


class Door(RuleBasedStateMachine):
    """Requests are numbered in order of arrival; each has one fate."""

    @initialize(limit=st.integers(1, 4), most=st.integers(1, 6))
    def open(self, limit: int, most: int) -> None:
        """Begin with an empty door."""
        self.now, self.most, self.number = 100.0, most, 0
        self.limit = FixedLimit(limit)
        bounds = WaitBounds(most, longest_s=1.0, standing_s=0.5)
        self.admission: Admission[int] = Admission(self.limit, bounds, self.now)
        self.running: dict[int, float] = {}
        self.waiting: dict[int, tuple[float, float]] = {}

    @rule(patience=st.sampled_from([0.2, 5.0, -1.0]))
    def arrive(self, patience: float) -> None:
        """Let a request come: it runs only if nobody waits, and is refused only at the bound."""
        self.number += 1
        deadline = self.now + patience
        match self.admission.arrive(self.number, self.now, deadline):
            case Verdict.RUN:
                assert not self.waiting
                self.running[self.number] = self.now
            case Verdict.WAIT:
                assert len(self.running) >= self.limit.value or self.waiting
                late = deadline if deadline > self.now else float("inf")
                self.waiting[self.number] = (self.now, late)
            case Verdict.FULL:
                assert len(self.waiting) == self.most

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        """End one; the longest waiting that is not overdue follows."""
        number = data.draw(st.sampled_from(sorted(self.running)))
        self.admission.leave(self.running.pop(number), self.now)
        while (following := self.admission.next(self.now)) is not None:
            item, since = following
            begun, deadline = self.waiting.pop(item)
            assert begun == since
            assert self.now - begun < 1.0
            assert self.now < deadline
            self.running[item] = self.now

    @rule(seconds=st.sampled_from([0.01, 0.1, 0.3, 0.7, 1.5]))
    def wait(self, seconds: float) -> None:
        """Let time pass; who is overdue is told, each once and with its reason."""
        foreseen = self.admission.next_overdue(self.now)
        self.now += seconds
        for number, since, reason in self.admission.overdue(self.now):
            begun, deadline = self.waiting.pop(number)
            assert begun == since
            assert reason == ("deadline" if self.now >= deadline else "waited")
            assert reason == "deadline" or self.now - begun >= 0.5
            assert foreseen <= seconds + 1e-9
        for begun, deadline in self.waiting.values():
            assert self.now - begun < 1.0
            assert self.now < deadline

    @rule(value=st.integers(1, 4))
    def change(self, value: int) -> None:
        """Change the limit under way."""
        self.limit.value = value

    @invariant()
    def counts(self) -> None:
        """Compare what is counted with what there is."""
        if hasattr(self, "admission"):
            assert self.admission.in_flight == len(self.running)
            assert self.admission.waiting == len(self.waiting) <= self.most


TestDoor = Door.TestCase
TestDoor.settings = settings(max_examples=examples(200), stateful_step_count=40)
