"""The tables of the PostgreSQL schema, and how a schema of an older release comes to have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airalo_async.stores._postgres._fleet_tables import FLEET_TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MIGRATIONS", "VERSION"]

MIGRATIONS: Sequence[Sequence[str]] = (
    (
        # ``record`` is JSON; what is looked for has a column beside it. Instants are microseconds since the epoch.
        """
        CREATE TABLE requests (
            reference text COLLATE "C" PRIMARY KEY,
            seq bigint GENERATED ALWAYS AS IDENTITY,
            state text COLLATE "C" NOT NULL,
            version bigint NOT NULL,
            updated_at bigint NOT NULL,
            record text NOT NULL,
            result bytea
        ) WITH (fillfactor = 80)
        """,
        "CREATE INDEX requests_by_state ON requests (state, seq)",
        """
        CREATE INDEX requests_to_purge ON requests (updated_at)
            WHERE result IS NOT NULL AND state IN ('completed', 'failed', 'cancelled', 'rejected', 'not_sent')
        """,
        # Every tag, request id and order number; a name belongs to the request that was first to have it.
        """
        CREATE TABLE names (
            name text COLLATE "C" PRIMARY KEY,
            reference text COLLATE "C" NOT NULL
        )
        """,
        """
        CREATE TABLE pushes (
            id bigint PRIMARY KEY,
            revision bigint NOT NULL,
            state text COLLATE "C" NOT NULL,
            kind text COLLATE "C" NOT NULL,
            reference text COLLATE "C",
            received_at bigint NOT NULL,
            due_at bigint NOT NULL,
            lease_until bigint NOT NULL,
            given_unmatched boolean NOT NULL,
            record text NOT NULL,
            body bytea
        ) WITH (fillfactor = 80)
        """,
        "CREATE INDEX pushes_due ON pushes (kind, due_at, id) WHERE state = 'pending'",
        "CREATE INDEX pushes_of_reference ON pushes (reference, id) WHERE state = 'pending'",
        "CREATE INDEX pushes_by_state ON pushes (state, id) WHERE state <> 'done'",
        "CREATE INDEX pushes_to_give ON pushes (received_at, id) WHERE state = 'parked' AND NOT given_unmatched",
        """
        CREATE INDEX pushes_to_purge ON pushes (received_at)
            WHERE body IS NOT NULL AND state IN ('done', 'withheld')
        """,
        # Request id, tag and duplicate key of each push, for as long as it is parked.
        """
        CREATE TABLE parked (
            name text COLLATE "C",
            id bigint,
            PRIMARY KEY (name, id)
        )
        """,
        """
        CREATE TABLE keys (
            key text COLLATE "C" PRIMARY KEY,
            expires_at bigint NOT NULL
        )
        """,
        "CREATE INDEX keys_to_drop ON keys (expires_at) WHERE expires_at < 4611686018427387904",
        "CREATE TABLE identity (single boolean PRIMARY KEY CHECK (single), identity text NOT NULL)",
    ),
    FLEET_TABLES,
    (
        # Most bodies are long enough to be compressed, and the default takes as long as all the rest of storing a push.
        """
        DO $$ BEGIN
            IF (SELECT 'lz4' = ANY(enumvals) FROM pg_settings WHERE name = 'default_toast_compression') THEN
                EXECUTE 'ALTER TABLE pushes ALTER COLUMN body SET COMPRESSION lz4';
                EXECUTE 'ALTER TABLE requests ALTER COLUMN result SET COMPRESSION lz4';
            END IF;
        END $$
        """,
    ),
)
"""Statements that bring a schema from each version to the next; a new version appends, and never edits."""

VERSION = len(MIGRATIONS)
"""Schema version that this release reads and writes."""
