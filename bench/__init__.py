"""Made-up caches of any size (`generate`), and the figures of docs/performance.md (`python -m bench`)."""
