-- What is sorted and looked up compares by its bytes (COLLATE "C"), whatever the database's own language is.
-- Times are Unix milliseconds, but for those whose order within a millisecond matters: they are ticks, 100 ns since the year 1.

-- Numbers that are given out in the order of the commits.
CREATE TABLE counters (
    name  TEXT COLLATE "C" PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters VALUES ('endpoints', 0), ('events', 0);

CREATE TABLE endpoints (
    id              TEXT COLLATE "C" PRIMARY KEY,
    revision        BIGINT NOT NULL UNIQUE,
    display_url     TEXT NOT NULL,
    sealed          TEXT NOT NULL,                      -- empty when it is deleted
    events          TEXT NOT NULL,                      -- a JSON array
    description     TEXT,
    profile         TEXT NOT NULL,
    tenant          TEXT,
    rate_limit      BIGINT,
    status          TEXT NOT NULL,
    disabled_reason TEXT,
    disabled_at     BIGINT,
    failing_since   BIGINT,
    has_suffered    BIGINT NOT NULL,                    -- 0 or 1
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL
);

CREATE TABLE event_types (
    name        TEXT COLLATE "C" PRIMARY KEY,
    description TEXT,
    schema      TEXT,
    updated_at  BIGINT NOT NULL
);

CREATE TABLE api_keys (
    id         TEXT COLLATE "C" PRIMARY KEY,
    name       TEXT COLLATE "C" NOT NULL,
    hash       TEXT NOT NULL,
    roles      TEXT NOT NULL,                           -- names with commas between
    tenant     TEXT,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE UNIQUE INDEX api_keys_good ON api_keys (name) WHERE revoked_at IS NULL;

CREATE TABLE throttles (
    key             TEXT COLLATE "C" PRIMARY KEY,
    newest_time     BIGINT NOT NULL,                    -- ticks
    newest_sequence BIGINT NOT NULL,
    window_ends     BIGINT NOT NULL,
    held            BIGINT NOT NULL                     -- how many were held back in the open window
);
CREATE INDEX throttles_ended ON throttles (window_ends);

CREATE TABLE milestones (
    key       TEXT COLLATE "C" NOT NULL,
    milestone DOUBLE PRECISION NOT NULL,
    event_id  TEXT COLLATE "C" NOT NULL,
    forget_at BIGINT NOT NULL,
    PRIMARY KEY (key, milestone)
);
CREATE INDEX milestones_forgotten ON milestones (forget_at);

CREATE TABLE recoveries (
    id                 TEXT COLLATE "C" PRIMARY KEY,
    endpoint_id        TEXT COLLATE "C" NOT NULL,
    since              BIGINT NOT NULL,
    until              BIGINT NOT NULL,
    rate               BIGINT NOT NULL,
    state              TEXT NOT NULL,
    detail             TEXT,
    dead_letter_cursor BIGINT,
    event_cursor       BIGINT NOT NULL,
    examined           BIGINT NOT NULL,
    replayed           BIGINT NOT NULL,
    sent               BIGINT NOT NULL,
    created_at         BIGINT NOT NULL,
    updated_at         BIGINT NOT NULL,
    owner              TEXT,
    owned_until        BIGINT
);
CREATE INDEX recoveries_of_endpoint ON recoveries (endpoint_id, created_at);
CREATE INDEX recoveries_running ON recoveries (created_at) WHERE state = 'running';

CREATE SEQUENCE delivery_positions;

-- One row a delivery, written most often of all: an index more is felt.
CREATE TABLE deliveries (
    position        BIGINT PRIMARY KEY,
    delivery_id     TEXT COLLATE "C" NOT NULL UNIQUE,
    event_id        TEXT COLLATE "C",                   -- null: what delivery_id holds before its first dot
    endpoint_id     TEXT COLLATE "C",
    destination     TEXT NOT NULL,
    tenant          TEXT,
    profile         TEXT NOT NULL,
    type            TEXT NOT NULL,
    subject         TEXT,
    state           TEXT NOT NULL,
    reason          TEXT,
    first_at        BIGINT NOT NULL,                    -- never changes, so that no index is touched by an update
    last_at         BIGINT NOT NULL,
    next_attempt_at BIGINT,
    status          BIGINT,
    attempts        TEXT NOT NULL                       -- JSON arrays, one a line, in the order they were recorded
);
CREATE INDEX deliveries_first ON deliveries (first_at);
CREATE INDEX deliveries_of_event ON deliveries (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX deliveries_of_tenant ON deliveries (tenant, position) WHERE tenant IS NOT NULL;
CREATE INDEX deliveries_to_endpoint ON deliveries (endpoint_id, position) WHERE endpoint_id IS NOT NULL;

CREATE TABLE events (
    position       BIGINT PRIMARY KEY,
    id             TEXT COLLATE "C" NOT NULL UNIQUE,
    type           TEXT NOT NULL,
    tenant         TEXT,
    subject        TEXT,
    time           TEXT NOT NULL,                       -- the producer's own text
    profile        TEXT,
    accepted_at    BIGINT NOT NULL,
    matched        BIGINT NOT NULL,
    is_operational BIGINT NOT NULL,                     -- 0 or 1
    data           BYTEA NOT NULL
);
CREATE INDEX events_accepted ON events (accepted_at, position);

CREATE TABLE statuses (
    position    BIGINT GENERATED BY DEFAULT AS IDENTITY,
    event_id    TEXT COLLATE "C" PRIMARY KEY,
    entity      TEXT NOT NULL,
    tenant      TEXT,
    type        TEXT NOT NULL,
    profile     TEXT NOT NULL,
    time        BIGINT NOT NULL,                        -- ticks
    accepted_at BIGINT NOT NULL,
    data        BYTEA NOT NULL
);
CREATE INDEX statuses_of_entity ON statuses (substr(entity, 1, 128)); -- an entity's name has no bound, an index row has
CREATE INDEX statuses_accepted ON statuses (accepted_at);
