"""Parses head.toml, a bundle's description of itself: strictly, all problems together."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from heads.errors import BundleError
from heads.policy import Bounds, Gate, Limits, OptOutThresholds

FORMAT = 1
MAX_LABELS = 512
MAX_DESCRIPTION = 2000
MAX_MEMBERS = 16
MAX_VIEWS = 16
MAX_HIDDEN = 4096
MAX_RANK = 256
MAX_BUCKETS = 262_144
BINARY_LABELS = ("yes", "no")
RESERVED_LABELS = ("margin",)

NAME = r"^[a-z][a-z0-9_]{0,63}$"
VERSION = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
FINGERPRINT = r"^sha256:[0-9a-f]{64}$"
_FILE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}\.(safetensors|json|md|png)$")
VIEW = r"^(mean|cls|text)@(0|[1-9][0-9]{0,2})$"

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Probability = Annotated[float, Field(strict=True, ge=0.0, le=1.0)]
Label = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^\S(.*\S)?$")]
View = Annotated[str, Field(pattern=VIEW)]
Digest = Annotated[str, Field(pattern=FINGERPRINT)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Member(_Table):
    """One small network; a head averages the probabilities of its members."""

    views: tuple[View, ...] = Field(default=(), max_length=MAX_VIEWS)
    normalise: Literal["l2", "none"] = "none"
    lexical: Annotated[bool, Field(strict=True)] = False
    hidden: Annotated[int, Field(strict=True, ge=0, le=MAX_HIDDEN)] = 0
    activation: Literal["relu"] = "relu"


class Lexical(_Table):
    """Which hashed n-grams the lexical members read; `idf` says that the weights hold one."""

    buckets: Annotated[int, Field(strict=True, ge=16, le=MAX_BUCKETS)]
    word_ngrams: tuple[Annotated[int, Field(strict=True, ge=1, le=4)], ...] = (1, 2)
    char_ngrams: tuple[Annotated[int, Field(strict=True, ge=1, le=8)], ...] = (3, 5)
    lowercase: Annotated[bool, Field(strict=True)] = True
    idf: Annotated[bool, Field(strict=True)] = False


class Calibration(_Table):
    """softmax: p = softmax(log(mean)/temperature); sigmoid: p = sigmoid(a * logit(mean) + b)."""

    temperature: Annotated[float, Field(strict=True, ge=0.01, le=100.0)] | None = None
    platt: Mapping[str, tuple[Number, Number]] | None = None


class Unlike(_Table):
    """How far a text may be from what the head learnt from before it abstains.

    A linear map of the l2-normalised `views`: `rank` columns, then one for each group of rows.
    distance = len(views) - (sum of squares of the first) - (greatest of the others); beyond
    `limit` the text is unlike anything learnt.
    """

    views: tuple[View, ...] = Field(min_length=1, max_length=MAX_VIEWS)
    rank: Annotated[int, Field(strict=True, ge=1, le=MAX_RANK)]
    limit: Number


class DependsOn(_Table):
    """The condition of a head that is meant only for texts that `head` gave `label`."""

    head: Annotated[str, Field(pattern=NAME)]
    label: Label


class Manifest(_Table):
    """A whole head.toml. `gate`, `limits`: for promotion; `bounds`: for a candidate's watch.

    `opt_out`: for a yes/no head about opt-outs, what its probability of yes may cause. `unlike`:
    which texts it abstains from as unlike anything learnt; without it, none. `default`: whether it
    answers requests that name no heads, too.
    """

    format: Literal[1]
    name: Annotated[str, Field(pattern=NAME)]
    version: Annotated[str, Field(pattern=VERSION)]
    kind: Literal["softmax", "sigmoid"]
    labels: tuple[Label, ...] = Field(min_length=1, max_length=MAX_LABELS)
    description: str = Field(default="", max_length=MAX_DESCRIPTION)
    default: Annotated[bool, Field(strict=True)] = True
    fingerprint: Digest
    created: datetime.date
    depends_on: DependsOn | None = None
    calibration: Calibration = Calibration()
    thresholds: Mapping[str, Probability]
    members: tuple[Member, ...] = Field(min_length=1, max_length=MAX_MEMBERS)
    lexical: Lexical | None = None
    bounds: Bounds = Bounds()
    gate: Gate = Gate()
    limits: Limits = Limits()
    opt_out: OptOutThresholds | None = None
    unlike: Unlike | None = None
    files: Mapping[str, Digest]

    @property
    def binary(self) -> bool:
        """Whether the head answers yes or no from one logit column, that of yes."""
        return self.kind == "sigmoid" and self.labels == BINARY_LABELS

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the labels that have a logit column of their own."""
        return BINARY_LABELS[:1] if self.binary else self.labels

    @property
    def margin(self) -> float:
        """Return the least distance of best and second-best probability that is not abstained."""
        return self.thresholds.get("margin", 0.0)

    @property
    def views(self) -> tuple[str, ...]:
        """Return every view that some member reads, in order of first use."""
        return tuple(dict.fromkeys(view for member in self.members for view in member.views))

    @model_validator(mode="after")
    def _agree(self) -> Manifest:
        problems = [
            *_label_problems(self),
            *_calibration_problems(self),
            *_member_problems(self),
            *_unlike_problems(self),
        ]
        if problems:
            raise ValueError("\n".join(problems))
        return self


