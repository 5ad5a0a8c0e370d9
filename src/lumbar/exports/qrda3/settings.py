"""What a QRDA Category III file says of the site and its software; no record holds it."""

from dataclasses import astuple, dataclass, fields
from importlib.resources import as_file, files
from pathlib import Path

from lumbar.errors import MappingError
from lumbar.exports.settings import read_settings

_PLACEHOLDER = "PLACEHOLDER"


@dataclass(frozen=True, slots=True)
class Qrda3Settings:
    """The keys of the table [qrda3]; `cehrt_id` is the CMS EHR Certification ID, the signer answers for the figures."""

    cehrt_id: str
    vendor_name: str
    software_name: str
    software_version: str
    organization_name: str
    street: str
    city: str
    state: str
    postal_code: str
    telephone: str
    signer_given_name: str
    signer_family_name: str

    @property
    def placeholders(self) -> list[str]:
        """The keys that hold no real value."""
        return [field.name for field in fields(self) if getattr(self, field.name).startswith(_PLACEHOLDER)]


def placeholder_settings_text() -> str:
    """A settings file with every key, explained and filled with a placeholder."""
    return (files(__package__) / "settings.toml").read_text(encoding="utf-8")


def qrda3_settings(path: Path | None) -> Qrda3Settings:
    """The settings in a file, or placeholders without one.

    Raises MappingError for a file that cannot be read, a key that is unknown, left out or blank, and for a sign
    that XML does not know.
    """
    if path is None:
        with as_file(files(__package__) / "settings.toml") as placeholders:
            return read_settings(placeholders, "qrda3", Qrda3Settings)
    settings = read_settings(path, "qrda3", Qrda3Settings)
    for field, value in zip(fields(settings), astuple(settings), strict=True):
        if not value.strip() or not value.isprintable():
            raise MappingError(f"settings: {path}: [qrda3] {field.name} is blank or holds a sign that cannot be shown")
    return settings
