"""Fine-tuning the encoder on several tasks together."""
