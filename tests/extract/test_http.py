"""A web server as a place, against one that misbehaves."""

import contextlib
import gzip
import http.server
import itertools
import pickle
import socket
import threading
import time
from email.utils import formatdate

import pytest

from etl import __version__
from etl.errors import SourceError, StoreError
from etl.extract.limits import Limits
from etl.extract.places import Missing, TooLarge, place, unpacked
from etl.extract.places.http import HttpPlace, Patience, _redirected

NOW = float(int(time.time()))
OLD = "Mon, 01 Jan 2024 00:00:00 GMT"


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers each request by the next function of the server's script; the last one answers all that follow."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        script = self.server.script
        with contextlib.suppress(ConnectionError):  # the other side may have had enough
            (script.pop(0) if len(script) > 1 else script[0])(self)

    def log_message(self, *_):
        """Nothing: tests are silent."""


@pytest.fixture
def server(monkeypatch):
    """A server with a script and a record of what it was asked for."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.daemon_threads, made.script, made.asked, made.ended = True, [], [], threading.Event()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    made.url = f"http://127.0.0.1:{made.server_port}"
    yield made
    made.ended.set()
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def waits():
    """The waits that were asked for."""
    return []


@pytest.fixture
def web(server, waits):
    """A maker of the place: what the server answers, in turn, and what of the place is not as usual."""

    def make(*script, limits=None, state=None, path="/mirror", **patience):
        server.script[:] = script
        told = {"sleep": waits.append, "clock": lambda: NOW, "chance": lambda: 1.0, "read_seconds": 0.2} | patience
        return HttpPlace(server.url + path, limits or Limits(), state, Patience(**told))

    return make


def reply(body=b"{}", status=200, **headers):
    """An answer with a body and headers (`_` stands for `-`)."""

    def answer(handler):
        handler.send_response(status)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in ({"Content-Length": str(len(body))} | named).items():
            if value is not None:
                handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)
        if "Connection" in headers:
            handler.close_connection = True

    return answer


def versioned(body, etag):
    """A server that knows its file's version: 304 to whoever has it."""

    def answer(handler):
        same = handler.headers.get("If-None-Match") == etag
        (reply(b"", 304, ETag=etag) if same else reply(body, ETag=etag))(handler)

    return answer


def silence(handler):
    """No answer, for as long as the test lasts."""
    handler.close_connection = True
    handler.server.ended.wait(5)


def endless(handler):
    """A body that never ends."""
    reply(b"", Content_Length=None, Connection="close")(handler)
    while not handler.server.ended.is_set():
        handler.wfile.write(bytes(100_000))


def trickle(handler):
    """A body that comes byte by byte."""
    reply(b"", Content_Length="1000", Connection="close")(handler)
    while not handler.server.ended.wait(0.005):
        handler.wfile.write(b"x")
        handler.wfile.flush()


def test_a_file_is_fetched_below_the_address(web, server):
    """Its path escaped, under our name, unpacked by nobody on the way."""
    assert b"{}" == web(reply()).fetch("a b/c+%2F.json")

    path, headers = server.asked[0]
    assert "/mirror/a%20b/c%2B%252F.json" == path
    assert f"spack-cache-etl/{__version__}" == headers["User-Agent"]
    assert "identity" == headers["Accept-Encoding"]


def test_bytes_come_as_they_are_stored(web):
    """Also where the server calls them packed."""
    packed = gzip.compress(b"{}")

    assert packed == web(reply(packed, Content_Encoding="gzip")).fetch("index.json")


def test_user_and_password_are_sent_and_not_shown(web, server):
    """They may stand in the address; a query is sent with each file."""
    found = HttpPlace(server.url.replace("//", "//me:secret@") + "/mirror/?sig=secret", Limits(), None)
    web(reply(b"", 404))
    with pytest.raises(Missing) as missing:
        found.fetch("index.json")

    assert "/mirror/index.json?sig=secret" == server.asked[0][0]
    assert "Basic bWU6c2VjcmV0" == server.asked[0][1]["Authorization"]
    assert f"{server.url}/mirror/index.json does not exist (HTTP 404 Not Found)" == str(missing.value)


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_not_there_is_missing(web, waits, status):
    """At the first try."""
    with pytest.raises(Missing, match=rf"/mirror/index.json does not exist \(HTTP {status}"):
        web(reply(b"", status)).fetch("index.json")
    assert [] == waits


