"""What the store says to PostgreSQL. Names of tables are found in the schema that ``search_path`` names."""

# ruff: noqa: S608  (what is put together here are names of columns; values are bound)

from __future__ import annotations

_KEPT = "id, revision, record, body"

REQUESTS = "SELECT reference, record, result FROM requests WHERE reference = ANY($1::text[])"
NAMED = """
    SELECT name, record, result FROM names JOIN requests USING (reference) WHERE name = ANY($1::text[])
"""
# The row comparison and the order fit one index only. Without them a planner that takes a state for a common one would
# walk along another index, and past every request that there is.
LIST_REQUESTS = """
    SELECT seq, record, result FROM requests
    WHERE (state, seq) > ($3, coalesce((SELECT seq FROM requests WHERE reference = $1), 0)) AND state <= $3
    ORDER BY state, seq LIMIT $2
"""
VERSIONS = "SELECT reference, version FROM requests WHERE reference = ANY($1::text[])"
IS_ANY_DUE = """
    SELECT EXISTS (SELECT 1 FROM unnest($1::text[]) AS u (kind) WHERE EXISTS (
        SELECT 1 FROM pushes WHERE state = 'pending' AND pushes.kind = u.kind AND due_at <= $2))
"""
TELL = "SELECT pg_notify(current_schema() || '_changes', $1)"
KEYS = "SELECT key, expires_at FROM keys WHERE key = ANY($1::text[])"
PUSHES = f"SELECT {_KEPT} FROM pushes WHERE id = ANY($1::bigint[])"
LIST_PUSHES = f"SELECT {_KEPT} FROM pushes WHERE id > $1 ORDER BY id LIMIT $2"
LIST_DONE = f"SELECT {_KEPT} FROM pushes WHERE id > $1 AND state = 'done' ORDER BY id LIMIT $2"
LIST_PUSHES_IN = f"""
    SELECT {_KEPT} FROM pushes
    WHERE state <> 'done' AND (state, id) > ($3, $1) AND state <= $3 ORDER BY state, id LIMIT $2
"""
PARKED = f"""
    SELECT {_KEPT} FROM pushes WHERE id = ANY(ARRAY(
        SELECT DISTINCT parked.id FROM parked
        WHERE parked.id > $1 AND (SELECT name FROM names WHERE names.name = parked.name) IS NOT NULL
        ORDER BY parked.id LIMIT $2))
    ORDER BY id
"""
PARKED_FOR = f"""
    SELECT name, {_KEPT} FROM parked JOIN pushes USING (id) WHERE name = ANY($1::text[]) ORDER BY id
"""
_HOLDER = """
    SELECT other.id FROM pushes AS other
    WHERE other.state = 'pending' AND other.reference = one.reference AND other.id <> one.id
        AND (other.lease_until > $2 OR (other.id < one.id AND other.kind = ANY($4::text[])))
    ORDER BY other.reference, other.id LIMIT 1
"""
# A row that another process is claiming at this moment is passed over: it will be leased in a moment.
DUE = f"""
    SELECT due_at, {_KEPT} FROM pushes AS one
    WHERE state = 'pending' AND kind = $1 AND due_at <= $2 AND ({_HOLDER}) IS NULL
    ORDER BY kind, due_at, id LIMIT $3 FOR UPDATE SKIP LOCKED
"""
PEERS = """
    SELECT u.reference, peer.id, peer.kind, peer.lease_until FROM unnest($1::text[]) AS u (reference), LATERAL (
        SELECT id, kind, lease_until FROM pushes WHERE state = 'pending' AND pushes.reference = u.reference
        ORDER BY pushes.reference, id LIMIT 1000) AS peer
    ORDER BY peer.id
"""
UNMATCHED = f"""
    SELECT {_KEPT} FROM pushes
    WHERE state = 'parked' AND NOT given_unmatched AND received_at < $1 AND due_at <= $2
    ORDER BY received_at, id LIMIT $3 FOR UPDATE SKIP LOCKED
"""
IDENTITY = "SELECT identity FROM identity"
PURGE_REQUESTS = """
    WITH ended AS (
        SELECT seq FROM requests
        WHERE result IS NOT NULL AND state IN ('completed', 'failed', 'cancelled', 'rejected', 'not_sent')
            AND updated_at < $1
        ORDER BY updated_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    UPDATE requests SET result = NULL FROM ended WHERE requests.seq = ended.seq
"""
PURGE_PUSHES = """
    WITH gone AS (
        SELECT id FROM pushes
        WHERE body IS NOT NULL AND state IN ('done', 'withheld') AND received_at < $1
        ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    UPDATE pushes SET body = NULL FROM gone WHERE pushes.id = gone.id
"""
DROP_KEYS = """
    DELETE FROM keys WHERE key IN (
        SELECT key FROM keys WHERE expires_at < 4611686018427387904 AND expires_at <= $1
        ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
"""
CLOCK = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"

