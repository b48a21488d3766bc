//! Changes of users and grants, each with its entry in the audit log.

use super::audit::{Actor, AuditedChange, note, pseudonymise};
use super::people_refusal::{PeopleRefusal, PeopleResult};
use super::users::NewUser;
use super::{Result, Store, accounts, grants, rows, users};
use rusqlite::{Transaction, params};
use serde_json::{Value, json};
use vestibule_model::access::{ADMINISTRATOR, Grant, Scope, may_let_sign_in};
use vestibule_model::ids::UserId;
use vestibule_model::people::Account;

impl Store {
    /// Runs a change, unless it takes away the last administrator.
    fn change_people<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> PeopleResult<T>,
    ) -> PeopleResult<T> {
        self.write_essential(|tx| {
            let before = administrators(tx)?;
            let result = work(tx)?;
            if before > 0 && administrators(tx)? == 0 {
                return Err(PeopleRefusal::LastAdministrator);
            }
            Ok(result)
        })
    }

    /// Creates a user, whose grants the originator must be able to give.
    pub fn add_user(&self, new: &NewUser, by: &Actor) -> PeopleResult<Account> {
        self.change_people(|tx| {
            expect_free_email(tx, None, new.email.as_deref())?;
            let created = users::insert(tx, new, by.now)?;
            let user = created.ok_or(PeopleRefusal::Taken("username"))?;
            let user = self.account_in(tx, &user.id, by)?;
            self.expect_may_let_sign_in(tx, &user, by)?;
            record(tx, by, "user.create", &user, Value::Null, shown(&user))?;
            Ok(user)
        })
    }

    /// Changes the display name and the address of a user: `None` leaves a value as it is.
    pub fn edit_user(
        &self,
        id: &UserId,
        display_name: Option<&str>,
        email: Option<Option<&str>>,
        by: &Actor,
    ) -> PeopleResult<Account> {
        self.change_people(|tx| {
            let before = self.account_in(tx, id, by)?;
            expect_free_email(tx, Some(id), email.flatten())?;
            tx.execute(
                "UPDATE users SET display_name = ifnull(?2, display_name),
                     email = iif(?3, ?4, email) WHERE id = ?1",
                params![id.as_str(), display_name, email.is_some(), email.flatten()],
            )?;
            let after = self.account_in(tx, id, by)?;
            if after != before {
                record(tx, by, "user.update", &after, shown(&before), shown(&after))?;
            }
            Ok(after)
        })
    }

    /// Disables a user, which ends all sessions, or enables a disabled one, whose grants the originator
    /// must be able to give.
    pub fn set_disabled(&self, id: &UserId, disabled: bool, by: &Actor) -> PeopleResult<Account> {
        self.change_people(|tx| {
            let before = self.account_in(tx, id, by)?;
            if before.disabled_at.is_some() == disabled {
                return Ok(before);
            }
            if !disabled {
                self.expect_may_let_sign_in(tx, &before, by)?;
            }
            let at = disabled.then_some(by.now.as_millis());
            let sql = "UPDATE users SET disabled_at = ?2 WHERE id = ?1";
            tx.execute(sql, params![id.as_str(), at])?;
            if disabled {
                end_sessions(tx, id)?;
            }
            let action = match disabled {
                true => "user.disable",
                false => "user.enable",
            };
            record(tx, by, action, &before, Value::Null, Value::Null)?;
            self.account_in(tx, id, by)
        })
    }

    /// Sets a new password and ends all sessions of the user, whose grants the originator must be able
    /// to give. Only the command line gives a password to a user of an identity provider.
    pub fn reset_password(&self, id: &UserId, hash: &str, by: &Actor) -> PeopleResult<Account> {
        self.change_people(|tx| {
            let user = self.account_in(tx, id, by)?;
            self.expect_may_let_sign_in(tx, &user, by)?;
            if by.id.is_some() {
                expect_no_identity(&user)?;
            }
            let sql = "UPDATE users SET password_hash = ?2 WHERE id = ?1";
            tx.execute(sql, [id.as_str(), hash])?;
            tx.execute("DELETE FROM invitations WHERE user_id = ?1", [id.as_str()])?;
            end_sessions(tx, id)?;
            record(tx, by, "user.password", &user, Value::Null, Value::Null)?;
            Ok(user)
        })
    }

    /// Ends all sessions of a user.
    pub fn sign_out_everywhere(&self, id: &UserId, by: &Actor) -> PeopleResult<()> {
        self.change_people(|tx| {
            let user = self.account_in(tx, id, by)?;
            end_sessions(tx, id)?;
            Ok(record(
                tx,
                by,
                "user.sign-out",
                &user,
                Value::Null,
                Value::Null,
            )?)
        })
    }

    /// Deletes a user with sessions and grants. Workbenches stay in their workspaces, and the audit
    /// log keeps the identifier without the name.
    pub fn delete_user(&self, id: &UserId, by: &Actor) -> PeopleResult<()> {
        self.change_people(|tx| {
            let user = self.account_in(tx, id, by)?;
            tx.execute("DELETE FROM users WHERE id = ?1", [id.as_str()])?;
            record(tx, by, "user.delete", &user, Value::Null, Value::Null)?;
            Ok(pseudonymise(tx, id)?)
        })
    }

    /// Grants a user a role.
    pub fn add_grant(&self, id: &UserId, grant: &Grant, by: &Actor) -> PeopleResult<Grant> {
        self.change_people(|tx| {
            let user = self.account_in(tx, id, by)?;
            let created = Grant {
                id: grants::insert(tx, id, grant, by.id.as_ref(), by.now)?,
                ..grant.clone()
            };
            record(tx, by, "grant.add", &user, Value::Null, granted(&created))?;
            Ok(created)
        })
    }

    /// Removes a grant from a user.
    pub fn remove_grant(&self, id: &UserId, grant: &str, by: &Actor) -> PeopleResult<()> {
        self.change_people(|tx| {
            let user = self.account_in(tx, id, by)?;
            let found = user.grants.iter().find(|one| one.id == grant);
            let found = found.ok_or(PeopleRefusal::Gone)?;
            if let Some(source) = &found.source {
                return Err(PeopleRefusal::Managed(source.clone()));
            }
            Ok(remove(tx, &user, found, by)?)
        })
    }

    /// Replaces all grants of a user in exactly this scope by one of this role, or takes them away.
    /// Those of identity providers stay.
    pub fn set_grant(
        &self,
        id: &UserId,
        scope: &Scope,
        role: Option<&Grant>,
        by: &Actor,
    ) -> PeopleResult<Option<Grant>> {
        self.change_people(|tx| {
            let user = self.account_in(tx, id, by)?;
            let present: Vec<&Grant> = user
                .grants
                .iter()
                .filter(|one| one.scope == *scope)
                .collect();
            let (present, managed): (Vec<_>, Vec<_>) =
                present.into_iter().partition(|one| one.source.is_none());
            let Some(requested) = role else {
                if let Some(source) = managed.into_iter().find_map(|one| one.source.clone()) {
                    return Err(PeopleRefusal::Managed(source));
                }
                if present.is_empty() {
                    return Err(PeopleRefusal::Gone);
                }
                for grant in present {
                    remove(tx, &user, grant, by)?;
                }
                return Ok(None);
            };
            // A role that lasts longer than the originator's own is not shortened by giving it again.
            let lasts = |one: &Grant| match (one.expires_at, requested.expires_at) {
                (None, _) => true,
                (Some(end), Some(requested)) => end >= requested,
                (Some(_), None) => false,
            };
            let same = |one: &&&Grant| one.role == requested.role && lasts(one);
            let kept = present.iter().find(same).map(|one| (*one).clone());
            for grant in present {
                if kept.as_ref().is_none_or(|kept| kept.id != grant.id) {
                    remove(tx, &user, grant, by)?;
                }
            }
            if kept.is_some() {
                return Ok(kept);
            }
            let created = Grant {
                id: grants::insert(tx, id, requested, by.id.as_ref(), by.now)?,
                ..requested.clone()
            };
            record(tx, by, "grant.add", &user, Value::Null, granted(&created))?;
            Ok(Some(created))
        })
    }

    /// Refuses a way to sign in as a user with grants that the originator may not give. The command line
    /// may do that.
    pub(super) fn expect_may_let_sign_in(
        &self,
        tx: &Transaction<'_>,
        user: &Account,
        by: &Actor,
    ) -> PeopleResult<()> {
        let Some(giver) = &by.id else {
            return Ok(());
        };
        let roles = self.roles.read(tx)?;
        let held = grants::of_user(tx, &roles, giver, by.now)?;
        let mut placed = Vec::new();
        for grant in &user.grants {
            // A grant whose place is gone opens nothing.
            if let Some(home) = grants::home(tx, &grant.scope)? {
                placed.push((grant, home));
            }
        }
        may_let_sign_in(&held, &roles, placed).map_err(PeopleRefusal::NotHeld)
    }

    fn account_in(&self, tx: &Transaction<'_>, id: &UserId, by: &Actor) -> PeopleResult<Account> {
        let roles = self.roles.read(tx)?;
        accounts::find(tx, &roles, id, by.now)?.ok_or(PeopleRefusal::Gone)
    }
}

