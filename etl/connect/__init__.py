"""How other tools connect to a warehouse: settings to copy, and what stands in a tool's way.

May import load, permitted, query and what these import.
"""

from etl.connect.examination import examine
from etl.connect.finding import Finding, Level
from etl.connect.settings import ALIASES, introduction, settings, tools

__all__ = ["ALIASES", "Finding", "Level", "examine", "introduction", "settings", "tools"]
