"""What the schema has for a fleet: its token, and the grants of its calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FLEET_TABLES"]

_NOW = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"

FLEET_TABLES: Sequence[str] = (
    """
    CREATE TABLE tokens (
        key text COLLATE "C" PRIMARY KEY,
        sealed bytea,
        mark text NOT NULL DEFAULT '',
        ends_at bigint NOT NULL DEFAULT 0,
        owner text NOT NULL DEFAULT '',
        lease_until bigint NOT NULL DEFAULT 0
    )
    """,
    # A grant counts until an instant. The mark '' is a pause.
    """
    CREATE TABLE grants (
        scope text COLLATE "C",
        mark text COLLATE "C",
        until bigint NOT NULL,
        PRIMARY KEY (scope, mark)
    )
    """,
    "CREATE INDEX grants_by_scope ON grants (scope, until)",
    "CREATE INDEX grants_to_drop ON grants (until)",
    f"""
    CREATE FUNCTION claim_token(
        for_key text, for_owner text, lease bigint, needed bigint, refused text,
        OUT what text, OUT sealed bytea, OUT mark text, OUT micros bigint
    ) LANGUAGE plpgsql AS $$
    DECLARE kept tokens; now_at bigint;
    BEGIN
        INSERT INTO tokens (key) VALUES (for_key) ON CONFLICT DO NOTHING;
        SELECT * INTO kept FROM tokens WHERE key = for_key FOR UPDATE;
        now_at := {_NOW};
        IF kept.sealed IS NOT NULL AND kept.mark = refused THEN
            UPDATE tokens SET sealed = NULL, mark = '', ends_at = 0 WHERE key = for_key;
        ELSIF kept.sealed IS NOT NULL AND kept.ends_at > now_at + needed THEN
            what := 'token'; sealed := kept.sealed; mark := kept.mark; micros := kept.ends_at - now_at;
            RETURN;
        END IF;
        IF kept.owner NOT IN ('', for_owner) AND kept.lease_until > now_at THEN
            what := 'theirs'; micros := kept.lease_until - now_at;
            RETURN;
        END IF;
        UPDATE tokens SET owner = for_owner, lease_until = now_at + lease WHERE key = for_key;
        what := 'mine'; micros := lease;
    END $$
    """,  # noqa: S608  (an expression of our own)
    # One at a time in each scope. Locks are taken in one order, so that nobody waits in a circle.
    f"""
    CREATE FUNCTION grant_calls(
        for_mark text, wanted integer, scopes text[], counts integer[], holds bigint[],
        OUT granted integer, OUT micros bigint
    ) LANGUAGE plpgsql AS $$
    DECLARE now_at bigint; free_at bigint; used integer; halt bigint;
    BEGIN
        PERFORM pg_advisory_xact_lock(number) FROM (
            SELECT DISTINCT hashtextextended(current_schema() || ' ' || name, 5) AS number
            FROM unnest(scopes) AS name ORDER BY number) AS ordered;
        now_at := {_NOW};
        free_at := now_at;
        granted := wanted;
        DELETE FROM grants WHERE (scope, mark) IN (
            SELECT scope, mark FROM grants WHERE until <= now_at - 1000000
            ORDER BY until LIMIT 100 FOR UPDATE SKIP LOCKED);
        FOR i IN 1 .. cardinality(scopes) LOOP
            SELECT count(*) INTO used FROM grants WHERE scope = scopes[i] AND until > now_at AND mark <> '';
            SELECT until INTO halt FROM grants WHERE scope = scopes[i] AND mark = '' AND until > now_at;
            IF used >= counts[i] THEN
                free_at := greatest(free_at, (SELECT until FROM grants
                    WHERE scope = scopes[i] AND until > now_at AND mark <> ''
                    ORDER BY until OFFSET used - counts[i] LIMIT 1));
            END IF;
            free_at := greatest(free_at, halt);
            granted := CASE WHEN halt IS NULL THEN least(granted, greatest(0, counts[i] - used)) ELSE 0 END;
        END LOOP;
        INSERT INTO grants (scope, mark, until)
            SELECT one.scope, for_mark || ':' || place, now_at + one.hold
            FROM unnest(scopes, holds) AS one (scope, hold), generate_series(0, granted - 1) AS place;
        micros := free_at - now_at;
    END $$
    """,  # noqa: S608  (an expression of our own)
)
"""Statements that make them."""
