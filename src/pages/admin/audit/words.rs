//! Actions as words.

/// The actions and the verb of each.
pub const ACTIONS: &[(&str, &str)] = &[
    ("user.create", "created the user"),
    ("user.update", "edited the user"),
    ("user.disable", "disabled the user"),
    ("user.enable", "enabled the user"),
    ("user.password", "reset the password of"),
    ("user.sign-out", "signed out"),
    ("user.link", "linked to a provider the user"),
    ("user.delete", "deleted the user"),
    ("invitation.create", "invited"),
    ("invitation.accept", "accepted the invitation of"),
    ("invitation.revoke", "revoked the invitation of"),
    ("grant.add", "gave a role to"),
    ("grant.remove", "took a role from"),
    ("role.create", "created the role"),
    ("role.update", "changed the role"),
    ("role.delete", "deleted the role"),
    ("session.create", "signed in as"),
    ("session.refuse", "was refused a sign-in as"),
    ("session.end", "ended a session of"),
    ("token.create", "created an access token of"),
    ("token.delete", "deleted an access token of"),
    ("grant.expire", "saw a role end for"),
    ("workspace.create", "created the workspace"),
    ("workspace.update", "changed the workspace"),
    ("workspace.delete", "deleted the workspace"),
    ("limits.update", "changed the time limits of"),
    ("secret.set", "set the secret"),
    ("secret.delete", "deleted the secret"),
    ("workbench.create", "created the workbench"),
    ("workbench.update", "changed the workbench"),
    ("workbench.start", "started the workbench"),
    ("workbench.stop", "stopped the workbench"),
    ("workbench.restart", "restarted the workbench"),
    ("workbench.extend", "extended the start of the workbench"),
    ("workbench.delete", "deleted the workbench"),
    ("workbench.enter", "entered the app of the workbench"),
    ("workbench.terminal", "opened a terminal in the workbench"),
    ("workbench.agent", "opened an agent in the workbench"),
    (
        "workbench.share-terminal",
        "shared a terminal of the workbench",
    ),
    (
        "workbench.unshare-terminal",
        "stopped sharing a terminal of the workbench",
    ),
];

/// Groups of actions: all that begin with the word.
pub const GROUPS: &[(&str, &str)] = &[
    ("user", "Users"),
    ("invitation", "Invitations"),
    ("grant", "Grants"),
    ("role", "Roles"),
    ("session", "Sign-ins"),
    ("token", "Access tokens"),
    ("workspace", "Workspaces"),
    ("limits", "Time limits"),
    ("secret", "Secrets"),
    ("workbench", "Workbenches"),
];

/// Returns the verb of an action; one of a newer server is shown as it is.
pub fn verb(action: &str) -> String {
    let known = ACTIONS.iter().find(|(name, _)| *name == action);
    known.map_or_else(|| format!("{action}:"), |(_, verb)| (*verb).to_owned())
}

/// Returns the label of an action in the filter.
pub fn label(action: &str) -> String {
    let name = action.replace(['.', '-'], " ");
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_readable() {
        assert_eq!(verb("grant.add"), "gave a role to");
        assert_eq!(verb("drone.fly"), "drone.fly:");
        assert_eq!(label("user.sign-out"), "User sign out");
    }
}
