"""How many examples a property is tried with: all of them, or a fifth in the inner loop."""

from hypothesis import HealthCheck, settings

FULL, CHECK = "full", "check"


def register_profiles() -> None:
    """Make both profiles known and load "full"; `--hypothesis-profile=check` takes the other.

    Neither minds how long an example takes: that says something about the machine alone.
    """
    timeless = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile(FULL, timeless)
    settings.register_profile(CHECK, timeless, max_examples=_share(100))
    settings.load_profile(FULL)


def examples(full: int) -> int:
    """Return how many of `full` examples the loaded profile asks for."""
    return _share(full) if settings.get_current_profile_name() == CHECK else full


def _share(full: int) -> int:
    return max(5, full // 5)
