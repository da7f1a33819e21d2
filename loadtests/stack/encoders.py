"""Open the encoder in this process, as the service opens it."""

from embedder.encoder import EncoderConfig, LoadedEncoder, load_encoder
from embedder.runtime import RuntimeName


def open_encoder(runtime: RuntimeName) -> LoadedEncoder:
    """Load the default encoder with as many one-thread streams as there are cores."""
    return load_encoder(EncoderConfig(runtime=runtime))
