from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Status(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STATUS_UNSPECIFIED: _ClassVar[Status]
    STATUS_OK: _ClassVar[Status]
    STATUS_UNAVAILABLE: _ClassVar[Status]
    STATUS_FINGERPRINT_MISMATCH: _ClassVar[Status]
    STATUS_UNKNOWN_HEAD: _ClassVar[Status]
    STATUS_UNKNOWN_VERSION: _ClassVar[Status]
    STATUS_ERROR: _ClassVar[Status]
STATUS_UNSPECIFIED: Status
STATUS_OK: Status
STATUS_UNAVAILABLE: Status
STATUS_FINGERPRINT_MISMATCH: Status
STATUS_UNKNOWN_HEAD: Status
STATUS_UNKNOWN_VERSION: Status
STATUS_ERROR: Status

class PredictRequest(_message.Message):
    __slots__ = ("heads", "views", "dim", "fingerprint", "rows", "flat", "known_columns")
    HEADS_FIELD_NUMBER: _ClassVar[int]
    VIEWS_FIELD_NUMBER: _ClassVar[int]
    DIM_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    FLAT_FIELD_NUMBER: _ClassVar[int]
    KNOWN_COLUMNS_FIELD_NUMBER: _ClassVar[int]
    heads: _containers.RepeatedCompositeFieldContainer[HeadRef]
    views: _containers.RepeatedScalarFieldContainer[str]
    dim: int
    fingerprint: str
    rows: _containers.RepeatedCompositeFieldContainer[Row]
    flat: bool
    known_columns: bytes
    def __init__(self, heads: _Optional[_Iterable[_Union[HeadRef, _Mapping]]] = ..., views: _Optional[_Iterable[str]] = ..., dim: _Optional[int] = ..., fingerprint: _Optional[str] = ..., rows: _Optional[_Iterable[_Union[Row, _Mapping]]] = ..., flat: _Optional[bool] = ..., known_columns: _Optional[bytes] = ...) -> None: ...

class HeadRef(_message.Message):
    __slots__ = ("name", "version")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: str
    def __init__(self, name: _Optional[str] = ..., version: _Optional[str] = ...) -> None: ...

class Row(_message.Message):
    __slots__ = ("vectors", "text")
    VECTORS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    vectors: bytes
    text: str
    def __init__(self, vectors: _Optional[bytes] = ..., text: _Optional[str] = ...) -> None: ...

class PredictResponse(_message.Message):
    __slots__ = ("generation", "heads", "table")
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    HEADS_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    generation: int
    heads: _containers.RepeatedCompositeFieldContainer[HeadPredictions]
    table: Table
    def __init__(self, generation: _Optional[int] = ..., heads: _Optional[_Iterable[_Union[HeadPredictions, _Mapping]]] = ..., table: _Optional[_Union[Table, _Mapping]] = ...) -> None: ...

class Table(_message.Message):
    __slots__ = ("digest", "columns", "scores", "best", "flags")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    SCORES_FIELD_NUMBER: _ClassVar[int]
    BEST_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    digest: bytes
    columns: _containers.RepeatedCompositeFieldContainer[HeadPredictions]
    scores: bytes
    best: bytes
    flags: bytes
    def __init__(self, digest: _Optional[bytes] = ..., columns: _Optional[_Iterable[_Union[HeadPredictions, _Mapping]]] = ..., scores: _Optional[bytes] = ..., best: _Optional[bytes] = ..., flags: _Optional[bytes] = ...) -> None: ...

class HeadPredictions(_message.Message):
    __slots__ = ("name", "version", "status", "labels", "scores", "best", "thresholds", "abstained", "message", "unlike")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    SCORES_FIELD_NUMBER: _ClassVar[int]
    BEST_FIELD_NUMBER: _ClassVar[int]
    THRESHOLDS_FIELD_NUMBER: _ClassVar[int]
    ABSTAINED_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    UNLIKE_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: str
    status: Status
    labels: _containers.RepeatedScalarFieldContainer[str]
    scores: bytes
    best: _containers.RepeatedScalarFieldContainer[int]
    thresholds: _containers.RepeatedScalarFieldContainer[float]
    abstained: _containers.RepeatedScalarFieldContainer[bool]
    message: str
    unlike: _containers.RepeatedScalarFieldContainer[bool]
    def __init__(self, name: _Optional[str] = ..., version: _Optional[str] = ..., status: _Optional[_Union[Status, str]] = ..., labels: _Optional[_Iterable[str]] = ..., scores: _Optional[bytes] = ..., best: _Optional[_Iterable[int]] = ..., thresholds: _Optional[_Iterable[float]] = ..., abstained: _Optional[_Iterable[bool]] = ..., message: _Optional[str] = ..., unlike: _Optional[_Iterable[bool]] = ...) -> None: ...

class DescribeResponse(_message.Message):
    __slots__ = ("generation", "heads", "candidates", "shadows", "disabled_rules")
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    HEADS_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    SHADOWS_FIELD_NUMBER: _ClassVar[int]
    DISABLED_RULES_FIELD_NUMBER: _ClassVar[int]
    generation: int
    heads: _containers.RepeatedCompositeFieldContainer[HeadDescription]
    candidates: _containers.RepeatedCompositeFieldContainer[HeadDescription]
    shadows: _containers.RepeatedCompositeFieldContainer[HeadDescription]
    disabled_rules: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, generation: _Optional[int] = ..., heads: _Optional[_Iterable[_Union[HeadDescription, _Mapping]]] = ..., candidates: _Optional[_Iterable[_Union[HeadDescription, _Mapping]]] = ..., shadows: _Optional[_Iterable[_Union[HeadDescription, _Mapping]]] = ..., disabled_rules: _Optional[_Iterable[str]] = ...) -> None: ...

