"""Looking for secrets in everything that an error, a value or a log tells."""

from __future__ import annotations

import logging
import os
import pickle
import traceback
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Canaries"]

_PACKAGE = f"{os.sep}airalo_async{os.sep}"


@frozen
class Canaries:
    """Texts that must not be told.

    Attributes:
        credentials: What opens the account: not even a pickled error carries them.
        private: What belongs to a customer. The body and the result that an error carries for the caller may hold it.
    """

    credentials: tuple[str, ...]
    private: tuple[str, ...] = ()

    def in_values(self, *values: object) -> list[str]:
        """Find them in how values show themselves."""
        return self._found("\n".join(f"{value!r} {value}" for value in values))

    def in_error(self, error: BaseException) -> list[str]:
        """Find them in what a log, a crash report with local variables, or a pickle would tell of an error."""
        group = ExceptionGroup("several", [error]) if isinstance(error, Exception) else error
        told = [str(error), repr(error), *traceback.format_exception(group)]
        for link in _chain(error):
            told += [*map(_shown, link.args), *_locals_of_the_package(link)]
        found = self._found("\n".join(told))
        pickled = pickle.dumps(error)
        return found + [secret for secret in self.credentials if secret.encode() in pickled]

    def in_records(self, records: list[logging.LogRecord]) -> list[str]:
        """Find them in what was logged, also by what lies below."""
        write = logging.Formatter("%(name)s %(message)s").format
        return self._found("\n".join(f"{write(record)} {_shown(record.args)}" for record in records))

    def _found(self, text: str) -> list[str]:
        return [secret for secret in self.credentials + self.private if secret in text]


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Give an error, and everything that it says it came from."""
    waiting, seen = [error], set[int]()
    while waiting:
        link = waiting.pop()
        if link is not None and id(link) not in seen:
            seen.add(id(link))
            waiting += [link.__cause__, None if link.__suppress_context__ else link.__context__]
            yield link


def _locals_of_the_package(error: BaseException) -> Iterator[str]:
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if _PACKAGE in frame.f_code.co_filename:
            yield from (f"{name} = {_shown(value)}" for name, value in frame.f_locals.items())


def _shown(value: object) -> str:
    try:
        return repr(value)
    except AttributeError:
        return "half made"
