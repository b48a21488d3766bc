//! Users as administrators see them.

use super::people_refusal::{PeopleRefusal, PeopleResult};
use super::{Result, Store, grants, rows};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};
use vestibule_model::access::{Roles, Scope};
use vestibule_model::ids::{UserId, WorkbenchId, WorkspaceId};
use vestibule_model::people::{Account, Member};
use vestibule_model::time::Timestamp;

const COLUMNS: &str = "u.id, u.username, u.display_name, u.email, u.created_at, u.disabled_at,
    v.at AS seen_at, u.password_hash <> '' AS has_password,
    (SELECT n.expires_at FROM invitations n WHERE n.user_id = u.id) AS invited_until,
    (SELECT json_group_array(DISTINCT i.provider) FROM identities i WHERE i.user_id = u.id) AS providers_json";
const TABLES: &str = "users u LEFT JOIN user_visits v ON v.user_id = u.id";

/// Order of a list of users.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UserOrder {
    /// By username.
    #[default]
    Username,
    /// By display name.
    DisplayName,
    /// By the time of creation.
    CreatedAt,
    /// By the last use.
    LastSeenAt,
}

impl UserOrder {
    /// Returns the text by which rows are compared.
    const fn key(self) -> &'static str {
        match self {
            Self::Username => "lower(u.username)",
            Self::DisplayName => "lower(u.display_name)",
            Self::CreatedAt => "printf('%020d', u.created_at)",
            Self::LastSeenAt => "printf('%020d', ifnull(v.at, 0))",
        }
    }
}

/// Filter of users.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// Text in the username, display name or address of the listed users.
    pub search: Option<String>,
    /// `true` for disabled users alone, `false` for active ones alone.
    pub disabled: Option<bool>,
    /// The order.
    pub order: UserOrder,
    /// `true` if the order is reversed.
    pub descending: bool,
    /// Key and identifier of the last user of the previous page.
    pub after: Option<(String, String)>,
    /// Most rows.
    pub limit: u32,
}

/// Page of users.
#[derive(Debug)]
pub struct UserPage {
    /// The users.
    pub users: Vec<Account>,
    /// The key of the last one if more follow.
    pub next: Option<String>,
    /// Number of users on all pages.
    pub total: u64,
}

/// Condition of the rows that fit, whose parameters are the pattern and the status.
const FITS: &str = "(?1 IS NULL OR username LIKE ?1 ESCAPE '\\' OR display_name LIKE ?1 ESCAPE '\\'
        OR email LIKE ?1 ESCAPE '\\')
    AND (?2 IS NULL OR (disabled_at IS NOT NULL) = ?2)";

impl Store {
    /// Returns a page of users with their grants.
    pub fn users(&self, filter: &UserFilter, now: Timestamp) -> Result<UserPage> {
        let (after, direction) = match filter.descending {
            true => ("<", "DESC"),
            false => (">", "ASC"),
        };
        let key = filter.order.key();
        let sql = format!(
            "SELECT * FROM (SELECT {COLUMNS}, {key} AS key FROM {TABLES})
             WHERE {FITS} AND (?3 IS NULL OR (key, id) {after} (?3, ?4))
             ORDER BY key {direction}, id {direction} LIMIT ?5"
        );
        let pattern = filter.search.as_ref().map(|text| {
            let escaped = text.replace('\\', "\\\\");
            let escaped = escaped.replace('%', "\\%").replace('_', "\\_");
            format!("%{escaped}%")
        });
        let (from, id) = filter.after.clone().unzip();
        self.read(|tx| {
            let roles = self.roles.read(tx)?;
            let mut statement = tx.prepare_cached(&sql)?;
            let found = statement.query_map(
                params![
                    pattern,
                    filter.disabled,
                    from,
                    id,
                    i64::from(filter.limit) + 1
                ],
                |row| Ok((read(row)?, row.get::<_, String>("key")?)),
            )?;
            let mut found = found.collect::<rusqlite::Result<Vec<_>>>()?;
            let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
            let more = found.len() > limit;
            found.truncate(limit);
            let next = found.last().filter(|_| more).map(|(_, key)| key.clone());
            let mut users: Vec<Account> = found.into_iter().map(|(user, _)| user).collect();
            for user in &mut users {
                user.grants = grants::of_user(tx, &roles, &user.id, now)?;
            }
            let total = tx
                .prepare_cached(&format!("SELECT count(*) AS total FROM users WHERE {FITS}"))?
                .query_row(params![pattern, filter.disabled], |row| {
                    rows::count(row, "total")
                })?;
            Ok(UserPage { users, next, total })
        })
    }

    /// Returns one user with their grants.
    pub fn account(&self, id: &UserId, now: Timestamp) -> Result<Option<Account>> {
        self.read(|tx| find(tx, &*self.roles.read(tx)?, id, now))
    }

