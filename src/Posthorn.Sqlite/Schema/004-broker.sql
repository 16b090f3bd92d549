-- What the front door for Azure's SDKs needs of a queue: messages set aside (deferred), locks on dead letters, sessions.
-- A CHECK cannot be changed, so the table is made anew; numbers are not given twice, also not those of messages that are gone.
DROP TRIGGER messages_join;
DROP TRIGGER messages_leave;
DROP TRIGGER holds_end;
ALTER TABLE messages RENAME TO messages_3;
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
    attempts       TEXT,
    replay_run     TEXT,                       -- the run that put it back last
    overrides      TEXT,                       -- JSON: properties in place of the content's
    ordering_key   TEXT,
    waits          INTEGER NOT NULL DEFAULT 0 CHECK (waits IN (0, 1, 2, 3)) -- 0: for its time; 1: for one of its key, or whoever holds its session; 2: for its time, to join the line then; 3: set aside, to be asked for by its number
);
INSERT INTO messages (sequence, content_id, message_id, enqueued_at, due_at, visible_at, expires_at, lock_token, delivery_count, attempts_made, postponements, replays, attempts, replay_run, overrides, ordering_key, waits)
SELECT sequence, content_id, message_id, enqueued_at, due_at, visible_at, expires_at, lock_token, delivery_count, attempts_made, postponements, replays, attempts, replay_run, overrides, ordering_key, waits
FROM messages_3;
DELETE FROM sqlite_sequence WHERE name = 'messages';
UPDATE sqlite_sequence SET name = 'messages' WHERE name = 'messages_3';
DROP TABLE messages_3;
CREATE INDEX messages_expiring ON messages (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX messages_of_run ON messages (replay_run, attempts_made) WHERE replay_run IS NOT NULL;
CREATE INDEX messages_fresh ON messages (visible_at) WHERE replays <= 0 AND waits = 0;
CREATE INDEX messages_replayed ON messages (visible_at) WHERE replays > 0 AND waits = 0;
CREATE INDEX messages_behind ON messages (visible_at) WHERE waits = 1;
CREATE INDEX messages_joining ON messages (visible_at) WHERE waits = 2;
CREATE INDEX messages_deferred ON messages (visible_at) WHERE waits = 3;
CREATE INDEX messages_in_line ON messages (ordering_key) WHERE ordering_key IS NOT NULL AND waits < 2;
-- The first of each key, the oldest first; it does not change with leases.
CREATE INDEX messages_heads ON messages (sequence) WHERE ordering_key IS NOT NULL AND waits = 0;

-- Sessions are ordering keys. While one is held, none of its messages is first in line: all of them are its holder's.
CREATE TABLE session_locks (
    session_id   TEXT PRIMARY KEY,
    lock_token   INTEGER NOT NULL,
    locked_until INTEGER NOT NULL
);
CREATE INDEX session_locks_ending ON session_locks (locked_until);
-- What a session's holder has received and not settled: these locks last as long as the session's.
CREATE TABLE session_deliveries (
    sequence   INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL,
    lock_token INTEGER NOT NULL
);
CREATE INDEX session_deliveries_of ON session_deliveries (session_id);
CREATE TABLE session_states (
    session_id TEXT PRIMARY KEY,
    state      BLOB NOT NULL
);

CREATE TABLE dead_letter_leases (
    sequence       INTEGER PRIMARY KEY,
    lock_token     INTEGER,
    locked_until   INTEGER NOT NULL,           -- Unix milliseconds; 0: nobody holds it
    delivery_count INTEGER NOT NULL,
    is_deferred       INTEGER NOT NULL DEFAULT 0 -- 1: set aside, to be asked for by its number
);

CREATE TRIGGER messages_join AFTER INSERT ON messages WHEN NEW.ordering_key IS NOT NULL AND NEW.waits < 2 BEGIN
    UPDATE messages SET waits = 1
    WHERE sequence = NEW.sequence
      AND (EXISTS (SELECT 1 FROM messages before WHERE before.ordering_key = NEW.ordering_key AND before.waits < 2 AND before.sequence < NEW.sequence)
           OR EXISTS (SELECT 1 FROM holds WHERE holds.ordering_key = NEW.ordering_key AND holds.place < NEW.sequence)
           OR EXISTS (SELECT 1 FROM session_locks WHERE session_locks.session_id = NEW.ordering_key));
    -- One that comes back to its place goes before who was the first.
    UPDATE messages SET waits = 1
    WHERE sequence = (SELECT min(next.sequence) FROM messages next WHERE next.ordering_key = NEW.ordering_key AND next.waits < 2 AND next.sequence > NEW.sequence);
END;
CREATE TRIGGER messages_leave AFTER DELETE ON messages WHEN OLD.ordering_key IS NOT NULL AND OLD.waits = 0 BEGIN
    UPDATE messages SET waits = 0
    WHERE sequence = (SELECT min(next.sequence) FROM messages next WHERE next.ordering_key = OLD.ordering_key AND next.waits < 2)
      AND NOT EXISTS (SELECT 1 FROM holds WHERE holds.ordering_key = OLD.ordering_key AND holds.place < messages.sequence);
END;
CREATE TRIGGER messages_defer AFTER UPDATE OF waits ON messages WHEN NEW.waits = 3 AND OLD.waits = 0 AND OLD.ordering_key IS NOT NULL BEGIN
    UPDATE messages SET waits = 0
    WHERE sequence = (SELECT min(next.sequence) FROM messages next WHERE next.ordering_key = OLD.ordering_key AND next.waits < 2)
      AND NOT EXISTS (SELECT 1 FROM holds WHERE holds.ordering_key = OLD.ordering_key AND holds.place < messages.sequence);
END;
CREATE TRIGGER holds_end AFTER DELETE ON holds WHEN NOT EXISTS (SELECT 1 FROM session_locks WHERE session_locks.session_id = OLD.ordering_key) BEGIN
    UPDATE messages SET waits = 0
    WHERE sequence = (SELECT min(next.sequence) FROM messages next WHERE next.ordering_key = OLD.ordering_key AND next.waits < 2)
      AND NOT EXISTS (SELECT 1 FROM holds WHERE holds.ordering_key = OLD.ordering_key AND holds.place < messages.sequence);
END;
CREATE TRIGGER session_locks_begin AFTER INSERT ON session_locks BEGIN
    UPDATE messages SET waits = 1
    WHERE sequence = (SELECT min(first.sequence) FROM messages first WHERE first.ordering_key = NEW.session_id AND first.waits < 2);
END;
CREATE TRIGGER session_locks_end AFTER DELETE ON session_locks BEGIN
    DELETE FROM session_deliveries WHERE session_id = OLD.session_id;
    UPDATE messages SET waits = 0
    WHERE sequence = (SELECT min(next.sequence) FROM messages next WHERE next.ordering_key = OLD.session_id AND next.waits < 2)
      AND NOT EXISTS (SELECT 1 FROM holds WHERE holds.ordering_key = OLD.session_id AND holds.place < messages.sequence);
END;

DROP TRIGGER dead_letters_let_go;
CREATE TRIGGER dead_letters_let_go AFTER DELETE ON dead_letters BEGIN
    DELETE FROM holds WHERE dead_sequence = OLD.sequence;
    DELETE FROM dead_letter_leases WHERE sequence = OLD.sequence;
END;
