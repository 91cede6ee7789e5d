"""Addresses that a run's JSON object is posted to."""

import time
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from etl import __version__

__all__ = ["WAITS", "post"]

WAITS = (1.0, 4.0)  # seconds before the second and the third try
WEBHOOK_SECONDS = 10.0


def post(
    url: str, text: bytes, seconds: float = WEBHOOK_SECONDS, wait: Callable[[float], None] = time.sleep, what: str = "webhook"
) -> str | None:
    """Post a JSON object; None where it was taken, else what went wrong.

    Tried three times while the server cannot be reached or is in trouble. Only the server's name is told: the rest of an
    address is often a secret. Redirects are not followed: a post would become a question on the way.
    """
    import requests  # noqa: PLC0415  (a fifth of a second, for runs that post)

    headers = {"Content-Type": "application/json", "User-Agent": f"spack-cache-etl/{__version__}"}
    problem = ""
    for pause in (*WAITS, None):
        try:
            with requests.post(url, data=text, headers=headers, timeout=seconds, allow_redirects=False, stream=True) as answer:
                code = answer.status_code
        except requests.RequestException as error:
            problem = f"could not be reached ({type(error).__name__})"  # its words hold the address
        else:
            if code < HTTPStatus.MULTIPLE_CHOICES:
                return None
            problem = f"answered {code}"
            if code < HTTPStatus.INTERNAL_SERVER_ERROR and code != HTTPStatus.TOO_MANY_REQUESTS:
                break  # the same again would get the same answer
        if pause is not None:
            wait(pause)
    return f"{what} at {urlsplit(url).hostname} {problem}"
