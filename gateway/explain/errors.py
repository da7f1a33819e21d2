"""Why there is no explanation: one class a reason, each a problem document."""

from __future__ import annotations

from gateway.errors import GatewayError

RETRY_AFTER_S = 1.0


class TextNotKeptError(GatewayError):
    """The prediction was logged without its text."""

    status, code, title = 409, "text_not_kept", "The prediction's text was not kept"

    def __init__(self) -> None:
        super().__init__("prediction_id: its text was not kept; send the text.")


class WordsUnsupportedError(GatewayError):
    """The embedder or the heads service is of a release that cannot tell words apart."""

    status, code, title = 501, "words_unsupported", "Words cannot be explained here yet"

    def __init__(self, service: str) -> None:
        super().__init__(f"level: the {service} is of an earlier release; ask for sentences.")


class NoWordsError(GatewayError):
    """The head has no member whose words can be told apart."""

    status, code, title = 422, "no_word_members", "The head has no words to explain"

    def __init__(self) -> None:
        super().__init__("level: the head has hidden layers alone; ask for sentences.")


class HeadUnavailableError(GatewayError):
    """The head does not answer at present, so that there is nothing to explain."""

    status, code, title = 503, "head_unavailable", "The head does not answer"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, retry_after_s=RETRY_AFTER_S)
