"""What runs inside Redis: one script that reads for a whole batch, and one that checks and writes for it.

A script is alone while it runs, so what it has checked stays so until it has written. It checks everything before it
writes anything, and nothing that it writes can fail half-way. All keys begin with one hash tag, ``KEYS[1]``.

==================  ======  =====================================================================================
key                 type    holds
==================  ======  =====================================================================================
``q:REFERENCE``     hash    a stored request: ``d`` record, ``r`` result, ``v`` version, ``s`` state, ``i`` number
``n:NAME``          string  the reference that a tag, request id or order number stands for
``s:STATE``         zset    references by number: requests in the order in which they were first stored
``p:ID``            hash    a push: ``d`` record, ``b`` body, ``v`` revision, ``k`` kind, ``l`` end of the lease,
                            ``f`` reference, ``q`` request id, ``t`` tag, ``w`` when it was received
``i:STATE``         zset    ids of pushes by id
``f:NAME``          zset    ids of parked pushes that have a request id, tag or duplicate key
``u``               zset    ids of parked pushes by when they are due for ``on_unmatched``
``d:KIND``          zset    ids of pending pushes by when they are due
``g:REFERENCE``     zset    ids of pending pushes of a stored request
``k``               zset    duplicate keys by when they end
``a``, ``b``        zset    references, and ids, by when what they hold may be purged
``identity``        string  whom the store is bound to
``last``            hash    the last numbers of requests and pushes
``m:MARK``          string  what became of a batch, for a minute, in case it is sent again
``sealed``          string  where the store moved to; nothing is written any more
==================  ======  =====================================================================================

Numbers stand in texts of a fixed width, so that equal scores are in the order of ids; instants are microseconds.
"""

from __future__ import annotations

__all__ = ["COMMIT", "READ"]

_COMMON = """
local P = KEYS[1]

local function refusal()
    local moved_to = redis.call('GET', P .. 'sealed')
    return moved_to and redis.error_reply('SEALED it is sealed: it moved to ' .. moved_to)
end

local function peers(reference)
    local found = {}
    for _, id in ipairs(redis.call('ZRANGE', P .. 'g:' .. reference, 0, -1)) do
        local row = redis.call('HMGET', P .. 'p:' .. id, 'k', 'l')
        found[#found + 1] = {id, row[1] or '', row[2] or '0'}
    end
    return found
end
"""