@pytest.mark.parametrize(
    ("status", "reason"), [(403, "may not be read"), (418, "gave no file"), (204, "gave no file"), (304, "gave no file")]
)
def test_other_refusals_are_final(web, waits, status, reason):
    """Asking again would not change them."""
    with pytest.raises(SourceError, match=rf"/mirror/index.json {reason} \(HTTP {status}.*check the address"):
        web(reply(b"", status, Content_Length=None)).fetch("index.json")
    assert [] == waits


def test_a_server_that_fails_is_asked_again(web, waits):
    """After a wait that doubles."""
    assert b"{}" == web(reply(b"", 500), reply(b"", 502), reply(b"", 429), reply()).fetch("index.json")
    assert [1, 2, 4] == waits


def test_waits_are_spread(web, waits):
    """Over half of their length, so that those who failed together do not come again together."""
    web(reply(b"", 500), reply(b"", 500), reply(), chance=lambda: 0.0).fetch("index.json")

    assert [0.5, 1] == waits


def test_a_server_that_fails_for_good_is_told(web, waits):
    """With the address, the reason, the tries, and what to do."""
    with pytest.raises(SourceError, match=r"/mirror/index.json cannot be read: HTTP 503 Service Unavailable; tried 5 times. Check"):
        web(reply(b"", 503)).fetch("index.json")
    assert [1, 2, 4, 8] == waits


@pytest.mark.parametrize(
    ("asked", "waited"),
    [("7", 7), ("0", 1), ("9999999", 60), ("-5", 1), ("soon", 1), (formatdate(NOW + 30, usegmt=True), 30), (formatdate(NOW - 30), 1)],
    ids=["seconds", "none", "too many", "negative", "words", "a time to come", "a time past"],
)
def test_a_server_may_ask_for_a_longer_wait(web, waits, asked, waited):
    """As seconds or as a date, up to a bound."""
    web(reply(b"", 503, Retry_After=asked), reply()).fetch("index.json")

    assert [waited] == waits


def test_a_server_that_is_silent_is_asked_again(web):
    """It may have lost the first request."""
    assert b"{}" == web(silence, reply(), read_seconds=0.05).fetch("index.json")


def test_silence_is_told(web):
    """As what it is."""
    with pytest.raises(SourceError, match=r"cannot be read: no answer in time; tried 2 times"):
        web(silence, read_seconds=0.05, tries=2).fetch("index.json")


def test_silence_amid_a_body_is_told(web):
    """The limit of time is for each piece."""

    def halting(handler):
        reply(b"half", Content_Length="8")(handler)
        silence(handler)

    with pytest.raises(SourceError, match=r"it broke off after 4 bytes: no answer in time; tried once"):
        web(halting, read_seconds=0.05, tries=1).fetch("index.json")


