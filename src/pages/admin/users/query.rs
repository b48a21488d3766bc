//! Search, filter, order and page of the list of users, as its address and as the API's query. Pure.

use crate::routes::encode;

/// Number of users on a page.
pub const PAGE_SIZE: usize = 50;

/// Order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UserSortKey {
    /// By display name.
    #[default]
    Name,
    /// By username.
    Username,
    /// By the time of creation.
    Created,
    /// By the last use of a session.
    Seen,
}

impl UserSortKey {
    /// Returns the word in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "displayName",
            Self::Username => "username",
            Self::Created => "createdAt",
            Self::Seen => "lastSeenAt",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        let all = [Self::Name, Self::Username, Self::Created, Self::Seen];
        all.into_iter().find(|key| key.as_str() == word)
    }

    /// Returns `true` if the natural order begins with the greatest value.
    fn begins_descending(self) -> bool {
        matches!(self, Self::Created | Self::Seen)
    }
}

/// Search, filter and order of the list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserQuery {
    /// The search text.
    pub text: String,
    /// `true` for disabled users only, `false` for active ones, `None` for all.
    pub disabled: Option<bool>,
    /// The column that it is sorted by.
    pub sort: UserSortKey,
    /// `true` if the greatest value comes first.
    pub descending: bool,
}

impl UserQuery {
    /// Reads it from an address; `query` returns the value of a parameter. Unknown words are ignored.
    pub fn parse(query: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            text: query("q").unwrap_or_default(),
            disabled: match query("status").as_deref() {
                Some("active") => Some(false),
                Some("disabled") => Some(true),
                _ => None,
            },
            sort: query("sort")
                .and_then(|word| UserSortKey::parse(&word))
                .unwrap_or_default(),
            descending: query("order").as_deref() == Some("desc"),
        }
    }

    /// Sorts by a column, or turns the order if it is sorted by it.
    pub fn sort_by(&mut self, key: UserSortKey) {
        self.descending = match self.sort == key {
            true => !self.descending,
            false => key.begins_descending(),
        };
        self.sort = key;
    }

    /// Returns the query of the page's address, with its question mark; empty for the defaults.
    pub fn query(&self) -> String {
        let pairs = self.pairs("q");
        match pairs.is_empty() {
            true => String::new(),
            false => format!("?{}", pairs.join("&")),
        }
    }

    /// Returns the address of a page of the API's list.
    pub fn address(&self, cursor: Option<&str>) -> String {
        let mut pairs = self.pairs("search");
        if self.sort == UserSortKey::default() {
            pairs.push(format!("sort={}", self.sort.as_str()));
        }
        pairs.push(format!("limit={PAGE_SIZE}"));
        pairs.extend(cursor.map(|cursor| format!("cursor={}", encode(cursor))));
        format!("{}?{}", crate::api::USERS, pairs.join("&"))
    }

    fn pairs(&self, search: &str) -> Vec<String> {
        let mut pairs = Vec::new();
        let text = self.text.trim();
        if !text.is_empty() {
            pairs.push(format!("{search}={}", encode(text)));
        }
        if let Some(disabled) = self.disabled {
            let word = if disabled { "disabled" } else { "active" };
            pairs.push(format!("status={word}"));
        }
        if self.sort != UserSortKey::default() {
            pairs.push(format!("sort={}", self.sort.as_str()));
        }
        if self.descending {
            pairs.push("order=desc".to_owned());
        }
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> UserQuery {
        let pairs: Vec<(&str, &str)> = query
            .trim_start_matches('?')
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .collect();
        UserQuery::parse(|name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn address_of_the_page_is_read_back() {
        let mut shown = UserQuery {
            text: "ada".to_owned(),
            disabled: Some(true),
            ..UserQuery::default()
        };
        shown.sort_by(UserSortKey::Seen);
        assert!(shown.descending);
        assert_eq!(read(&shown.query()), shown);
        assert_eq!(UserQuery::default().query(), "");
        assert_eq!(read("?sort=none&status=odd"), UserQuery::default());
    }

    #[test]
    fn search_text_is_encoded() {
        let shown = UserQuery {
            text: " a&b é ".to_owned(),
            ..UserQuery::default()
        };
        assert_eq!(
            shown.address(Some("x=")),
            "/api/users?search=a%26b%20%C3%A9&sort=displayName&limit=50&cursor=x%3D"
        );
    }

    #[test]
    fn a_second_click_turns_the_order() {
        let mut shown = UserQuery::default();
        shown.sort_by(UserSortKey::Name);
        assert!(shown.descending);
        shown.sort_by(UserSortKey::Username);
        assert!(!shown.descending);
    }
}
