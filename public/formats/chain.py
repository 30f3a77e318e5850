"""The list of a period's editions with their hashes (see ``chain_schema.json``)."""

from datetime import UTC
from pathlib import Path

from django.conf import settings

from editions.publishing import NO_EDITION_BEFORE
from public.addresses import file_path
from public.formats.open_data import dumped

SCHEMA = Path(__file__).with_name("chain_schema.json")


def as_json(period, editions):
    """The editions, oldest first, each with the hash of the one before."""
    previous = [NO_EDITION_BEFORE, *(edition.sha256 for edition in editions)]
    return dumped(
        {
            "$schema": settings.SITE_URL + file_path("chain-schema"),
            "period": period,
            "editions": [
                link(edition, before) for edition, before in zip(editions, previous, strict=False)
            ],
        }
    )


def link(edition, before):
    """An edition of the chain; one that never took effect has no time of that."""
    said = {"number": edition.number, "sha256": edition.sha256, "previous": before}
    if not edition.never_took_effect:
        said["effective"] = written(edition.effective_at)
    if edition.is_withdrawn:
        said["withdrawn"] = written(edition.withdrawal.withdrawn_at)
    return said


def written(moment):
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
