"""What a bundle holds beside the result: the rules it was made by, and what run.json tells as files of their own."""

import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping
from importlib.resources import files
from typing import Any

from lumbar.codelists import code_list_hashes, code_list_names
from lumbar.errors import UsageError
from lumbar.evidence.inspection import SIGNER, Finding, shown
from lumbar.measures import for_year
from lumbar.measures.lock import lock_hash, lock_text
from lumbar.measures.policy import policy_toml
from lumbar.readers.mapping import default_mapping_text
from lumbar.store import REPORT_FILE, RUN_FILE
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.results import RESULT_TABLES
from lumbar.version import __version__

RESULT = "result/"
RUN = f"{RESULT}{RUN_FILE}"
REPORT = f"{RESULT}{REPORT_FILE}"
TABLES = (
    *(f"{RESULT}{table.name}.parquet" for table in RESULT_TABLES),
    *(f"{RESULT}clinical/{table.name}.parquet" for table in CLINICAL_TABLES),
)
# A table may be a folder of these.
_PART = re.compile(r"part-\d{5,}\.parquet")
EXPORTS = "exports/"
EXPORTS_LIST = "exports.json"
README = "README.txt"
_CODE_LISTS = "rules/code-lists/"
_SQL = "rules/sql/"
_DEFAULT_MAPPING = "rules/default-mapping.toml"

_README = f"""\
An evidence bundle of lumbar: one result, with all that it was made by. It holds patient data.

result/      the result as it was computed: tables, run.json, report
exports/     files released from it; exports.json says which kind, measures, surgeon and date each is of
rules/       the rule set (lock), the code lists, the SQL, the policy, the site's mapping and the default mapping
inputs.b3    BLAKE3 of every input file, as b3sum --check takes it
packages.txt the packages it was made with
signer.pem   the public key of whoever signed

manifest.json names every file with its length and SHA-256. Each line is chained to the one before: chain is the
SHA-256 of "<chain before> <sha256> <bytes> <path>", and the first is chained to the SHA-256 of "<form> <made_with>".
The manifest is signed with Ed25519.

With lumbar:     lumbar verify BUNDLE.zip --public-key SIGNER.pub --inputs RECORDS
Without lumbar:  openssl pkeyutl -verify -pubin -inkey {SIGNER} -rawin -in manifest.json -sigfile manifest.json.sig
and compare each file's SHA-256 with the manifest. That {SIGNER} is the key of whom you think, only its owner can say.
"""


def rule_files(run: Mapping[str, Any]) -> dict[str, bytes]:
    """The rules a result was made by, which are this version's, by path.

    Raises UsageError when the result was made by another version, with another rule set or other code lists.
    """
    if run["version"] != __version__:
        raise UsageError(
            f"the result was made with lumbar {run['version']} and this is {__version__}: "
            "bundle it with that version, or evaluate again"
        )
    if not has_rules_of(run):
        raise UsageError("the result was made with other rules or code lists than this version's; evaluate again")
    lists = files("lumbar.codelists") / f"py{run['year']}"
    return {
        lock_path(run): lock_text(for_year(run["year"])).encode(),
        **{f"{_CODE_LISTS}{name}.csv": (lists / f"{name}.csv").read_bytes() for name in code_list_names(run["year"])},
        _DEFAULT_MAPPING: default_mapping_text().encode(),
        **sql_files(),
    }


def told_files(run: Mapping[str, Any]) -> dict[str, bytes]:
    """What run.json tells as files of their own, by path."""
    inputs = "".join(f"{file['blake3']}  {file['file']}\n" for file in run["inputs"])
    packages = "".join(f"{name}=={version}\n" for name, version in run["packages"].items())
    return {
        "rules/policy.toml": policy_toml(run["policy"]).encode(),
        "rules/mapping.toml": (run["mapping"] or "").encode(),
        "inputs.b3": inputs.encode(),
        "packages.txt": f"{packages}# Python {run['python']}\n".encode(),
    }


