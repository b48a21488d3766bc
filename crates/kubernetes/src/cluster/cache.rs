//! Copy of the objects of one kind in one namespace, kept by a watch.

use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use vestibule_model::ids::WorkbenchId;

/// Object of the copy.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Object {
    pub(super) name: String,
    /// The workbench that it is or belongs to; `None` if there is none.
    pub(super) workbench: Option<WorkbenchId>,
    pub(super) value: Arc<Value>,
}

/// Change that a watch reports.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum WatchChange {
    /// Begin of a new list.
    Begin,
    /// Object of the list.
    Listed(Object),
    /// The list is complete.
    Complete,
    /// An object was created or changed.
    Applied(Object),
    /// An object was deleted.
    Deleted(Object),
}

/// Copy of the objects, by name and by workbench.
#[derive(Debug, Default)]
pub(super) struct ObjectCache {
    objects: HashMap<String, Object>,
    by_workbench: HashMap<WorkbenchId, BTreeSet<String>>,
    /// The list that is being received; `None` between lists.
    list: Option<Vec<Object>>,
    is_listed: bool,
}

impl ObjectCache {
    /// Returns `true` once everything was listed.
    pub(super) fn is_listed(&self) -> bool {
        self.is_listed
    }

    /// Returns all objects.
    pub(super) fn all(&self) -> impl Iterator<Item = &Value> {
        self.objects.values().map(|object| &*object.value)
    }

    /// Returns the objects of a workbench.
    pub(super) fn of(&self, id: &WorkbenchId) -> impl Iterator<Item = &Arc<Value>> {
        let names = self.by_workbench.get(id).into_iter().flatten();
        names.filter_map(|name| self.objects.get(name).map(|object| &object.value))
    }

    /// Applies a change, and returns the objects that are new, different or gone. An object that vanished
    /// while the watch was cut is gone once the list without it is complete.
    pub(super) fn apply(&mut self, change: WatchChange) -> Vec<Object> {
        match change {
            WatchChange::Begin => {
                self.list = Some(Vec::new());
                Vec::new()
            }
            WatchChange::Listed(object) => {
                if let Some(list) = &mut self.list {
                    list.push(object);
                    return Vec::new();
                }
                self.put(object)
            }
            WatchChange::Complete => self.replace(),
            WatchChange::Applied(object) => self.put(object),
            WatchChange::Deleted(object) => self.remove(&object.name).into_iter().collect(),
        }
    }

    /// Adds an object that was just created. A list that was begun before may lack it.
    pub(super) fn put_created(&mut self, object: Object) {
        if let Some(list) = &mut self.list
            && list.iter().all(|listed| listed.name != object.name)
        {
            list.push(object.clone());
        }
        // A watch may have been faster, and then has the newer version.
        if !self.objects.contains_key(&object.name) {
            self.put(object);
        }
    }

    fn replace(&mut self) -> Vec<Object> {
        let list = self.list.take().unwrap_or_default();
        let is_first = !std::mem::replace(&mut self.is_listed, true);
        let kept: BTreeSet<&str> = list.iter().map(|object| object.name.as_str()).collect();
        let gone = self
            .objects
            .keys()
            .filter(|name| !kept.contains(name.as_str()));
        let gone: Vec<String> = gone.cloned().collect();
        let mut touched: Vec<Object> = gone.iter().filter_map(|name| self.remove(name)).collect();
        for object in list {
            touched.extend(self.put(object));
        }
        // The first list is no change: everything is reconciled once at the beginning.
        if is_first { Vec::new() } else { touched }
    }

    fn put(&mut self, object: Object) -> Vec<Object> {
        let before = self.remove(&object.name);
        if let Some(id) = &object.workbench {
            let names = self.by_workbench.entry(id.clone()).or_default();
            names.insert(object.name.clone());
        }
        self.objects.insert(object.name.clone(), object.clone());
        match before {
            Some(before) if before == object => Vec::new(),
            // An object that changed hands concerns both.
            Some(before) if before.workbench != object.workbench => vec![before, object],
            _ => vec![object],
        }
    }