READ = (
    _COMMON
    + """
local answers = {}

local function request(reference)
    local row = redis.call('HMGET', P .. 'q:' .. reference, 'd', 'r')
    if row[1] then return {row[1], row[2]} end
    return {}
end

local function push(id)
    local row = redis.call('HMGET', P .. 'p:' .. id, 'd', 'v', 'b')
    if row[1] then return {id, row[1], row[2], row[3]} end
    return {}
end

local function pushes(ids)
    local found = {}
    for place, id in ipairs(ids) do found[place] = push(id) end
    return found
end

local function held_up(id, reference, kinds, now)
    for _, peer in ipairs(peers(reference)) do
        if peer[1] ~= id and (tonumber(peer[3]) > now or (peer[1] < id and kinds[peer[2]])) then return true end
    end
    return false
end

local function by_score_and_id(one, other)
    if one[1] ~= other[1] then return one[1] < other[1] end
    return one[2] < other[2]
end

local handlers = {}

function handlers.request(q) return request(q[2]) end

function handlers.named(q)
    local reference = redis.call('GET', P .. 'n:' .. q[2])
    if not reference then return {} end
    return request(reference)
end

function handlers.requests(q)
    local after, limit = 0, q[4]
    if q[3] ~= '' then after = redis.call('HGET', P .. 'q:' .. q[3], 'i') or 0 end
    local found = {}
    for _, state in ipairs(q[2]) do
        local rows = redis.call(
            'ZRANGEBYSCORE', P .. 's:' .. state, '(' .. after, '+inf', 'WITHSCORES', 'LIMIT', 0, limit)
        for place = 1, #rows, 2 do found[#found + 1] = {tonumber(rows[place + 1]), rows[place]} end
    end
    table.sort(found, by_score_and_id)
    local answer = {}
    for place = 1, math.min(limit, #found) do answer[place] = request(found[place][2]) end
    return answer
end

function handlers.key(q) return tonumber(redis.call('ZSCORE', P .. 'k', q[2]) or 0) end

function handlers.push(q) return push(q[2]) end

function handlers.pushes(q)
    if q[2] ~= '' then
        return pushes(redis.call('ZRANGEBYSCORE', P .. 'i:' .. q[2], '(' .. q[3], '+inf', 'LIMIT', 0, q[4]))
    end
    local last, ids = tonumber(redis.call('HGET', P .. 'last', 'pushes') or 0), {}
    for id = q[3] + 1, math.min(last, q[3] + q[4]) do ids[#ids + 1] = string.format('%016d', id) end
    return pushes(ids)
end

function handlers.parked(q)
    local ids = redis.call('ZRANGEBYSCORE', P .. 'i:parked', '(' .. q[2], '+inf', 'LIMIT', 0, q[4])
    local found, scanned = {}, ''
    for place, id in ipairs(ids) do
        local names = redis.call('HMGET', P .. 'p:' .. id, 'q', 't')
        if (names[1] and redis.call('EXISTS', P .. 'n:request ' .. names[1]) == 1)
            or (names[2] and redis.call('EXISTS', P .. 'n:tag ' .. names[2]) == 1) then
            found[#found + 1] = push(id)
        end
        scanned = id
        if #found == q[3] then return {scanned, found} end
    end
    if #ids < q[4] then scanned = '' end
    return {scanned, found}
end

function handlers.parked_for(q)
    local answer = {}
    for place, name in ipairs(q[2]) do answer[place] = pushes(redis.call('ZRANGE', P .. 'f:' .. name, 0, -1)) end
    return answer
end

function handlers.due(q)
    local kinds, now, limit, found = {}, tonumber(q[3]), q[4], {}
    for _, kind in ipairs(q[2]) do kinds[kind] = true end
    for _, kind in ipairs(q[2]) do
        local offset, free, rows = 0, 0, nil
        repeat
            rows = redis.call(
                'ZRANGEBYSCORE', P .. 'd:' .. kind, '-inf', q[3], 'WITHSCORES', 'LIMIT', offset, limit)
            for place = 1, #rows, 2 do
                local reference = redis.call('HGET', P .. 'p:' .. rows[place], 'f')
                if free < limit and not (reference and held_up(rows[place], reference, kinds, now)) then
                    found[#found + 1] = {tonumber(rows[place + 1]), rows[place]}
                    free = free + 1
                end
            end
            offset = offset + limit
        until free == limit or #rows < 2 * limit
    end
    table.sort(found, by_score_and_id)
    local ids = {}
    for place = 1, math.min(limit, #found) do ids[place] = found[place][2] end
    return pushes(ids)
end

function handlers.peers(q)
    local answer = {}
    for place, reference in ipairs(q[2]) do answer[place] = peers(reference) end
    return answer
end

function handlers.unmatched(q)
    local before, limit, offset, ids, rows = tonumber(q[2]), q[4], 0, {}, nil
    repeat
        rows = redis.call('ZRANGEBYSCORE', P .. 'u', '-inf', q[3], 'LIMIT', offset, limit)
        for _, id in ipairs(rows) do
            if #ids < limit and tonumber(redis.call('HGET', P .. 'p:' .. id, 'w')) < before then ids[#ids + 1] = id end
        end
        offset = offset + limit
    until #ids == limit or #rows < limit
    table.sort(ids)
    return pushes(ids)
end

function handlers.identity(q) return redis.call('GET', P .. 'identity') or '' end

function handlers.purge(q)
    local references = redis.call('ZRANGEBYSCORE', P .. 'a', '-inf', '(' .. q[2], 'LIMIT', 0, q[3])
    for _, reference in ipairs(references) do
        redis.call('HDEL', P .. 'q:' .. reference, 'r')
        redis.call('ZREM', P .. 'a', reference)
    end
    local ids = redis.call('ZRANGEBYSCORE', P .. 'b', '-inf', '(' .. q[2], 'LIMIT', 0, q[3] - #references)
    for _, id in ipairs(ids) do
        redis.call('HDEL', P .. 'p:' .. id, 'b')
        redis.call('ZREM', P .. 'b', id)
    end
    return #references + #ids
end

function handlers.drop_keys(q)
    local keys = redis.call('ZRANGEBYSCORE', P .. 'k', '-inf', q[2], 'LIMIT', 0, q[3])
    for _, key in ipairs(keys) do redis.call('ZREM', P .. 'k', key) end
    return #keys
end

function handlers.look(q)
    local versions, due = {}, 0
    for place, reference in ipairs(q[2]) do
        versions[place] = redis.call('HGET', P .. 'q:' .. reference, 'v') or ''
    end
    for _, kind in ipairs(q[4]) do
        if #redis.call('ZRANGEBYSCORE', P .. 'd:' .. kind, '-inf', q[3], 'LIMIT', 0, 1) > 0 then due = 1 end
    end
    return {due, versions}
end

function handlers.tell(q) return redis.call('PUBLISH', P .. 'changes', q[2]) end

for place, question in ipairs(cjson.decode(ARGV[1])) do
    local refused = (question[1] == 'purge' or question[1] == 'drop_keys') and refusal()
    if refused then return refused end
    answers[place] = handlers[question[1]](question)
end
return {redis.call('TIME'), answers}
"""
)
"""Answers the questions of ``ARGV[1]``, a JSON list; tells the time as well."""

