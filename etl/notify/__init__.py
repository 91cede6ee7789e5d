"""Who is told how a run ended, and how: commands, addresses, a file of metrics, a log that machines read.

Nothing here changes what a run did: what goes wrong is a warning. Imports nothing right of `run_report`.
"""