def parse(content: bytes, where: str) -> Manifest:
    """Parse `content`. Raises BundleError naming file, key and limit of every problem."""
    try:
        table = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BundleError(where, [f"head.toml: not TOML in UTF-8: {error}"]) from error
    return build(table, where)


def build(table: Mapping[str, Any], where: str) -> Manifest:
    """Check a table (TOML or Python values); `x-*` keys are the author's own."""
    known = {key: value for key, value in table.items() if not key.startswith("x-")}
    try:
        return Manifest.model_validate(known)
    except ValidationError as error:
        raise BundleError(where, list(_sentences(error))) from error


def _sentences(error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_url=False):
        key = ".".join(str(part) for part in problem["loc"])
        text = problem["msg"].removeprefix("Value error, ")
        value = (
            "" if not key or problem["type"] == "missing" else f" (got {_short(problem['input'])})"
        )
        for line in text.splitlines():
            yield f"head.toml: {key}: {line}{value}" if key else f"head.toml: {line}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _label_problems(manifest: Manifest) -> Iterator[str]:
    labels = manifest.labels
    if len(set(labels)) != len(labels):
        yield f"labels: {_listed(label for label in labels if labels.count(label) > 1)} twice"
    for label in RESERVED_LABELS:
        if label in labels:
            yield f"labels: {label!r} is reserved ([thresholds] uses it)"
    if manifest.kind == "softmax" and len(labels) < 2:
        yield "labels: a softmax head needs at least 2"
    yield from _same_keys("thresholds", set(manifest.thresholds) - {"margin"}, set(labels))
    if extra := set(manifest.gate.labels) - set(labels):
        yield f"gate.labels: no such label: {_listed(extra)}"
    if manifest.binary and manifest.margin > 0:
        yield "thresholds.margin: a yes/no head decides by thresholds.yes alone; leave it out"
    if manifest.opt_out is not None and not manifest.binary:
        yield "opt_out: only for yes/no heads (kind sigmoid, labels yes and no)"


def _calibration_problems(manifest: Manifest) -> Iterator[str]:
    calibration = manifest.calibration
    if manifest.kind == "softmax" and calibration.platt is not None:
        yield "calibration.platt: only for sigmoid heads (softmax takes temperature)"
    if manifest.kind == "sigmoid" and calibration.temperature is not None:
        yield "calibration.temperature: only for softmax heads (sigmoid takes platt)"
    if calibration.platt is not None:
        yield from _same_keys("calibration.platt", set(calibration.platt), set(manifest.columns))


def _member_problems(manifest: Manifest) -> Iterator[str]:
    reads_text = any(member.lexical for member in manifest.members)
    if reads_text and manifest.lexical is None:
        yield "members: lexical = true needs a [lexical] table"
    if manifest.lexical is not None:
        if not reads_text:
            yield "lexical: no member has lexical = true"
        yield from _range_problems("lexical.word_ngrams", manifest.lexical.word_ngrams)
        yield from _range_problems("lexical.char_ngrams", manifest.lexical.char_ngrams)
    for index, member in enumerate(manifest.members):
        if not member.views and not member.lexical:
            yield f"members.{index}: reads neither a view nor the text"
        if len(set(member.views)) != len(member.views):
            yield f"members.{index}.views: a view is named twice"
    for required in ("weights.safetensors", "golden.json"):
        if required not in manifest.files:
            yield f"files: {required} is missing"
    for name in manifest.files:
        if not _FILE.match(name):
            yield f"files: {name!r} must be a plain name ending in .safetensors .json .md .png"


def _unlike_problems(manifest: Manifest) -> Iterator[str]:
    if manifest.unlike is None:
        return
    views = manifest.unlike.views
    if len(set(views)) != len(views):
        yield "unlike.views: a view is named twice"
    if extra := set(views) - set(manifest.views):
        yield f"unlike.views: no member reads {_listed(extra)}"


def _range_problems(key: str, ends: tuple[int, ...]) -> Iterator[str]:
    if ends and (len(ends) != 2 or ends[0] > ends[1]):
        yield f"{key}: must be [shortest, longest] or [] (got {list(ends)})"


def _same_keys(key: str, given: set[str], wanted: set[str]) -> Iterator[str]:
    if missing := wanted - given:
        yield f"{key}: nothing for {_listed(missing)}"
    if extra := given - wanted:
        yield f"{key}: no such label: {_listed(extra)}"


def _listed(values: Iterable[str]) -> str:
    return ", ".join(sorted(set(values)))