COMMIT = (
    _COMMON
    + """
local mark = P .. 'm:' .. ARGV[1]
local before = redis.call('GET', mark)
if before then return {redis.call('TIME'), before} end
local refused = refusal()
if refused then return refused end

local stamps = {}

local function plain(id) return string.format('%d', tonumber(id)) end

function stamps.r(name) return redis.call('HGET', P .. 'q:' .. name, 'v') or '' end
function stamps.n(name) return redis.call('GET', P .. 'n:' .. name) or '' end
function stamps.p(name) return redis.call('HGET', P .. 'p:' .. string.format('%016d', tonumber(name)), 'v') or '' end
function stamps.i() return redis.call('GET', P .. 'identity') or '' end

function stamps.k(name)
    local ends = redis.call('ZSCORE', P .. 'k', name)
    return ends and string.format('%.0f', tonumber(ends)) or ''
end

function stamps.f(name)
    local ids = {}
    for place, id in ipairs(redis.call('ZRANGE', P .. 'f:' .. name, 0, -1)) do ids[place] = plain(id) end
    return table.concat(ids, ',')
end

function stamps.g(name)
    local parts = {}
    for place, peer in ipairs(peers(name)) do parts[place] = plain(peer[1]) .. ':' .. peer[3] end
    return table.concat(parts, ',')
end

local function holds(seen)
    for _, fact in ipairs(seen) do
        if stamps[fact[1]](fact[2]) ~= fact[3] then return false end
    end
    return true
end

local function value(given) return type(given) == 'number' and ARGV[given] or given end

local id
local ops = {}

function ops.push(op)
    local row = {}
    for place, given in ipairs(op[3]) do row[place] = value(given) end
    redis.call('HSET', P .. 'p:' .. op[2], unpack(row))
end

function ops.new(op)
    id = string.format('%016d', redis.call('HINCRBY', P .. 'last', 'pushes', 1))
    ops.push({'push', id, op[2]})
    for place = 1, #op[3], 2 do
        local score = op[3][place + 1]
        redis.call('ZADD', P .. op[3][place], score == '' and id or score, id)
    end
end

function ops.request(op)
    local key = P .. 'q:' .. op[2]
    local old = redis.call('HMGET', key, 'i', 's')
    local number = old[1] or redis.call('HINCRBY', P .. 'last', 'requests', 1)
    redis.call('HSET', key, 'i', number, 's', op[3], 'v', op[4], 'd', value(op[5]))
    if op[6] == '' then redis.call('HDEL', key, 'r') else redis.call('HSET', key, 'r', value(op[6])) end
    if old[2] ~= op[3] then
        if old[2] then redis.call('ZREM', P .. 's:' .. old[2], op[2]) end
        redis.call('ZADD', P .. 's:' .. op[3], number, op[2])
    end
end

function ops.name(op) redis.call('SET', P .. 'n:' .. op[2], op[3], 'NX') end
function ops.add(op) redis.call('ZADD', P .. op[2], op[3], op[4]) end
function ops.drop(op) redis.call('ZREM', P .. op[2], op[3]) end
function ops.identity(op) redis.call('SET', P .. 'identity', op[2]) end

local units = cjson.decode(ARGV[2])
local verdicts = {}
for place, unit in ipairs(units) do verdicts[place] = holds(unit[1]) and 0 or -1 end
for place, unit in ipairs(units) do
    if verdicts[place] == 0 then
        id = nil
        for _, op in ipairs(unit[2]) do ops[op[1]](op) end
        verdicts[place] = id and tonumber(id) or 0
    end
end
for place, verdict in ipairs(verdicts) do verdicts[place] = string.format('%d', verdict) end
local told = table.concat(verdicts, ',')
redis.call('SET', mark, told, 'EX', 60)
return {redis.call('TIME'), told}
"""
)
"""Writes those units of the batch ``ARGV[2]`` (JSON) that saw what is still so; numbers in it stand for ``ARGV``."""
