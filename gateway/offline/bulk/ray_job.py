"""A job for a Ray cluster: `python -m gateway.offline.bulk.ray_job IN.parquet --out DIR`.

Submit it with `ray job submit`, or start it on a machine of the cluster: it joins the one that
`RAY_ADDRESS` names. The same answers as `gateway bulk`, by as many machines as there are.
"""

from pathlib import Path
from typing import Any

import click

from gateway.config import load_settings
from gateway.offline.bulk.config import ACTOR_ENVIRONMENT, prepare_ray
from gateway.offline.bulk.errors import BulkError
from gateway.offline.bulk.ray_scorer import BATCH_ROWS, RayScorer, heads_now
from gateway.offline.bulk.scoring import ScorerOptions
from gateway.offline.bulk.sources import open_source


@click.command()
@click.argument("source", metavar="IN")
@click.option("--out", required=True, help="folder or s3://bucket/prefix that every machine sees")
@click.option("--id", "id_column", default="id", show_default=True, help="column of the rows' ids")
@click.option("--catalog", help="heads' catalog that every machine sees")
@click.option("--model", type=click.Path(path_type=Path), help="encoder's folder on every machine")
@click.option("--precision", type=click.Choice(("auto", "fp32", "bf16", "fp16")), default="auto")
@click.option("--actors", default=2, show_default=True, type=click.IntRange(1))
@click.option(
    "--cpus", default=1.0, show_default=True, type=click.FloatRange(0, min_open=True),
    help="CPUs an actor claims, and forwards it runs at once; under 1 leaves room for reading "
    "where actors would take every CPU there is",
)  # fmt: skip
@click.option(
    "--batch-rows", default=BATCH_ROWS, show_default=True, type=click.IntRange(1),
    help="rows a call: sorted by length, each distinct text once",
)  # fmt: skip
@click.option("--local-cpus", type=int, help="start Ray on this machine with so many, join nothing")
def main(
    source: str, out: str, id_column: str, catalog: str | None, model: Path | None,
    precision: Any, actors: int, cpus: float, batch_rows: int, local_cpus: int | None,
) -> None:  # fmt: skip
    """Classify the Parquet files of IN on a Ray cluster and write Parquet to --out."""
    options = ScorerOptions(
        catalog or str(load_settings().catalog), None, model, precision, max(1, int(cpus))
    )
    try:
        kinds = {file.kind for file in open_source(source).files}
        if kinds != {"parquet"}:
            raise BulkError(f"{source}: Ray splits Parquet alone")
        expected = heads_now(options.catalog)
    except BulkError as error:
        raise click.ClickException(str(error)) from None
    prepare_ray()
    import ray

    environment = {"env_vars": dict(ACTOR_ENVIRONMENT)}
    here = {"num_cpus": local_cpus, "include_dashboard": False} if local_cpus else {}
    ray.init(runtime_env=environment, **here)
    try:
        dataset = ray.data.read_parquet(source).repartition(target_num_rows_per_block=batch_rows)
        answered = dataset.map_batches(
            RayScorer,
            fn_constructor_args=[options, expected, id_column],
            batch_size=batch_rows,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(size=actors),
            num_cpus=cpus,
        )
        answered.write_parquet(out)
    finally:
        ray.shutdown()


if __name__ == "__main__":
    main()
