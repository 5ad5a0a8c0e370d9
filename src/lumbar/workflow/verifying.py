"""A bundle of evidence checked: every byte, the signature, what its parts say of one another, and run again."""

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lumbar.errors import CapacityError, InputError, ResultFolderError
from lumbar.evidence.choices import check_choices
from lumbar.evidence.contents import (
    EXPORTS,
    EXPORTS_LIST,
    RESULT,
    RUN,
    TABLES,
    contradictions,
    has_rules_of,
    table_of,
)
from lumbar.evidence.inspection import SIGNER, Finding, Inspected, inspect, shown
from lumbar.evidence.manifest import MANIFEST
from lumbar.evidence.signing import fingerprint, same_key
from lumbar.exports.leaving import Lines
from lumbar.store import open_result
from lumbar.tables.run_facts import parse_run
from lumbar.version import __version__
from lumbar.workflow.exporting import check_tables
from lumbar.workflow.progress import OnProgress, silent
from lumbar.workflow.recounting import Released, is_countable, recount_difference
from lumbar.workflow.rerunning import run_again
from lumbar.workflow.result import Result

_MOST_BYTES_OF_FACTS = 64 << 20
# What reading facts meets that have not their form: a bundle may be signed and yet made by anybody.
_NOT_THE_FORM = (LookupError, TypeError, ValueError, AttributeError, RecursionError)

UNKNOWN = "unknown"
_STRANGER = "Anybody could have signed it: ask whom you think it is from for the fingerprint, or give --public-key"


@dataclass(slots=True)
class Verification:
    """What verifying a bundle came to: the findings, if any, and by subject what else is to be known.

    Findings are of the bundle itself, or of the records it was run again from. `signer` is the key `given`, the
    user's `own`, `other` than the one given, or `unknown`.
    """

    of_bundle: list[Finding] = field(default_factory=list)
    of_records: list[Finding] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    signer: str = UNKNOWN

    @property
    def findings(self) -> list[Finding]:
        """All of them, those of the bundle first."""
        return [*self.of_bundle, *self.of_records]

    def as_json(self) -> dict[str, Any]:
        """As JSON values; `untouched` is since it was signed, whatever records it is compared with say."""
        findings = [{"part": finding.part, "problem": finding.problem} for finding in self.findings]
        return {"untouched": not self.of_bundle, "signer": self.signer, "findings": findings, **self.told}

    def lines(self, name: str) -> Lines:
        """As lines for a terminal: what was found first, each finding on a line."""
        n = len(self.findings)
        head = f"{n} finding{'s' * (n > 1)}" if n else "nothing was changed since it was signed"
        found = [f"  {finding.part}: {finding.problem}" for finding in self.findings]
        told = [f"{subject.replace('_', ' ').capitalize()}: {text}" for subject, text in self.told.items()]
        lines = [(line, False) for line in (f"{name}: {head}", *found, *told)]
        return [*lines, (_STRANGER, True)] if self.signer == UNKNOWN and not self.of_bundle else lines


def verify(
    path: Path,
    *,
    public_key: Ed25519PublicKey | None = None,
    own_key: Ed25519PublicKey | None = None,
    inputs: Path | None = None,
    on_progress: OnProgress = silent,
) -> Verification:
    """Checks a bundle: its bytes, chain and signature, its rules against run.json, its exports by a recount.

    `public_key` is whose it must be signed by; `own_key` is recognised. With `inputs`, the records, the result is
    made again and compared. Raises InputError for what is no bundle, or records that cannot be read, CapacityError
    where there is no room to unpack it.
    """
    with _opened(path) as stream:
        try:
            inspected = inspect(stream, lambda name: on_progress("hashing", name))
        except InputError as error:
            raise InputError(f"{path} {error}") from None
        found = Verification(inspected.findings)
        _tell_signer(found, inspected, public_key, own_key)
        if inspected.manifest is None or RUN not in inspected.right or any(f.part == MANIFEST for f in found.findings):
            found.told["not_checked"] = f"rules and exports, which only {MANIFEST} and run.json as they were can tell"
            return found
        found.told["files"] = f"{len(inspected.paths)}, by lumbar {shown(inspected.manifest.made_with)}"
        run = _run(found, inspected)
        if run is None:
            return found
        found.of_bundle += contradictions(run, set(inspected.paths), inspected.sha256)
        _tell_run(found, run)
        _recount(found, inspected, run, _released(found, inspected), on_progress)
        if inputs is not None:
            _run_again(found, inspected, run, inputs, on_progress)
    return found


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder; name the file that lumbar bundle wrote") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    with stream:
        yield stream


def _tell_signer(
    found: Verification, inspected: Inspected, wanted: Ed25519PublicKey | None, own: Ed25519PublicKey | None
) -> None:
    """Whose key it is. That it is the one that signed stands in the findings when it is not so."""
    if inspected.signer is None:
        found.told["signed_by"] = "cannot be told"
        return
    name = fingerprint(inspected.signer)
    if wanted is not None and not same_key(inspected.signer, wanted):
        problem = f"is another key, {name}, than the one given, {fingerprint(wanted)}"
        found.of_bundle.append(Finding(SIGNER, problem))
        found.signer, found.told["signed_by"] = "other", f"{name}, not the key given"
    elif wanted is not None:
        found.signer, found.told["signed_by"] = "given", f"{name}, the key given"
    elif own is not None and same_key(inspected.signer, own):
        found.signer, found.told["signed_by"] = "own", f"{name}, your own key"
    else:
        found.told["signed_by"] = f"{name}, a key not known here"


