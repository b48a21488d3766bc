//! The known workbenches against a simple simulated server, with reports in any order.

mod history;

use super::*;

const EPOCH: &str = "e1";

/// Workspace of the only list.
#[derive(Default)]
struct One(Workbenches);

impl One {
    fn here() -> WorkspaceId {
        WorkspaceId::new("ws-1")
    }

    fn replace(&mut self, list: Listing) -> Changes {
        self.0.apply_list(&Self::here(), list).expect("it is whole")
    }

    fn merge(&mut self, list: Listing) -> Option<Changes> {
        assert!(list.since.is_some());
        self.0.apply_list(&Self::here(), list)
    }

    fn put(&mut self, row: Workbench) -> Changes {
        self.0.put(row, Origin::Event)
    }

    fn remove(&mut self, id: &WorkbenchId, seq: u64) -> Changes {
        self.0.remove(id, seq, None)
    }

    fn row(&self, id: &WorkbenchId) -> Option<&Workbench> {
        self.0.get(id)
    }

    fn total(&self) -> Option<usize> {
        self.0.total(&Self::here())
    }

    fn unreadable(&self) -> usize {
        self.0.unreadable(&Self::here())
    }

    fn since(&self) -> Option<&ListVersion> {
        self.0.since(&Self::here())
    }
}

fn id(number: u8) -> WorkbenchId {
    WorkbenchId::new(format!("wb-{number}"))
}

fn row(number: u8, seq: u64, owner: &str) -> Workbench {
    let text = serde_json::json!({
        "id": id(number), "workspaceId": "ws-1", "lastSeq": seq, "createdByName": owner,
    });
    serde_json::from_value(text).expect("readable")
}

fn version(number: u64) -> ListVersion {
    ListVersion::new(EPOCH, number)
}

fn whole(number: u64, seq: u64, rows: &[Workbench]) -> Listing {
    Listing {
        items: rows.to_vec(),
        version: Some(version(number)),
        seq: Some(seq),
        ..Listing::default()
    }
}

fn part(since: u64, number: u64, seq: u64, rows: &[Workbench], removed: &[u8]) -> Listing {
    Listing {
        since: Some(version(since)),
        removed: removed.iter().copied().map(id).collect(),
        ..whole(number, seq, rows)
    }
}

fn listed(rows: &[Workbench]) -> One {
    let mut roll = One::default();
    roll.replace(whole(5, 10, rows));
    roll
}

fn numbers(changes: &Changes) -> (usize, usize) {
    (changes.changed.len(), changes.removed.len())
}

#[test]
fn field_26_equal_data_causes_no_update() {
    let (one, two) = (row(1, 3, "Ann"), row(2, 4, "Ann"));
    let mut roll = listed(&[one.clone(), two.clone()]);
    let again = roll.replace(whole(6, 11, &[two.clone(), one.clone()]));
    assert_eq!(again, Changes::default());
    let nothing = roll.merge(part(6, 7, 11, std::slice::from_ref(&one), &[9]));
    assert_eq!(nothing, Some(Changes::default()));
    assert_eq!(roll.put(two), Changes::default());
    assert_eq!(roll.remove(&id(9), 12), Changes::default());
    assert_eq!(roll.since(), Some(&version(7)));
}

#[test]
fn who_deleted_a_workbench_is_known_from_the_removal_or_from_the_last_version() {
    let mut roll = listed(&[row(1, 3, "Ann"), row(2, 3, "Ann"), row(3, 3, "Ann")]);
    roll.put(Workbench {
        deleting: true,
        deleted_by_name: Some("Bob".to_owned()),
        ..row(1, 5, "Ann")
    });
    roll.remove(&id(1), 6);
    roll.0.remove(&id(2), 7, Some("Cyd".to_owned()));
    roll.remove(&id(3), 8);
    let by = |number| roll.0.deleted_by(&id(number));
    assert_eq!([by(1), by(2), by(3)], [Some("Bob"), Some("Cyd"), None]);
}

