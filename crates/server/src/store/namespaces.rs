//! Namespaces of a cluster that are workspaces, and those that were.

use super::audit::{Actor, AuditedChange, note};
use super::{Result, Store, rows};
use rusqlite::{OptionalExtension as _, Transaction, params};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::time::Timestamp;

/// Namespace of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Namespace {
    /// Name.
    pub name: String,
    /// Uid: another namespace of the same name has another one.
    pub uid: String,
}

impl Store {
    /// Returns the workspaces with the namespaces that were adopted as them.
    pub fn namespaces(&self) -> Result<Vec<(WorkspaceId, Option<String>)>> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached("SELECT id, namespace FROM workspaces")?;
            let found =
                statement.query_map([], |row| Ok((rows::id(row, "id")?, row.get("namespace")?)))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Adopts a namespace as a workspace, which is created unless it exists. Returns `false` if the
    /// workspace has another namespace, or that of this namespace was deleted.
    pub fn adopt_workspace(
        &self,
        id: &WorkspaceId,
        namespace: &Namespace,
        by: &Actor,
    ) -> Result<bool> {
        if let Some(answer) = self.read(|tx| known(tx, id, namespace))? {
            return Ok(answer);
        }
        self.write(|tx| {
            if let Some(answer) = known(tx, id, namespace)? {
                return Ok(answer);
            }
            let name = namespace.name.as_str();
            let updated = tx.execute(
                "UPDATE workspaces SET namespace_uid = ?2 WHERE id = ?1",
                [id.as_str(), &namespace.uid],
            )?;
            if updated > 0 {
                return Ok(true);
            }
            tx.execute(
                "INSERT INTO workspaces (id, name, created_by, created_at, updated_at, namespace, namespace_uid)
                 VALUES (?1, ?2, '', ?3, ?3, ?2, ?4)",
                params![id.as_str(), name, by.now.as_millis(), namespace.uid],
            )?;
            let change = AuditedChange {
                action: "workspace.create",
                target_id: id.as_str(),
                target_name: name,
                before: Value::Null,
                after: json!({"namespace": name}),
            };
            note(tx, by, &change)?;
            Ok(true)
        })
    }

    /// Forgets the release of namespaces that have no label any more: `labelled` are those that have
    /// one. Set anew, it has effect again.
    pub fn forget_unlabelled(&self, labelled: &BTreeSet<Namespace>) -> Result<()> {
        let is_labelled = |namespace: &Namespace| match namespace.uid.as_str() {
            "" => labelled.iter().any(|one| one.name == namespace.name),
            _ => labelled.contains(namespace),
        };
        let released = self.released_namespaces()?;
        let released = released.into_iter();
        let gone: Vec<_> = released.filter(|one| !is_labelled(one)).collect();
        gone.iter().try_for_each(|one| self.forget_release(one))
    }

    /// Forgets the release of a namespace that has lost its label.
    pub fn forget_release(&self, namespace: &Namespace) -> Result<()> {
        self.write_essential(|tx| {
            tx.execute(
                "UPDATE released_namespaces SET is_adopted = 0 WHERE namespace = ?1 AND uid IN (?2, '')",
                [&namespace.name, &namespace.uid],
            )?;
            forget_done(tx)
        })
    }

