//! Schema of the database, version by version.

use super::{OpenError, upgrade_copy};
use rusqlite::Connection;
use rusqlite_migration::{Error as MigrationError, M, Migrations};
use std::path::Path;

/// Migrations, oldest first. They are added, never changed.
pub(super) const MIGRATIONS: &[M<'static>] = &[
    M::up(include_str!("schema_1.sql")),
    M::up(include_str!("schema_2.sql")),
    M::up(include_str!("schema_3.sql")),
    M::up(include_str!("schema_4.sql")),
    M::up(include_str!("schema_5.sql")),
    M::up(include_str!("schema_6.sql")),
    M::up(include_str!("schema_7.sql")),
    M::up(include_str!("schema_8.sql")),
    M::up(include_str!("schema_9.sql")),
    M::up(include_str!("schema_10.sql")),
    M::up(include_str!("schema_11.sql")),
    M::up(include_str!("schema_12.sql")),
    M::up(include_str!("schema_13.sql")),
    M::up(include_str!("schema_14.sql")),
    M::up(include_str!("schema_15.sql")),
    M::up(include_str!("schema_16.sql")),
    M::up(include_str!("schema_17.sql")),
    M::up(include_str!("schema_18.sql")),
    M::up(include_str!("schema_19.sql")),
    M::up(include_str!("schema_20.sql")),
    M::up(include_str!("schema_21.sql")),
    M::up(include_str!("schema_22.sql")),
    M::up(include_str!("schema_23.sql")),
    M::up(include_str!("schema_24.sql")),
    M::up(include_str!("schema_25.sql")),
    M::up(include_str!("schema_26.sql")),
    M::up(include_str!("schema_27.sql")),
];

/// Brings a database to the newest schema. A copy of an older one is kept.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let schema: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|error| OpenError::new(path, &error))?;
    let schema = usize::try_from(schema).unwrap_or(0);
    if (1..MIGRATIONS.len()).contains(&schema) {
        let copy = upgrade_copy::keep(connection, path, schema)?;
        tracing::info!(copy = %copy.display(), "a copy of the database from before its upgrade is kept");
    }
    Migrations::from_slice(MIGRATIONS)
        .to_latest(connection)
        .map_err(|e| migration_failed(path, e))
}

fn migration_failed(path: &Path, error: MigrationError) -> OpenError {
    match error {
        MigrationError::MigrationDefinition(_) => {
            let copy = upgrade_copy::path_of(path, MIGRATIONS.len());
            OpenError::Newer {
                path: path.to_owned(),
                way_back: if copy.exists() {
                    format!(
                        "the copy {} that was kept before the upgrade",
                        copy.display()
                    )
                } else {
                    "a backup from before it".to_owned()
                },
            }
        }
        MigrationError::RusqliteError { err, .. } => OpenError::new(path, &err),
        other => OpenError::Unusable {
            path: path.to_owned(),
            why: other.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;
    use vestibule_model::time::Timestamp;

    #[test]
    fn the_migrations_can_be_run() {
        assert_eq!(Migrations::from_slice(MIGRATIONS).validate(), Ok(()));
    }

    /// The role of version 0.1.0 and its grants are taken over.
    #[test]
    fn an_administrator_of_version_0_1_0_stays_one() {
        use vestibule_model::access::{ADMINISTRATOR, Permission, Resource, Scope, allows};
        let dir = tempfile::tempdir().expect("a folder");
        let mut old = Connection::open(Store::path_in(dir.path())).expect("a database");
        Migrations::from_slice(&MIGRATIONS[..11])
            .to_latest(&mut old)
            .expect("the schema of version 0.1.0");
        old.execute_batch(
            r#"INSERT INTO users VALUES ('u-1', 'ada', 'Ada', 'x', 1), ('u-2', 'bob', 'Bob', 'x', 1);
               INSERT INTO grants (user_id, role, scope_json) VALUES
                   ('u-1', 'administrator', '{"platform":true}'), ('u-1', 'administrator', 'broken'),
                   ('u-2', 'administrator', '{"workspace":"ws-1"}');"#,
        )
        .expect("rows");
        drop(old);
        let store = Store::open(dir.path()).expect("a store");
        let of = |id: &str| store.grants_of(&id.into(), Timestamp::from_millis(2));
        let ada = of("u-1").expect("grants");
        assert_eq!(ada.len(), 1);
        assert_eq!(
            (ada[0].role.as_str(), &ada[0].scope),
            (ADMINISTRATOR, &Scope::Platform(true))
        );
        for permission in Permission::ALL {
            assert!(
                allows(&ada, *permission, &Resource::Platform),
                "{permission:?}"
            );
        }
        let bob = of("u-2").expect("grants");
        let workspace = Resource::Workspace("ws-1".into());
        assert!(allows(&bob, Permission::WorkbenchStop, &workspace));
        assert!(!allows(&bob, Permission::UserUpdate, &workspace));
        assert!(ada[0].id.starts_with("g-") && ada[0].id != bob[0].id);
    }

    /// In use, C3: what was called an agent runs a command for each message.
    #[test]
    fn a_tab_with_the_default_title_of_an_agent_becomes_a_script() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = Store::path_in(dir.path());
        let mut old = Connection::open(&path).expect("a database");
        Migrations::from_slice(&MIGRATIONS[..25])
            .to_latest(&mut old)
            .expect("an earlier schema");
        let row = |id, kind, title| {
            format!(
                "INSERT INTO tabs (id, workbench_id, kind, title, position, state, created_by, created_at)
                 VALUES ('{id}', 'wb-1', '{kind}', '{title}', 0, 'ready', 'u-1', 1);"
            )
        };
        let rows = [
            row("t-1", "agent", "Agent"),
            row("t-2", "agent", "My agent"),
            row("t-3", "terminal", "Agent"),
        ];
        old.execute_batch(&format!("PRAGMA foreign_keys = OFF; {}", rows.concat()))
            .expect("rows");
        drop(old);
        drop(Store::open(dir.path()).expect("a store"));
        let new = Connection::open(&path).expect("a database");
        let mut query = new
            .prepare("SELECT title FROM tabs ORDER BY id")
            .expect("a query");
        let titles = query
            .query_map([], |row| row.get::<_, String>(0))
            .expect("rows");
        let titles: Vec<String> = titles.map(|title| title.expect("a title")).collect();
        assert_eq!(titles, ["Script", "My agent", "Agent"]);
    }
}
