"""The documentation as a site: whole, linked, the same each time, and at work in a browser without a network."""

import html
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from etl.cli import app
from etl.errors import StoreError, UsageError
from etl.load.definitions import Definition, HeaderColumn, checks, definitions, macros
from etl.rules import RULES
from etl.schema import TABLES
from etl.site import write_site
from etl.site.graph import drawing
from etl.site.highlight import highlighted
from etl.site.lineage import Origin, origins
from etl.site.pages import GENERATOR

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
VIEWS = (*definitions(), *macros())


class Page(HTMLParser):
    """What a page holds: its ids, where it links to, what it loads, its text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self.ids, self.links, self.loads, self.text = path, [], [], [], ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.ids += [told["id"]] if "id" in told else []
        if tag in ("a", "form"):
            self.links.append(told.get("href") or told["action"])
        elif tag != "rect":
            self.loads += [told[name] for name in ("src", "href", "srcset", "data", "poster", "xlink:href") if name in told]

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The site, written once."""
    folder = tmp_path_factory.mktemp("site") / "site"
    write_site(folder)
    return folder


@pytest.fixture(scope="module")
def pages(site) -> dict[str, Page]:
    """Every page by its path."""
    return {path.relative_to(site).as_posix(): Page(path) for path in site.rglob("*.html")}


@pytest.mark.parametrize("one", VIEWS, ids=lambda one: one.name)
def test_a_view_has_its_page_with_each_column_and_the_example(one, pages):
    """A stranger finds there what the header says."""
    page = pages[f"views/{one.name}.html"]

    assert {column.name for column in (*one.columns, *one.arguments)} <= set(page.ids)
    assert one.example in page.text and one.question in page.text
    assert all(column.description.replace("`", "") in page.text for column in one.columns)


def test_every_view_is_named_on_the_index_and_every_table_rule_and_check_has_its_place(pages):
    """One may link to each."""
    stored = {f"{name}.{column}" for name, table in TABLES.items() for column in table.columns}

    assert {f"views/{one.name}.html" for one in VIEWS} <= set(pages["index.html"].links)
    assert {*TABLES, *stored} <= set(pages["tables.html"].ids)
    assert set(RULES) <= set(pages["rules.html"].ids)
    assert {one.name for one in checks()} <= set(pages["checks.html"].ids)


def test_every_link_leads_to_a_page_and_a_place_that_are_there(site, pages):
    """Also those of the search; no page has two places of one name."""
    index = json.loads((site / "static" / "search-index.js").read_text(encoding="utf-8").removeprefix("var SEARCH_INDEX = ").rstrip(";\n"))
    links = [(site / path, link) for path, page in pages.items() for link in page.links] + [(site / "index.html", row[2]) for row in index]
    broken = []
    for start, link in links:
        path, _, place = link.partition("#")
        end = Path(os.path.normpath(start.parent / path)) if path else start
        page = pages.get(end.relative_to(site).as_posix())
        if page is None or (place and place not in page.ids):
            broken.append((start.name, link))

    assert [] == broken
    assert [] == [path for path, page in pages.items() if len(page.ids) != len(set(page.ids))]


def test_no_page_loads_anything_from_elsewhere(site, pages):
    """What it loads are the site's own files; style sheet and scripts name no address."""
    loads = {os.path.normpath((site / path).parent / what) for path, page in pages.items() for what in page.loads if what != "data:,"}
    files = [path.read_text(encoding="utf-8") for path in (site / "static").iterdir() if path.name != "search-index.js"]

    assert {str(path) for path in (site / "static").iterdir()} == loads
    assert not any(re.search(r"https?:|url\(|@import|//[a-z]+\.", text) for text in files)


def test_the_same_program_writes_the_same_bytes(site, tmp_path):
    """In another process, over an older site: a page that is no longer made goes, a file of someone else stays."""
    again = tmp_path / "again"
    (again / "views").mkdir(parents=True)
    for old in ("index.html", "views/gone.html"):
        (again / old).write_text('<meta name="generator" content="spack-cache-etl">')
    (again / "views" / "mine.html").write_text("mine")
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-m", "etl", "docs", "--html", "--output", str(again)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    written = {path.relative_to(again).as_posix(): path.read_bytes() for path in again.rglob("*") if path.is_file()}
    count = len(list(site.rglob("*.html")))

    assert (0, f"written: {count} pages; open {again}/index.html\n", "") == (done.returncode, done.stdout, done.stderr)
    assert b"mine" == written.pop("views/mine.html")
    assert {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()} == written


