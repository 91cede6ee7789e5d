"""What a stack's label tells: family, platform, accelerator, and the label that took its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.transform.stacks import Stack, stack

# stack, family, platform, accelerator
IN_DOCUMENTS = [
    ("aws-ahug", "aws-ahug", "linux", None),
    ("aws-ahug-aarch64", "aws-ahug", "linux", None),
    ("aws-isc", "aws-isc", "linux", None),
    ("aws-isc-aarch64", "aws-isc", "linux", None),
    ("aws-pcluster-icelake", "aws-pcluster", "linux", None),
    ("aws-pcluster-neoverse_n1", "aws-pcluster", "linux", None),
    ("aws-pcluster-neoverse_v1", "aws-pcluster", "linux", None),
    ("aws-pcluster-skylake", "aws-pcluster", "linux", None),
    ("aws-pcluster-x86_64_v4", "aws-pcluster", "linux", None),
    ("bootstrap-aarch64-darwin", "bootstrap", "darwin", None),
    ("bootstrap-x86_64-linux-gnu", "bootstrap", "linux", None),
    ("build_systems", "build_systems", "linux", None),
    ("data-vis-sdk", "data-vis-sdk", "linux", None),
    ("developer-tools", "developer-tools", "linux", None),
    ("developer-tools-aarch64-linux-gnu", "developer-tools", "linux", None),
    ("developer-tools-darwin", "developer-tools", "darwin", None),
    ("developer-tools-manylinux2014", "developer-tools", "linux", None),
    ("developer-tools-x86_64_v3-linux-gnu", "developer-tools", "linux", None),
    ("e4s", "e4s", "linux", None),
    ("e4s-aarch64", "e4s", "linux", None),
    ("e4s-arm", "e4s", "linux", None),
    ("e4s-cray-rhel", "e4s", "linux", None),
    ("e4s-cray-sles", "e4s", "linux", None),
    ("e4s-neoverse-v2", "e4s", "linux", None),
    ("e4s-neoverse_v1", "e4s", "linux", None),
    ("e4s-oneapi", "e4s", "linux", "oneapi"),
    ("e4s-power", "e4s", "linux", None),
    ("e4s-rocm-external", "e4s", "linux", "rocm"),
    ("gpu-tests", "gpu-tests", "linux", None),
    ("hep", "hep", "linux", None),
    ("ml-darwin-aarch64-mps", "ml", "darwin", "mps"),
    ("ml-linux-aarch64-cpu", "ml", "linux", "cpu"),
    ("ml-linux-aarch64-cuda", "ml", "linux", "cuda"),
    ("ml-linux-x86_64-cpu", "ml", "linux", "cpu"),
    ("ml-linux-x86_64-cuda", "ml", "linux", "cuda"),
    ("ml-linux-x86_64-rocm", "ml", "linux", "rocm"),
    ("radiuss", "radiuss", "linux", None),
    ("radiuss-aws", "radiuss", "linux", None),
    ("radiuss-aws-aarch64", "radiuss", "linux", None),
    ("root", None, None, None),  # the tag's whole index, no stack
    ("tools-sdk", "tools-sdk", "linux", None),
    ("tutorial", "tutorial", "linux", None),
    ("windows-vis", "windows-vis", "windows", None),
]
LATER_OR_LEFT_OUT = [
    ("ml-linux-aarch64", "ml", "linux", None),  # 2026
    ("ml-linux-x86_64", "ml", "linux", None),  # 2026
    ("radiuss-aarch64", "radiuss", "linux", None),  # 2026
    ("radiuss-cuda", "radiuss", "linux", "cuda"),  # 2026
    ("e4s-mac", "e4s", "darwin", None),  # its own publisher leaves it out
]
# what an unknown label names is taken, the rest is not said
UNKNOWN = [
    ("quantum", None, None, None),
    ("quantum-linux-x86_64-cuda", None, "linux", "cuda"),
    ("quantum-windows", None, "windows", None),
    ("quantum_darwin_mps", None, "darwin", "mps"),
    ("quantum-cuda-rocm", None, None, None),  # two accelerators: neither
    ("quantum-linux-darwin", None, None, None),  # two platforms: neither
    ("deprecated", None, None, None),
]
# near a known label, and not it
NEARLY = ["e4sx", "mlops", "E4S", " e4s", "e4s\n", "hepcuda", "aws", "developer_tools", "build-systems", "my-e4s"]
ODD = ["", "-", "_", "--", "\n", "'", '"; drop table', "\u0000", "стек", "🧪", "cudas", "linuxes"]
# each label and the next ones in its line's history
HISTORIES = [
    ["e4s-arm", "e4s-neoverse_v1", "e4s-neoverse-v2"],
    ["e4s-aarch64", "e4s-neoverse-v2"],
    ["e4s-cray", "e4s-cray-rhel"],
    ["developer-tools", "developer-tools-manylinux2014", "developer-tools-x86_64_v3-linux-gnu"],
    ["ml-linux-x86_64-cpu", "ml-linux-x86_64"],
    ["ml-linux-x86_64-cuda", "ml-linux-x86_64"],
    ["ml-linux-x86_64-rocm", "ml-linux-x86_64"],
    ["ml-linux-aarch64-cpu", "ml-linux-aarch64"],
    ["ml-linux-aarch64-cuda", "ml-linux-aarch64"],
    ["radiuss-aws", "radiuss-cuda", "radiuss"],
    ["radiuss-aws-aarch64", "radiuss-aarch64"],
]
# gone without a successor, or still built
LAST = [
    "e4s",
    "e4s-power",
    "e4s-oneapi",
    "aws-ahug",
    "aws-isc",
    "aws-pcluster-icelake",
    "hep",
    "gpu-tests",
    "root",
    "new",
]


@pytest.mark.parametrize(("label", "family", "platform", "accelerator"), IN_DOCUMENTS)
def test_labels_of_the_documents(label: str, family: str | None, platform: str | None, accelerator: str | None) -> None:
    """Every label seen in a document but `root` has a family and a platform; few name an accelerator."""
    row = stack(label)

    assert (label, family, platform, accelerator) == (row.stack, row.family, row.platform, row.accelerator)


@pytest.mark.parametrize(("label", "family", "platform", "accelerator"), LATER_OR_LEFT_OUT)
def test_a_new_label_of_a_known_family_needs_no_new_rule(label: str, family: str, platform: str, accelerator: str | None) -> None:
    """A family is the start of a label, so later labels fall into place."""
    row = stack(label)

    assert (label, family, platform, accelerator) == (row.stack, row.family, row.platform, row.accelerator)


@pytest.mark.parametrize(("label", "family", "platform", "accelerator"), UNKNOWN)
def test_an_unknown_label_says_only_what_it_names(label: str, family: None, platform: str | None, accelerator: str | None) -> None:
    """An unknown label is a row like any other, and nothing is guessed: Linux least of all."""
    assert Stack(label, family, platform, accelerator, successor=None) == stack(label)


@pytest.mark.parametrize("label", NEARLY)
def test_a_label_that_is_nearly_known_is_unknown(label: str) -> None:
    """Labels are compared as published: no change of case, of `-` into `_`, or of blanks."""
    assert Stack(label, None, None, None, None) == stack(label)


@pytest.mark.parametrize("label", ODD)
def test_odd_text_is_an_unknown_label(label: str) -> None:
    """Whatever a page says is kept, and only whole words of it count."""
    assert Stack(label, None, None, None, None) == stack(label)


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history[0])
def test_a_label_leads_to_the_one_that_took_its_place(history: list[str]) -> None:
    """Successors follow one another to the label of today, within one family."""
    rows = [stack(label) for label in history]
    families = {row.family for row in rows}

    assert [*history[1:], None] == [row.successor for row in rows]
    assert len(families) == 1


@pytest.mark.parametrize("label", LAST)
def test_a_label_without_a_known_successor_has_none(label: str) -> None:
    """A stack that went, as aws-ahug did, is not said to live on in another."""
    assert stack(label).successor is None


@given(st.text() | st.lists(st.sampled_from(["e4s", "ml", "linux", "darwin", "cuda", "cpu", "-", "_", "\n"])).map("".join))
def test_any_text_is_a_stack(label: str) -> None:
    """No text fails, the label is kept as it came, and each value is one of the known few."""
    row = stack(label)

    assert label == row.stack
    assert row.family is None or label.startswith(row.family)
    assert row.platform in {None, "linux", "darwin", "windows"}
    assert row.accelerator in {None, "cuda", "rocm", "mps", "oneapi", "cpu"}
