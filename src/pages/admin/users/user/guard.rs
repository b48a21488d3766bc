//! Actions on an account that the signed-in user may take, and the reasons against the others. Pure.

use crate::pages::admin::users::texts;
use vestibule_model::access::{Grant, Permission, Resource, allows, may_manage};
use vestibule_model::auth::Me;
use vestibule_model::people::Account;

/// Returns why the account can't be managed, or `None`.
pub fn refusal(me: &Me, account: &Account) -> Option<String> {
    let missing = may_manage(&me.grants, &account.grants).err()?;
    Some(texts::not_manageable(&missing))
}

/// Returns `true` if the signed-in user would lose the right to give it back to themselves by losing
/// this grant (FIELD 36).
pub fn locks_out(me: &Me, account: &Account, grant: &Grant) -> bool {
    let may = |grants: &[Grant]| allows(grants, Permission::UserGrant, &Resource::Platform);
    let others: Vec<Grant> = account
        .grants
        .iter()
        .filter(|other| other.id != grant.id)
        .cloned()
        .collect();
    me.user.id == account.id && may(&account.grants) && !may(&others)
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::access::{ADMINISTRATOR, Roles, Scope};
    use vestibule_model::auth::User;
    use vestibule_model::ids::UserId;

    fn grant(id: &str, role: &str) -> Grant {
        Grant {
            id: id.to_owned(),
            ..Grant::new(&Roles::default(), role, Scope::Platform(true))
        }
    }

    fn account(id: &str, grants: Vec<Grant>) -> Account {
        let account = serde_json::json!({ "id": id, "username": id });
        Account {
            grants,
            ..serde_json::from_value(account).expect("an account")
        }
    }

    fn me(account: &Account) -> Me {
        Me {
            user: User {
                id: UserId::new(account.id.as_str()),
                username: String::new(),
                display_name: String::new(),
            },
            grants: account.grants.clone(),
            permissions: Vec::new(),
            access_version: String::new(),
        }
    }

    /// FIELD 36: "One can remove one's own last administrator right".
    #[test]
    fn the_own_last_right_to_grant_stays() {
        let own = account(
            "u-1",
            vec![
                grant("g-1", ADMINISTRATOR),
                grant("g-2", "workspace-creator"),
            ],
        );
        assert!(locks_out(&me(&own), &own, &own.grants[0]));
        assert!(!locks_out(&me(&own), &own, &own.grants[1]));
        let twice = account(
            "u-1",
            vec![grant("g-1", ADMINISTRATOR), grant("g-2", "user-manager")],
        );
        assert!(!locks_out(&me(&twice), &twice, &twice.grants[0]));
        let other = account("u-2", vec![grant("g-3", ADMINISTRATOR)]);
        assert!(!locks_out(&me(&own), &other, &other.grants[0]));
    }

    #[test]
    fn an_account_with_more_permissions_is_not_managed() {
        let manager = account("u-1", vec![grant("g-1", "user-manager")]);
        let admin = account("u-2", vec![grant("g-2", ADMINISTRATOR)]);
        let why = refusal(&me(&manager), &admin).expect("a refusal");
        assert!(why.contains("role:update"), "{why}");
        assert_eq!(refusal(&me(&admin), &manager), None);
    }
}
