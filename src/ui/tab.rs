//! The browser tab: its title and its icon show the state of the page.

use super::mark::MarkKind;
use crate::effect::Effect;
use leptos::prelude::*;
use std::cell::RefCell;

/// State that a tab can show: the glyph and its word.
pub type State = (MarkKind, &'static str);

/// Content of the tab.
#[derive(Default)]
struct Tab {
    /// The page's name.
    name: String,
    /// The state of the page's subject, or `None` where it has none, or none yet.
    state: Option<State>,
}

thread_local! {
    /// The document has one title: a change of either half needs the other.
    static TAB: RefCell<Tab> = RefCell::default();
}

/// Sets the page's name.
pub fn set_name(name: String) {
    change(|tab| tab.name = name);
}

/// Shows a state in the tab for as long as the calling component lives.
pub fn show_state_in_tab(state: Signal<Option<State>>) {
    let state = Memo::new(move |_| state.get());
    Effect::new(move |_| {
        let state = state.get();
        change(|tab| tab.state = state);
    });
    on_cleanup(|| change(|tab| tab.state = None));
}

fn change(change: impl FnOnce(&mut Tab)) {
    let (title, icon) = TAB.with_borrow_mut(|tab| {
        change(tab);
        (
            title(&tab.name, tab.state),
            tab.state.map(|(kind, _)| icon(kind)),
        )
    });
    let document = document();
    if document.title() != title {
        document.set_title(&title);
    }
    let link = document.query_selector("link[rel=icon]").ok().flatten();
    let icon = icon.unwrap_or_else(|| DEFAULT_ICON.to_owned());
    if let Some(link) = link
        && link.get_attribute("href").as_ref() != Some(&icon)
    {
        // Fails only for invalid attribute names.
        let _ = link.set_attribute("href", &icon);
    }
}

fn title(name: &str, state: Option<State>) -> String {
    match state {
        _ if name.is_empty() => "Vestibule".to_owned(),
        None => format!("{name} · Vestibule"),
        Some((kind, word)) => format!("{} {name} · {word} – Vestibule", kind.glyph()),
    }
}

const DEFAULT_ICON: &str = "/favicon.svg";

/// Returns the doorway with the state's glyph in front of it. The glyph has its own background,
/// since tabs may be light or dark.
fn icon(kind: MarkKind) -> String {
    let colour = match kind {
        MarkKind::Ready => "08775a",
        MarkKind::Working => "2367b5",
        MarkKind::Waiting => "96590b",
        MarkKind::Failed => "b5321c",
        MarkKind::Stopped | MarkKind::Pending => "6b6762",
        MarkKind::Completed => "3f7052",
        MarkKind::Unknown => "74489c",
    };
    let fill = match kind {
        MarkKind::Ready | MarkKind::Working | MarkKind::Waiting | MarkKind::Stopped => "white",
        _ => "none",
    };
    let outline = kind.outline();
    format!(
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E\
         %3Cpath d='M4 21V6a4 4 0 0 1 4-4h8a4 4 0 0 1 4 4v15' fill='none' stroke='%23{colour}' \
         stroke-width='2'/%3E%3Ccircle cx='12' cy='14' r='9.5' fill='%23{colour}'/%3E\
         %3Cpath transform='translate(5 7)' stroke='white' stroke-width='1.8' fill='{fill}' \
         d='{outline}'/%3E%3C/svg%3E"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn title_begins_with_the_state() {
        assert_eq!(title("", None), "Vestibule");
        assert_eq!(title("Studio", None), "Studio · Vestibule");
        let state = Some((MarkKind::Ready, "Running"));
        assert_eq!(title("analysis", state), "● analysis · Running – Vestibule");
    }

    #[test]
    fn icons_differ_and_are_valid_addresses() {
        let kinds = [
            MarkKind::Ready,
            MarkKind::Working,
            MarkKind::Waiting,
            MarkKind::Failed,
            MarkKind::Stopped,
            MarkKind::Completed,
            MarkKind::Unknown,
        ];
        let icons: std::collections::HashSet<String> = kinds.into_iter().map(icon).collect();
        assert_eq!(icons.len(), kinds.len());
        for icon in icons {
            // These characters would end the address.
            let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '#' | '<' | '>' | '"');
            assert!(icon.chars().all(|c| c == ' ' || is_plain(c)), "{icon}");
        }
    }
}