pub(super) fn remove(
    tx: &Transaction<'_>,
    user: &Account,
    grant: &Grant,
    by: &Actor,
) -> Result<()> {
    let sql = "DELETE FROM grants WHERE user_id = ?1 AND public_id = ?2";
    tx.execute(sql, [user.id.as_str(), &grant.id])?;
    record(tx, by, "grant.remove", user, granted(grant), Value::Null)
}

pub(super) fn record(
    tx: &Transaction<'_>,
    by: &Actor,
    action: &str,
    user: &Account,
    before: Value,
    after: Value,
) -> Result<()> {
    let change = AuditedChange {
        action,
        target_id: user.id.as_str(),
        target_name: &user.username,
        before,
        after,
    };
    note(tx, by, &change)
}

/// Returns the state of a user for the log, without names of other people.
pub(super) fn shown(user: &Account) -> Value {
    let grants: Vec<Value> = user.grants.iter().map(granted).collect();
    json!({"grants": grants, "hasEmail": user.email.is_some()})
}

pub(super) fn granted(grant: &Grant) -> Value {
    json!({"id": grant.id, "role": grant.role, "scope": grant.scope, "expiresAt": grant.expires_at,
        "source": grant.source})
}

fn end_sessions(tx: &Transaction<'_>, user: &UserId) -> PeopleResult<()> {
    tx.execute("DELETE FROM sessions WHERE user_id = ?1", [user.as_str()])?;
    Ok(())
}

