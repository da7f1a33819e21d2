"""What images, compose file and pipelines promise, read from their text."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from cryptography import x509
from pydantic import BaseModel
from sqlalchemy.engine import make_url

from embedder.config import Settings as EmbedderSettings
from embedder.config import load_settings as embedder_settings
from embedder.config import refuse_open_addresses
from gateway.config import Settings as GatewaySettings
from gateway.config import load_settings
from heads.config import Settings as HeadsSettings
from heads.config import load_settings as heads_settings
from heads.config import refuse_open_address

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILES = sorted((ROOT / "env").glob("*.Dockerfile"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SETTINGS: dict[str, type[BaseModel]] = {
    "EMBEDDER": EmbedderSettings,
    "HEADS": HeadsSettings,
    "GATEWAY": GatewaySettings,
}
LOCKS = {"embedder-cpu": "cpu", "embedder-gpu": "gpu", "service": "base", "training": "tracking"}
SERVICES = {"embedder-cpu": {"embedder"}, "embedder-gpu": {"embedder"}}  # those of each Dockerfile
SERVICES |= {"service": {"gateway", "heads"}, "training": {"heads"}}
# The other one holds commands that end, and a server that is not ours.
SERVING = [path for path in DOCKERFILES if path.stem != "training"]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "env" / "compose.yaml").read_text("utf-8"))


def _known_setting(name: str) -> bool:
    prefix, _, setting = name.partition("_")
    return setting.lower() in SETTINGS[prefix].model_fields


def test_one_image_a_service() -> None:
    """Embedder on CPU and on GPU, gateway, heads, training: each starts its own, nothing else."""
    assert [path.stem for path in DOCKERFILES] == sorted(LOCKS)
    for path in DOCKERFILES:
        text = path.read_text(encoding="utf-8")
        started = re.findall(r'^ENTRYPOINT \["python", "-m", "(\w+)"\]$', text, re.MULTILINE)
        assert sorted(started) == sorted(SERVICES[path.stem])


def test_each_stage_for_a_service_is_that_service() -> None:
    """What compose and the scripts build by `--target gateway` starts the gateway on its port."""
    text = (ROOT / "env" / "service.Dockerfile").read_text(encoding="utf-8")
    stages = dict(
        re.findall(r"^FROM \S+ AS (\w+)\n(.*?)(?=^FROM|\Z)", text, re.MULTILINE | re.DOTALL)
    )
    for service in SERVICES["service"]:
        assert f'ENTRYPOINT ["python", "-m", "{service}"]' in stages[service]
        (port,) = re.findall(rf"{service.upper()}_PORT=(\d+)", stages[service])
        assert f"EXPOSE {port}" in stages[service]
        assert "HEALTHCHECK" in stages[service]
    for service in SERVICES["service"]:
        build = COMPOSE["services"][service]["build"]
        assert (build["dockerfile"], build["target"]) == ("env/service.Dockerfile", service)


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.stem)
def test_images_are_pinned_and_not_root(path: Path) -> None:
    """Base by digest, packages by hash, a numeric user, programs as PID 1, a health check."""
    text = path.read_text(encoding="utf-8")
    assert re.search(r"^ARG BASE=\S+@sha256:[0-9a-f]{64}$", text, re.MULTILINE)
    stages = {"${BASE}", *re.findall(r"^FROM \S+ AS (\w+)$", text, re.MULTILINE)}
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) <= stages
    installs = re.findall(r"pip install (.*?)(?: \\)?$", text, re.MULTILINE)
    assert all(
        "--require-hashes" in command or command.endswith("--no-build-isolation .")
        for command in installs
    )
    assert f"-r env/{LOCKS[path.stem]}.txt" in text
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert len(re.findall(r"^HEALTHCHECK", text, re.MULTILINE)) == len(SERVICES[path.stem])


@pytest.mark.parametrize("path", SERVING, ids=lambda path: path.stem)
def test_images_say_that_they_listen_to_other_machines(path: Path) -> None:
    """Services of a private network start in a container as they are; the gateway wants keys."""
    text = path.read_text(encoding="utf-8")
    environ = dict(re.findall(r"\b((?:EMBEDDER|HEADS)_\w+)=(\S+)", text))
    terraform = (ROOT / "terraform" / "services.tf").read_text(encoding="utf-8")
    for service in {"embedder", "heads"} & SERVICES[path.stem]:
        own = {k: v for k, v in environ.items() if k.startswith(service.upper())}
        assert own[f"{service.upper()}_HOST"] == "0.0.0.0"
        if service == "heads":
            refuse_open_address(heads_settings(own))
        else:
            refuse_open_addresses(embedder_settings(own))
        allow = f"{service.upper()}_ALLOW_OPEN"
        assert COMPOSE["services"][service]["environment"][allow] == "true"
        assert re.search(rf'^ *{allow} *= "true"', terraform, re.MULTILINE)


@pytest.mark.parametrize("path", SERVING, ids=lambda path: path.stem)
def test_images_name_settings_that_exist(path: Path) -> None:
    """Each setting in an image is one of its service: a service refuses unknown ones."""
    names = re.findall(r"\b((?:EMBEDDER|HEADS|GATEWAY)_[A-Z_]+)=", path.read_text(encoding="utf-8"))
    assert names
    assert [name for name in names if not _known_setting(name)] == []


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.stem)
def test_images_hold_every_package_of_their_service(path: Path) -> None:
    """What a service's packages import of the repository is copied into its image."""
    copied = set(re.findall(r"^COPY (\w+) \1$", path.read_text(encoding="utf-8"), re.MULTILINE))
    assert SERVICES[path.stem] <= copied
    imported = {
        top
        for package in copied
        for file in (ROOT / package).rglob("*.py")
        if path.stem == "training" or "training" not in file.parts
        for top in re.findall(r"^\s*(?:from|import) (\w+)", file.read_text("utf-8"), re.MULTILINE)
        if (ROOT / top / "__init__.py").exists()
    }
    assert imported <= copied


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.stem)
def test_images_note_their_commit(path: Path) -> None:
    """Each takes the commit, writes it where `/version` reads it, and is given it when built."""
    text = path.read_text(encoding="utf-8")
    assert "ARG COMMIT=unknown" in text
    assert re.search(r'echo "\$COMMIT" >trunkline/COMMIT', text)
    script = (ROOT / "env" / "image.sh").read_text(encoding="utf-8")
    assert script.count('"COMMIT=$commit"') == 2  # by Docker, by buildah
    assert "env/image.sh" in (ROOT / "env" / "push-images.sh").read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", ["base", "cpu", "gpu"])
