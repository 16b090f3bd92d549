-- Runs of operators over dead letters.
CREATE TABLE dead_letter_runs (
    id            TEXT COLLATE "C" PRIMARY KEY,
    kind          TEXT NOT NULL,
    state         TEXT NOT NULL,
    detail        TEXT,
    operator      TEXT NOT NULL,
    filter        TEXT NOT NULL,                        -- JSON
    options       TEXT NOT NULL,                        -- JSON
    matched       BIGINT NOT NULL,
    done          BIGINT NOT NULL,
    skipped       BIGINT NOT NULL,
    failed        BIGINT NOT NULL,
    last_sequence BIGINT NOT NULL,
    cursor        BIGINT NOT NULL,
    intent        TEXT NOT NULL,                        -- a JSON array of sequence numbers
    started_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    owner         TEXT NOT NULL
);
CREATE INDEX dead_letter_runs_started ON dead_letter_runs (started_at);
