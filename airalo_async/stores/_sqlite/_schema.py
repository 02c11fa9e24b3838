"""The tables of the SQLite file, and how a file of an older release comes to have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["APPLICATION_ID", "MIGRATIONS", "VERSION"]

APPLICATION_ID = 0x41697261
"""Marks the file as ours ("Aira"), so that another program's file is never taken over."""

MIGRATIONS: Sequence[Sequence[str]] = (
    (
        """
        CREATE TABLE requests (
            id INTEGER PRIMARY KEY,
            reference TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL, fingerprint TEXT NOT NULL, package_id TEXT, quantity INTEGER NOT NULL,
            metadata TEXT NOT NULL, created_at INTEGER NOT NULL,
            tag TEXT NOT NULL, request_id TEXT, order_id INTEGER,
            state TEXT NOT NULL, attempts TEXT NOT NULL, updated_at INTEGER NOT NULL, due_at INTEGER,
            order_code TEXT, result TEXT, placed INTEGER NOT NULL, refusal TEXT, alarms TEXT,
            looks INTEGER NOT NULL, looked_at INTEGER, version INTEGER NOT NULL
        )
        """,
        "CREATE INDEX requests_by_tag ON requests (tag)",
        "CREATE INDEX requests_by_request_id ON requests (request_id) WHERE request_id IS NOT NULL",
        "CREATE INDEX requests_by_order_id ON requests (order_id) WHERE order_id IS NOT NULL",
        "CREATE INDEX requests_by_state ON requests (state)",
        """
        CREATE INDEX requests_to_purge ON requests (updated_at)
            WHERE result IS NOT NULL AND state IN ('completed', 'failed', 'cancelled', 'rejected', 'not_sent')
        """,
        # Tags, request ids and order ids of attempts, other than those in the row of their request.
        "CREATE TABLE names (name TEXT PRIMARY KEY, request INTEGER NOT NULL) WITHOUT ROWID",
        """
        CREATE TABLE pushes (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL, kind TEXT NOT NULL, form TEXT NOT NULL, request_id TEXT, tag TEXT,
            received_at INTEGER NOT NULL,
            state TEXT NOT NULL, reference TEXT, tries INTEGER NOT NULL, next_at INTEGER, lease_until INTEGER,
            due_at INTEGER NOT NULL, fence INTEGER NOT NULL, error TEXT NOT NULL, given_unmatched INTEGER NOT NULL,
            body BLOB
        )
        """,
        "CREATE INDEX pushes_due ON pushes (kind, due_at) WHERE state = 'pending'",
        "CREATE INDEX pushes_of_reference ON pushes (reference) WHERE state = 'pending'",
        "CREATE INDEX pushes_by_state ON pushes (state) WHERE state <> 'done'",
        "CREATE INDEX parked_by_request_id ON pushes (request_id) WHERE state = 'parked'",
        "CREATE INDEX parked_by_tag ON pushes (tag) WHERE state = 'parked'",
        "CREATE INDEX parked_by_key ON pushes (key) WHERE state = 'parked'",
        "CREATE INDEX parked_to_give ON pushes (received_at) WHERE state = 'parked' AND given_unmatched = 0",
        """
        CREATE INDEX pushes_to_purge ON pushes (received_at)
            WHERE body IS NOT NULL AND state IN ('done', 'withheld')
        """,
        "CREATE TABLE keys (key TEXT PRIMARY KEY, expires_at INTEGER) WITHOUT ROWID",
        "CREATE INDEX keys_to_drop ON keys (expires_at) WHERE expires_at IS NOT NULL",
        # What each commit changed, for other processes on the same file; the oldest rows are removed.
        "CREATE TABLE changes (id INTEGER PRIMARY KEY, changed TEXT NOT NULL, arrived INTEGER NOT NULL)",
        "CREATE TABLE identity (only INTEGER PRIMARY KEY CHECK (only = 1), identity TEXT NOT NULL)",
    ),
)
"""Statements that bring a file from each schema version to the next; a new version appends, and never edits."""

VERSION = len(MIGRATIONS)
"""Schema version that this release reads and writes."""
