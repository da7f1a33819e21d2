"""No construct of HTML, MIME, headers, Unicode or text costs more than in line with its size."""

import pytest

from gateway.mail import MailInput
from tests.data.mail.constructs import MAX_HTML, MAX_RAW, MAX_TEXT, Construct, constructs
from tests.support.cost import holds, ordinary_s

# Where a limit cuts what is longer, growth ends: fourfold these sizes lie below most limits.
SIZES = {MAX_TEXT: 12_000, MAX_HTML: 30_000, MAX_RAW: 60_000}
CONSTRUCTS = {construct.name: construct for construct in constructs()}
# Linear is 4, quadratic 16; texts are split in one to six rounds, so a step lies between.
GROWTH = 9.0
# What costs less than some dozens of short replies is not measured well, and harms nobody.
SMALL = 60


@pytest.fixture(scope="module")
def small_s() -> float:
    """Return what is too little to be measured, in this machine's seconds."""
    return SMALL * ordinary_s()


@pytest.mark.parametrize("construct", CONSTRUCTS.values(), ids=list(CONSTRUCTS))
def test_twice_and_twice_again_costs_in_line_with_the_size(
    construct: Construct, small_s: float
) -> None:
    """Processor time grows less than threefold with each doubling, whatever the input is."""
    size = SIZES[construct.largest]
    single, fourfold = construct.mail(size), construct.mail(4 * size)
    assert holds(lambda once, four: four < max(GROWTH * once, small_s), single, fourfold)


def test_the_measure_tells_what_grows_faster() -> None:
    """The law is not held by what is quadratic: a cleaning of n characters, n times."""
    pieces = [MailInput(text="Yes, on Monday.\n" * count) for count in (40, 160)]
    assert not holds(lambda once, fourfold: fourfold < 0.5 * once, *pieces)