    /// Returns the user with this identifier, username or e-mail address. A text that was one user's name
    /// and another one's address before both became one namespace names neither.
    pub fn account_by_name(&self, name: &str, now: Timestamp) -> PeopleResult<Option<Account>> {
        self.read(|tx| {
            let sql = "SELECT id FROM users
                 WHERE id = ?1 OR username = ?1 OR lower(email) = lower(?1)
                 ORDER BY id = ?1 DESC LIMIT 2";
            let mut statement = tx.prepare_cached(sql)?;
            let found = statement.query_map([name], |row| row.get(0))?;
            let found = found.collect::<rusqlite::Result<Vec<String>>>()?;
            Ok(match found.as_slice() {
                [] => Ok(None),
                [first, _] if first != name => Err(PeopleRefusal::Ambiguous),
                [first, ..] => {
                    let roles = self.roles.read(tx)?;
                    Ok(find(tx, &roles, &UserId::new(first.as_str()), now)?)
                }
            })
        })?
    }

    /// Returns the user with this username, and no other name.
    pub fn user_named(&self, name: &str, now: Timestamp) -> Result<Option<Account>> {
        self.read(|tx| {
            let sql = "SELECT id FROM users WHERE username = ?1";
            match rows::first::<String>(tx, sql, [name])? {
                Some(id) => find(tx, &*self.roles.read(tx)?, &UserId::new(id), now),
                None => Ok(None),
            }
        })
    }

    /// Returns the users with a grant that reaches a workspace, by name.
    pub fn members(&self, workspace: &WorkspaceId, now: Timestamp) -> Result<Vec<Member>> {
        let sql = "SELECT DISTINCT u.id, u.username, u.display_name FROM grants g
             JOIN users u ON u.id = g.user_id WHERE g.workspace IN (?1, '*') ORDER BY u.username";
        let id = workspace.as_str();
        let reaches =
            |scope: &Scope| matches!(scope, Scope::Workspace(at) if at == "*" || at == id);
        self.holders(sql, id, reaches, now)
    }

    /// Returns the users with a grant on a workbench, by name.
    pub fn shares(&self, workbench: &WorkbenchId, now: Timestamp) -> Result<Vec<Member>> {
        let sql = "SELECT DISTINCT u.id, u.username, u.display_name FROM grants g
             JOIN users u ON u.id = g.user_id WHERE g.workbench = ?1 ORDER BY u.username";
        let id = workbench.as_str();
        let reaches = |scope: &Scope| matches!(scope, Scope::Workbench(at) if at == id);
        self.holders(sql, id, reaches, now)
    }

    fn holders(
        &self,
        sql: &str,
        id: &str,
        reaches: impl Fn(&Scope) -> bool,
        now: Timestamp,
    ) -> Result<Vec<Member>> {
        self.read(|tx| {
            let roles = self.roles.read(tx)?;
            let mut statement = tx.prepare_cached(sql)?;
            let found = statement.query_map([id], |row| {
                Ok(Member {
                    user_id: rows::id(row, "id")?,
                    username: row.get("username")?,
                    display_name: row.get("display_name")?,
                    grants: Vec::new(),
                })
            })?;
            let mut members = found.collect::<rusqlite::Result<Vec<_>>>()?;
            for member in &mut members {
                let mut grants = grants::of_user(tx, &roles, &member.user_id, now)?;
                grants.retain(|grant| reaches(&grant.scope));
                member.grants = grants;
            }
            members.retain(|member| !member.grants.is_empty());
            Ok(members)
        })
    }
}

pub(super) fn find(
    tx: &Transaction<'_>,
    roles: &Roles,
    id: &UserId,
    now: Timestamp,
) -> Result<Option<Account>> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE u.id = ?1");
    let found = tx.prepare_cached(&sql)?.query_row([id.as_str()], read);
    let Some(mut user) = found.optional()? else {
        return Ok(None);
    };
    user.grants = grants::of_user(tx, roles, id, now)?;
    Ok(Some(user))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        id: rows::id(row, "id")?,
        username: row.get("username")?,
        display_name: row.get("display_name")?,
        email: row.get("email")?,
        created_at: Some(rows::time(row, "created_at")?),
        disabled_at: rows::optional_time(row, "disabled_at")?,
        last_seen_at: rows::optional_time(row, "seen_at")?,
        has_password: row.get("has_password")?,
        invited_until: rows::optional_time(row, "invited_until")?,
        providers: providers(row)?,
        grants: Vec::new(),
    })
}

fn providers(row: &Row<'_>) -> rusqlite::Result<Vec<String>> {
    let text: String = row.get("providers_json")?;
    Ok(rows::json(&text, "user", "").unwrap_or_default())
}
