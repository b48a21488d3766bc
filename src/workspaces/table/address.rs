//! What of the table stands in its address, so that a reload and a shared link show the same.

use crate::routes::encode;
use vestibule_model::state::State;
use vestibule_model::table::{Column, Sort};

/// What is shown of the rows, and in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// What was searched for.
    pub text: String,
    /// Any of these states; empty: all.
    pub states: Vec<State>,
    /// Only what one made oneself.
    pub is_mine: bool,
    /// The order.
    pub sort: Sort,
}

impl Shown {
    /// Reads it from an address; `query` answers what a parameter says. Words of no meaning are
    /// passed over.
    pub fn parse(query: impl Fn(&str) -> Option<String>) -> Self {
        let states = query("state").unwrap_or_default();
        Self {
            text: query("q").unwrap_or_default(),
            states: states.split(',').filter_map(State::of_word).collect(),
            is_mine: query("owner").as_deref() == Some("me"),
            sort: query("sort").as_deref().map_or_else(Sort::default, sort),
        }
    }

    /// What is added to the page's address, with its question mark; empty for what is usual.
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
        let states: Vec<String> = self.states.iter().map(|s| encode(s.word())).collect();
        add("state", &states.join(","));
        add("owner", if self.is_mine { "me" } else { "" });
        if self.sort != Sort::default() {
            let turned = if self.sort.descending { "-" } else { "" };
            add("sort", &[turned, word(self.sort.column)].concat());
        }
        query
    }
}

fn word(column: Column) -> &'static str {
    match column {
        Column::Name => "name",
        Column::State => "state",
        Column::App => "app",
        Column::Started => "started",
        Column::TimeInState => "since",
    }
}

fn sort(text: &str) -> Sort {
    let (descending, name) = match text.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, text),
    };
    let column = match name {
        "state" => Column::State,
        "app" => Column::App,
        "started" => Column::Started,
        "since" => Column::TimeInState,
        "name" => Column::Name,
        _ => return Sort::default(),
    };
    Sort { column, descending }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Shown {
        let pairs: Vec<(&str, &str)> = query
            .trim_start_matches('?')
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .collect();
        Shown::parse(|name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| value.replace("%20", " "))
        })
    }

    #[test]
    fn what_is_shown_is_found_again_by_its_address() {
        let shown = Shown {
            text: "run 9".to_owned(),
            states: vec![State::Failed, State::TimedOut],
            is_mine: true,
            sort: Sort {
                column: Column::TimeInState,
                descending: true,
            },
        };
        assert_eq!(
            shown.query(),
            "?q=run%209&state=Failed,Timed%20out&owner=me&sort=-since"
        );
        assert_eq!(read(&shown.query()), shown);
        assert_eq!(Shown::default().query(), "");
        for column in ["state", "app", "started", "-name"] {
            assert_eq!(
                read(&format!("?sort={column}")).query(),
                format!("?sort={column}")
            );
        }
    }

    #[test]
    fn words_of_no_meaning_are_passed_over() {
        assert_eq!(
            read("?sort=colour&owner=them&state=,Hibernated&q="),
            Shown::default()
        );
    }
}
