//! Screen texts of the log view.

pub const SEARCH_LABEL: &str = "Search the log";
pub const SEARCH: &str = "Search";
pub const NO_MATCH: &str = "None";
pub const PREVIOUS_MATCH: &str = "Previous match";
pub const NEXT_MATCH: &str = "Next match";
pub const FOLLOW: &str = "Follow";
pub const TO_THE_END: &str = "To the end";
pub const WRAP: &str = "Wrap";
pub const COPY: &str = "Copy";
pub const COPY_LINK: &str = "Copy link";
pub const DOWNLOAD: &str = "Download";

/// Returns the name of a line.
pub fn line(number: u64) -> String {
    format!("Line {number}")
}

/// Returns how many lines there are.
pub fn lines(count: u64) -> String {
    match count {
        1 => "1 line".to_owned(),
        count => format!("{count} lines"),
    }
}

/// Returns the size of a log that is complete.
pub fn whole(lines: &str, size: &str) -> String {
    format!("{lines} · {size}")
}

/// Returns the size of a log of which the server kept the end.
pub fn kept(lines: &str, size: &str) -> String {
    format!("{lines} kept · {size} in all")
}

/// Returns how many lines this page has dropped.
pub fn dropped(count: u64) -> String {
    format!("This page keeps the newest lines; {count} earlier ones are not shown.")
}

/// Returns the position among the matches.
pub fn match_of(number: usize, count: usize, has_more: bool) -> String {
    format!("{number} of {}", matches(count, has_more))
}

/// Returns the number of matches.
pub fn matches(count: usize, has_more: bool) -> String {
    let more = if has_more { "+" } else { "" };
    format!("{count}{more}")
}
