//! The browser's tab: its title and its icon say what state the page is about.

use super::live::effect;
use super::mark::MarkKind;
use leptos::prelude::*;
use std::cell::RefCell;

/// A state as a tab shows it: the mark and its word.
pub type State = (MarkKind, &'static str);

/// The page's name, the state of what it is about, and what goes on elsewhere: that is shown where
/// the page is about nothing that has a state. What it is about may have none, or none yet.
type Tab = (String, Option<Option<State>>, Option<State>);

thread_local! {
    static TAB: RefCell<Tab> = RefCell::default();
}

/// The page's name.
pub fn set_name(name: String) {
    change(|tab| tab.0 = name);
}

/// Shows a state in the tab, and no other, for as long as the calling component lives.
pub fn show_state_in_tab(state: Signal<Option<State>>) {
    let state = Memo::new(move |_| state.get());
    effect(move || {
        let state = state.get();
        change(|tab| tab.1 = Some(state));
    });
    on_cleanup(|| change(|tab| tab.1 = None));
}

/// Shows in the tab what goes on elsewhere; none shows nothing.
pub fn show_activity_in_tab(activity: Option<State>) {
    change(|tab| tab.2 = activity);
}

fn change(change: impl FnOnce(&mut Tab)) {
    let (title, icon) = TAB.with_borrow_mut(|tab| {
        change(tab);
        let state = tab.1.unwrap_or(tab.2);
        (title(&tab.0, state), state.map(|(kind, _)| icon(kind)))
    });
    let document = document();
    if document.title() != title {
        document.set_title(&title);
    }
    let link = document.query_selector("link[rel=icon]").ok().flatten();
    let icon = icon.unwrap_or_else(|| USUAL_ICON.to_owned());
    if let Some(link) = link
        && link.get_attribute("href").as_ref() != Some(&icon)
    {
        // A name that is known to be good.
        let _ = link.set_attribute("href", &icon);
    }
}

fn title(name: &str, state: Option<State>) -> String {
    match state {
        _ if name.is_empty() => "Vestibule".to_owned(),
        None => [name, " · Vestibule"].concat(),
        Some((kind, word)) => [kind.glyph(), " ", name, " · ", word, " – Vestibule"].concat(),
    }
}

const USUAL_ICON: &str = "/favicon.svg";

/// The doorway with the state's mark before it. Tabs are light or dark as they please, so that the
/// mark brings its own ground.
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
    // As a whole the shape is what tells it; the ready one is a full disc.
    let fill = match kind {
        MarkKind::Ready | MarkKind::Working | MarkKind::Waiting | MarkKind::Stopped => "white",
        _ => "none",
    };
    [
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E\
         %3Cpath d='M4 21V6a4 4 0 0 1 4-4h8a4 4 0 0 1 4 4v15' fill='none' stroke='%23",
        colour,
        "' stroke-width='2'/%3E%3Ccircle cx='12' cy='14' r='9.5' fill='%23",
        colour,
        "'/%3E%3Cpath transform='translate(5 7)' stroke='white' stroke-width='1.8' fill='",
        fill,
        "' d='",
        kind.outline(),
        "'/%3E%3C/svg%3E",
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_says_the_state_first_where_there_is_one() {
        assert_eq!(title("", None), "Vestibule");
        assert_eq!(title("Studio", None), "Studio · Vestibule");
        let state = Some((MarkKind::Ready, "Running"));
        assert_eq!(title("analysis", state), "● analysis · Running – Vestibule");
    }

    #[test]
    fn icons_differ_and_are_addresses() {
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
            // What would end or change an address has no place in it.
            let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '#' | '<' | '>' | '"');
            assert!(icon.chars().all(|c| c == ' ' || is_plain(c)), "{icon}");
        }
    }
}
