-- Number of the last change of a session's end, a grant or a user. Open streams and sockets check
-- their session again when it grows, also after a change by another process.
CREATE TABLE access_version (version INTEGER NOT NULL) STRICT;
INSERT INTO access_version VALUES (1);

CREATE TRIGGER access_session_gone AFTER DELETE ON sessions BEGIN
    UPDATE access_version SET version = version + 1;
END;
CREATE TRIGGER access_grant_new AFTER INSERT ON grants BEGIN
    UPDATE access_version SET version = version + 1;
END;
CREATE TRIGGER access_grant_changed AFTER UPDATE ON grants BEGIN
    UPDATE access_version SET version = version + 1;
END;
CREATE TRIGGER access_grant_gone AFTER DELETE ON grants BEGIN
    UPDATE access_version SET version = version + 1;
END;
CREATE TRIGGER access_user_changed AFTER UPDATE ON users BEGIN
    UPDATE access_version SET version = version + 1;
END;
CREATE TRIGGER access_user_gone AFTER DELETE ON users BEGIN
    UPDATE access_version SET version = version + 1;
END;
