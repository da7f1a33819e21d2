"""The product: from a mail to one decision, with one view of encoders and heads a request."""