class HeadDescription(_message.Message):
    __slots__ = ("name", "version", "kind", "labels", "views", "lexical", "parent_head", "parent_label", "fingerprint", "status", "error", "description", "share", "bounds", "opt_out", "default")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    VIEWS_FIELD_NUMBER: _ClassVar[int]
    LEXICAL_FIELD_NUMBER: _ClassVar[int]
    PARENT_HEAD_FIELD_NUMBER: _ClassVar[int]
    PARENT_LABEL_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    BOUNDS_FIELD_NUMBER: _ClassVar[int]
    OPT_OUT_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: str
    kind: str
    labels: _containers.RepeatedScalarFieldContainer[str]
    views: _containers.RepeatedScalarFieldContainer[str]
    lexical: bool
    parent_head: str
    parent_label: str
    fingerprint: str
    status: str
    error: str
    description: str
    share: float
    bounds: Bounds
    opt_out: OptOut
    default: bool
    def __init__(self, name: _Optional[str] = ..., version: _Optional[str] = ..., kind: _Optional[str] = ..., labels: _Optional[_Iterable[str]] = ..., views: _Optional[_Iterable[str]] = ..., lexical: _Optional[bool] = ..., parent_head: _Optional[str] = ..., parent_label: _Optional[str] = ..., fingerprint: _Optional[str] = ..., status: _Optional[str] = ..., error: _Optional[str] = ..., description: _Optional[str] = ..., share: _Optional[float] = ..., bounds: _Optional[_Union[Bounds, _Mapping]] = ..., opt_out: _Optional[_Union[OptOut, _Mapping]] = ..., default: _Optional[bool] = ...) -> None: ...

class OptOut(_message.Message):
    __slots__ = ("yes", "review")
    YES_FIELD_NUMBER: _ClassVar[int]
    REVIEW_FIELD_NUMBER: _ClassVar[int]
    yes: float
    review: float
    def __init__(self, yes: _Optional[float] = ..., review: _Optional[float] = ...) -> None: ...

class Bounds(_message.Message):
    __slots__ = ("window", "error_rate", "disagreement", "abstain_rate", "abstain_rise")
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    ERROR_RATE_FIELD_NUMBER: _ClassVar[int]
    DISAGREEMENT_FIELD_NUMBER: _ClassVar[int]
    ABSTAIN_RATE_FIELD_NUMBER: _ClassVar[int]
    ABSTAIN_RISE_FIELD_NUMBER: _ClassVar[int]
    window: int
    error_rate: float
    disagreement: float
    abstain_rate: float
    abstain_rise: float
    def __init__(self, window: _Optional[int] = ..., error_rate: _Optional[float] = ..., disagreement: _Optional[float] = ..., abstain_rate: _Optional[float] = ..., abstain_rise: _Optional[float] = ...) -> None: ...