def _run(found: Verification, inspected: Inspected) -> dict[str, Any] | None:
    """The facts of the run; a finding and none when they are not as they can be."""
    try:
        run = parse_run(inspected.content(RUN, _MOST_BYTES_OF_FACTS))
        if has_rules_of(run):
            check_choices(run)
    except ValueError as error:
        found.of_bundle.append(Finding(RUN, shown(str(error))))
        return None
    return run


def _tell_run(found: Verification, run: Mapping[str, Any]) -> None:
    found.told["result"] = (
        f"{run['n_episodes']:,} operations, performance year {run['year']}, "
        f"as of {run['as_of']}, by lumbar {shown(run['version'])}"
    )
    has = "the same" if has_rules_of(run) else "other"
    found.told["this_lumbar"] = f"{__version__}, with {has} rules and code lists"


def _released(found: Verification, inspected: Inspected) -> list[Released]:
    """The exports that the bundle's list and its files agree on and that are as they were."""
    if EXPORTS_LIST not in inspected.right:
        return []
    try:
        facts = json.loads(inspected.content(EXPORTS_LIST, _MOST_BYTES_OF_FACTS))
        listed = [Released.parsed(each) for each in facts]
    except _NOT_THE_FORM as error:
        found.of_bundle.append(Finding(EXPORTS_LIST, f"is no list of released files ({type(error).__name__})"))
        return []
    named = {f"{EXPORTS}{name}" for each in listed for name in each.files}
    for path in sorted(named ^ {path for path in inspected.paths if path.startswith(EXPORTS)}):
        problem = f"is not in the bundle, but in {EXPORTS_LIST}" if path in named else f"is not in {EXPORTS_LIST}"
        found.of_bundle.append(Finding(shown(path), problem))
    return [each for each in listed if all(f"{EXPORTS}{name}" in inspected.right for name in each.files)]


def _recount(
    found: Verification, inspected: Inspected, run: Mapping[str, Any], released: list[Released], on_progress: OnProgress
) -> None:
    """Whether the tables are of one result and each released file says what it says, where this version can tell."""
    told: list[str] = []
    tables = [path for path in inspected.paths if table_of(path)]
    is_whole = set(TABLES) <= {table_of(path) for path in tables} and all(path in inspected.right for path in tables)
    can_be_read = has_rules_of(run) and is_whole
    with _unpacked(inspected, [RUN, *tables] if can_be_read else []) as folder:
        if can_be_read:
            on_progress("checking", "tables")
            try:
                check_tables(Result(open_result(folder / RESULT)))
            except ResultFolderError as error:
                problem = str(error).replace(f"{folder}/", "").removesuffix("; evaluate again")
                found.of_bundle.append(Finding(RESULT, problem))
                can_be_read = False
        for each in released:
            path = f"{EXPORTS}{each.file}"
            if not is_countable(each) and run["version"] == __version__:
                found.of_bundle.append(Finding(shown(path), f"is of a kind that lumbar {__version__} does not write"))
            elif not can_be_read or not is_countable(each):
                told.append(f"{shown(each.file)} not recounted")
            elif difference := _recounted(inspected, each, folder, on_progress):
                found.of_bundle.append(Finding(path, f"says not what the result says: {difference}"))
            else:
                told.append(f"{each.file} ({each.kind}) recounted and equal")
    found.told["exports"] = ", ".join(told) or "none"


def _recounted(inspected: Inspected, released: Released, folder: Path, on_progress: OnProgress) -> str:
    """What of a released file is not what the unpacked result says; nothing when all is."""
    on_progress("recounting", released.file)
    for name in released.files:
        _unpack(inspected, f"{EXPORTS}{name}", folder)
    try:
        return recount_difference(released, folder / EXPORTS / released.file, Result(open_result(folder / RESULT)))
    except _NOT_THE_FORM as error:
        return f"it cannot be recounted ({type(error).__name__})"


def _run_again(
    found: Verification, inspected: Inspected, run: Mapping[str, Any], inputs: Path, on_progress: OnProgress
) -> None:
    if found.findings:
        found.told["run_again"] = "not done, because of what was found"
        return
    with _unpacked(inspected, [path for path in inspected.paths if path.startswith(RESULT)]) as folder:
        findings, found.told["run_again"] = run_again(folder / RESULT, run, inputs, on_progress)
    found.of_records += findings


@contextmanager
def _unpacked(inspected: Inspected, paths: Iterable[str]) -> Iterator[Path]:
    """A folder that nobody else may read with these files in it, gone afterwards: they are patient data."""
    with tempfile.TemporaryDirectory(prefix="lumbar-") as name:
        for path in paths:
            _unpack(inspected, path, Path(name))
        yield Path(name)


def _unpack(inspected: Inspected, path: str, folder: Path) -> None:
    """One file, whose path the manifest's reader has found to lead nowhere else."""
    target = folder / path
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as stream:
            stream.writelines(inspected.chunks(path))
    except OSError as error:
        raise CapacityError(
            f"{path} cannot be unpacked to {folder.parent}: {error.strerror}; set TMPDIR to a folder with room"
        ) from None
