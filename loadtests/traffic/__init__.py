"""What is asked: corpus, scenarios, requests with a known share of repeats."""
