"""Reads settings that are lists: names, and addresses with or without a name."""

from collections.abc import Mapping
from functools import lru_cache

from trunkline.settings import WrongValueError


def addresses_by_name(setting: str) -> Mapping[str, str]:
    """Read `a=host:1,b=host:2` in the order given; an address without a name is its own name.

    Raises WrongValueError for an empty list, an empty part, or a name given twice.
    """
    addresses: dict[str, str] = {}
    for part in setting.split(","):
        name, equals, address = part.strip().partition("=")
        if not equals or "/" in name:  # "=" inside an address, such as a query
            name = address = part.strip()
        if not name or not address:
            raise WrongValueError("must be addresses between commas, each with or without `name=`")
        if name in addresses:
            raise WrongValueError("names an address twice")
        addresses[name] = address
    return addresses


@lru_cache(maxsize=64)
def listed_names(setting: str) -> tuple[str, ...]:
    """Return the names between commas, each once; none for an empty text."""
    return tuple(dict.fromkeys(part.strip() for part in setting.split(",") if part.strip()))
