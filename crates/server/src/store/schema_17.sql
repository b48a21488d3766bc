-- Identities of users at providers. The issuer and the subject are the identity, never the address.
CREATE TABLE identities (
    issuer     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider   TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at    INTEGER,
    PRIMARY KEY (issuer, subject)
) STRICT;
CREATE INDEX identities_by_user ON identities (user_id);

-- The provider that gives a grant at each sign-in; NULL for a grant by a user.
ALTER TABLE grants ADD COLUMN source TEXT;