    /// Returns the released namespaces that must not be adopted again.
    fn released_namespaces(&self) -> Result<Vec<Namespace>> {
        self.read(|tx| {
            let sql = "SELECT namespace, uid FROM released_namespaces WHERE is_adopted";
            let mut statement = tx.prepare_cached(sql)?;
            let found = statement.query_map([], |row| {
                Ok(Namespace {
                    name: row.get("namespace")?,
                    uid: row.get("uid")?,
                })
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Returns the names of released namespaces in which folders of deleted workbenches may be kept.
    pub fn namespaces_with_folders(&self) -> Result<Vec<String>> {
        self.read(|tx| {
            let sql = "SELECT DISTINCT namespace FROM released_namespaces WHERE has_folders";
            let mut statement = tx.prepare_cached(sql)?;
            let found = statement.query_map([], |row| row.get("namespace"))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Notes that no folder is kept in a released namespace any more.
    pub fn note_no_folders(&self, namespace: &str) -> Result<()> {
        self.write_essential(|tx| {
            tx.execute(
                "UPDATE released_namespaces SET has_folders = 0 WHERE namespace = ?1",
                [namespace],
            )?;
            forget_done(tx)
        })
    }
}

/// Releases the namespace of a workspace that is being deleted.
pub(super) fn release(
    tx: &Transaction<'_>,
    id: &WorkspaceId,
    namespace: &str,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO released_namespaces (namespace, uid, is_adopted, released_at)
         SELECT ?2, coalesce(namespace_uid, ''), namespace IS NOT NULL, ?3 FROM workspaces WHERE id = ?1
         ON CONFLICT DO UPDATE SET is_adopted = excluded.is_adopted, has_folders = 1,
             released_at = excluded.released_at",
        params![id.as_str(), namespace, now.as_millis()],
    )?;
    Ok(())
}

/// Returns what is known of an adoption: `None` if it has to be written.
fn known(tx: &Transaction<'_>, id: &WorkspaceId, namespace: &Namespace) -> Result<Option<bool>> {
    let released = rows::first::<i64>(
        tx,
        "SELECT 1 FROM released_namespaces WHERE is_adopted AND namespace = ?1 AND uid IN (?2, '')",
        [&namespace.name, &namespace.uid],
    )?;
    if released.is_some() {
        return Ok(Some(false));
    }
    let sql = "SELECT namespace, namespace_uid FROM workspaces WHERE id = ?1";
    let workspace = tx
        .prepare_cached(sql)?
        .query_row([id.as_str()], |row| {
            let names: (Option<String>, Option<String>) = (row.get(0)?, row.get(1)?);
            Ok(names)
        })
        .optional()?;
    Ok(match workspace {
        None => None,
        Some((name, _)) if name.as_ref() != Some(&namespace.name) => Some(false),
        Some((_, uid)) => (uid.as_ref() == Some(&namespace.uid)).then_some(true),
    })
}

fn forget_done(tx: &Transaction<'_>) -> Result<()> {
    tx.execute(
        "DELETE FROM released_namespaces WHERE NOT is_adopted AND NOT has_folders",
        [],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    fn namespace(name: &str, uid: &str) -> Namespace {
        Namespace {
            name: name.to_owned(),
            uid: uid.to_owned(),
        }
    }

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).expect("a store");
        (folder, store)
    }

    fn server() -> Actor {
        Actor::server(clock::now())
    }

    fn delete(store: &Store, id: &WorkspaceId) {
        let deleted = store.delete_workspace(id, Some("team"), &server());
        assert!(deleted.expect("works").is_some());
    }

    #[test]
    fn released_namespace_is_adopted_again_once_its_label_was_removed() {
        let (_folder, store) = store();
        let id = WorkspaceId::new("ws-team");
        let team = namespace("team", "u-1");
        let adopt = |one: &Namespace| store.adopt_workspace(&id, one, &server()).expect("works");
        assert!(adopt(&team) && adopt(&team));
        delete(&store, &id);
        assert!(!adopt(&team));
        store
            .forget_unlabelled(&[team.clone()].into())
            .expect("works");
        assert!(!adopt(&team), "it has the label still");
        // Another label names another workspace, and the namespace is the same.
        let other = store.adopt_workspace(&WorkspaceId::new("ws-other"), &team, &server());
        assert!(!other.expect("works"));
        store.forget_unlabelled(&BTreeSet::new()).expect("works");
        assert!(adopt(&team));
    }

    #[test]
    fn another_namespace_of_the_same_name_is_adopted() {
        let (_folder, store) = store();
        let id = WorkspaceId::new("ws-team");
        let adopt = |uid| {
            store
                .adopt_workspace(&id, &namespace("team", uid), &server())
                .expect("works")
        };
        // It was made anew while its workspace existed, and the newer one is released.
        assert!(adopt("u-1") && adopt("u-2"));
        delete(&store, &id);
        assert!(!adopt("u-2"));
        assert!(adopt("u-3"));
    }

    #[test]
    fn namespace_whose_uid_was_not_known_is_released_by_its_name() {
        let (_folder, store) = store();
        let id = WorkspaceId::new("ws-team");
        let team = namespace("team", "u-1");
        store.adopt_workspace(&id, &team, &server()).expect("works");
        store
            .write(|tx| -> Result<usize> {
                Ok(tx.execute("UPDATE workspaces SET namespace_uid = NULL", [])?)
            })
            .expect("works");
        delete(&store, &id);
        assert!(!store.adopt_workspace(&id, &team, &server()).expect("works"));
        store.forget_release(&team).expect("works");
        assert!(store.adopt_workspace(&id, &team, &server()).expect("works"));
    }

    #[test]
    fn release_is_kept_as_long_as_it_has_a_meaning() {
        let (_folder, store) = store();
        let id = WorkspaceId::new("ws-team");
        let team = namespace("team", "u-1");
        store.adopt_workspace(&id, &team, &server()).expect("works");
        delete(&store, &id);
        let created = store
            .create_workspace("Lab", &server())
            .expect("works")
            .expect("one");
        store
            .delete_workspace(&created.id, Some("vestibule-ws-lab"), &server())
            .expect("works");
        let folders = || store.namespaces_with_folders().expect("works");
        assert_eq!(folders(), ["team", "vestibule-ws-lab"]);
        for name in folders() {
            store.note_no_folders(&name).expect("works");
        }
        assert_eq!(folders(), [""; 0]);
        let count = || {
            store.read(|tx| {
                Ok(rows::first::<i64>(
                    tx,
                    "SELECT count(*) FROM released_namespaces",
                    [],
                )?)
            })
        };
        assert_eq!(count().expect("works"), Some(1), "what was adopted");
        store.forget_release(&team).expect("works");
        assert_eq!(count().expect("works"), Some(0));
    }
}
