//! State of the list of users: what is shown, its page, and the selection.

use super::query::UserQuery;
use crate::routes::Page;
use crate::store::{Poll, Query};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use std::collections::BTreeMap;
use vestibule_client::poll::Pace;
use vestibule_model::ids::UserId;
use vestibule_model::people::{Account, AccountList};

/// Writes what is shown to an address.
type WriteAddress = Box<dyn Fn(&UserQuery)>;

/// The list.
#[derive(Clone, Copy)]
pub struct UserList {
    /// Search, filter and order.
    pub shown: RwSignal<UserQuery>,
    /// The page's users, or `None` before the first answer.
    pub users: RwSignal<Option<Vec<Account>>>,
    /// Number of users on all pages, if the server counts them.
    pub total: RwSignal<Option<u64>>,
    /// Cursor of the next page, if there is one.
    pub next: RwSignal<Option<String>>,
    /// Cursors that led from the first page to this one.
    pub cursors: RwSignal<Vec<String>>,
    /// Names of the selected users, which may be on other pages.
    pub selected: RwSignal<BTreeMap<UserId, String>>,
    /// The request.
    pub poll: Poll,
    /// Writes what is shown to the page's address.
    write_address: StoredValue<WriteAddress, LocalStorage>,
}

/// Follows the list for as long as the calling component lives.
pub fn use_user_list() -> UserList {
    let query = use_query_map();
    let shown = RwSignal::new(UserQuery::parse(|name| query.read_untracked().get(name)));
    let cursors = RwSignal::new(Vec::<String>::new());
    let (users, next) = (RwSignal::new(None), RwSignal::new(None));
    let total = RwSignal::new(None);
    let address = move || {
        let cursors = cursors.read_untracked();
        shown
            .read_untracked()
            .address(cursors.last().map(String::as_str))
    };
    let requested = StoredValue::new(String::new());
    let asking = move || {
        let address = address();
        requested.set_value(address.clone());
        address
    };
    let poll = Query::at(asking).poll(move |list: AccountList, _| {
        // The answer may be to an earlier search; the next request is under way then.
        if requested.get_value() == address() {
            if users.read_untracked().as_ref() != Some(&list.items) {
                users.set(Some(list.items));
            }
            next.set(list.next_cursor);
            total.set(list.total);
        }
        Ok((Pace::Steady, None))
    });
    let navigate = use_navigate();
    let write_address = move |shown: &UserQuery| {
        let options = NavigateOptions {
            replace: true,
            scroll: false,
            ..NavigateOptions::default()
        };
        navigate(&format!("{}{}", Page::Users.path(), shown.query()), options);
    };
    UserList {
        shown,
        users,
        total,
        next,
        cursors,
        selected: RwSignal::new(BTreeMap::new()),
        poll,
        write_address: StoredValue::new_local(Box::new(write_address)),
    }
}

impl UserList {
    /// Changes what is shown, from the first page on.
    pub fn show(self, change: impl FnOnce(&mut UserQuery)) {
        self.next.set(None);
        self.cursors.set(Vec::new());
        self.shown.update(change);
        self.write_address
            .with_value(|write| write(&self.shown.read_untracked()));
        self.poll.refresh();
    }

    /// Shows the next page.
    pub fn go_on(self) {
        if let Some(cursor) = self.next.get_untracked() {
            self.next.set(None);
            self.cursors.update(|cursors| cursors.push(cursor));
            self.poll.refresh();
        }
    }

    /// Shows the page before.
    pub fn go_back(self) {
        self.next.set(None);
        self.cursors.update(|cursors| drop(cursors.pop()));
        self.poll.refresh();
    }

    /// Selects a user, or takes them out of the selection.
    pub fn select(self, user: &Account, is_selected: bool) {
        self.selected.update(|selected| {
            if is_selected {
                selected.insert(user.id.clone(), shown_name(user));
            } else {
                selected.remove(&user.id);
            }
        });
    }
}

/// Returns the name that screens show.
pub fn shown_name(user: &Account) -> String {
    match user.display_name.as_str() {
        "" => user.username.clone(),
        name => name.to_owned(),
    }
}
