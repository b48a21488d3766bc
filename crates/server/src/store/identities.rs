//! Sign-in of persons whom an identity provider names.

use super::audit::Actor;
use super::people::{granted, is_free_email, record, remove, shown};
use super::people_refusal::{PeopleRefusal, PeopleResult};
use super::request_scope::RequestScope;
use super::users::NewUser;
use super::{Result, Store, accounts, grants, rows, users};
use rusqlite::{Transaction, params};
use serde_json::{Value, json};
use vestibule_model::access::{Grant, Scope, is_administrator};
use vestibule_model::ids::UserId;
use vestibule_model::people::Account;

/// Usernames that are tried for a new user before one with random letters.
const ATTEMPTS: u32 = 9;

/// Person at the end of a sign-in at a provider.
#[derive(Debug, Clone)]
pub struct ProviderSignIn {
    /// The provider's name.
    pub provider: String,
    /// The issuer and the subject, which are the identity.
    pub identity: (String, String),
    /// Username of a new user; another one is chosen if it is taken.
    pub username: String,
    /// Display name of a new user.
    pub display_name: String,
    /// Address of a new user, unless another user has it.
    pub email: Option<String>,
    /// Grants of a new user, or `None` if none is created.
    pub new_user: Option<Vec<Grant>>,
    /// Grants by the claims, in place of the ones of the sign-in before.
    pub grants: Vec<Grant>,
    /// Roles by claims that the provider has left out: those that the user has stay.
    pub undecided: Vec<(String, Scope)>,
}

/// Result of an arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// The user who signs in.
    User(UserId, String),
    /// The user is disabled.
    Disabled(UserId, String),
    /// No user, and none is created.
    NoUser,
    /// No users at all: the first one is created by the set-up link.
    NotSetUp,
}

impl Store {
    /// Finds or creates the user of an identity and updates the grants that its provider gives. `by`
    /// is the provider.
    pub fn arrive(&self, arrival: &ProviderSignIn, by: &Actor) -> Result<Entry> {
        // Known users can sign in on a full disk.
        self.write_essential(|tx| {
            let (issuer, subject) = &arrival.identity;
            let sql = "SELECT user_id FROM identities WHERE issuer = ?1 AND subject = ?2";
            let known = rows::first::<String>(tx, sql, [issuer, subject])?;
            let id = match (known, &arrival.new_user) {
                (Some(id), _) => UserId::new(id),
                (None, _) if rows::first::<i64>(tx, "SELECT 1 FROM users", [])?.is_none() => {
                    return Ok(Entry::NotSetUp);
                }
                (None, Some(grants)) => {
                    self.expect_disk_space()?;
                    self.create_for(tx, arrival, grants, by)?
                }
                (None, None) => return Ok(Entry::NoUser),
            };
            let roles = self.roles.read(tx)?;
            let Some(user) = accounts::find(tx, &roles, &id, by.now)? else {
                return Ok(Entry::NoUser);
            };
            if user.disabled_at.is_some() {
                return Ok(Entry::Disabled(user.id, user.username));
            }
            let sql = "UPDATE identities SET used_at = ?3, provider = ?4
                 WHERE issuer = ?1 AND subject = ?2";
            let now = by.now.as_millis();
            tx.execute(sql, params![issuer, subject, now, arrival.provider])?;
            update_grants(tx, &user, arrival, by)?;
            Ok(Entry::User(user.id, user.username))
        })
    }

    /// Links a user to an identity of a provider.
    pub fn link(
        &self,
        id: &UserId,
        provider: &str,
        (issuer, subject): (&str, &str),
        by: &Actor,
    ) -> PeopleResult<()> {
        self.write(|tx| {
            let roles = self.roles.read(tx)?;
            let user = accounts::find(tx, &roles, id, by.now)?.ok_or(PeopleRefusal::Gone)?;
            let sql = "INSERT INTO identities (issuer, subject, user_id, provider, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
            let now = by.now.as_millis();
            let created = tx.execute(sql, params![issuer, subject, id.as_str(), provider, now])?;
            if created == 0 {
                return Err(PeopleRefusal::Taken("identity"));
            }
            let after = json!({"provider": provider});
            Ok(record(tx, by, "user.link", &user, Value::Null, after)?)
        })
    }

