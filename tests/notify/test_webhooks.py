"""Addresses that are posted to: what they get, what is tried again, and what is not told."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from etl.notify.webhooks import WAITS, post


class _Server(ThreadingHTTPServer):
    """Answers with the given codes, one a request; keeps what it got."""

    def __init__(self, codes: list[int]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.codes, self.got = codes, list[tuple[str, str, str | None, bytes]]()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/secret/path"


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:  # noqa: N802  (as the library wants it)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.command, self.path, self.headers["Content-Type"], body))
        code = self.server.codes.pop(0)
        if code == 0:
            time.sleep(1)
            return
        self.send_response(code)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    do_GET = do_POST  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Nothing: a test's stderr is read."""


@pytest.fixture
def server(monkeypatch) -> Iterator[Callable[..., _Server]]:
    """`server(503, 200)` answers so, in turn; 0: not in time."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    started: list[tuple[_Server, threading.Thread]] = []

    def make(*codes: int) -> _Server:
        one = _Server(list(codes))
        thread = threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        started.append((one, thread))
        return one

    yield make
    for one, thread in started:
        one.shutdown()
        thread.join()
        one.server_close()


def test_the_object_is_posted_as_json(server):
    """Once, where it is taken."""
    there = server(204)

    assert post(there.url, b'{"status":"failed"}') is None
    assert [("POST", "/secret/path", "application/json", b'{"status":"failed"}')] == there.got


@pytest.mark.parametrize("codes", [(503, 429, 200), (0, 200)])
def test_a_server_in_trouble_is_asked_again(server, codes):
    """Also one that does not answer in time."""
    there, waited = server(*codes), []

    assert post(there.url, b"{}", seconds=0.3, wait=waited.append) is None
    assert (len(codes), list(WAITS[: len(codes) - 1])) == (len(there.got), waited)


def test_after_three_tries_it_is_given_up(server):
    """With the server's name and its answer; the rest of the address may be a secret."""
    there, waited = server(500, 502, 503), []

    assert "webhook at 127.0.0.1 answered 503" == post(there.url, b"{}", wait=waited.append)
    assert (3, [1.0, 4.0]) == (len(there.got), waited)


@pytest.mark.parametrize("code", [302, 400, 404])
def test_what_would_be_answered_the_same_again_is_not_asked_again(server, code):
    """Nor is a redirect followed."""
    there = server(code)

    assert f"webhook at 127.0.0.1 answered {code}" == post(there.url, b"{}", wait=lambda _: pytest.fail("it waited"))
    assert 1 == len(there.got)


def test_a_server_that_is_not_there_is_told_without_its_address(server):
    """What the library says has the whole address in it."""
    there = server()
    there.socket.close()

    assert "webhook at 127.0.0.1 could not be reached (ConnectionError)" == post(there.url, b"{}", wait=lambda _: None)
