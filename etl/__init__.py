"""spack-cache-etl: the documents of a Spack binary cache, as tables with a history, in SQL."""

__version__ = "0.1.0"
