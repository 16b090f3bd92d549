-- Times are Unix milliseconds, but for those whose order within a millisecond matters: they are ticks, 100 ns since the year 1.

-- Numbers that are given out in the order of the commits.
CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO counters VALUES ('endpoints', 0), ('events', 0);

CREATE TABLE endpoints (
    id              TEXT PRIMARY KEY,
    revision        INTEGER NOT NULL UNIQUE,
    display_url     TEXT NOT NULL,
    sealed          TEXT NOT NULL,              -- empty when it is deleted
    events          TEXT NOT NULL,              -- a JSON array
    description     TEXT,
    profile         TEXT NOT NULL,
    tenant          TEXT,
    rate_limit      INTEGER,
    status          TEXT NOT NULL,
    disabled_reason TEXT,
    disabled_at     INTEGER,
    failing_since   INTEGER,
    has_suffered    INTEGER NOT NULL,           -- 0 or 1
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
);

CREATE TABLE event_types (
    name        TEXT PRIMARY KEY,
    description TEXT,
    schema      TEXT,
    updated_at  INTEGER NOT NULL
);

CREATE TABLE api_keys (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    hash       TEXT NOT NULL,
    roles      TEXT NOT NULL,                   -- names with commas between
    tenant     TEXT,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
);
CREATE UNIQUE INDEX api_keys_good ON api_keys (name) WHERE revoked_at IS NULL;

CREATE TABLE throttles (
    key             TEXT PRIMARY KEY,
    newest_time     INTEGER NOT NULL,           -- ticks
    newest_sequence INTEGER NOT NULL,
    window_ends     INTEGER NOT NULL,
    held            INTEGER NOT NULL            -- how many were held back in the open window
) WITHOUT ROWID;
CREATE INDEX throttles_ended ON throttles (window_ends);

CREATE TABLE milestones (
    key       TEXT NOT NULL,
    milestone REAL NOT NULL,
    event_id  TEXT NOT NULL,
    forget_at INTEGER NOT NULL,
    PRIMARY KEY (key, milestone)
) WITHOUT ROWID;
CREATE INDEX milestones_forgotten ON milestones (forget_at);

CREATE TABLE recoveries (
    id                 TEXT PRIMARY KEY,
    endpoint_id        TEXT NOT NULL,
    since              INTEGER NOT NULL,
    until              INTEGER NOT NULL,
    rate               INTEGER NOT NULL,
    state              TEXT NOT NULL,
    detail             TEXT,
    dead_letter_cursor INTEGER,
    event_cursor       INTEGER NOT NULL,
    examined           INTEGER NOT NULL,
    replayed           INTEGER NOT NULL,
    sent               INTEGER NOT NULL,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    owner              TEXT,
    owned_until        INTEGER
);
CREATE INDEX recoveries_of_endpoint ON recoveries (endpoint_id, created_at);
CREATE INDEX recoveries_running ON recoveries (created_at) WHERE state = 'running';

-- One row a delivery, written most often of all: an index more is felt.
CREATE TABLE deliveries (
    position        INTEGER PRIMARY KEY,
    delivery_id     TEXT NOT NULL UNIQUE,
    event_id        TEXT,                       -- null: what delivery_id holds before its first dot
    endpoint_id     TEXT,
    destination     TEXT NOT NULL,
    tenant          TEXT,
    profile         TEXT NOT NULL,
    type            TEXT NOT NULL,
    subject         TEXT,
    state           TEXT NOT NULL,
    reason          TEXT,
    first_at        INTEGER NOT NULL,           -- never changes, so that no index is touched by an update
    last_at         INTEGER NOT NULL,
    next_attempt_at INTEGER,
    status          INTEGER,
    attempts        TEXT NOT NULL               -- JSON arrays, one a line, in the order they were recorded
);
CREATE INDEX deliveries_first ON deliveries (first_at);
CREATE INDEX deliveries_of_event ON deliveries (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX deliveries_of_tenant ON deliveries (tenant, position) WHERE tenant IS NOT NULL;
CREATE INDEX deliveries_to_endpoint ON deliveries (endpoint_id, position) WHERE endpoint_id IS NOT NULL;

CREATE TABLE events (
    position       INTEGER PRIMARY KEY,
    id             TEXT NOT NULL UNIQUE,
    type           TEXT NOT NULL,
    tenant         TEXT,
    subject        TEXT,
    time           TEXT NOT NULL,               -- the producer's own text
    profile        TEXT,
    accepted_at    INTEGER NOT NULL,
    matched        INTEGER NOT NULL,
    is_operational INTEGER NOT NULL,            -- 0 or 1
    data           BLOB NOT NULL
);
CREATE INDEX events_accepted ON events (accepted_at, position);

CREATE TABLE statuses (
    position    INTEGER PRIMARY KEY,
    event_id    TEXT NOT NULL UNIQUE,
    entity      TEXT NOT NULL,
    tenant      TEXT,
    type        TEXT NOT NULL,
    profile     TEXT NOT NULL,
    time        INTEGER NOT NULL,               -- ticks
    accepted_at INTEGER NOT NULL,
    data        BLOB NOT NULL
);
CREATE INDEX statuses_of_entity ON statuses (substr(entity, 1, 128)); -- an entity's name has no bound, an index row has
CREATE INDEX statuses_accepted ON statuses (accepted_at);
