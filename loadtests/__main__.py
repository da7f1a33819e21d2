"""The command line of load and speed: `python -m loadtests bench`."""

import click


@click.group()
def main() -> None:
    """Measure Trunkline on this machine."""


@main.command()
@click.option("--texts", default=2000, show_default=True, help="texts a row")
def bench(texts: int) -> None:
    """Print one table: parts, whole road and baselines, from one run."""
    from loadtests.bench import run

    run.bench(texts, click.echo)


if __name__ == "__main__":
    main()