CHECK = """
    SELECT 'r' AS sort, reference AS name, version::text AS stamp FROM (
        SELECT reference, version FROM requests WHERE reference = ANY($1::text[]) ORDER BY reference FOR UPDATE) AS r
    UNION ALL SELECT 'p', id::text, revision::text FROM (
        SELECT id, revision FROM pushes WHERE id = ANY($2::bigint[]) ORDER BY id FOR UPDATE) AS p
    UNION ALL SELECT 'n', name, reference FROM names WHERE name = ANY($3::text[])
    UNION ALL SELECT 'k', key, expires_at::text FROM keys WHERE key = ANY($4::text[])
    UNION ALL SELECT 'f', name, id::text FROM parked WHERE name = ANY($5::text[])
    UNION ALL SELECT 'g', u.reference, peer.id::text || ':' || peer.lease_until::text
        FROM unnest($6::text[]) AS u (reference), LATERAL (
            SELECT id, lease_until FROM pushes WHERE state = 'pending' AND pushes.reference = u.reference
            ORDER BY pushes.reference, id LIMIT 1000) AS peer
    UNION ALL SELECT 'i', '', identity FROM identity WHERE $7
    UNION ALL SELECT 'last', '', max(id)::text FROM pushes WHERE $8
    UNION ALL SELECT 'clock', '', (extract(epoch FROM clock_timestamp()) * 1000000)::bigint::text
"""
"""Tells the stamps of all that a batch has seen, locks the rows among it, and tells the last id and the time."""

WRITE = """
    WITH new_requests AS (
        INSERT INTO requests (reference, state, version, updated_at, record, result)
        SELECT reference, state, version, updated_at, record, result
        FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::bytea[])
            WITH ORDINALITY AS u (reference, previous, state, version, updated_at, record, result, place)
        WHERE previous IS NULL ORDER BY place
        ON CONFLICT DO NOTHING RETURNING 1),
    old_requests AS (
        UPDATE requests AS r
        SET state = u.state, version = u.version, updated_at = u.updated_at, record = u.record, result = u.result
        FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::bytea[])
            AS u (reference, previous, state, version, updated_at, record, result)
        WHERE r.reference = u.reference AND r.version = u.previous RETURNING 1),
    new_names AS (
        INSERT INTO names (name, reference)
        SELECT name, reference FROM unnest($8::text[], $9::text[]) AS u (name, reference) ORDER BY name
        ON CONFLICT DO NOTHING),
    new_keys AS (
        INSERT INTO keys (key, expires_at)
        SELECT key, expires_at FROM unnest($10::text[], $11::bigint[]) AS u (key, expires_at) ORDER BY key
        ON CONFLICT (key) DO UPDATE SET expires_at = EXCLUDED.expires_at WHERE keys.expires_at <= $12
        RETURNING 1),
    new_pushes AS (
        INSERT INTO pushes (id, revision, state, kind, reference, received_at, due_at, lease_until, given_unmatched,
            record, body)
        SELECT id, 1, state, kind, reference, received_at, due_at, lease_until, given_unmatched, record, body
        FROM unnest($13::bigint[], $14::text[], $15::text[], $16::text[], $17::bigint[], $18::bigint[], $19::bigint[],
            $20::boolean[], $21::text[], $22::bytea[])
            AS u (id, state, kind, reference, received_at, due_at, lease_until, given_unmatched, record, body)),
    old_pushes AS (
        UPDATE pushes AS p
        SET revision = p.revision + 1, state = u.state, reference = u.reference, due_at = u.due_at,
            lease_until = u.lease_until, given_unmatched = u.given_unmatched, record = u.record
        FROM unnest($23::bigint[], $24::bigint[], $25::text[], $26::text[], $27::bigint[], $28::bigint[],
            $29::boolean[], $30::text[])
            AS u (id, revision, state, reference, due_at, lease_until, given_unmatched, record)
        WHERE p.id = u.id AND p.revision = u.revision RETURNING 1),
    now_parked AS (
        INSERT INTO parked (name, id) SELECT name, id FROM unnest($31::text[], $32::bigint[]) AS u (name, id)
        ON CONFLICT DO NOTHING),
    not_parked AS (
        DELETE FROM parked USING unnest($33::text[], $34::bigint[]) AS u (name, id)
        WHERE parked.name = u.name AND parked.id = u.id),
    new_identity AS (
        INSERT INTO identity (single, identity) SELECT true, $35::text WHERE $35::text IS NOT NULL
        ON CONFLICT (single) DO UPDATE SET identity = EXCLUDED.identity RETURNING 1)
    SELECT (SELECT count(*) FROM new_requests) + (SELECT count(*) FROM old_requests),
        (SELECT count(*) FROM new_keys), (SELECT count(*) FROM old_pushes)
"""
"""Writes a batch; guarded by versions and unique keys, it tells how many requests, keys and pushes it wrote."""
