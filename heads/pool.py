"""The front door: every pool of heads and the values they take and give."""

from heads.prediction import FeatureRow, HeadInfo, HeadScores, HeadSet, Pool

__all__ = ["FeatureRow", "HeadInfo", "HeadScores", "HeadSet", "Pool"]
