"""Commands as callers of a gateway: its checks and samples, sent by `trunkline.client`."""
