//! Kinds of problems that the API answers with.

use super::operation::Schemas;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

/// Every kind, without the prefix `/problems/`. The contract test finds a missing one.
const KINDS: &[&str] = &[
    "ambiguous-user",
    "attachments-blocked",
    "bad-access-token",
    "body-too-large",
    "body-too-slow",
    "changed",
    "cluster-away",
    "cluster-refused",
    "cross-site",
    "data-folder-gone",
    "deleting",
    "draft-changed",
    "garbled-body",
    "gone-from-cluster",
    "has-identity",
    "has-password",
    "id-taken",
    "internal",
    "invalid",
    "invitation-refused",
    "last-administrator",
    "managed-elsewhere",
    "managed-grant",
    "message-handed-over",
    "metrics",
    "no-run-token",
    "no-script",
    "no-sessions",
    "no-such-address",
    "no-user",
    "no-user-header",
    "no-version",
    "not-an-agent",
    "not-found",
    "not-held",
    "not-its-owner",
    "not-manageable",
    "not-over",
    "not-permitted",
    "not-ready",
    "not-running",
    "not-signed-in",
    "private-terminal",
    "queue-full",
    "redirect-circle",
    "role-in-use",
    "run-over",
    "session-needed",
    "set-up-refused",
    "sign-ins-busy",
    "stopping",
    "storage-full",
    "storage-unwritable",
    "system-role",
    "tab-closed",
    "taken",
    "too-many-open",
    "too-many-reports",
    "too-many-secrets",
    "too-many-tabs",
    "too-many-tokens",
    "too-many-tries",
    "too-many-workspaces",
    "two-sessions",
    "user-disabled",
    "web-socket-needed",
    "workspace-not-empty",
    "wrong-content-type",
    "wrong-credentials",
    "wrong-host",
    "wrong-method",
    "yourself",
];

/// Lists the kinds in the schema of a problem.
pub(super) fn restrict(schemas: &mut Schemas) {
    let Some(RefOr::T(Schema::Object(problem))) = schemas.0.get_mut("Problem") else {
        return;
    };
    let kinds = KINDS.iter().map(|kind| format!("/problems/{kind}"));
    let kind = ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::String))
        .description(Some(
            "Kind of problem, stable for clients. Later versions may add kinds.",
        ))
        .enum_values(Some(kinds))
        .build();
    problem.properties.insert("type".to_owned(), kind.into());
}
