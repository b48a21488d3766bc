-- Custom roles. Names of permissions that this version does not know are kept as they are.
CREATE TABLE roles (
    name             TEXT PRIMARY KEY COLLATE NOCASE,
    title            TEXT NOT NULL,
    description      TEXT NOT NULL,
    permissions_json TEXT NOT NULL,
    inherits_json    TEXT NOT NULL,
    version          INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
) STRICT;

-- Number of the last change of a role, for the copy in memory.
CREATE TABLE role_version (version INTEGER NOT NULL) STRICT;
INSERT INTO role_version VALUES (1);
CREATE TRIGGER role_new AFTER INSERT ON roles BEGIN
    UPDATE role_version SET version = version + 1;
    UPDATE access_version SET version = version + 1;
END;
CREATE TRIGGER role_changed AFTER UPDATE ON roles BEGIN
    UPDATE role_version SET version = version + 1;
    UPDATE access_version SET version = version + 1;
END;
CREATE TRIGGER role_gone AFTER DELETE ON roles BEGIN
    UPDATE role_version SET version = version + 1;
    UPDATE access_version SET version = version + 1;
END;

-- The identifier that the API shows: a row's number is given again after the row was deleted.
ALTER TABLE grants ADD COLUMN public_id TEXT NOT NULL DEFAULT '';
UPDATE grants SET public_id = 'g-' || lower(hex(randomblob(8)));
CREATE UNIQUE INDEX grants_by_public_id ON grants (public_id);
ALTER TABLE grants ADD COLUMN created_at INTEGER;
ALTER TABLE grants ADD COLUMN created_by TEXT;
ALTER TABLE grants ADD COLUMN expires_at INTEGER;
CREATE INDEX grants_by_end ON grants (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX grants_by_role ON grants (role);

-- The things that a grant names, so that their grants are found and go with them.
ALTER TABLE grants ADD COLUMN workspace TEXT GENERATED ALWAYS AS (
    CASE WHEN json_valid(scope_json) THEN CAST(json_extract(scope_json, '$.workspace') AS TEXT) END
) VIRTUAL;
ALTER TABLE grants ADD COLUMN workbench TEXT GENERATED ALWAYS AS (
    CASE WHEN json_valid(scope_json) THEN CAST(json_extract(scope_json, '$.workbench') AS TEXT) END
) VIRTUAL;
CREATE INDEX grants_by_workspace ON grants (workspace) WHERE workspace IS NOT NULL;
CREATE INDEX grants_by_workbench ON grants (workbench) WHERE workbench IS NOT NULL;
CREATE TRIGGER grants_of_gone_workspace AFTER DELETE ON workspaces BEGIN
    DELETE FROM grants WHERE workspace = OLD.id;
END;
CREATE TRIGGER grants_of_gone_workbench AFTER DELETE ON workbenches BEGIN
    DELETE FROM grants WHERE workbench = OLD.id;
END;

-- A disabled user keeps grants and workbenches, and cannot sign in.
ALTER TABLE users ADD COLUMN disabled_at INTEGER;
ALTER TABLE users ADD COLUMN email TEXT;
CREATE UNIQUE INDEX users_by_email ON users (lower(email)) WHERE email IS NOT NULL;

-- Last use of any session, apart from the user: it changes no permission.
CREATE TABLE user_visits (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    at      INTEGER NOT NULL
) STRICT;
