"""The option by which commands take a key, and the key that the environment holds."""

import click

from gateway.client_key import CLIENT_KEY

key_option = click.option(
    "--api-key-env",
    default=CLIENT_KEY,
    show_default=True,
    metavar="NAME",
    help="environment variable that holds the key, if one is needed",
)
"""By name: a key on the command line is seen by everybody who may list processes."""


def named_key(variable: str) -> str:
    """Return the key, "" where the variable is not set.

    Raises a usage error that does not show the key where no header can carry it.
    """
    from gateway.config import named_secret  # a health check needs no settings, and no key

    key = named_secret(variable).strip()
    if not (key.isascii() and key.isprintable()):
        raise click.UsageError(f"{variable} holds characters that no key has")
    return key
