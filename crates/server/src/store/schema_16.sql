-- Sessions that their users can tell apart, and access tokens for programs.
ALTER TABLE sessions ADD COLUMN public_id TEXT;
ALTER TABLE sessions ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN used_at INTEGER;
UPDATE sessions SET public_id = 's-' || lower(hex(randomblob(8))), used_at = created_at;
CREATE UNIQUE INDEX sessions_by_public_id ON sessions (public_id);

CREATE TABLE access_tokens (
    id               TEXT PRIMARY KEY,
    token_hash       TEXT NOT NULL UNIQUE,
    user_id          TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name             TEXT NOT NULL,
    permissions_json TEXT NOT NULL,
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    used_at          INTEGER
) STRICT;
CREATE INDEX access_tokens_by_user ON access_tokens (user_id);

-- Open streams of a deleted token end like those of a session.
CREATE TRIGGER access_token_gone AFTER DELETE ON access_tokens BEGIN
    UPDATE access_version SET version = version + 1;
END;
