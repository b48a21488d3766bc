//! What the monkey has reached, and what the stories reach, for a comparison.

use crate::monkey::places::page_of;
use crate::monkey::step::Control;
use crate::monkey::tree::without_digits;
use std::collections::{BTreeMap, BTreeSet};

/// A button or dialog of the stories, by role and name.
pub type Reached = (String, String);

/// Pages, controls and dialogs that were reached.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    pages: BTreeSet<String>,
    used: BTreeMap<(String, String, String), u32>,
    seen: BTreeSet<Reached>,
    audited: BTreeSet<(String, String, String)>,
    dialogs: BTreeSet<String>,
}

impl Coverage {
    /// Records a page with its dialogs and controls.
    pub fn see<'a>(
        &mut self,
        path: &str,
        dialogs: &[String],
        controls: impl Iterator<Item = &'a Control>,
    ) {
        self.pages.insert(page_of(path));
        self.dialogs
            .extend(dialogs.iter().map(|name| without_digits(name)));
        self.seen
            .extend(controls.map(|one| (one.role.clone(), without_digits(&one.name))));
    }

    /// Records the use of a control.
    pub fn uses(&mut self, path: &str, control: &Control) {
        *self.used.entry(key(path, control)).or_default() += 1;
    }

    /// Returns how often a control was used.
    pub fn count(&self, path: &str, control: &Control) -> u32 {
        self.used
            .get(&key(path, control))
            .copied()
            .unwrap_or_default()
    }

    /// Returns `true` if the page was seen.
    pub fn has_page(&self, page: &str) -> bool {
        self.pages.contains(page)
    }

    /// Records an audit of these controls; returns `true` if one of them was in no audit before.
    pub fn audits<'a>(&mut self, path: &str, controls: impl Iterator<Item = &'a Control>) -> bool {
        let mut is_new = false;
        for control in controls {
            is_new |= self.audited.insert(key(path, control));
        }
        is_new
    }

    /// Returns the buttons and dialogs of the stories that weren't reached: buttons by a click, dialogs by
    /// seeing them.
    pub fn missing<'a>(&self, stories: &'a BTreeSet<Reached>) -> Vec<&'a Reached> {
        let used: BTreeSet<(&str, &str)> = self
            .used
            .keys()
            .map(|(_, role, name)| (role.as_str(), name.as_str()))
            .collect();
        let has = |role: &str, name: &str| match role {
            "dialog" => self.dialogs.contains(name),
            // A button may be a summary, and a menu's item is one in stories.
            _ => used.iter().any(|(_, one)| *one == name),
        };
        stories
            .iter()
            .filter(|(role, name)| !has(role, name))
            .collect()
    }

    /// Describes everything that was reached.
    pub fn report(&self) -> String {
        let list = |all: Vec<String>| all.join(", ");
        let buttons: BTreeSet<&str> = self
            .used
            .keys()
            .filter(|(_, role, _)| role == "button")
            .map(|(_, _, name)| name.as_str())
            .collect();
        format!(
            "pages ({}): {}\ndialogs ({}): {}\nbuttons ({}): {}\ncontrols used: {}, seen: {}",
            self.pages.len(),
            list(self.pages.iter().cloned().collect()),
            self.dialogs.len(),
            list(self.dialogs.iter().cloned().collect()),
            buttons.len(),
            list(buttons.into_iter().map(str::to_owned).collect()),
            self.used.len(),
            self.seen.len(),
        )
    }
}

fn key(path: &str, control: &Control) -> (String, String, String) {
    (
        page_of(path),
        control.role.clone(),
        without_digits(&control.name),
    )
}

/// Returns the buttons, menu items, tabs and dialogs that a story's source text names.
pub fn of_stories(source: &str) -> BTreeSet<Reached> {
    const ROLES: [(&str, &str); 4] = [
        ("Role::Button", "button"),
        ("Role::MenuItem", "menuitem"),
        ("Role::Tab", "tab"),
        ("Role::Dialog", "dialog"),
    ];
    let mut found = BTreeSet::new();
    for (written, role) in ROLES {
        for (at, _) in source.match_indices(written) {
            let rest = source[at + written.len()..].trim_start_matches([',', ' ', '\n']);
            let name = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'));
            if let Some((name, _)) = name
                && !name.contains('\\')
            {
                found.insert((role.to_owned(), without_digits(name)));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn button(name: &str) -> Control {
        Control {
            role: "button".into(),
            name: name.into(),
            ordinal: 0,
        }
    }

    #[test]
    fn stories_are_read_by_role_and_name() {
        let source = r#"page.click(Role::Button, "Stop").await?;
            page.find_within(LONG, Role::Dialog, "Delete 3?").await?;
            page.click(Role::Button, &format!("Remove {name}"));
            page.click(Role::Link, "Studio");"#;
        let expected = [("button", "Stop"), ("dialog", "Delete #?")];
        let expected = expected.map(|(role, name)| (role.to_owned(), name.to_owned()));
        assert_eq!(of_stories(source), expected.into());
    }

    #[test]
    fn a_button_is_reached_by_a_click_and_a_dialog_by_its_sight() {
        let mut coverage = Coverage::default();
        let (stop, delete) = (button("Stop"), button("Delete"));
        coverage.see(
            "/workspaces/ws-1",
            &["Delete 2?".into()],
            [&stop, &delete].into_iter(),
        );
        coverage.uses("/workspaces/ws-1", &stop);
        assert_eq!(coverage.count("/workspaces/ws-2", &stop), 1);
        let stories =
            of_stories(r#"Role::Button, "Stop" Role::Button, "Delete" Role::Dialog, "Delete 1?""#);
        let missing = coverage.missing(&stories);
        assert_eq!(missing, [&("button".to_owned(), "Delete".to_owned())]);
        assert!(coverage.has_page("/workspaces/:id"));
    }

    #[test]
    fn a_page_is_audited_again_when_it_shows_another_control() {
        let mut coverage = Coverage::default();
        assert!(coverage.audits("/a", [&button("x")].into_iter()));
        assert!(!coverage.audits("/a", [&button("x")].into_iter()));
        assert!(coverage.audits("/a", [&button("x"), &button("y")].into_iter()));
        assert!(coverage.audits("/b", [&button("x")].into_iter()));
    }
}