    fn create_for(
        &self,
        tx: &Transaction<'_>,
        arrival: &ProviderSignIn,
        grants: &[Grant],
        by: &Actor,
    ) -> Result<UserId> {
        let (issuer, subject) = &arrival.identity;
        let email = match &arrival.email {
            Some(email) if is_free_email(tx, email)? => Some(email.clone()),
            _ => None,
        };
        let mut new = NewUser {
            username: arrival.username.clone(),
            password_hash: String::new(),
            display_name: arrival.display_name.clone(),
            email,
            grants: grants.to_vec(),
        };
        // A user of this name is another person: a name is no identity.
        let mut created = users::insert(tx, &new, by.now)?;
        for number in 2..=ATTEMPTS {
            if created.is_none() {
                new.username = format!("{}-{number}", arrival.username);
                created = users::insert(tx, &new, by.now)?;
            }
        }
        let id = match created {
            Some(user) => user.id,
            None => {
                new.username = crate::tokens::id("user-");
                let created = users::insert(tx, &new, by.now)?;
                created.map_or_else(|| UserId::new(String::new()), |user| user.id)
            }
        };
        let sql = "INSERT INTO identities (issuer, subject, user_id, provider, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5)";
        let now = by.now.as_millis();
        tx.execute(
            sql,
            params![issuer, subject, id.as_str(), arrival.provider, now],
        )?;
        let roles = self.roles.read(tx)?;
        if let Some(user) = accounts::find(tx, &roles, &id, by.now)? {
            record(tx, by, "user.create", &user, Value::Null, shown(&user))?;
        }
        Ok(id)
    }
}

/// Replaces the grants that this provider has given by those of the claims.
fn update_grants(
    tx: &Transaction<'_>,
    user: &Account,
    arrival: &ProviderSignIn,
    by: &Actor,
) -> Result<()> {
    let given = |grant: &&Grant| grant.source.as_ref() == Some(&arrival.provider);
    let same = |one: &Grant, other: &Grant| one.role == other.role && one.scope == other.scope;
    for grant in user.grants.iter().filter(given) {
        let mut undecided = arrival.undecided.iter();
        let is_undecided =
            undecided.any(|(role, scope)| *role == grant.role && *scope == grant.scope);
        let mut requested = arrival.grants.iter();
        if is_undecided || requested.any(|requested| same(requested, grant)) {
            continue;
        }
        if is_administrator(std::slice::from_ref(grant)) {
            tracing::warn!(user = %user.id, "a provider took away the role of an administrator");
        }
        remove(tx, user, grant, by)?;
    }
    for requested in &arrival.grants {
        let has = user
            .grants
            .iter()
            .filter(given)
            .any(|grant| same(requested, grant));
        if has || !has_place(tx, &requested.scope)? {
            continue;
        }
        let mut created = Grant {
            source: Some(arrival.provider.clone()),
            ..requested.clone()
        };
        created.id = grants::insert(tx, &user.id, &created, None, by.now)?;
        record(tx, by, "grant.add", user, Value::Null, granted(&created))?;
    }
    Ok(())
}

/// Returns whether there is something of this scope. A workspace of the settings may be deleted.
fn has_place(tx: &Transaction<'_>, scope: &Scope) -> Result<bool> {
    let place = match scope {
        Scope::Platform(holds) => return Ok(*holds),
        Scope::Workspace(id) if id == "*" => return Ok(true),
        Scope::Workspace(id) => RequestScope::Workspace(id.clone()),
        Scope::Workbench(id) => RequestScope::Workbench(id.clone()),
    };
    Ok(place.find(tx)?.is_some())
}
