-- Runs of operators over dead letters.
CREATE TABLE dead_letter_runs (
    id            TEXT PRIMARY KEY,
    kind          TEXT NOT NULL,
    state         TEXT NOT NULL,
    detail        TEXT,
    operator      TEXT NOT NULL,
    filter        TEXT NOT NULL,                -- JSON
    options       TEXT NOT NULL,                -- JSON
    matched       INTEGER NOT NULL,
    done          INTEGER NOT NULL,
    skipped       INTEGER NOT NULL,
    failed        INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    cursor        INTEGER NOT NULL,
    intent        TEXT NOT NULL,                -- a JSON array of sequence numbers
    started_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    owner         TEXT NOT NULL
);
CREATE INDEX dead_letter_runs_started ON dead_letter_runs (started_at);