def test_a_site_that_was_not_written_to_its_end_is_written_over(tmp_path, monkeypatch):
    """Its index stands first, by which it is known."""
    written = []
    write = Path.write_text

    def full_after_one(path, *words, **more):
        if written:
            raise OSError(28, "No space left on device")
        written.append(path.name)
        return write(path, *words, **more)

    mark = f'<meta name="generator" content="{GENERATOR}">'
    monkeypatch.setattr("etl.site.folder.answers", dict)
    monkeypatch.setattr("etl.site.folder.pages", lambda answers: {"static/a.css": "", "views/a.html": mark, "index.html": mark})
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", full_after_one)
        with pytest.raises(StoreError, match="No space left"):
            write_site(tmp_path / "site")

    assert ["index.html"] == written
    assert 2 == write_site(tmp_path / "site")


def test_documentation_that_cannot_be_written_is_a_wrong_call(tmp_path):
    """No traceback: another file is asked for."""
    done = CliRunner().invoke(app, ["docs", "--output", str(tmp_path / "none" / "x.md")])

    assert isinstance(done.exception, UsageError)
    assert f"--output {tmp_path}/none/x.md: No such file or directory" in str(done.exception)


def test_a_site_may_be_written_at_home(tmp_path, monkeypatch):
    """And not into a folder of the name ~."""
    asked = []
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("etl.site.write_site", lambda folder: asked.append(folder) or 1)
    CliRunner().invoke(app, ["docs", "--html", "--output", "~/site"])

    assert [tmp_path / "site"] == asked


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    """The error says so."""
    (tmp_path / "letter.txt").write_text("dear")
    done = subprocess.run(
        [sys.executable, "-m", "etl", "docs", "--html", "--output", str(tmp_path)], capture_output=True, text=True, check=False
    )

    assert (2, f"error: {tmp_path} holds other files than a site") == (done.returncode, done.stderr.partition(" of this")[0])
    assert ["letter.txt"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize("library", ["jinja2", "sqlglot"])
def test_without_its_extra_the_command_says_how_to_install_it(library, tmp_path):
    """Exit 2; nothing is written."""
    script = (
        f"import sys; sys.modules['{library}'] = None; sys.argv = ['spack-cache-etl', 'docs', '--html']; from etl.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (2, True) == (done.returncode, "pip install 'spack-cache-etl[site]'" in done.stderr)
    assert [] == list(tmp_path.iterdir())


def definition(statement: str, columns: str, arguments: str = "") -> Definition:
    """A view or macro of which only its SQL matters."""
    told = [tuple(HeaderColumn(name, "VARCHAR", "") for name in names.split()) for names in (arguments, columns)]
    return Definition("made", "marts", "", "", (), *told, "", "", "", statement)


def test_a_column_comes_from_what_its_value_is_made_of():
    """Handed on, joined to, made of several, counted, or set; through inner queries, and not from what only joins the rows."""
    view = definition(
        """create or replace view made as
        with newest as (select package, max(spec_hash) as spec_hash from data.tag_specs group by package)
        select
            cast(specs.version as varchar) as version,
            newest.spec_hash,
            specs.os || specs.target as place,
            targets.family,
            (select count(*) from stacks) as stack_count,
            'x' as word
        from newest
        join data.specs as specs on specs.spec_hash = newest.spec_hash
        left join data.targets as targets on targets.target = specs.target;""",
        "version spec_hash place family stack_count word",
    )
    expected = {
        "version": Origin((("data.specs", "version"),), (), (), True),
        "spec_hash": Origin((("data.tag_specs", "spec_hash"),), (), (), False),
        "place": Origin((("data.specs", "os"), ("data.specs", "target")), (), (), False),
        "family": Origin((("data.targets", "family"),), (), (), True),
        "stack_count": Origin((), ("stacks",), (), False),
        "word": Origin((), (), (), False),
    }

    assert expected == origins(view)


def test_a_column_of_a_union_comes_from_each_branch():
    """A branch without it, where it is NULL, changes nothing; rows that are counted are told of."""
    view = definition(
        """create or replace view made as
        select tag, stack, count(*) as n from data.memberships group by tag, stack
        union all
        select tag, cast(null as varchar) as stack, count(*) as n from tag_specs group by tag;""",
        "tag stack n",
    )
    expected = {
        "tag": Origin((("data.memberships", "tag"), ("tag_specs", "tag")), (), (), True),
        "stack": Origin((("data.memberships", "stack"),), (), (), True),
        "n": Origin((), ("data.memberships", "tag_specs"), (), False),
    }

    assert expected == origins(view)


def test_a_column_of_a_macro_may_come_from_an_argument():
    """It is named as one."""
    macro = definition(
        "create or replace macro made(a) as table select cast(a as varchar) as tag, package from packages;", "tag package", "a"
    )

    assert {"tag": Origin((), (), ("a",), False), "package": Origin((("packages", "package"),), (), (), True)} == origins(macro)


def test_what_a_view_reads_is_drawn_at_its_left_and_what_reads_it_at_its_right():
    """What is read by way of another stands further left, also if it is read directly too."""
    reads = {"here": ("between", "data.first"), "between": ("data.first",), "after": ("here",), "other": ("between",)}
    svg = drawing("here", reads, {name: f"{name}.html" for name in ("between", "data.first", "after")})
    lefts = {name: float(left) for left, name in re.findall(r'<text x="([\d.]+)"[^>]*>([^<]+)<', svg)}

    assert ["data.first", "between", "here", "after"] == sorted(lefts, key=lefts.__getitem__)
    assert 4 == svg.count("<path")
    assert "" == drawing("here", {"here": ()}, {})


@pytest.mark.parametrize("one", VIEWS, ids=lambda one: one.name)
def test_highlighting_leaves_sql_as_it_is(one):
    """Only marks are added."""
    assert one.statement == html.unescape(re.sub(r"<[^>]+>", "", highlighted(one.statement)))


def test_parts_of_sql_are_marked():
    """Keywords of two words too; what is named as a type is not one."""
    marked = highlighted("select max(date), 'a' from t -- why\norder by 1")

    assert [("keyword", "select"), ("function", "max"), ("string", "&#39;a&#39;"), ("keyword", "from")] == re.findall(
        r'class="(\w+)">([^<]+)<', marked
    )[:4]
    assert [("comment", "-- why"), ("keyword", "order by"), ("number", "1")] == re.findall(r'class="(\w+)">([^<]+)<', marked)[4:]


# Chromium reads commands from descriptor 3 and writes to 4.
_AT_3_AND_4 = """
import fcntl, os, sys
read, write = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]
os.dup2(read, 3)
os.dup2(write, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Browser:
    """Chromium without a window, told what to do over a pipe; it notes what is asked of the network and what is complained of."""

    def __init__(self, profile: Path) -> None:
        assert CHROMIUM is not None
        to_read, self.commands = os.pipe()
        self.events, to_write = os.pipe()
        words = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", f"--user-data-dir={profile}"]
        start = [sys.executable, "-c", _AT_3_AND_4, str(to_read), str(to_write), *words]
        self.process = subprocess.Popen(start, pass_fds=(to_read, to_write), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.number, self.rest, self.session = 0, b"", {}
        self.requests: list[str] = []
        self.complaints: list[str] = []

    def begin(self) -> None:
        """Open a tab and listen to it."""
        target = self.tell("Target.createTarget", url="about:blank")["targetId"]
        self.session = {"sessionId": self.tell("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]}
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.tell(f"{domain}.enable")

    def tell(self, method: str, **params: object) -> dict[str, object]:
        """Send a command and wait for its result."""
        self.number += 1
        os.write(self.commands, json.dumps({"id": self.number, "method": method, "params": params, **self.session}).encode() + b"\0")
        while (message := self._next()).get("id") != self.number:
            pass
        assert "result" in message, message
        return message["result"]

    def open(self, url: str) -> None:
        """Go to a page and wait until it has loaded."""
        self.tell("Page.navigate", url=url)
        self.wait()

    def wait(self) -> None:
        """Until a page has loaded."""
        while self._next().get("method") != "Page.loadEventFired":
            pass

    def ask(self, expression: str) -> object:
        """The value of an expression in JavaScript."""
        return self.tell("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            code = {"Enter": 13, "ArrowDown": 40, "ArrowUp": 38, "Escape": 27}.get(key, 0)
            text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
            self.tell("Input.dispatchKeyEvent", type="keyDown", key=key, text=text, windowsVirtualKeyCode=code)
            self.tell("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def _next(self) -> dict:
        while b"\0" not in self.rest:
            found = os.read(self.events, 1 << 20)
            assert found, "the browser has ended"
            self.rest += found
        message, _, self.rest = self.rest.partition(b"\0")
        told = json.loads(message)
        if told.get("method") == "Network.requestWillBeSent":
            self.requests.append(told["params"]["request"]["url"])
        elif told.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
            self.complaints.append(json.dumps(told["params"]))
        return told


@pytest.fixture
def browser(tmp_path) -> Iterator[Browser]:
    """A browser, gone after the test."""
    if CHROMIUM is None:
        pytest.skip("there is no chromium here: install it to see the site at work")
    one = Browser(tmp_path / "profile")
    try:
        one.begin()
        yield one
        one.tell("Browser.close")
    finally:
        os.close(one.commands)
        os.close(one.events)
        one.process.kill()
        one.process.wait()


NAMES = "Array.from(document.querySelectorAll('[role=option] .name'), one => one.textContent)"
CHOSEN = "document.querySelector('[aria-selected=true] .name')?.textContent"


def test_search_finds_views_columns_and_questions_from_a_folder(site, browser):
    """By name or by what is said of them, nearest first; asked for in the address or typed."""
    browser.open(f"{site.as_uri()}/index.html?q=memberships")
    by_name = browser.ask(NAMES)
    browser.open(f"{site.as_uri()}/index.html?q=left+a+stack")
    by_question = browser.ask(NAMES)
    browser.open(f"{site.as_uri()}/views/specs.html?q=nearest_snapshot_of_all")
    nothing = browser.ask(NAMES), browser.ask("document.getElementById('search-results').textContent")

    assert "memberships" == by_name[0] and "memberships.tag" in by_name
    assert "stack_changes" == by_question[0]
    assert ([], "Nothing is called so, or speaks of it.") == nothing


def test_search_is_done_with_the_keyboard_alone(site, browser):
    """A slash goes to the box, arrows choose, Enter opens, Escape closes."""
    browser.open(f"{site.as_uri()}/views/specs.html")
    browser.press("/", *"configuration_id")
    first = browser.ask(NAMES)[0]
    browser.press("ArrowDown", "ArrowDown", "ArrowUp")
    chosen = browser.ask(CHOSEN)
    browser.press("Escape")
    is_closed = browser.ask("document.getElementById('search-results').hidden")
    browser.press("ArrowDown", "ArrowDown", "Enter")
    browser.wait()

    assert (first, True) == (chosen, is_closed)
    assert browser.ask("location.href").endswith("#configuration_id")


def test_a_page_asks_nothing_of_the_network_and_nothing_is_complained_of(site, browser):
    """Of every page, on a phone and in the dark too; none is wider than a phone."""
    browser.tell("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
    browser.tell("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    wide = []
    for page in sorted(site.rglob("*.html")):
        browser.open(page.as_uri())
        if browser.ask("document.documentElement.scrollWidth") > 390:
            wide.append(page.name)
    asked, complaints = set(browser.requests), list(browser.complaints)
    browser.ask("console.error('heard')")  # so that silence above means something

    assert [] == wide
    assert {path.as_uri() for path in site.rglob("*") if path.is_file()} == {url for url in asked if not url.startswith("data:")}
    assert [] == complaints and "heard" in browser.complaints[-1]
    assert "rgb(22, 24, 28)" == browser.ask("getComputedStyle(document.body).backgroundColor")
