"""What a run is told: options over the config file over defaults, in one frozen record."""

import datetime as dt
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec

from etl.errors import UsageError
from etl.extract import Limits
from etl.extract.sources import UNNAMED, named, resolved

OUTCOMES = ("published", "refused", "failed")  # of a run; what hooks are called for

__all__ = ["OUTCOMES", "Config", "Exports", "Notices", "RejectBudget", "RunOptions", "percent", "read_config"]


@dataclass(frozen=True, slots=True)
class RejectBudget:
    """How many documents with rejects a run may have: a number, or a share of those it saw."""

    count: int | None = None
    share: float | None = None

    @classmethod
    def parse(cls, text: str) -> "RejectBudget":
        """`20` or `1%`. Raises UsageError."""
        if text.strip().endswith("%"):
            return cls(share=percent(text) / 100)
        if text.strip().isdecimal():
            return cls(count=int(text))
        raise UsageError(f"{text!r} is no budget of rejects: give a number of documents, e.g. 20, or a share, e.g. 1%")

    def allows(self, rejected: int, seen: int) -> bool:
        """Whether so many of so many documents may be rejected."""
        return rejected <= self.count if self.count is not None else rejected <= (self.share or 0) * seen

    def __str__(self) -> str:
        """As it was given."""
        return str(self.count) if self.count is not None else f"{100 * (self.share or 0):g}%"


@dataclass(frozen=True, slots=True)
class RunOptions:
    """One run, fully told. `sources` are pairs of name and location; none: the embedded sample."""

    warehouse: Path
    sources: tuple[tuple[str, str], ...]
    observed_at: dt.datetime | None = None
    workers: int = 1
    max_rejects: RejectBudget = RejectBudget(share=0.01)
    max_shrink: float = 50.0
    accept_shrink: bool = False
    full: bool = False
    dry_run: bool = False
    limits: Limits = Limits()
    caches: Path | None = None  # a folder for what may be lost and serves every warehouse

    @classmethod
    def of(
        cls,
        config: "Config | None",
        *,
        sources: Sequence[str],
        warehouse: Path | None,
        workers: int | None,
        cores: int,
        max_rejects: str | None,
        max_shrink: str | None,
        **rest: Any,
    ) -> "RunOptions":
        """Options as they were given (None: not given), over the config file, over the defaults. Raises UsageError."""
        told = config or Config()
        return cls(
            warehouse=warehouse or Path(told.warehouse or "warehouse"),
            sources=_named(sources) if sources else tuple(told.sources.items()),
            workers=workers or told.workers or cores,
            max_rejects=RejectBudget.parse(max_rejects or str(told.max_rejects if told.max_rejects is not None else "1%")),
            max_shrink=percent(max_shrink or str(told.max_shrink if told.max_shrink is not None else "50%")),
            limits=_limits(told.limits),
            **rest,
        )


@dataclass(frozen=True, slots=True)
class Notices:
    """Who is told how a run ended: commands by outcome, each split into words; addresses; a file of metrics; a collector of lineage."""

    hooks: Mapping[str, Sequence[tuple[str, ...]]] = field(default_factory=dict)
    webhooks: tuple[str, ...] = ()
    metrics_file: Path | None = None
    openlineage: str | None = None

    @classmethod
    def of(
        cls, config: "Config | None", *, hooks: Mapping[str, Sequence[str]], webhooks: Sequence[str], metrics_file: Path | None
    ) -> "Notices":
        """Options as they were given; where none were, the config file's. Raises UsageError."""
        told = config or Config()
        commands = {outcome: hooks.get(outcome) or getattr(told.hooks, outcome) for outcome in OUTCOMES}
        return cls(
            hooks={outcome: [_words(command) for command in some] for outcome, some in commands.items()},
            webhooks=tuple(_address(one) for one in webhooks or told.webhooks),
            metrics_file=metrics_file or (Path(told.metrics_file) if told.metrics_file else None),
            openlineage=_address(told.openlineage, "openlineage") if told.openlineage else None,
        )


class HookCommands(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The commands of the config file, by a run's outcome."""

    published: list[str] = []
    refused: list[str] = []
    failed: list[str] = []


class Exports(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a run keeps in step with the release, beside the warehouse: a folder of Delta tables, also of these views, for so long."""

    delta: str | None = None
    views: list[str] = []
    keep_days: Annotated[float, msgspec.Meta(ge=0, le=36_500)] | None = None

    @classmethod
    def of(cls, config: "Config | None", delta: Path | None) -> "Exports":
        """The config file's, with the folder that an option names."""
        told = config.exports if config else cls()
        return msgspec.structs.replace(told, delta=str(delta)) if delta else told


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The config file; what it leaves out, options or defaults say."""

    sources: dict[str, str] = {}
    warehouse: str | None = None
    max_rejects: str | int | None = None
    max_shrink: str | float | None = None
    workers: int | None = None
    limits: dict[str, int] = {}
    hooks: HookCommands = HookCommands()
    webhooks: list[str] = []
    metrics_file: str | None = None
    openlineage: str | None = None
    exports: Exports = Exports()


def read_config(path: Path) -> Config:
    """The config in a YAML file; relative paths in it are relative to its folder. Raises UsageError."""
    import yaml  # noqa: PLC0415  (a run without a config would wait for it)

    try:
        loaded = yaml.safe_load(path.read_bytes())
        config = msgspec.convert(loaded or {}, Config)
    except OSError as error:
        raise UsageError(f"config {path}: {error.strerror}") from error
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise UsageError(f"config {path}: {error}") from error
    base = path.resolve().parent

    def beside(told: str | None) -> str | None:
        return str(base / Path(told).expanduser()) if told else None

    return msgspec.structs.replace(
        config,
        warehouse=beside(config.warehouse),
        sources={name: resolved(location, base) for name, location in config.sources.items()},
        metrics_file=beside(config.metrics_file),
        exports=msgspec.structs.replace(config.exports, delta=beside(config.exports.delta)),
    )


def percent(text: str | float) -> float:
    """`50%` or `50` as 50.0. Raises UsageError."""
    try:
        value = float(str(text).strip().removesuffix("%"))
    except ValueError:
        raise UsageError(f"{text!r} is no percentage, e.g. 50%") from None
    if not 0 <= value <= 100:
        raise UsageError(f"{text!r} is no percentage between 0 and 100")
    return value


def _named(sources: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Pairs of name and location; a single source may go without a name."""
    pairs = [named(source) for source in sources]
    if len(pairs) > 1:
        for name, location in pairs:
            if name is None:
                raise UsageError(f"several sources: name each, e.g. own={location}")
    return tuple((name or UNNAMED, location) for name, location in pairs)


def _limits(told: dict[str, int]) -> Limits:
    known = [one.name for one in fields(Limits)]
    for name, most in told.items():
        if name not in known:
            raise UsageError(f"limits: {name!r} is none; there are {', '.join(known)}")
        if most < 1:
            raise UsageError(f"limits: {name}: {most} is no limit; give 1 or more")
    return Limits(**told)


def _words(command: str) -> tuple[str, ...]:
    """A command as the words of a call, without a shell."""
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise UsageError(f"hook {command!r} is no command: {error}") from error
    if not words:
        raise UsageError("a hook is an empty command; name a program")
    return words


def _address(text: str, what: str = "a webhook") -> str:
    """An address that can be posted to. It is not shown: it may hold a secret."""
    try:
        is_address = urlsplit(text).scheme in ("http", "https") and bool(urlsplit(text).hostname)
    except ValueError:
        is_address = False
    if not is_address:
        raise UsageError(f"{what} is no address: give one that begins with https:// or http://")
    return text
