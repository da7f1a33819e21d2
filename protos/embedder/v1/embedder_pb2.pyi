from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CachePath(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CACHE_PATH_UNSPECIFIED: _ClassVar[CachePath]
    CACHE_PATH_HIT: _ClassVar[CachePath]
    CACHE_PATH_COALESCED: _ClassVar[CachePath]
    CACHE_PATH_MISS: _ClassVar[CachePath]
CACHE_PATH_UNSPECIFIED: CachePath
CACHE_PATH_HIT: CachePath
CACHE_PATH_COALESCED: CachePath
CACHE_PATH_MISS: CachePath

class EmbedRequest(_message.Message):
    __slots__ = ("texts", "contexts", "views", "expected_fingerprint")
    TEXTS_FIELD_NUMBER: _ClassVar[int]
    CONTEXTS_FIELD_NUMBER: _ClassVar[int]
    VIEWS_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    texts: _containers.RepeatedScalarFieldContainer[str]
    contexts: _containers.RepeatedScalarFieldContainer[str]
    views: _containers.RepeatedScalarFieldContainer[str]
    expected_fingerprint: str
    def __init__(self, texts: _Optional[_Iterable[str]] = ..., contexts: _Optional[_Iterable[str]] = ..., views: _Optional[_Iterable[str]] = ..., expected_fingerprint: _Optional[str] = ...) -> None: ...

class ItemError(_message.Message):
    __slots__ = ("code", "message")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class Item(_message.Message):
    __slots__ = ("vectors", "tokens", "tokens_total", "truncated", "cache", "error", "unknown", "cache_key")
    VECTORS_FIELD_NUMBER: _ClassVar[int]
    TOKENS_FIELD_NUMBER: _ClassVar[int]
    TOKENS_TOTAL_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    CACHE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    CACHE_KEY_FIELD_NUMBER: _ClassVar[int]
    vectors: bytes
    tokens: int
    tokens_total: int
    truncated: bool
    cache: CachePath
    error: ItemError
    unknown: int
    cache_key: bytes
    def __init__(self, vectors: _Optional[bytes] = ..., tokens: _Optional[int] = ..., tokens_total: _Optional[int] = ..., truncated: _Optional[bool] = ..., cache: _Optional[_Union[CachePath, str]] = ..., error: _Optional[_Union[ItemError, _Mapping]] = ..., unknown: _Optional[int] = ..., cache_key: _Optional[bytes] = ...) -> None: ...

class StageTimings(_message.Message):
    __slots__ = ("tokenize_ms", "queue_ms", "encode_ms", "total_ms")
    TOKENIZE_MS_FIELD_NUMBER: _ClassVar[int]
    QUEUE_MS_FIELD_NUMBER: _ClassVar[int]
    ENCODE_MS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_MS_FIELD_NUMBER: _ClassVar[int]
    tokenize_ms: float
    queue_ms: float
    encode_ms: float
    total_ms: float
    def __init__(self, tokenize_ms: _Optional[float] = ..., queue_ms: _Optional[float] = ..., encode_ms: _Optional[float] = ..., total_ms: _Optional[float] = ...) -> None: ...

class EncoderIdentity(_message.Message):
    __slots__ = ("model_id", "fingerprint", "runtime", "precision")
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    RUNTIME_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    model_id: str
    fingerprint: str
    runtime: str
    precision: str
    def __init__(self, model_id: _Optional[str] = ..., fingerprint: _Optional[str] = ..., runtime: _Optional[str] = ..., precision: _Optional[str] = ...) -> None: ...

class EmbedResponse(_message.Message):
    __slots__ = ("dim", "items", "timings", "encoder")
    DIM_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    ENCODER_FIELD_NUMBER: _ClassVar[int]
    dim: int
    items: _containers.RepeatedCompositeFieldContainer[Item]
    timings: StageTimings
    encoder: EncoderIdentity
    def __init__(self, dim: _Optional[int] = ..., items: _Optional[_Iterable[_Union[Item, _Mapping]]] = ..., timings: _Optional[_Union[StageTimings, _Mapping]] = ..., encoder: _Optional[_Union[EncoderIdentity, _Mapping]] = ...) -> None: ...

class InfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class InfoResponse(_message.Message):
    __slots__ = ("encoder", "dim", "layers", "max_tokens", "truncation", "max_texts", "max_text_chars", "cache", "queue_size", "max_queue_size", "forwards", "version", "poolings")
    ENCODER_FIELD_NUMBER: _ClassVar[int]
    DIM_FIELD_NUMBER: _ClassVar[int]
    LAYERS_FIELD_NUMBER: _ClassVar[int]
    MAX_TOKENS_FIELD_NUMBER: _ClassVar[int]
    TRUNCATION_FIELD_NUMBER: _ClassVar[int]
    MAX_TEXTS_FIELD_NUMBER: _ClassVar[int]
    MAX_TEXT_CHARS_FIELD_NUMBER: _ClassVar[int]
    CACHE_FIELD_NUMBER: _ClassVar[int]
    QUEUE_SIZE_FIELD_NUMBER: _ClassVar[int]
    MAX_QUEUE_SIZE_FIELD_NUMBER: _ClassVar[int]
    FORWARDS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    POOLINGS_FIELD_NUMBER: _ClassVar[int]
    encoder: EncoderIdentity
    dim: int
    layers: int
    max_tokens: int
    truncation: str
    max_texts: int
    max_text_chars: int
    cache: CacheInfo
    queue_size: int
    max_queue_size: int
    forwards: int
    version: str
    poolings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, encoder: _Optional[_Union[EncoderIdentity, _Mapping]] = ..., dim: _Optional[int] = ..., layers: _Optional[int] = ..., max_tokens: _Optional[int] = ..., truncation: _Optional[str] = ..., max_texts: _Optional[int] = ..., max_text_chars: _Optional[int] = ..., cache: _Optional[_Union[CacheInfo, _Mapping]] = ..., queue_size: _Optional[int] = ..., max_queue_size: _Optional[int] = ..., forwards: _Optional[int] = ..., version: _Optional[str] = ..., poolings: _Optional[_Iterable[str]] = ...) -> None: ...

