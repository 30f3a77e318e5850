"""The description of the data addresses as OpenAPI 3.1, made from the table of addresses."""

import re
from functools import cache

from django.conf import settings

from public.addresses import (
    DATA_FORMATS,
    FILES,
    LANGUAGES,
    NumberConverter,
    PeriodConverter,
    file_path,
)
from public.formats.open_data import WRITERS, dumped

GAP = re.compile("<[^:]+:([^>]+)>")
PARAMETERS = {
    "period": {
        "description": "The years of a vision, such as 2016-2021.",
        "schema": {"type": "string", "pattern": f"^{PeriodConverter.regex}$"},
        "example": "2016-2021",
    },
    "number": {
        "description": "The number of an edition.",
        "schema": {"type": "string", "pattern": f"^{NumberConverter.regex}$"},
        "example": "1",
    },
    "data_format": {
        "description": "JSON, CSV or JSON-LD.",
        "schema": {"type": "string", "enum": list(DATA_FORMATS)},
    },
    "language": {
        "description": "Indonesian (id), the authority, or English (en), a translation.",
        "schema": {"type": "string", "enum": list(LANGUAGES)},
    },
}
SUMMARIES = {
    "edition-file": "The original file of an edition, whose SHA-256 is published",
    "received-file": "The official text as the portal received it",
    "open-data-in-force": "The edition in force, in both languages",
    "edition-open-data": "One edition, in both languages",
    "stratml-in-force": "The edition in force as StratML (ISO 17469-1)",
    "edition-stratml": "One edition as StratML (ISO 17469-1)",
    "edition-timestamp": "When a timestamp service saw the checksum of an edition (RFC 3161)",
    "chain": "The numbers and checksums of all editions of a period",
    "checkpoint": "All checksums in one signed list (c2sp.org/tlog-checkpoint)",
    "checkpoint-body": "The same list as it is now, without a signature",
    "verifier": "A program that anybody can use to check these lists",
    "catalogue": "The catalogue of all files (DCAT 3)",
    "api": "This description",
    "data-schema": "The JSON Schema of the open data",
    "chain-schema": "The JSON Schema of the chain",
}
TYPES = {
    "received-file": "text/plain",
    "stratml-in-force": "application/xml",
    "edition-stratml": "application/xml",
    "catalogue": "application/ld+json",
    "checkpoint": "text/plain",
    "checkpoint-body": "text/plain",
    "edition-timestamp": "application/timestamp-reply",
    "verifier": "text/x-python",
}
SCHEMAS = {  # of the JSON that it answers
    "open-data-in-force": "data-schema",
    "edition-open-data": "data-schema",
    "chain": "chain-schema",
}
NEVER_REMOVED = ("edition-file", "edition-open-data", "edition-stratml", "edition-timestamp")
NOT_ALWAYS = {  # what takes a while, or is read from the signer's folder
    "catalogue": "The files whose checksums it has are being made. Retry-After says when to ask.",
    "checkpoint": "The signed list cannot be read now. Retry-After says when to ask.",
    "edition-timestamp": "The timestamp cannot be read now. Retry-After says when to ask.",
}
NOT_EVERYWHERE = {  # what only some portals have
    "edition-timestamp": "The edition has no timestamp: its operator may name a service.",
    "checkpoint": "Nobody signs the list of checksums of this portal.",
    "checkpoint-body": "No edition has taken effect.",
}


@cache
def description():
    return dumped(
        {
            "openapi": "3.1.1",
            "info": {
                "title": "Data of the vision of the City of Magelang",
                "version": "1",
                "description": "Each address answers GET and HEAD, with an ETag. The Indonesian "
                "text is the authority; the English is an unofficial translation.",
            }
            | licence(),
            "servers": [{"url": settings.SITE_URL}],
            "paths": {
                f"/{GAP.sub(r'{\1}', route)}": {"get": operation(name, route)}
                for name, route in FILES.items()
                if name in SUMMARIES
            },
        }
    )


def licence():
    if not settings.CITY_LICENCE:
        return {}
    address = {"url": settings.CITY_LICENCE_URL} if settings.CITY_LICENCE_URL else {}
    return {"license": {"name": settings.CITY_LICENCE} | address}


def operation(name, route):
    gaps = GAP.findall(route)
    missing = "There is no such period or edition, or it has not taken effect." if gaps else ""
    missing = NOT_EVERYWHERE.get(name, missing)
    refused = {"404": missing} if missing else {}
    if name in NEVER_REMOVED:
        refused["410"] = "The edition was withdrawn; the body gives the reason in both languages."
    if name in NOT_ALWAYS:
        refused["503"] = NOT_ALWAYS[name]
    return {
        "operationId": name,
        "summary": SUMMARIES[name],
        "parameters": [
            {"name": gap, "in": "path", "required": True, **PARAMETERS[gap]} for gap in gaps
        ],
        "responses": {
            "200": {
                "description": SUMMARIES[name],
                "content": {each: shape_of(name, each) for each in types_of(name)},
            },
            "304": {"description": "The file has not changed (If-None-Match)."},
            **{status: {"description": words} for status, words in refused.items()},
        },
    }


def shape_of(name, content_type):
    """The schema of the answer, where it is JSON that has one."""
    if content_type != "application/json" or name not in SCHEMAS:
        return {}
    return {"schema": {"$ref": settings.SITE_URL + file_path(SCHEMAS[name])}}


def types_of(name):
    if name.endswith(("open-data", "open-data-in-force")):
        return [content_type.partition(";")[0] for _write, content_type in WRITERS.values()]
    return [TYPES.get(name, "application/json")]
