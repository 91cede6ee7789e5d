"""The documentation as a site of static pages: every view, macro and table, with examples and their answers.

`write_site(folder)` writes it. It works from a folder as from a server, and asks nothing of any other place.
"""

from etl.site.folder import write_site

__all__ = ["write_site"]
