//! Screen texts of the tabs.

use vestibule_client::typed::{Loss, LossCause};
use vestibule_model::tab::attachment::MAX_BYTES;

pub const APP: &str = "App";
pub const TERMINAL: &str = "Terminal";
pub const SCRIPT: &str = "Script";
pub const LOG: &str = "Log";
pub const NEW_TAB: &str = "New tab";
pub const NEW_LOG: &str = "New log";
pub const LOG_EMPTY: &str = "Nothing has been printed yet.";
pub const NO_RUN: &str = "No attempt yet. Start the workbench to see its log here.";
pub const SHOW_BESIDE: &str = "Show beside the app";
pub const SHOW_ALONE: &str = "Show alone";
pub const TOO_NARROW: &str = "The window is too narrow for two areas.";
pub const RESIZE: &str = "Width of the tab";
pub const NEW_SCRIPT: &str = "New script";
pub const TRANSCRIPT: &str = "Transcript";
pub const NO_MESSAGES: &str =
    "No messages yet. What you send runs in the workbench\u{2019}s folder.";
pub const EARLIER: &str = "Show earlier";
pub const TO_NEWEST: &str = "Go to the newest";
pub const COPY: &str = "Copy";
pub const COPY_TURN: &str = "Copy answer";
pub const NOT_READ: &str = "The transcript can\u{2019}t be read now.";
pub const SEARCH: &str = "Search";
pub const SEARCH_LABEL: &str = "Search the transcript";
pub const NO_MATCH: &str = "No match";
pub const PREVIOUS_MATCH: &str = "Previous match";
pub const NEXT_MATCH: &str = "Next match";
pub const CLOSE_SEARCH: &str = "Close the search";
pub const SEARCHING: &str = "Searching earlier messages\u{2026}";
pub const STOP_SEARCH: &str = "Stop searching";
pub const NOT_SEARCHED: &str = "Earlier messages weren\u{2019}t searched.";
pub const SEARCH_ON: &str = "Search them";
pub const CODE: &str = "Code";
pub const TABLE: &str = "Table";
pub const TASK_DONE: &str = "Done";
pub const TASK_OPEN: &str = "Open";
pub const SINCE: &str = "New since you left";
pub const YOU: &str = "Message";
pub const ANSWER: &str = "Answer";
pub const ERROR_OUTPUT: &str = "Error output";
pub const WAITING: &str = "Waiting messages";
pub const UNCERTAIN: &str = "It may have run: the session ended. Send it again to run it.";
pub const CANCEL: &str = "Cancel";
pub const MESSAGE: &str = "Message";
pub const PLACEHOLDER: &str = "Message or command";
pub const KEYS: &str = "Enter sends, Shift+Enter starts a new line";
pub const TYPE_FIRST: &str = "Type a message first.";
pub const AS_FILE: &str = "Attach as a file";
pub const SEND: &str = "Send";
pub const SEND_WHEN_READY: &str = "Send when ready";
pub const INTERRUPT: &str = "Interrupt";
pub const DOWNLOAD: &str = "Download";
pub const NEW_TERMINAL: &str = "New terminal";
pub const MORE: &str = "All tabs";
pub const SHOW_TAB: &str = "Show";
pub const CHANGE_TAB: &str = "Selected tab";
pub const CLOSE: &str = "Close";
pub const RENAME: &str = "Rename";
pub const MOVE_LEFT: &str = "Move left";
pub const MOVE_RIGHT: &str = "Move right";
pub const TITLE: &str = "Title";
pub const SAVE: &str = "Save";
pub const ENTER_TITLE: &str = "Enter a title.";
pub const UNKNOWN_KIND: &str = "This console doesn't know this kind of tab. Reload the page.";
pub const USE_OTHER: &str = "Use that one";
pub const KEEP_OWN: &str = "Keep this one";
pub const ATTACH: &str = "Attach files";
pub const ATTACHMENTS: &str = "Attachments";
pub const DROP: &str = "Drop files to attach them";
pub const RESTING: &str = "Not running";
pub const START: &str = "Start";
pub const START_AND_SEND: &str = "Start and send";
pub const RETRY: &str = "Retry";
pub const GO_TO_APP: &str = "Go to the app";
pub const CLOSED: &str = "This tab was closed";
pub const CLOSED_TEXT: &str = "Its session has ended. Open a new one instead.";
pub const PREPARING: &str = "Preparing environment";
pub const FAILED: &str = "This tab isn't available";
pub const OPENING: &str = "Connecting\u{2026}";
pub const RECONNECTING: &str = "Reconnecting\u{2026}";
pub const NEW_OUTPUT: &str = "new output";
pub const KEYBOARD: &str = "Terminal input. Press Shift+F6 to leave the terminal.";
pub const GO_ON: &str = "Continue typing";
pub const DISCARD: &str = "Discard";
pub const SHARE: &str = "Share";
pub const STOP_SHARING: &str = "Stop sharing";
pub const PRIVATE: &str = "This terminal is private";
pub const LEAVE_HINT: &str = "Shift+F6 leaves the terminal";

/// Returns the name of the button that takes a message back.
pub fn cancel(text: &str) -> String {
    let start: String = text.chars().take(40).collect();
    format!("{CANCEL} \u{201c}{start}\u{201d}")
}

/// Returns the announcement of a file that is in the workbench's folder.
pub fn attached(path: &str) -> String {
    format!("Attached as {path}.")
}

/// Returns the message about a file that is too large.
pub fn too_large() -> String {
    let mebibytes = MAX_BYTES / 1024 / 1024;
    format!("Too large. Attach files of up to {mebibytes} MiB.")
}