    fn remove(&mut self, name: &str) -> Option<Object> {
        let object = self.objects.remove(name)?;
        if let Some(id) = &object.workbench
            && let Some(names) = self.by_workbench.get_mut(id)
        {
            names.remove(name);
            if names.is_empty() {
                self.by_workbench.remove(id);
            }
        }
        Some(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(name: &str, workbench: &str, version: u32) -> Object {
        Object {
            name: name.to_owned(),
            workbench: WorkbenchId::parse(workbench),
            value: Arc::new(json!({ "version": version })),
        }
    }

    fn names(objects: &[Object]) -> Vec<&str> {
        objects.iter().map(|object| object.name.as_str()).collect()
    }

    fn listed(objects: &[Object]) -> ObjectCache {
        let mut cache = ObjectCache::default();
        cache.apply(WatchChange::Begin);
        for object in objects {
            cache.apply(WatchChange::Listed(object.clone()));
        }
        assert!(!cache.is_listed());
        assert_eq!(cache.apply(WatchChange::Complete), []);
        assert!(cache.is_listed());
        cache
    }

    #[test]
    fn changes_are_told_and_repetitions_are_not() {
        let mut cache = listed(&[object("a", "wb-aaaa", 1)]);
        assert_eq!(
            cache.apply(WatchChange::Applied(object("a", "wb-aaaa", 1))),
            []
        );
        let changed = cache.apply(WatchChange::Applied(object("a", "wb-aaaa", 2)));
        assert_eq!(names(&changed), ["a"]);
        let gone = cache.apply(WatchChange::Deleted(object("a", "wb-aaaa", 3)));
        assert_eq!(names(&gone), ["a"]);
        assert_eq!(cache.of(&"wb-aaaa".into()).count(), 0);
        assert!(cache.by_workbench.is_empty());
    }

    #[test]
    fn what_vanished_while_the_watch_was_cut_is_told_with_the_next_list() {
        let mut cache = listed(&[object("a", "wb-aaaa", 1), object("b", "wb-bbbb", 1)]);
        cache.apply(WatchChange::Begin);
        cache.apply(WatchChange::Listed(object("b", "wb-bbbb", 1)));
        assert_eq!(
            cache.of(&"wb-aaaa".into()).count(),
            1,
            "until the list is complete"
        );
        assert_eq!(names(&cache.apply(WatchChange::Complete)), ["a"]);
        assert_eq!(cache.all().count(), 1);
    }

    #[test]
    fn object_that_changes_hands_concerns_both() {
        let mut cache = listed(&[object("a", "wb-aaaa", 1)]);
        let touched = cache.apply(WatchChange::Applied(object("a", "wb-bbbb", 2)));
        let ids: Vec<_> = touched
            .into_iter()
            .filter_map(|object| object.workbench)
            .collect();
        assert_eq!(ids, ["wb-aaaa".into(), "wb-bbbb".into()]);
        assert_eq!(cache.of(&"wb-aaaa".into()).count(), 0);
    }

    #[test]
    fn object_that_was_created_stays_with_a_list_that_was_begun_before() {
        let mut cache = listed(&[]);
        cache.apply(WatchChange::Begin);
        cache.put_created(object("a", "wb-aaaa", 1));
        cache.apply(WatchChange::Complete);
        assert_eq!(cache.of(&"wb-aaaa".into()).count(), 1);
        // A list that was begun later lacks only what is gone.
        cache.apply(WatchChange::Begin);
        cache.apply(WatchChange::Complete);
        assert_eq!(cache.of(&"wb-aaaa".into()).count(), 0);
    }

    #[test]
    fn object_that_was_created_does_not_replace_what_the_watch_has_told() {
        let mut cache = listed(&[]);
        cache.apply(WatchChange::Applied(object("a", "wb-aaaa", 2)));
        cache.put_created(object("a", "wb-aaaa", 1));
        assert_eq!(*cache.all().next().expect("one"), json!({ "version": 2 }));
    }

    #[test]
    fn list_that_was_cut_is_begun_anew() {
        let mut cache = listed(&[object("a", "wb-aaaa", 1)]);
        cache.apply(WatchChange::Begin);
        cache.apply(WatchChange::Listed(object("b", "wb-bbbb", 1)));
        cache.apply(WatchChange::Begin);
        cache.apply(WatchChange::Listed(object("a", "wb-aaaa", 1)));
        assert_eq!(cache.apply(WatchChange::Complete), []);
        assert_eq!(cache.all().count(), 1);
    }
}