def test_no_server_is_told(web):
    """Nor is it waited for without end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = HttpPlace(f"http://127.0.0.1:{free.getsockname()[1]}", Limits(), None, Patience(tries=1))
        with pytest.raises(SourceError, match=r"/index.json cannot be read: Connection refused; tried once"):
            nobody.fetch("index.json")


@pytest.mark.parametrize(
    "cut",
    [
        reply(b"hal", Content_Length="4", Connection="close"),
        reply(b"5\r\nhel", Content_Length=None, Transfer_Encoding="chunked", Connection="close"),
        reply(b"3\r\nhel\r\n", Content_Length=None, Transfer_Encoding="chunked", Connection="close"),
        reply(b"no number\r\n", Content_Length=None, Transfer_Encoding="chunked", Connection="close"),
    ],
    ids=["of a length", "in a chunk", "between chunks", "no chunk"],
)
def test_a_body_that_breaks_off_is_fetched_anew(web, waits, cut):
    """Half a file is never taken for a whole one."""
    assert b"half" == web(cut, reply(b"half")).fetch("index.json")
    assert [1] == waits
    with pytest.raises(SourceError, match=r"it broke off after \d bytes: .*; tried 5 times"):
        web(cut).fetch("index.json")


def test_a_body_in_chunks_is_put_together(web):
    """A server need not say the length."""
    chunked = reply(b"2\r\nha\r\n2\r\nlf\r\n0\r\n\r\n", Content_Length=None, Transfer_Encoding="chunked")

    assert b"half" == web(chunked).fetch("index.json")


def test_a_file_at_the_limit_is_fetched(web):
    """One byte more is not, said or not; and it is not asked for again."""
    ten = Limits(download_bytes=10)
    assert b"x" * 10 == web(reply(b"x" * 10), limits=ten).fetch("index.json")

    for answer in (reply(b"x" * 11), reply(b"x" * 11, Content_Length=None, Connection="close"), endless):
        with pytest.raises(TooLarge, match=r"/mirror/index.json holds more than 10 bytes; if it should, raise `download_bytes`"):
            web(answer, limits=ten).fetch("index.json")


def test_a_trickle_is_ended(web):
    """However steadily it comes: a file as a whole has its time too."""
    ticks = itertools.count(NOW, 1000)

    with pytest.raises(SourceError, match=r"took longer than 3,600 seconds, \d+ bytes came; run again later"):
        web(trickle, clock=lambda: next(ticks)).fetch("index.json")


def test_a_bomb_is_left_early(web):
    """What comes is small; what it unpacks to is not."""
    bomb = web(reply(gzip.compress(bytes(50_000_000), 1))).fetch("index.json.gz")

    with pytest.raises(TooLarge):
        unpacked(bomb, Limits(download_bytes=1_000_000))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(web, server, status):
    """Also one that is relative to its own address."""
    web(reply(b"", status, Location="../other/index.json"), reply()).fetch("index.json")

    assert ["/mirror/index.json", "/other/index.json"] == [path for path, _ in server.asked]


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://[::1/x", "data:,x"])
def test_a_redirect_leads_to_a_web_server_only(web, target):
    """Never to a file of this machine."""
    with pytest.raises(SourceError, match=r"/mirror/index.json is redirected to .*check the address"):
        web(reply(b"", 302, Location=target)).fetch("index.json")


def test_a_redirect_stays_encrypted():
    """From https it leads to https: what came over http others could have changed."""
    assert "https://b/y" == _redirected("https://a/x", "//b/y")
    assert "https://a/y" == _redirected("http://a/x", "https://a/y")
    with pytest.raises(SourceError, match=r"https://a/x is redirected to http://a/x, which is not followed"):
        _redirected("https://a/x", "http://a/x")


def test_redirects_come_to_an_end(web, server):
    """Ten are followed."""
    with pytest.raises(SourceError, match=r"is redirected more than 10 times"):
        web(reply(b"", 302, Location="/mirror/index.json")).fetch("index.json")
    assert 11 == len(server.asked)


def test_the_body_of_a_redirect_is_not_read(web):
    """It may be endless."""

    def endless_redirect(handler):
        reply(b"", 302, Location="/other", Content_Length=None, Connection="close")(handler)
        endless(handler)

    assert b"{}" == web(endless_redirect, reply(), path="").fetch("index.json")


def test_a_login_is_not_sent_elsewhere(server, web):
    """A redirect to another host goes there without user and password."""
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    web(reply(b"", 302, Location=f"{elsewhere}/x"), reply())
    HttpPlace(server.url.replace("//", "//me:secret@"), Limits(), None).fetch("index.json")

    assert [True, False] == ["Authorization" in headers for _, headers in server.asked]


def test_a_file_that_did_not_change_is_not_sent_again(web, server, tmp_path):
    """The server says so by its ETag; another run finds what was kept."""
    assert b"one" == web(versioned(b"one", '"1"'), state=tmp_path).fetch("index.json")
    assert b"one" == web(versioned(b"never sent", '"1"'), state=tmp_path).fetch("index.json")
    assert [None, '"1"'] == [headers.get("If-None-Match") for _, headers in server.asked]


def test_a_file_that_changed_is_sent_and_kept(web, server, tmp_path):
    """In place of the one before."""
    fetched = [
        web(versioned(body, etag), state=tmp_path).fetch("i.json") for body, etag in ((b"one", '"1"'), (b"two", '"2"'), (b"", '"2"'))
    ]

    assert [b"one", b"two", b"two"] == fetched
    assert [None, '"1"', '"2"'] == [headers.get("If-None-Match") for _, headers in server.asked]
    assert 1 == len(list(tmp_path.iterdir()))


def test_each_address_is_kept_by_itself(web, tmp_path):
    """A query makes another."""
    for path in ("/mirror", "/mirror?sig=2", "/other"):
        web(reply(path.encode(), ETag='"1"'), state=tmp_path, path=path).fetch("index.json")
    kept = web(reply(b"", 304), state=tmp_path)

    assert b"/mirror" == kept.fetch("index.json")
    assert 3 == len(list(tmp_path.iterdir()))


@pytest.mark.parametrize(
    "damage", [lambda raw: raw[:-1], lambda raw: raw + b"x", lambda raw: raw[:-1] + b"X", lambda raw: b"", lambda raw: b"\xff\n"]
)
def test_a_damaged_copy_is_fetched_anew(web, tmp_path, damage):
    """It costs a download, never a wrong answer; then the copy is whole again."""
    web(versioned(b"one", '"1"'), state=tmp_path).fetch("index.json")
    (kept,) = tmp_path.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(damage(whole))

    assert b"one" == web(versioned(b"one", '"1"'), state=tmp_path).fetch("index.json")
    assert whole == kept.read_bytes()


@pytest.mark.parametrize(
    ("modified", "date", "asked"),
    [(OLD, None, OLD), (formatdate(NOW - 59, usegmt=True), None, None), (OLD, "Mon, 01 Jan 2024 00:00:30 GMT", None), ("x", None, None)],
    ids=["old", "young", "young by the server's clock", "words"],
)
def test_a_time_proves_something_once_it_is_a_minute_old(web, server, tmp_path, modified, date, asked):
    """A file written twice within a second keeps its time."""
    handler = reply(b"one", Last_Modified=modified)

    def answer(one):
        one.date_time_string = lambda: date or formatdate(NOW, usegmt=True)
        handler(one)

    for _ in range(2):
        assert b"one" == web(answer, state=tmp_path).fetch("index.json")
    assert asked == server.asked[1][1].get("If-Modified-Since")


@pytest.mark.parametrize("etag", ["1", '"1', '"é"', '"a b"', ""])
def test_what_is_no_etag_is_not_sent_back(web, server, tmp_path, etag):
    """Nothing is kept by it."""
    for _ in range(2):
        web(reply(b"one", ETag=etag), state=tmp_path).fetch("index.json")

    assert "If-None-Match" not in server.asked[1][1]


def test_a_body_that_broke_off_is_not_kept(web, tmp_path):
    """Only what came whole is."""
    with pytest.raises(SourceError):
        web(reply(b"hal", Content_Length="4", ETag='"1"', Connection="close"), state=tmp_path, tries=1).fetch("index.json")

    assert [] == list(tmp_path.iterdir())


def test_what_nobody_asks_for_is_forgotten(web, tmp_path):
    """After a week; so is what a dead run left."""
    (tmp_path / "aside-dead.kept").write_bytes(b"")
    (tmp_path / "other").write_bytes(b"")
    web(reply(b"one", ETag='"1"'), state=tmp_path, clock=time.time).fetch("one.json")
    assert 3 == len(list(tmp_path.iterdir()))

    web(reply(b"two", ETag='"1"'), state=tmp_path, clock=lambda: time.time() + 8 * 86400).fetch("two.json")
    assert ["other", "two"] == sorted(file.read_bytes()[-3:].decode() or file.name for file in tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_told(web, tmp_path):
    """As the store's failure: the server did its part."""
    (tmp_path / "state").write_bytes(b"")
    with pytest.raises(StoreError, match=r"state/web: what was downloaded cannot be kept there: .*; make room"):
        web(reply(ETag='"1"'), state=tmp_path / "state" / "web").fetch("index.json")


def test_a_web_server_has_no_list(web):
    """None, not nothing."""
    assert web(reply()).files("") is None


def test_a_place_can_be_sent_to_another_process(server, web):
    """With its address and limits."""
    web(reply())

    assert b"{}" == pickle.loads(pickle.dumps(place(server.url, Limits(), None))).fetch("index.json")