#[test]
fn changes_affect_only_the_named_rows() {
    let mut roll = listed(&[row(1, 3, "Ann"), row(2, 4, "Ann"), row(3, 5, "Ann")]);
    let rows = [row(2, 11, "Ann"), row(4, 12, "Ann")];
    let changes = roll.merge(part(5, 8, 12, &rows, &[3])).expect("it fits");
    assert_eq!(changes.changed, [id(2), id(4)]);
    assert_eq!(changes.removed, [id(3)]);
    assert_eq!(roll.total(), Some(3));
    assert_eq!(roll.row(&id(2)), Some(&rows[0]));
}

#[test]
fn changes_of_another_version_require_a_complete_list() {
    let fresh = row(2, 11, "Ann");
    for wrong in [
        part(4, 6, 11, std::slice::from_ref(&fresh), &[1]),
        part(6, 7, 11, std::slice::from_ref(&fresh), &[1]),
        Listing {
            since: Some(ListVersion::new("e0", 5)),
            version: Some(ListVersion::new("e0", 6)),
            ..part(5, 6, 11, std::slice::from_ref(&fresh), &[1])
        },
    ] {
        let mut roll = listed(&[row(1, 3, "Ann")]);
        assert_eq!(roll.merge(wrong), None);
        assert_eq!(roll.since(), None);
        assert!(roll.row(&id(1)).is_some() && roll.row(&id(2)).is_none());
        assert_eq!(roll.merge(part(5, 6, 11, &[], &[1])), None, "still lost");
        let changes = roll.replace(whole(6, 11, std::slice::from_ref(&fresh)));
        assert_eq!(numbers(&changes), (1, 1));
        assert_eq!(roll.since(), Some(&version(6)));
    }
    let mut none = One::default();
    assert_eq!(none.merge(part(5, 6, 11, &[fresh], &[])), None);
    assert_eq!(none.total(), None, "a part is no list");
}

#[test]
fn repeated_changes_are_harmless() {
    let mut roll = listed(&[row(1, 3, "Ann")]);
    let update = part(5, 6, 11, &[row(1, 11, "Ann")], &[]);
    assert_eq!(
        roll.merge(update.clone()).map(|changes| numbers(&changes)),
        Some((1, 0))
    );
    assert_eq!(roll.merge(update), Some(Changes::default()));
    assert_eq!(roll.replace(whole(5, 10, &[])), Changes::default());
    assert_eq!(roll.since(), Some(&version(6)));
}

/// Returns a list with these unreadable rows.
fn garbled(list: Listing, rows: &[u8]) -> Listing {
    Listing {
        unreadable: rows.iter().copied().map(id).collect(),
        ..list
    }
}

#[test]
fn field_7_unreadable_row_is_kept_and_others_continue_by_changes() {
    let mut roll = listed(&[row(1, 3, "Ann"), row(2, 4, "Ann")]);
    let changes = roll.merge(garbled(part(5, 6, 11, &[row(1, 11, "Ann")], &[]), &[2, 3]));
    let changes = changes.expect("what is read is added");
    assert_eq!(
        (&changes.changed, &changes.removed),
        (&vec![id(1)], &vec![id(2)])
    );
    assert_eq!((roll.unreadable(), roll.since()), (2, Some(&version(6))));

    // It changes at every read.
    for number in 6..9 {
        let seq = number + 6;
        let next = roll.merge(garbled(part(number, number + 1, seq, &[], &[]), &[2]));
        assert_eq!(next, Some(Changes::default()));
        assert_eq!((roll.unreadable(), roll.total()), (2, Some(1)));
    }
    let mended = roll.merge(part(9, 10, 15, &[row(2, 15, "Ann")], &[3]));
    assert_eq!(mended.map(|changes| numbers(&changes)), Some((1, 0)));
    assert_eq!((roll.unreadable(), roll.total()), (0, Some(2)));
}

#[test]
fn field_7_unreadable_row_is_removed_like_others_and_hides_nothing_newer() {
    let mut roll = One::default();
    roll.replace(garbled(whole(5, 10, &[row(1, 3, "Ann")]), &[2, 3, 4]));
    assert_eq!((roll.unreadable(), roll.total()), (3, Some(1)));
    roll.remove(&id(2), 11);
    assert_eq!(numbers(&roll.put(row(3, 12, "Ann"))), (1, 0));
    assert_eq!(roll.unreadable(), 1);
    let late = roll.merge(garbled(part(5, 6, 10, &[], &[]), &[2, 3]));
    assert_eq!((late, roll.unreadable()), (Some(Changes::default()), 1));
    let anew = roll.replace(whole(8, 20, &[row(1, 3, "Ann"), row(3, 12, "Ann")]));
    assert_eq!((anew, roll.unreadable()), (Changes::default(), 0));
}