/// Returns `true` if no user has this address, also as a username.
pub(super) fn is_free_email(tx: &Transaction<'_>, email: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM users WHERE lower(email) = lower(?1) OR username = ?1";
    Ok(rows::first::<i64>(tx, sql, [email])?.is_none())
}

fn expect_free_email(
    tx: &Transaction<'_>,
    user: Option<&UserId>,
    email: Option<&str>,
) -> PeopleResult<()> {
    let sql =
        "SELECT 1 FROM users WHERE (lower(email) = lower(?1) OR username = ?1) AND id IS NOT ?2";
    let taken = rows::first::<i64>(tx, sql, params![email, user.map(UserId::as_str)])?;
    match taken {
        Some(_) => Err(PeopleRefusal::Taken("email")),
        None => Ok(()),
    }
}

/// Refuses a password beside the identity of a provider, which decides about its persons.
pub(super) fn expect_no_identity(user: &Account) -> PeopleResult<()> {
    if !user.providers.is_empty() {
        return Err(PeopleRefusal::HasIdentity(user.providers.clone()));
    }
    Ok(())
}

/// Returns the number of users who can sign in and are administrators without an end.
fn administrators(tx: &Transaction<'_>) -> Result<i64> {
    let platform = serde_json::to_string(&Scope::Platform(true))?;
    let sql = "SELECT count(DISTINCT u.id) FROM grants g JOIN users u ON u.id = g.user_id
         WHERE g.role = ?1 AND g.scope_json = ?2 AND u.disabled_at IS NULL
           AND g.expires_at IS NULL
           AND (u.password_hash <> ''
                OR EXISTS (SELECT 1 FROM identities i WHERE i.user_id = u.id))";
    Ok(rows::first(tx, sql, [ADMINISTRATOR, &platform])?.unwrap_or(0))
}
