"""The one way to refuse an argument, before anything is sent.

A refusal names the argument, the rule and the type of what was given; never the value, which may be a secret.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from airalo_async.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = [
    "check_aware",
    "check_email",
    "check_flag",
    "check_iccid",
    "check_int",
    "check_language",
    "check_metadata",
    "check_part_of_iccid",
    "check_pattern",
    "check_request_id",
    "check_seconds",
    "check_several",
    "check_text",
    "check_url",
    "check_word",
    "demand",
    "refuse",
    "written_day",
    "written_days",
    "written_words",
]

T = TypeVar("T")

# Texts, not patterns: most programs use none of them, and compiling them all is a part of every import.
_ICCID = r"[0-9]{15,22}"
_PART_OF_ICCID = r"[0-9]{1,22}"
_REQUEST_ID = r"[A-Za-z0-9_-]{25}"
_LANGUAGE = r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8}){0,4}"


def refuse(argument: str, rule: str, value: object) -> ArgumentError:
    """Make the error that names the argument, the rule and the value's type."""
    return ArgumentError(f"{argument} {rule} (got {type(value).__name__})", argument=argument, rule=rule)


def demand(argument: str, rule: str, value: object, *, kept: bool) -> None:
    """Demand that a rule is kept."""
    if not kept:
        raise refuse(argument, rule, value)


def check_int(argument: str, value: object, least: int = 1, most: int | None = None) -> int:
    """Demand a whole number within bounds; a boolean is none."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value and (most is None or value <= most):
        return value
    bounds = f"of {least} or more" if most is None else f"from {least} to {most}"
    raise refuse(argument, f"must be a whole number {bounds}", value)


def check_seconds(argument: str, value: object, *, zero: bool = False) -> float:
    """Demand a length of time in seconds, which may be without end; 0 only where that has a meaning."""
    if isinstance(value, int | float) and not isinstance(value, bool) and (value > 0 or (zero and value == 0)):
        return value
    raise refuse(argument, f"must be a number of seconds, {'0 or more' if zero else 'more than 0'}", value)


def check_flag(argument: str, value: object) -> bool:
    """Demand True or False, where what merely counts for true would have consequences."""
    if isinstance(value, bool):
        return value
    raise refuse(argument, "must be True or False", value)


def check_text(argument: str, value: object, *, least: int = 1, most: int | None = None, control: bool = False) -> str:
    """Demand text of so many characters that UTF-8 can carry; control characters only where they are allowed."""
    if not isinstance(value, str):
        raise refuse(argument, "must be a string", value)
    if len(value) < least:
        raise refuse(argument, "must not be empty", value)
    if most is not None and len(value) > most:
        raise refuse(argument, f"must have at most {most} characters", value)
    if value.isascii() and value.isprintable():
        return value
    kinds = {unicodedata.category(character) for character in value}
    if "Cs" in kinds or "\0" in value:
        raise refuse(argument, "must be text without lone surrogates and NUL", value)
    if "Cc" in kinds and not control:
        raise refuse(argument, "must have no control characters", value)
    return value


def check_pattern(argument: str, value: object, pattern: str, rule: str) -> str:
    """Demand a string that fits a pattern as a whole."""
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise refuse(argument, rule, value)
    return value


def check_iccid(argument: str, value: object) -> str:
    """Demand a string of 15 to 22 digits: the sources disagree on the length, and none goes beyond these."""
    return check_pattern(argument, value, _ICCID, "must be a string of 15 to 22 digits")


def check_part_of_iccid(argument: str, value: object) -> str:
    """Demand what an ICCID can be searched by."""
    return check_pattern(argument, value, _PART_OF_ICCID, "must be a string of 1 to 22 digits")


def check_request_id(argument: str, value: object) -> str:
    """Demand an id as the API gives it to async and future orders."""
    rule = "must be exactly 25 characters of A-Z, a-z, 0-9, '_' and '-', as submit returned them"
    return check_pattern(argument, value, _REQUEST_ID, rule)


def check_language(argument: str, value: object) -> str:
    """Demand the shape of a language code; which ones are live is not known."""
    return check_pattern(argument, value, _LANGUAGE, "must be a language code such as en or pt-BR")


def check_word(argument: str, value: object, words: Iterable[str]) -> str:
    """Demand one of the API's words."""
    known = tuple(str(word) for word in words)
    if not isinstance(value, str) or value not in known:
        raise refuse(argument, f"must be one of {', '.join(known)}", value)
    return str(value)


def check_email(argument: str, value: object) -> str:
    """Demand something before and after one ``@``; the API is no stricter."""
    address = check_text(argument, value)
    name, _, domain = address.partition("@")
    if not name or not domain or "@" in domain or any(character.isspace() for character in address):
        raise refuse(argument, "must be an e-mail address", value)
    return address


def check_url(argument: str, value: object) -> str:
    """Demand an absolute http or https URL."""
    address = check_text(argument, value)
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or any(character.isspace() for character in address):
        raise refuse(argument, "must be an absolute http or https URL", value)
    return address


def check_aware(argument: str, value: object) -> datetime:
    """Demand a datetime with a time zone; gives it in UTC."""
    try:
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(UTC)
    except OverflowError:  # at either end of the calendar
        pass
    raise refuse(argument, "must be an aware datetime, such as datetime.now(UTC)", value)


def check_metadata(argument: str, value: object) -> None:
    """Demand an object that JSON can carry as it is: it is stored as JSON, and handed back with every event."""
    if not isinstance(value, Mapping) or not _is_json(dict(value)):
        raise refuse(argument, "must be a JSON object: string keys, and values that JSON can carry", value)


def check_several(argument: str, values: Iterable[T], rule: str) -> tuple[T, ...]:
    """Take what must be a collection: its elements, in order."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise refuse(argument, rule, values)
    return tuple(values)


def written_words(argument: str, values: Collection[str], words: Iterable[str]) -> str:
    """Write several of the API's words, each once, parted by commas; text with commas is taken for such a list."""
    known = tuple(words)
    chosen = values.split(",") if isinstance(values, str) else values
    several = check_several(argument, chosen, f"must be some of {', '.join(known)}")
    return ",".join(dict.fromkeys(check_word(argument, value, known) for value in several))


def written_day(argument: str, value: object) -> str:
    """Write a day as ``YYYY-MM-DD``; of an aware datetime, the day in UTC."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return check_aware(argument, value).date().isoformat()
    if isinstance(value, datetime) or not isinstance(value, date):
        raise refuse(argument, "must be a date or an aware datetime", value)
    return value.isoformat()


def written_days(argument: str, value: object) -> str:
    """Write a first and a last day as ``YYYY-MM-DD - YYYY-MM-DD``."""
    rule = "must be a pair of days, the earlier one first"
    if isinstance(value, str) or not isinstance(value, Sequence) or len(value) != 2:
        raise refuse(argument, rule, value)
    first, last = (written_day(argument, day) for day in value)
    demand(argument, rule, value, kept=first <= last)
    return f"{first} - {last}"


def _is_json(value: object) -> bool:
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError):
        return False
    # What is left is a tree, but one in which json.dumps takes a number, a boolean and None for a key as well.
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            if not all(isinstance(key, str) for key in item):
                return False
            waiting.extend(item.values())
        elif isinstance(item, list | tuple):
            waiting.extend(item)
    return True
