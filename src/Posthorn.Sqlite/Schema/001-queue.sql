-- What does not change from attempt to attempt: the body and the properties.
CREATE TABLE contents (
    content_id   INTEGER PRIMARY KEY,
    body         BLOB NOT NULL,
    content_type TEXT,
    properties   TEXT NOT NULL,
    ordering_key TEXT
);

-- One row a message on the queue. Times are Unix milliseconds.
CREATE TABLE messages (
    sequence       INTEGER PRIMARY KEY AUTOINCREMENT,
    content_id     INTEGER NOT NULL,
    message_id     TEXT NOT NULL,
    enqueued_at    INTEGER NOT NULL,
    due_at         INTEGER NOT NULL,           -- its place in the order; mail that is due at once gets a head start
    visible_at     INTEGER NOT NULL,           -- due_at; while leased, the end of the lock
    expires_at     INTEGER,
    lock_token     INTEGER,                    -- null: not leased since it was put here
    delivery_count INTEGER NOT NULL DEFAULT 0,
    attempts_made  INTEGER NOT NULL DEFAULT 0,
    postponements  INTEGER NOT NULL DEFAULT 0,
    replays        INTEGER NOT NULL DEFAULT 0,
    attempts       TEXT
);
CREATE INDEX messages_visible ON messages (visible_at);
CREATE INDEX messages_expiring ON messages (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE dead_letters (
    sequence         INTEGER PRIMARY KEY AUTOINCREMENT,
    content_id       INTEGER NOT NULL,
    message_id       TEXT NOT NULL,
    enqueued_at      INTEGER NOT NULL,
    dead_lettered_at INTEGER NOT NULL,
    reason           TEXT NOT NULL,
    description      TEXT NOT NULL,
    delivery_count   INTEGER NOT NULL,
    attempts_made    INTEGER NOT NULL,
    postponements    INTEGER NOT NULL,
    replays          INTEGER NOT NULL,
    attempts         TEXT
);

-- Duplicate detection: the message ids of the window, each with the digest of what came under it.
CREATE TABLE recent_ids (
    message_id  TEXT PRIMARY KEY,
    fingerprint BLOB NOT NULL,
    seen_at     INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX recent_ids_seen ON recent_ids (seen_at);
