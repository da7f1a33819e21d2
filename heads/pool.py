"""The front door: every pool of heads and the values they take and give."""

from heads.local import LocalPool
from heads.prediction import FeatureRow, HeadInfo, HeadScores, HeadSet, Pool
from heads.remote import RemotePool

__all__ = [
    "FeatureRow",
    "HeadInfo",
    "HeadScores",
    "HeadSet",
    "LocalPool",
    "Pool",
    "RemotePool",
]