def readme() -> bytes:
    """What the bundle is and how it is checked, also without lumbar."""
    return _README.encode()


def exports_list(released: list[dict[str, Any]]) -> bytes:
    """exports.json: of each export its file, kind, measures, surgeon and date."""
    return f"{json.dumps(released, indent=1, ensure_ascii=False)}\n".encode()


def sql_files() -> dict[str, bytes]:
    """This version's SQL by path: what readers check with, and the steps of the engine."""
    found = {}
    for package in ("engine", "readers"):
        for file in (files(f"lumbar.{package}") / "sql").iterdir():
            if file.name.endswith(".sql"):
                found[f"{_SQL}{package}/{file.name}"] = file.read_bytes()
    return dict(sorted(found.items()))


def table_of(path: str) -> str | None:
    """Which of a bundle's tables a file is, or is a part of; none for any other file."""
    folder, _, name = path.rpartition("/")
    table = folder if _PART.fullmatch(name) else path
    return table if table in TABLES else None


def lock_path(run: Mapping[str, Any]) -> str:
    """Where the rule set's text stands."""
    return f"rules/lock-{run['year']}.txt"


def has_rules_of(run: Mapping[str, Any]) -> bool:
    """Whether this version has the rule set and the code lists of a run."""
    try:
        rules = for_year(run["year"])
    except UsageError:
        return False
    return (lock_hash(rules), code_list_hashes(rules.year)) == (run["rule_set_hash"], run["code_lists"])


def contradictions(
    run: Mapping[str, Any],
    paths: Collection[str],
    sha256_of: Callable[[str], str | None],
) -> list[Finding]:
    """What of a bundle's files run.json contradicts, which of those it needs are not there, and which are none of it.

    `run` is of the form of a run.json, `paths` are those of the manifest; `sha256_of` gives the hash of a file, none
    for one that was changed, which is a finding already.
    """
    lists = {f"{_CODE_LISTS}{name}.csv": sha256 for name, sha256 in run["code_lists"].items()}
    told = {path: hashlib.sha256(content).hexdigest() for path, content in told_files(run).items()}
    wanted = {lock_path(run): run["rule_set_hash"], **lists, **told}
    is_not = {lock_path(run): "is not the rule set", **dict.fromkeys(lists, "is not the code list")}
    needed = [*wanted, _DEFAULT_MAPPING, README, EXPORTS_LIST, *TABLES]
    findings: list[Finding] = []
    tables = {table_of(path) for path in paths}
    for path in needed:
        if path not in paths and path not in tables:
            findings.append(Finding(shown(path), "is not in the bundle"))
        elif path in wanted and sha256_of(path) not in (None, wanted[path]):
            findings.append(Finding(shown(path), f"{is_not.get(path, 'says not what it was')} that run.json names"))
    if run["version"] == __version__:
        findings += _not_of_this_version(paths, sha256_of)
    known = {*needed, RUN, REPORT, SIGNER}
    for path in paths:
        if path.startswith(_CODE_LISTS) and path not in lists:
            findings.append(Finding(path, "is no code list that run.json names"))
        elif path not in known and table_of(path) is None and not path.startswith((_CODE_LISTS, _SQL, EXPORTS)):
            findings.append(Finding(path, "is no file that a bundle holds"))
    return findings


def _not_of_this_version(paths: Collection[str], sha256_of: Callable[[str], str | None]) -> list[Finding]:
    """Files of a bundle by this version that are not this version's; run.json names no hash of theirs."""
    always = {_DEFAULT_MAPPING: default_mapping_text().encode(), README: readme()}
    ours = {**sql_files(), **always}
    findings = []
    for path in sorted(ours.keys() | {path for path in paths if path.startswith(_SQL)}):
        if path not in paths and path not in always:
            findings.append(Finding(path, "is not in the bundle"))
        elif path not in ours or sha256_of(path) not in (None, hashlib.sha256(ours[path]).hexdigest()):
            findings.append(Finding(path, f"is not that of lumbar {__version__}, which made the result"))
    return findings