def test_no_image_holds_torch(lock: str) -> None:
    """The locks of images name neither torch nor transformers."""
    text = (ROOT / "env" / f"{lock}.txt").read_text(encoding="utf-8")
    assert re.findall(r"^(?:torch|transformers|mlflow)==", text, re.MULTILINE) == []


def test_the_training_image_has_the_one_torch_by_hash() -> None:
    """Its CPU build is the release that every other machine has, and nothing is left to pip."""
    (release,) = re.findall(r"^torch==(.+)$", (ROOT / "env/torch.txt").read_text("utf-8"), re.M)
    pinned = (ROOT / "env" / "docker" / "torch-cpu.txt").read_text(encoding="utf-8")
    assert re.search(rf"^torch=={release}\+cpu \\\n +--hash=sha256:[0-9a-f]{{64}}$", pinned, re.M)
    text = (ROOT / "env" / "training.Dockerfile").read_text(encoding="utf-8")
    assert "pip install --require-hashes --no-deps -r env/torch-cpu.txt" in text
    installed = (ROOT / "env" / "tracking.txt").read_text(encoding="utf-8")
    imported = ("filelock", "fsspec", "jinja2", "networkx", "sympy", "typing-extensions")
    assert [name for name in imported if f"\n{name}==" not in installed] == []


