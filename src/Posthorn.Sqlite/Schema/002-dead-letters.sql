-- Replayed messages have an order of their own, after all others: see SqliteQueue.ReceiveAsync.
ALTER TABLE messages ADD COLUMN replay_run TEXT;       -- the run that put it back last
ALTER TABLE messages ADD COLUMN overrides TEXT;        -- JSON: properties in place of the content's
DROP INDEX messages_visible;
CREATE INDEX messages_fresh ON messages (visible_at) WHERE replays <= 0;
CREATE INDEX messages_replayed ON messages (visible_at) WHERE replays > 0;
CREATE INDEX messages_of_run ON messages (replay_run, attempts_made) WHERE replay_run IS NOT NULL;

-- A dead letter's row is short, so that a million of them are looked through in a moment; what is long is beside it.
ALTER TABLE dead_letters RENAME TO dead_letters_1;
CREATE TABLE dead_letters (
    sequence         INTEGER PRIMARY KEY AUTOINCREMENT,
    content_id       INTEGER NOT NULL,
    message_id       TEXT NOT NULL,
    enqueued_at      INTEGER NOT NULL,
    dead_lettered_at INTEGER NOT NULL,
    reason           TEXT NOT NULL,
    status           INTEGER,                          -- of the last attempt
    error            TEXT,
    delivery_count   INTEGER NOT NULL,
    attempts_made    INTEGER NOT NULL,
    postponements    INTEGER NOT NULL,
    replays          INTEGER NOT NULL,
    replay_run       TEXT,
    overrides        TEXT,
    is_event         INTEGER,                          -- null: this and what follows is not known here, but to be had from the content
    envelope_id      TEXT,                             -- null: the message's
    type             TEXT,
    profile          TEXT,
    tenant           TEXT,
    subject          TEXT,
    destination      TEXT,
    endpoint         TEXT,
    deadline         INTEGER
);
-- How many of those that a run had put back, and that died again, have left since: deleted, or put back by another one.
CREATE TABLE run_failures (
    run   TEXT PRIMARY KEY,
    taken INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE dead_letter_histories (
    sequence    INTEGER PRIMARY KEY,
    description TEXT NOT NULL,
    attempts    TEXT
);
INSERT INTO dead_letters (sequence, content_id, message_id, enqueued_at, dead_lettered_at, reason, status, error, delivery_count, attempts_made, postponements, replays)
SELECT sequence, content_id, message_id, enqueued_at, dead_lettered_at, reason,
       CASE WHEN attempts_made > 0 AND json_valid(attempts) THEN attempts ->> '$[#-1].status' END,
       CASE WHEN attempts_made > 0 AND json_valid(attempts) THEN attempts ->> '$[#-1].error' END,
       delivery_count, attempts_made, postponements, replays
FROM dead_letters_1;
INSERT INTO dead_letter_histories SELECT sequence, description, attempts FROM dead_letters_1;
-- Numbers are not given twice, also not those of dead letters that are gone.
DELETE FROM sqlite_sequence WHERE name = 'dead_letters';
UPDATE sqlite_sequence SET name = 'dead_letters' WHERE name = 'dead_letters_1';
DROP TABLE dead_letters_1;
CREATE INDEX dead_letters_message ON dead_letters (message_id);
CREATE INDEX dead_letters_of_run ON dead_letters (replay_run) WHERE replay_run IS NOT NULL;
