"""What a site may set, as the program prints it, and the errors it may meet."""

from inspect import getdoc

from lumbar import errors
from lumbar.measures.policy import DEFAULT_POLICY_TOML
from lumbar.readers.mapping import default_mapping_text
from pages.markdown import fenced, page


def pages() -> dict[str, str]:
    """The default policy, the default mapping, and the tree of errors."""
    return {
        "policy.md": page(
            "# Policy",
            "",
            "The choices the specification leaves open, with their defaults: `lumbar evaluate --print-policy`. A file "
            "given with `--policy` may leave out what it does not change. Every result names its policy.",
            "",
            *fenced(DEFAULT_POLICY_TOML, "toml"),
        ),
        "mapping.md": page(
            "# Site mapping",
            "",
            "What a site's records call things, with the defaults: `lumbar evaluate --print-mapping`. What a file "
            "given with `--mapping` says is looked at first, the defaults after it. Unknown keys are refused.",
            "",
            *fenced(default_mapping_text(), "toml"),
        ),
        "errors.md": page("# Errors", "", *fenced(str(getdoc(errors)))),
    }
