"""A published release as its readers have it: any DuckDB, a copied folder, the web; and what the command says."""

import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from etl.load import catalog
from etl.load.objects import Objects
from etl.query import ask

from .conftest import publish

OLD = Path(sys.prefix) / "duckdb-1.5.6"


_READ = """
import sys, duckdb
connection = duckdb.connect()
address, root = sys.argv[1:]
if address.startswith("http"):
    connection.execute("SET autoinstall_known_extensions = false")
    try:
        connection.execute("LOAD httpfs")
    except duckdb.Error:
        sys.exit("no httpfs")
if root:
    connection.execute("SET VARIABLE warehouse_root = ?", [root])
connection.execute(f"ATTACH '{address}/spack_cache.duckdb' AS cache (READ_ONLY)")
connection.execute("USE cache")
print(connection.execute("SELECT tag FROM data.tags").fetchall(), connection.execute("SELECT count(*) FROM runs").fetchall())
"""


@pytest.fixture(params=["installed", "1.5.6"])
def read(request):
    """Read a published release in another process, with one DuckDB or the other."""
    if request.param != "installed" and not OLD.is_dir():
        pytest.skip("DuckDB 1.5.6 is not there: `make test` installs it")

    def ask(address, root=""):
        path = str(OLD) if request.param != "installed" else ""
        command = [sys.executable, "-c", _READ, str(address), str(root)]
        done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)
        return done.stdout.strip() or done.stderr.strip().splitlines()[-1]

    return ask


ANSWER = "[('develop',)] [(1,)]"


def test_a_published_folder_answers_where_it_is_and_where_it_was_copied_to(store, folder, read, tmp_path):
    """With one line more where it was moved; the command `sql` needs none."""
    publish(store, Objects(folder.as_uri()))
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))

    assert ANSWER == read(folder)
    shutil.rmtree(folder)
    assert ANSWER == read(copy, catalog.as_root(copy))
    assert [("develop",)] == ask(copy, "SELECT tag FROM data.tags, runs").rows


class _Ranges(http.server.SimpleHTTPRequestHandler):
    """Files with ranges, as object stores serve them."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):  # noqa: N802  (the name is that of http.server)
        raw = self._content()
        if raw is None:
            return
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        first, last = (int(asked[1]), min(int(asked[2] or len(raw)), len(raw) - 1)) if asked else (0, len(raw) - 1)
        self.send_response(206 if asked else 200)
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(raw)}")
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        self.wfile.write(raw[first : last + 1])

    def do_HEAD(self):  # noqa: N802
        raw = self._content()
        if raw is not None:
            self.send_response(200)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()

    def _content(self):
        path = Path(self.translate_path(self.path))
        if path.is_file():
            return path.read_bytes()
        self.send_error(404)
        return None

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def website(folder):
    """The folder on the web: its address."""
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Ranges, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_release_on_the_web_is_attached_and_read(store, folder, website, read):
    """Catalog, data and log of runs come over HTTP, with nothing to set up."""
    publish(store, Objects(folder.as_uri()), public_url=website)
    answer = read(website)
    if answer == "no httpfs":
        pytest.skip("this DuckDB has no extension httpfs at hand")

    assert ANSWER == answer


def call(*words, before=""):
    """Run the command in a process of its own, after some Python."""
    code = f"import sys; {before}\nfrom etl.cli import main\nmain()"
    return subprocess.run([sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, check=False)


def test_the_command_says_what_it_sent_and_what_to_attach(store, folder):
    """In words, or as one object."""
    words = ["publish", "--to", folder.as_uri(), "--warehouse", store.root]
    first, second = call(*words), json.loads(call(*words, "--json").stdout)

    assert (0, "") == (first.returncode, first.stderr)
    assert f"published: release 1 at {folder.as_uri()}\nsent: 2 of 2 data files" in first.stdout
    assert f"attach: {folder}/spack_cache.duckdb" in first.stdout
    assert {"status": "unchanged", "release": 1, "uploaded_files": 0, "uploaded_bytes": 0, "removed_files": 0}.items() <= second.items()


def test_without_the_extra_the_command_says_how_to_get_it(store):
    """Exit 2, and no traceback."""
    done = call("publish", "--to", "s3://bucket/x", "--warehouse", store.root, before="sys.modules['obstore'] = None")

    assert (2, "") == (done.returncode, done.stdout)
    assert "pip install 'spack-cache-etl[remote]'" in done.stderr and "Traceback" not in done.stderr
