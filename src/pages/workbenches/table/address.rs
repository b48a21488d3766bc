//! The part of the table's state in the address, so that a reload and a shared link show the
//! same.

use super::columns::COLUMNS;
use super::groups::Group;
use crate::routes::encode;
use vestibule_client::table::{Sort, SortKey};

/// Search, filters and order of the table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableQuery {
    /// The search text.
    pub text: String,
    /// The groups of states that are shown; empty shows all.
    pub groups: Vec<Group>,
    /// `true` if only the user's own workbenches are shown.
    pub is_mine: bool,
    /// The order.
    pub sort: Sort,
}

impl TableQuery {
    /// Reads it from an address; `query` returns the value of a parameter. Unknown words are ignored.
    pub fn parse(query: impl Fn(&str) -> Option<String>) -> Self {
        let words = query("state").unwrap_or_default();
        let mut groups: Vec<Group> = words.split(',').filter_map(Group::parse).collect();
        groups.sort_unstable();
        groups.dedup();
        Self {
            text: query("q").unwrap_or_default(),
            groups,
            is_mine: query("owner").as_deref() == Some("me"),
            sort: query("sort")
                .as_deref()
                .map_or_else(Sort::default, sort_from_query),
        }
    }

    /// Returns the query with its question mark; empty for the defaults.
    pub fn query(&self) -> String {
        let mut query = String::new();
        let mut add = |name: &str, value: &str| {
            if !value.is_empty() {
                query.push(if query.is_empty() { '?' } else { '&' });
                query.push_str(name);
                query.push('=');
                query.push_str(value);
            }
        };
        add("q", &encode(self.text.trim()));
        let groups: Vec<&str> = self.groups.iter().map(|group| group.as_str()).collect();
        add("state", &groups.join(","));
        add("owner", if self.is_mine { "me" } else { "" });
        if self.sort != Sort::default() {
            let sign = if self.sort.descending { "-" } else { "" };
            add("sort", &format!("{sign}{}", sort_to_query(self.sort.key)));
        }
        query
    }
}

fn sort_to_query(key: SortKey) -> &'static str {
    let mut names = COLUMNS.iter().filter_map(|column| column.sort);
    names
        .find(|(_, own)| *own == key)
        .map_or("", |(name, _)| name)
}

fn sort_from_query(text: &str) -> Sort {
    let (descending, name) = match text.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, text),
    };
    let mut names = COLUMNS.iter().filter_map(|column| column.sort);
    match names.find(|(own, _)| *own == name) {
        Some((_, key)) => Sort { key, descending },
        None => Sort::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> TableQuery {
        let pairs: Vec<(&str, &str)> = query
            .trim_start_matches('?')
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .collect();
        TableQuery::parse(|name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| value.replace("%20", " "))
        })
    }

    #[test]
    fn the_address_restores_search_filters_and_order() {
        let shown = TableQuery {
            text: "run 9".to_owned(),
            groups: vec![Group::Attention, Group::Stopped],
            is_mine: true,
            sort: Sort {
                key: SortKey::TimeInState,
                descending: true,
            },
        };
        assert_eq!(
            shown.query(),
            "?q=run%209&state=attention,stopped&owner=me&sort=-since"
        );
        assert_eq!(read(&shown.query()), shown);
        assert_eq!(TableQuery::default().query(), "");
        for column in ["state", "app", "since", "-name"] {
            assert_eq!(
                read(&format!("?sort={column}")).query(),
                format!("?sort={column}")
            );
        }
    }

    #[test]
    fn single_states_of_version_0_1_select_their_group() {
        let shown = read("?state=Failed,Timed%20out,Stopped");
        assert_eq!(shown.groups, [Group::Attention, Group::Stopped]);
    }

    #[test]
    fn unknown_words_are_ignored() {
        assert_eq!(
            read("?sort=colour&owner=them&state=,Hibernated&q="),
            TableQuery::default()
        );
    }
}
