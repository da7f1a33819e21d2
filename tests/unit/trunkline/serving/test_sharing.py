"""How workers leave new connections to those that have fewer."""

from trunkline.serving.sharing import Board


def test_who_has_fewest_accepts() -> None:
    """Also with as many as another; a worker alone always does."""
    board = Board()
    first = board.place(100.0)
    assert first.has_fewest(50, 100.0)
    second = board.place(100.0)
    first.show(3, 101.0)
    second.show(2, 101.0)
    assert not first.has_fewest(3, 101.0)
    assert second.has_fewest(2, 101.0)
    assert first.has_fewest(2, 101.0)


def test_nobody_waits_for_a_worker_that_hangs_starts_or_stops() -> None:
    """One that has not spoken for three seconds, or not yet, or has left, does not count."""
    board = Board()
    first, second = board.place(100.0), board.place(100.0)
    assert first.has_fewest(9, 100.0)
    second.show(0, 101.0)
    assert not first.has_fewest(9, 103.9)
    assert first.has_fewest(9, 104.1)
    second.show(0, 105.0)
    second.leave()
    assert first.has_fewest(9, 105.0)


def test_a_place_is_given_to_one_worker_at_a_time() -> None:
    """Those that start or live keep theirs; that of a dead one is given again."""
    board = Board()
    places = [board.place(100.0) for _ in range(3)]
    for connections, place in enumerate(places):
        place.show(connections, 150.0)
    following = board.place(155.0)
    following.show(7, 155.0)
    places[1].show(1, 155.0)
    assert not following.has_fewest(7, 155.0)
    places[1].leave()
    assert following.has_fewest(7, 155.0)
