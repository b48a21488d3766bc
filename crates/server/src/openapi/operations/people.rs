//! Operations on sign-in, users, roles, grants and the audit log.

use crate::openapi::operation::{Describe as _, OperationDescription, Payload, op};
use vestibule_model::access::{Explanation, Grant, Role, RoleImpact};
use vestibule_model::account::{CreatedToken, NewPassword, NewToken, SessionInfo, TokenInfo};
use vestibule_model::auth::{
    AcceptInvitation, InvitationToken, Invited, Me, SetUp, SignIn, SignInWays,
};
use vestibule_model::people::{
    Account, AccountList, AccountPatch, AuditEntry, ListedRole, Member, NewAccount, NewGrant,
    NewMember, NewRole, NewShare, PermissionInfo, RoleContent, RolePreview, WithPassword,
};

const LIMIT: (&str, &str) = ("limit", "Most rows, 1 to 500; 100 without it.");
const CURSOR: (&str, &str) = ("cursor", "`nextCursor` of the page before.");

#[rustfmt::skip]
pub(super) fn all() -> Vec<(&'static str, OperationDescription)> {
    vec![
        op("post /api/auth/sign-in", "Signs in, and sets the session's cookie")
            .takes::<SignIn>().gives::<Me>(200),
        op("post /api/auth/set-up", "Creates the first administrator, once, and signs in")
            .takes::<SetUp>().gives::<Me>(200),
        op("post /api/auth/header", "Signs in the user whom a proxy in front names")
            .takes_nothing().gives::<Me>(200),
        op("post /api/auth/invitation", "Shows whom an invitation is for")
            .takes::<InvitationToken>().gives::<Invited>(200),
        op("post /api/auth/invitation/accept", "Sets the first password of an invited user, once, and signs in")
            .takes::<AcceptInvitation>().gives::<Me>(200),
        op("get /api/auth/providers", "Lists the identity providers for sign-in").gives::<SignInWays>(200),
        op("get /api/auth/providers/{id}/start", "Begins a sign-in through a provider, for browsers")
            .query(&[("next", "The path of the console to return to.")])
            .answers(303, "To the provider, or to the sign-in page with `problem` in its query.", Vec::new()),
        op("get /api/auth/providers/{id}/callback", "Ends a sign-in through a provider, for browsers")
            .query(&[
                ("code", "The provider's code."), ("state", "The state of the sign-in."),
                ("error", "The provider's error."), ("iss", "The provider's issuer."),
            ])
            .answers(303, "To the page of the beginning, or to the sign-in page with `problem` in its query.", Vec::new()),
        op("post /api/auth/sign-out", "Ends the session").takes_nothing().gives_nothing(204),
        op("get /api/auth/me", "Returns the signed-in user with grants and permissions").gives::<Me>(200),
        op("put /api/account/password", "Changes the user's own password; other sessions end")
            .takes::<NewPassword>().gives_nothing(204),
        op("get /api/account/sessions", "Lists the user's own sessions").lists::<SessionInfo>(),
        op("delete /api/account/sessions/{id}", "Ends a session of the user").gives_nothing(204),
        op("get /api/account/tokens", "Lists the user's own access tokens").lists::<TokenInfo>(),
        op("post /api/account/tokens", "Creates an access token, shown once")
            .takes::<NewToken>().gives::<CreatedToken>(201).conflicts(&["too-many-tokens"]),
        op("delete /api/account/tokens/{id}", "Deletes an access token").gives_nothing(204),
        op("get /api/workspaces/{id}/members", "Lists the users with access to a workspace").lists::<Member>(),
        op("put /api/workspaces/{id}/members/{user}", "Gives a user a role in the workspace")
            .takes::<NewMember>().gives::<Member>(200).conflicts(&["ambiguous-user"]),
        op("delete /api/workspaces/{id}/members/{user}", "Takes a user's roles in the workspace")
            .gives_nothing(204).conflicts(&["managed-grant", "ambiguous-user"]),
        op("delete /api/workspaces/{id}/membership", "Leaves the workspace")
            .gives_nothing(204).conflicts(&["managed-grant"]),
        op("get /api/workbenches/{id}/shares", "Lists the users with a grant on the workbench").lists::<Member>(),
        op("post /api/workbenches/{id}/shares", "Shares the workbench with a user")
            .takes::<NewShare>().gives::<Member>(201).conflicts(&["ambiguous-user"]),
        op("delete /api/workbenches/{id}/shares/{grant}", "Ends a share")
            .gives_nothing(204).conflicts(&["managed-grant"]),
        op("get /api/permissions", "Lists all permissions").lists::<PermissionInfo>(),
        op("get /api/roles", "Lists the system roles, then the custom ones").lists::<ListedRole>(),
        op("post /api/roles", "Creates a custom role")
            .takes::<NewRole>().gives::<Role>(201).conflicts(&["taken"]),
        op("post /api/roles/preview", "Counts who would lose and gain what by a change of roles; changes nothing")
            .takes::<RolePreview>().gives::<RoleImpact>(200),
        op("get /api/roles/{id}", "Shows a role; its `ETag` is its version").gives::<Role>(200),
        op("put /api/roles/{id}", "Replaces a custom role")
            .header("If-Match", "The `ETag` of the role; 428 without it, 412 if the role has changed.")
            .takes::<RoleContent>().gives::<Role>(200).conflicts(&["system-role", "last-administrator"]),
        op("delete /api/roles/{id}", "Deletes a custom role")
            .query(&[("replacement", "The role that its users get instead.")])
            .header("If-Match", "The `ETag` of the role; 428 without it, 412 if the role has changed.")
            .gives_nothing(204).conflicts(&["system-role", "role-in-use", "last-administrator"]),
        op("get /api/users", "Lists users")
            .query(&[
                ("search", "Part of the username, the display name or the e-mail address."),
                ("status", "`active` or `disabled`."),
                ("sort", "`username`, `displayName`, `createdAt` or `lastSeenAt`."),
                ("order", "`asc` or `desc`."), LIMIT, CURSOR,
            ])
            .gives::<AccountList>(200),
        op("post /api/users", "Creates a user")
            .takes::<NewAccount>().gives::<WithPassword>(201).conflicts(&["taken"]),
        op("get /api/users/{id}", "Shows a user").gives::<Account>(200),
        op("patch /api/users/{id}", "Changes a user; disables or enables")
            .takes::<AccountPatch>().gives::<Account>(200)
            .conflicts(&["taken", "yourself", "last-administrator"]),
        op("delete /api/users/{id}", "Deletes a user. Their workbenches stay")
            .gives_nothing(204).conflicts(&["yourself", "last-administrator"]),
        op("post /api/users/{id}/password", "Sets a generated password, and ends the user's sessions")
            .takes_nothing().gives::<WithPassword>(200).conflicts(&["has-identity"]),
        op("post /api/users/{id}/invitation", "Invites a user without a password; the link is shown once")
            .takes_nothing().gives::<WithPassword>(200).conflicts(&["has-password", "has-identity"]),
        op("delete /api/users/{id}/invitation", "Revokes the invitation of a user").gives_nothing(204),
        op("post /api/users/{id}/sign-out", "Ends the user's sessions").takes_nothing().gives_nothing(204),
        op("post /api/users/{id}/grants", "Gives a user a role").takes::<NewGrant>().gives::<Grant>(201),
        op("delete /api/users/{id}/grants/{grant}", "Takes a grant")
            .gives_nothing(204).conflicts(&["last-administrator", "managed-grant"]),
        op("get /api/access/explain", "Explains why a user may do something, or not")
            .query(&[
                ("permission", "The permission, such as `workbench:stop`."),
                ("user", "The user; the signed-in one without it. Others need `user:read`."),
                ("workspace", "The workspace."), ("workbench", "The workbench."),
            ])
            .gives::<Explanation>(200),
        op("get /api/audit", "Lists the audit log, newest first")
            .query(&[
                ("action", "The whole action, or its part before the dot."),
                ("actor", "The user who did it."), ("target", "The changed thing."),
                ("since", "Only since this time."), ("until", "Only before this time."),
                ("format", "`json`, `jsonl` or `csv`."), LIMIT, CURSOR,
            ])
            .answers(200, "A page of the list, or a file.", vec![
                Payload::list::<AuditEntry>(), Payload::text("application/jsonl"), Payload::text("text/csv"),
            ]),
    ]
}
