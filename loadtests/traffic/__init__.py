"""Traffic to send: corpus, scenarios, requests with a known share of repeats."""