def test_compose_serves_mlflow_from_the_image_of_its_clients() -> None:
    """Server and operator are one image, hence one version; another Host header is refused."""
    services = COMPOSE["services"]
    for name in ("mlflow", "sync"):
        assert services[name]["image"] == "trunkline/training"
        assert services[name]["build"]["dockerfile"] == "env/training.Dockerfile"
        assert "laboratory" in services[name]["profiles"]
    hosts = services["mlflow"]["environment"]["MLFLOW_SERVER_ALLOWED_HOSTS"]
    assert "*" not in hosts
    uri = services["sync"]["command"][services["sync"]["command"].index("--tracking-uri") + 1]
    assert uri.removeprefix("http://") in hosts.split(",")


def test_compose_lets_the_operator_alone_write_the_catalog() -> None:
    """Operator and heads have one folder, which heads cannot change."""
    services = COMPOSE["services"]
    (written,), (read,) = services["sync"]["volumes"], services["heads"]["volumes"]
    assert read == f"{written}:ro"
    assert services["sync"]["command"][-2:] == ["--catalog", written.partition(":")[2]]


def test_compose_publishes_to_this_machine_only() -> None:
    """Every published port is on loopback, and every setting exists."""
    for name, service in COMPOSE["services"].items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        ours = [s for s in service.get("environment", {}) if s.partition("_")[0] in SETTINGS]
        assert ours or name not in ("embedder", "heads", "gateway", "migrate")
        assert [s for s in ours if not _known_setting(s)] == []
    on = {name for name, service in COMPOSE["services"].items() if "profiles" not in service}
    assert on == {"embedder", "heads", "gateway", "migrate", "postgresql", "prometheus"}


def test_compose_mounts_the_folder_of_the_keys() -> None:
    """`gateway keys` replaces its file: mounted alone, the old one would stay, and revoked keys."""
    gateway = COMPOSE["services"]["gateway"]
    folder = Path(gateway["environment"]["GATEWAY_API_KEYS_FILE"]).parent
    (mounted,) = [volume for volume in gateway["volumes"] if "KEYS" in volume]
    assert mounted == f"${{GATEWAY_KEYS_DIR:-./keys}}:{folder}:ro"
    assert "secrets" not in gateway
    kept_out = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "env/keys/" in kept_out


