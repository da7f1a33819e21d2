"""Models of what the routes for probes and operators answer."""

from pydantic import Field

from gateway.api.response_models import Shape


class LiveShape(Shape):
    """The process runs."""

    live: bool


class VersionShape(Shape):
    """The build that runs."""

    service: str
    version: str = Field(description="the release, or `unknown`")
    commit: str = Field(description="the git commit that the image was built from, or `unknown`")


class ChecksShape(Shape):
    """The state of each part that readiness needs: `ok` or a word for what is missing."""

    embedder: str
    heads: str
    warm: str
    heads_not_loaded: list[str] = Field(description="production's heads that this worker never had")


class ReadyShape(Shape):
    """Whether a request would be answered now."""

    ready: bool
    checks: ChecksShape
