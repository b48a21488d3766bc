-- The uid of the adopted namespace of a workspace, if it is known.
ALTER TABLE workspaces ADD COLUMN namespace_uid TEXT;

-- Namespaces whose workspaces were deleted.
CREATE TABLE released_namespaces (
    namespace   TEXT NOT NULL,
    -- Empty where it was not known.
    uid         TEXT NOT NULL,
    -- It was adopted, and is not adopted again before it was seen without the label.
    is_adopted  INTEGER NOT NULL,
    -- Folders of deleted workbenches may be kept in it.
    has_folders INTEGER NOT NULL DEFAULT 1,
    released_at INTEGER NOT NULL,
    PRIMARY KEY (namespace, uid)
) STRICT, WITHOUT ROWID;