def test_compose_records_answers() -> None:
    """The database is migrated before the gateway starts, by its own image; the spool is kept."""
    compose: dict[str, Any] = yaml.safe_load((ROOT / "env" / "compose.yaml").read_text("utf-8"))
    services = compose["services"]
    gateway, migrate, server = (services[n] for n in ("gateway", "migrate", "postgresql"))
    assert gateway["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert migrate["depends_on"]["postgresql"] == {"condition": "service_healthy"}
    assert (migrate["build"], migrate["command"]) == (gateway["build"], ["migrate"])
    assert migrate["restart"] == "no"
    given = {**gateway["environment"], **_defaults(gateway["environment"])}
    settings = load_settings({n: v for n, v in given.items() if n.startswith("GATEWAY_")})
    assert settings.log_dir is not None
    assert f"spool:{settings.log_dir}" in gateway["volumes"]
    dockerfile = (ROOT / "env" / "service.Dockerfile").read_text(encoding="utf-8")
    assert f"--mode=700 {settings.log_dir}\n" in dockerfile  # else the volume would be root's
    url = make_url(settings.log_database.get_secret_value() if settings.log_database else "")
    own = server["environment"]
    assert (url.host, url.username) == ("postgresql", own["POSTGRES_USER"])
    assert url.database == own["POSTGRES_DB"]
    password = own["POSTGRES_PASSWORD"]
    assert gateway["environment"]["GATEWAY_LOG_DATABASE_PASSWORD"] == password


def test_compose_shares_a_cache_only_where_asked() -> None:
    """The server has a profile, and the embedder's settings are empty until somebody sets them."""
    compose: dict[str, Any] = yaml.safe_load((ROOT / "env" / "compose.yaml").read_text("utf-8"))
    assert compose["services"]["valkey"]["profiles"] == ["cache"]
    environment = compose["services"]["embedder"]["environment"]
    cache = _defaults(environment)
    assert set(cache) == {f"EMBEDDER_CACHE_{name}" for name in ("URL", "SECRET", "TTL_S")}
    assert embedder_settings({**environment, **cache}).cache_url is None
    asked = {
        "EMBEDDER_CACHE_URL": "redis://valkey:6379", "EMBEDDER_CACHE_SECRET": "s" * 32,
        "EMBEDDER_CACHE_TTL_S": "60",
    }  # fmt: skip
    refuse_open_addresses(embedder_settings({**environment, **asked}))


def test_amazons_certificates_are_roots_that_last() -> None:
    """Every one signs itself, for the region that it names, until long after this is forgotten."""
    text = (ROOT / "env" / "docker" / "amazon-rds.pem").read_text(encoding="utf-8")
    certificates = x509.load_pem_x509_certificates(text.encode())
    assert len(certificates) >= 27
    for certificate in certificates:
        certificate.verify_directly_issued_by(certificate)
        (name,) = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        assert isinstance(name.value, str)
        assert f"# {name.value}, until {certificate.not_valid_after_utc:%Y}\n" in text
        assert certificate.not_valid_after_utc.year > 2060
    for image, task, named in (
        ("service", "prediction_log.tf", "sslrootcert={}"),
        ("training", "modules/laboratory/server.tf", 'PGSSLROOTCERT                = "{}"'),
    ):
        dockerfile = (ROOT / "env" / f"{image}.Dockerfile").read_text(encoding="utf-8")
        (placed,) = re.findall(r"^COPY env/docker/amazon-rds.pem (\S+)$", dockerfile, re.MULTILINE)
        assert named.format(placed) in (ROOT / "terraform" / task).read_text(encoding="utf-8")


def _defaults(environment: dict[str, str]) -> dict[str, str]:
    """Return what compose puts in where the caller's environment has nothing."""
    chosen = {n: re.fullmatch(r"\$\{\w+:-(.*)\}", v) for n, v in environment.items()}
    return {name: match[1] for name, match in chosen.items() if match}


def test_every_step_of_a_pipeline_is_a_target() -> None:
    """What a pipeline calls, a person can call: each target exists, is phony and explained."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", "")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    explained = re.findall(r"^([a-z-]+):.*  ## \S", makefile, re.MULTILINE)
    called = {
        target
        for path in WORKFLOWS
        for target in re.findall(r"run: make ([a-z-]+)", path.read_text(encoding="utf-8"))
    }
    assert {"quick", "test", "terraform", "images", "plan", "deploy", "regression"} <= called
    assert called <= set(explained)
    assert set(explained) <= set(phony.split())


def test_what_targets_run_is_there() -> None:
    """Every script that the Makefile calls exists, may be executed and parses."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    scripts = set(re.findall(r"\b((?:env|terraform)/[\w-]+\.sh)", makefile))
    assert {"terraform/check.sh", "terraform/deploy.sh", "terraform/plan.sh"} <= scripts
    for script in scripts | {"env/build-image.sh", "env/start-image.sh"}:
        assert os.access(ROOT / script, os.X_OK), script
        assert subprocess.run(["bash", "-n", ROOT / script]).returncode == 0


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_pipelines_only_call_make(path: Path) -> None:
    """Every command is a make target, every action pinned, rights given job by job."""
    text = path.read_text(encoding="utf-8")
    workflow: dict[str, Any] = yaml.safe_load(text)
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] > 0
        assert job["permissions"]["contents"] == "read"
        for step in job["steps"]:
            assert re.fullmatch(r"make [a-z-]+( [A-Z]+=\w+)*", step.get("run", "make x"))
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step.get("uses", "a/b@" + "0" * 40))