class CacheInfo(_message.Message):
    __slots__ = ("maxsize", "currsize", "hits", "misses", "coalesced", "evictions")
    MAXSIZE_FIELD_NUMBER: _ClassVar[int]
    CURRSIZE_FIELD_NUMBER: _ClassVar[int]
    HITS_FIELD_NUMBER: _ClassVar[int]
    MISSES_FIELD_NUMBER: _ClassVar[int]
    COALESCED_FIELD_NUMBER: _ClassVar[int]
    EVICTIONS_FIELD_NUMBER: _ClassVar[int]
    maxsize: int
    currsize: int
    hits: int
    misses: int
    coalesced: int
    evictions: int
    def __init__(self, maxsize: _Optional[int] = ..., currsize: _Optional[int] = ..., hits: _Optional[int] = ..., misses: _Optional[int] = ..., coalesced: _Optional[int] = ..., evictions: _Optional[int] = ...) -> None: ...

class ForgetRequest(_message.Message):
    __slots__ = ("cache_keys", "everything")
    CACHE_KEYS_FIELD_NUMBER: _ClassVar[int]
    EVERYTHING_FIELD_NUMBER: _ClassVar[int]
    cache_keys: _containers.RepeatedScalarFieldContainer[bytes]
    everything: bool
    def __init__(self, cache_keys: _Optional[_Iterable[bytes]] = ..., everything: _Optional[bool] = ...) -> None: ...

class ForgetResponse(_message.Message):
    __slots__ = ("forgotten",)
    FORGOTTEN_FIELD_NUMBER: _ClassVar[int]
    forgotten: int
    def __init__(self, forgotten: _Optional[int] = ...) -> None: ...
