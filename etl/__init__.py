"""spack-cache-etl: the documents of a Spack binary cache, as tables with a history, in SQL."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("spack-cache-etl")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+unknown"
