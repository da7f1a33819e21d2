"""The Python client of a gateway: typed answers, blocking and asynchronous, over one pure core.

It imports nothing of the services. Install it with the extra `[client]`.
"""

from trunkline.client.answers import Answer, Cleaned, Decision, HeadAnswer, HeadSet, Readiness
from trunkline.client.async_client import AsyncClient
from trunkline.client.batches import BatchItem
from trunkline.client.errors import ClientError, NoAnswerError, ProblemError
from trunkline.client.mail import Mail
from trunkline.client.messages import Reply, Request
from trunkline.client.records import Erasure, Feedback, Page, Prediction, SubjectData
from trunkline.client.retries import ONCE, RetryPolicy
from trunkline.client.splitting import BatchLimits
from trunkline.client.sync_client import Client

__all__ = [
    "ONCE",
    "Answer",
    "AsyncClient",
    "BatchItem",
    "BatchLimits",
    "Cleaned",
    "Client",
    "ClientError",
    "Decision",
    "Erasure",
    "Feedback",
    "HeadAnswer",
    "HeadSet",
    "Mail",
    "NoAnswerError",
    "Page",
    "Prediction",
    "ProblemError",
    "Readiness",
    "Reply",
    "Request",
    "RetryPolicy",
    "SubjectData",
]
