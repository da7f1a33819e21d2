"""Which of two encoders reads a mail: its language, and what mistakes in it cost with each."""
