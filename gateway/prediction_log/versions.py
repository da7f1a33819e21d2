"""Names versions of a second encoder's heads apart from those of the default catalog."""

_MARK = "@"  # stands in no version of a catalog
_DIGITS = 12


def version_elsewhere(version: str, fingerprint: str) -> str:
    """Return how the log names a version of a head on the encoder with this fingerprint."""
    digits = fingerprint.rpartition(":")[2]  # after "sha256:"
    return f"{version}{_MARK}{digits[:_DIGITS]}"


def version_and_encoder(named: str) -> tuple[str, str]:
    """Return a version as its catalog has it, and the first digits of its encoder's hash.

    These are empty for a head of the default catalog.
    """
    version, _, fingerprint = named.partition(_MARK)
    return version, fingerprint
