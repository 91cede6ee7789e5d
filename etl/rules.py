"""Every rule by which input is refused, said once: the names that `rejects.rule` holds, and what they mean."""

from collections.abc import Mapping

__all__ = ["OPTIONS", "PAGES", "RULES", "SPECS"]

# A page that cannot be read as a whole.
PAGES: Mapping[str, str] = {
    "not_a_file": "a folder, a pipe, a dead link or one that leads out of the source stands where a page should be",
    "unreadable": "the page cannot be opened or read",
    "too_large": "the page has more bytes, or more specs, than are read",
    "empty": "the page is empty, or holds nothing but white space or zeros",
    "not_text": "the page is not UTF-8",
    "no_front_matter": "the page does not begin with a line `---`",
    "not_closed": "the closing line `---` is missing: the page was cut off",
    "text_after_end": "something stands behind the closing line `---`",
    "no_key": "a line of the front matter is no `key: value`",
    "repeated_key": "a key stands twice, in the front matter or in one spec",
    "missing_key": "a key that must be there is not, on the page or in one spec",
    "no_cache_page": "the page is of another kind: its `layout` is not `cache`",
    "no_tag": "`categories` does not read `[package, <tag>]`",
    "broken_json": "a value is neither JSON nor YAML",
    "too_deep": "lists and mappings stand deeper within each other than is read",
    "wrong_type": "a value is of another type than it should be, on the page or in one spec",
    "control_character": "a name is empty or holds a control character, or a text of one spec does",
    "contradicts_path": "title or tag are not those of the page's path",
    "claimed_twice": "another page, before it in path order, speaks for the same package and tag",
}

# A spec of a page whose others load; also `missing_key`, `wrong_type`, `repeated_key` and `control_character`.
SPECS: Mapping[str, str] = {
    "bad_hash": "a hash has 32 characters of a-z and 2-7",
    "version_count": "`versions` should hold just one",
    "empty_value": "a text that must say something is empty",
    "bad_size": "`size` should be a number of bytes or -",
    "repeated_hash": "the page has this hash already",
    "broken_spec_text": "the text of a spec fits no grammar",
    "border": "a row made of it breaks its table's declaration; `detail` names table and rule",
}

# An option, or another part, of a spec that stays without it.
OPTIONS: Mapping[str, str] = {
    "bad_spec_file": "the spec's own file cannot be read or is of another spec: what only it says is missing",
    "unknown_variant": "fits no form of an option",
    "repeated_variant": "an option of that name stands before it",
}

RULES: Mapping[str, str] = {**PAGES, **SPECS, **OPTIONS}
