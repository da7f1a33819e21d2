"""The refusals of the queue, each a problem document."""

from gateway.errors import GatewayError


class NotBeforeYouError(GatewayError):
    """The text is not before this annotator: settled, erased, or with others by now."""

    status, code, title = 409, "not_before_you", "This text is not before you"

    def __init__(self) -> None:
        super().__init__("It was labelled, erased or passed over meanwhile: go on with the next.")


class NoTextKeysError(GatewayError):
    """Words can only be kept encrypted, and this gateway has no keys for that."""

    status, code, title = 501, "no_text_keys", "Words are not kept here"

    def __init__(self) -> None:
        super().__init__("GATEWAY_LOG_TEXT_KEYS is not set: there are no words to label.")
