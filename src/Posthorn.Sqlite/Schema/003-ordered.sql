-- Messages of one ordering key stand in line by their numbers, and only the first may be leased.
ALTER TABLE messages ADD COLUMN ordering_key TEXT;
ALTER TABLE messages ADD COLUMN waits INTEGER NOT NULL DEFAULT 0 CHECK (waits IN (0, 1, 2)); -- 0: for its time; 1: for one of its key; 2: for its time, to join the line then
DROP INDEX messages_fresh;
DROP INDEX messages_replayed;
CREATE INDEX messages_fresh ON messages (visible_at) WHERE replays <= 0 AND waits = 0;
CREATE INDEX messages_replayed ON messages (visible_at) WHERE replays > 0 AND waits = 0;
CREATE INDEX messages_behind ON messages (visible_at) WHERE waits = 1;
CREATE INDEX messages_joining ON messages (visible_at) WHERE waits = 2;
CREATE INDEX messages_in_line ON messages (ordering_key) WHERE ordering_key IS NOT NULL AND waits < 2;

-- Dead letters that hold their key: what is behind their place waits until they are put back, or gone.
CREATE TABLE holds (
    dead_sequence INTEGER PRIMARY KEY,
    ordering_key  TEXT NOT NULL,
    place         INTEGER NOT NULL            -- the number that the message had, and gets again
);
CREATE INDEX holds_of_key ON holds (ordering_key, place);

-- What a file already holds gets in line. What is due at once is put back in the order, so the due time tells what was scheduled.
UPDATE messages SET ordering_key = contents.ordering_key FROM contents WHERE contents.content_id = messages.content_id AND contents.ordering_key IS NOT NULL;
UPDATE messages SET waits = 2
WHERE ordering_key IS NOT NULL AND due_at >= enqueued_at AND attempts_made = 0 AND postponements = 0 AND replays = 0 AND delivery_count = 0;
UPDATE messages SET waits = 1
WHERE ordering_key IS NOT NULL AND waits < 2
  AND sequence > (SELECT min(first.sequence) FROM messages first WHERE first.ordering_key = messages.ordering_key AND first.waits < 2);

CREATE TRIGGER messages_join AFTER INSERT ON messages WHEN NEW.ordering_key IS NOT NULL AND NEW.waits < 2 BEGIN
    UPDATE messages SET waits = 1
    WHERE sequence = NEW.sequence
      AND (EXISTS (SELECT 1 FROM messages before WHERE before.ordering_key = NEW.ordering_key AND before.waits < 2 AND before.sequence < NEW.sequence)
           OR EXISTS (SELECT 1 FROM holds WHERE holds.ordering_key = NEW.ordering_key AND holds.place < NEW.sequence));
    -- One that comes back to its place goes before who was the first.
    UPDATE messages SET waits = 1
    WHERE sequence = (SELECT min(next.sequence) FROM messages next WHERE next.ordering_key = NEW.ordering_key AND next.waits < 2 AND next.sequence > NEW.sequence);
END;
CREATE TRIGGER messages_leave AFTER DELETE ON messages WHEN OLD.ordering_key IS NOT NULL AND OLD.waits = 0 BEGIN
    UPDATE messages SET waits = 0
    WHERE sequence = (SELECT min(next.sequence) FROM messages next WHERE next.ordering_key = OLD.ordering_key AND next.waits < 2)
      AND NOT EXISTS (SELECT 1 FROM holds WHERE holds.ordering_key = OLD.ordering_key AND holds.place < messages.sequence);
END;
CREATE TRIGGER holds_end AFTER DELETE ON holds BEGIN
    UPDATE messages SET waits = 0
    WHERE sequence = (SELECT min(next.sequence) FROM messages next WHERE next.ordering_key = OLD.ordering_key AND next.waits < 2)
      AND NOT EXISTS (SELECT 1 FROM holds WHERE holds.ordering_key = OLD.ordering_key AND holds.place < messages.sequence);
END;
CREATE TRIGGER dead_letters_let_go AFTER DELETE ON dead_letters BEGIN
    DELETE FROM holds WHERE dead_sequence = OLD.sequence;
END;
