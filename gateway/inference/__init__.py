"""The product: one mail in, one decision out, each request under one view of encoders and heads."""