/// Returns the notice that a message is too long by some bytes.
pub fn too_long(excess: usize) -> String {
    let excess = match excess {
        1 => "1 byte".to_owned(),
        ..1024 => format!("{excess} bytes"),
        _ => format!("{} KiB", excess.div_ceil(1024)),
    };
    format!("This message is too long by {excess}. Send it as a file.")
}

/// Returns the name of the progress of a file.
pub fn progress_of(name: &str) -> String {
    format!("Upload of {name}")
}

/// Returns the name of the button that cancels a file, or removes one that failed.
pub fn remove_attachment(name: &str, is_failed: bool) -> String {
    match is_failed {
        true => format!("Remove {name}"),
        false => format!("{CANCEL} {name}"),
    }
}

/// Returns the name of the button that sends a file again.
pub fn retry_attachment(name: &str) -> String {
    format!("{RETRY} {name}")
}

/// Returns the notice that another window has another draft.
pub fn other_draft(text: &str) -> String {
    match text.trim() {
        "" => "You emptied this message in another window.".to_owned(),
        text => {
            let start: String = text.chars().take(80).collect();
            format!("You wrote \u{201c}{start}\u{201d} in another window.")
        }
    }
}

/// Returns the message after a text could not be sent.
pub fn not_sent(reason: &str) -> String {
    format!("Not sent. {reason}")
}

/// Returns the announcement of a turn's end.
pub fn turn_ended(sentence: &str) -> String {
    format!("The script has ended. {sentence}")
}

/// Returns the heading of a run's log.
pub fn run(number: u64) -> String {
    format!("Attempt {number}")
}

/// Returns the place of a match among all.
pub fn match_of(place: usize, count: usize) -> String {
    format!("{place} of {count}")
}

/// Returns the name of a block of code.
pub fn code_in(language: &str) -> String {
    format!("{CODE}, {language}")
}

/// Returns the name of the list of tabs.
pub fn tabs_of(workbench: &str) -> String {
    match workbench {
        "" => "Tabs".to_owned(),
        name => format!("Tabs of {name}"),
    }
}

/// Returns the accessible name of a tab: title and state.
pub fn tab_name(title: &str, state: Option<&str>) -> String {
    match state {
        Some(state) => format!("{title}, {state}"),
        None => title.to_owned(),
    }
}

/// Returns the explanation in place of another user's terminal.
pub fn private_text(owner: Option<&str>) -> String {
    match owner {
        Some(owner) => format!("It belongs to {owner}, who can share it."),
        None => "It belongs to a user who is gone. Open a new one.".to_owned(),
    }
}

/// Returns whose a tab is and who is in it, as far as the user has to know: `None` for an own one in which
/// nobody else is.
pub fn people_in(
    owner: Option<&str>,
    is_private: bool,
    is_shared: bool,
    present: &[String],
) -> Option<String> {
    let of = match owner {
        Some(owner) if is_private => Some(format!("{owner}, private")),
        Some(owner) => Some(format!("opened by {owner}")),
        None => is_shared.then(|| "shared".to_owned()),
    };
    let here = match present {
        [] => None,
        names => Some(format!("here: {}", names.join(", "))),
    };
    let parts: Vec<String> = of.into_iter().chain(here).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Returns the title of the dialog that renames a tab.
pub fn rename_title(title: &str) -> String {
    format!("Rename \u{201c}{title}\u{201d}")
}

/// Returns the accessible name of a terminal's frame.
pub fn frame_title(title: &str) -> String {
    format!("{title}. {LEAVE_HINT}.")
}

/// Returns that typing is refused.
pub fn read_only(needs: &str) -> String {
    format!("You can watch, but not type. {needs}")
}

/// Returns the message after an action on a tab has failed.
pub fn not_done(title: &str, reason: &str) -> String {
    format!("\u{201c}{title}\u{201d} wasn't changed. {reason}")
}

/// Returns the message after a tab could not be closed.
pub fn not_closed(title: &str, reason: &str) -> String {
    format!("\u{201c}{title}\u{201d} wasn't closed. {reason}")
}

/// Returns that typed characters wait for a connection.
pub fn waiting(characters: usize) -> String {
    format!(
        "{} will be sent when the terminal is connected.",
        count(characters)
    )
}

/// Returns the message about input that was lost.
pub fn lost(loss: Loss) -> String {
    let Loss {
        cause,
        unsent,
        uncertain,
    } = loss;
    let cause = match cause {
        LossCause::Break => "The connection broke while you typed.",
        LossCause::Ended => "The session ended while you typed.",
        LossCause::NotAllowed => "You can\u{2019}t type into this terminal.",
        LossCause::Full => "The program doesn\u{2019}t read its input.",
    };
    let unsent = match unsent {
        0 => String::new(),
        unsent => format!(" {} sent.", not(unsent, "was", "were")),
    };
    let uncertain = match uncertain {
        0 => String::new(),
        uncertain => format!(
            " {} may not have arrived: check the line before you go on.",
            count(uncertain)
        ),
    };
    format!("{cause}{uncertain}{unsent}")
}

/// Returns the message after a page was left while typed characters waited.
pub fn left_unsent(characters: usize) -> String {
    format!("{} sent to the terminal.", not(characters, "was", "were"))
}

fn not(characters: usize, one: &str, many: &str) -> String {
    let verb = if characters == 1 { one } else { many };
    format!("{} {verb}n\u{2019}t", count(characters))
}

fn count(characters: usize) -> String {
    match characters {
        1 => "1 typed character".to_owned(),
        many => format!("{many} typed characters"),
    }
}