#[test]
fn field_7_row_without_an_id_requires_a_complete_list_once() {
    let mut roll = listed(&[row(1, 3, "Ann"), row(2, 4, "Ann")]);
    let bad = Listing {
        nameless: 1,
        ..part(5, 6, 11, &[row(1, 11, "Ann")], &[])
    };
    assert_eq!(roll.merge(bad), None, "which row is not true any more?");
    let changes = roll.replace(Listing {
        nameless: 1,
        ..whole(6, 11, &[row(1, 11, "Ann")])
    });
    assert_eq!((numbers(&changes), roll.unreadable()), ((1, 1), 1));
    let next = roll.merge(part(6, 7, 12, &[row(1, 12, "Ann")], &[]));
    assert_eq!(next.map(|changes| numbers(&changes)), Some((1, 0)));
    assert_eq!(roll.unreadable(), 1, "it still is");
}

#[test]
fn field_25_late_response_revives_nothing() {
    let one = row(1, 3, "Ann");
    let mut roll = listed(std::slice::from_ref(&one));
    assert_eq!(numbers(&roll.remove(&id(1), 12)), (0, 1));
    assert_eq!(roll.put(one.clone()), Changes::default());
    let late = roll.replace(whole(6, 11, std::slice::from_ref(&one)));
    assert_eq!(late, Changes::default(), "it was read before it went");
    roll.replace(whole(8, 13, &[]));
    assert_eq!(roll.put(one), Changes::default(), "the list knew it");
    let unheard = row(2, 13, "Ann");
    assert_eq!(roll.put(unheard), Changes::default(), "made and gone since");
    let anew = roll.put(row(1, 14, "Ann"));
    assert_eq!(numbers(&anew), (1, 0), "made again under its name");
    assert_eq!(roll.remove(&id(1), 12), Changes::default());
}

#[test]
fn older_list_does_not_remove_a_newer_row() {
    let mut roll = listed(&[]);
    assert_eq!(numbers(&roll.put(row(1, 12, "Ann"))), (1, 0));
    assert_eq!(roll.replace(whole(6, 11, &[])), Changes::default());
    assert_eq!(
        roll.merge(part(6, 7, 11, &[], &[1])),
        Some(Changes::default())
    );
    assert_eq!(numbers(&roll.replace(whole(8, 12, &[]))), (0, 1));
}

#[test]
fn rows_before_the_first_list_are_unknown() {
    let mut roll = One::default();
    assert_eq!(roll.put(row(1, 12, "Ann")), Changes::default());
    assert_eq!((roll.total(), roll.since()), (None, None));
}

#[test]
fn restored_database_is_accepted() {
    let mut roll = listed(&[row(1, 9, "Ann"), row(2, 10, "Ann")]);
    let anew = Listing {
        version: Some(ListVersion::new("e2", 1)),
        ..whole(0, 4, &[row(1, 4, "Bob")])
    };
    let changes = roll.replace(anew);
    assert_eq!(
        (changes.changed, changes.removed),
        (vec![id(1)], vec![id(2)])
    );
    assert_eq!(roll.row(&id(1)), Some(&row(1, 4, "Bob")));
}

#[test]
fn server_without_numbers_is_supported() {
    let plain = |rows: &[Workbench]| Listing {
        version: None,
        seq: None,
        ..whole(0, 0, rows)
    };
    let mut roll = One::default();
    roll.replace(plain(&[row(1, 0, "Ann")]));
    assert_eq!(numbers(&roll.put(row(1, 0, "Bob"))), (1, 0));
    assert_eq!(numbers(&roll.put(row(2, 0, "Ann"))), (1, 0));
    assert_eq!(roll.since(), None);
    let changes = roll.replace(plain(&[row(1, 0, "Cid")]));
    assert_eq!(
        (changes.changed, changes.removed),
        (vec![id(1)], vec![id(2)])
    );
}
