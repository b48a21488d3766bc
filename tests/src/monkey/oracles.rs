//! What is wrong with what was observed. Each function is about one kind of failure, and each of its
//! allowances is a rule.

use crate::monkey::failure::{Failure, Kind};
use crate::monkey::places::page_of;
use crate::monkey::tree::{Found, without_digits};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;

/// Layout shift above which content moved too far ("needs improvement", Core Web Vitals).
const SHIFT_LIMIT: f64 = 0.1;
/// Longest pause between the shifts of one burst, and the longest burst, in milliseconds.
const BURST: (f64, f64) = (1_000.0, 5_000.0);

/// Time over which the rate of requests is counted, in milliseconds.
pub const RATE_WINDOW: f64 = 10_000.0;
/// Requests for one address in that time without an action: a poll every 2 s, and twice as many for a
/// return to the page, a reconnected stream or a change.
const RATE_LIMIT: usize = 10;
/// Further requests for one address that an action may cause.
const RATE_PER_ACTION: usize = 3;

/// State of a page, as the probe in it reports.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Look {
    /// Path and query of the address.
    pub url: String,
    /// Identifier of the document, another one after each load.
    pub document: f64,
    /// Description of the focused element.
    pub focus: String,
    /// The focus is on `<body>`, or nowhere.
    pub is_focus_lost: bool,
    /// The focus is on an element that neither had it before nor was clicked.
    pub is_focus_moved: bool,
    /// Message of the page after a panic.
    pub crash: Option<String>,
    /// Exceptions and rejections since the last look.
    pub errors: Vec<String>,
    /// Requests since the last look.
    pub requests: Vec<Request>,
    /// Layout shifts since the last look.
    pub shifts: Vec<Shift>,
    /// Number of effects outside of the page so far: files, clipboard, scrolling, full screen.
    pub effects: u64,
    /// Text of the page.
    pub text: String,
    /// The document is loaded and shows something.
    pub is_whole: bool,
    /// Time of the look, in milliseconds.
    pub at: f64,
}

/// A request of the page.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Request {
    /// Time, in milliseconds.
    pub at: f64,
    /// Method; `STREAM` for an event stream and `SOCKET` for a WebSocket.
    pub method: String,
    /// Path and query.
    pub path: String,
}

/// A layout shift without recent input.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Shift {
    /// Time, in milliseconds.
    pub at: f64,
    /// Score.
    pub value: f64,
    /// Elements that moved.
    pub moved: String,
}

/// What changed since an action.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Effect {
    /// The accessibility tree, apart from numbers and focus.
    pub tree: bool,
    /// The address.
    pub url: bool,
    /// The focus, to another element than the control.
    pub focus: bool,
    /// A request that changes something, or that left right after the action.
    pub request: bool,
    /// The clipboard, a file, the scroll position or the full screen.
    pub outside: bool,
}

impl Effect {
    /// Returns `true` if anything changed.
    pub fn is_any(self) -> bool {
        self.tree || self.url || self.focus || self.request || self.outside
    }
}

/// A workbench in a list or on its page.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Row {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Status; empty where the page shows none.
    #[serde(default)]
    pub status: String,
}

/// Returns the failures of the page itself: a panic, exceptions and rejections.
pub fn page_errors(look: &Look) -> Vec<Failure> {
    if let Some(message) = &look.crash {
        // The report begins with version, time, page and browser.
        let message = message.rsplit("\n\n").next().unwrap_or(message);
        let key: String = message.chars().take(300).collect();
        let key = key.lines().collect::<Vec<_>>().join(" ");
        return vec![Failure::new(Kind::Crash, &key, message)];
    }
    let page = page_of(&look.url);
    look.errors
        .iter()
        .map(|error| {
            let first = error.lines().next().unwrap_or_default();
            Failure::new(Kind::PageError, &format!("{page}: {first}"), error)
        })
        .collect()
}

/// Returns the failures among messages of the browser's console: errors of the console's own code and
/// blocked content. A refused or failed request is no error of the page, unless the server failed (500).
pub fn console_errors(messages: &[Value], origin: &str) -> Vec<Failure> {
    messages
        .iter()
        .filter_map(|message| {
            let text = message["message"].as_str().unwrap_or_default();
            // An app's page isn't the console's.
            let is_own = text.starts_with(origin) || !text.starts_with("http");
            let is_request = message["source"] == "network";
            let is_failed = is_request && text.contains("status of 500");
            let is_error = message["level"] == "SEVERE" && !is_request;
            let is_blocked = text.contains("Content Security Policy");
            // The panic's own message is told by the page after it.
            let is_panic = text.contains("panicked at");
            let counts = (is_error && !is_panic) || is_failed || is_blocked;
            (is_own && counts).then(|| {
                let what = text.replace(origin, "");
                let key: String = what.chars().take(120).collect();
                Failure::new(Kind::Console, &key, what)
            })
        })
        .collect()
}

/// Returns the failure of a control that changed nothing. A control that is switched off says why
/// beside it; one that already is what it makes, and a link to the page itself, have nothing to change.
pub fn nothing_happened(
    page: &str,
    found: &Found,
    leads_here: bool,
    effect: Effect,
) -> Option<Failure> {
    let is_excused = found.is_disabled || found.is_settled || leads_here;
    if effect.is_any() || is_excused {
        return None;
    }
    let control = &found.control;
    let key = format!("{page}: {} “{}”", control.role, control.name);
    let what = format!("{control} changed neither tree, address nor focus, and sent nothing");
    Some(Failure::new(Kind::DeadControl, &key, what))
}

/// Returns the failure of a page that left the focus nowhere after an action in it. A loaded document
/// begins without a focus, and Tab leads from the last control to the browser's own.
pub fn lost_focus(page: &str, action: &str, before: &Look, after: &Look) -> Option<Failure> {
    // A loaded document has another identifier, which is only compared.
    let is_other = before.document.to_bits() != after.document.to_bits();
    if !after.is_focus_lost || before.is_focus_lost || is_other || action == "Tab" {
        return None;
    }
    let what = format!(
        "after {action} the focus, which was on {}, is on <body>",
        before.focus
    );
    Some(Failure::new(
        Kind::LostFocus,
        &format!("{page}: {action}"),
        what,
    ))
}

/// Returns the failure of content that moved without recent input, by bursts as in the metric CLS.
pub fn shifted(page: &str, shifts: &[Shift]) -> Option<Failure> {
    let (pause, longest) = BURST;
    let (mut begin, mut last, mut sum) = (f64::MIN, f64::MIN, 0.0);
    let mut moved: Vec<&str> = Vec::new();
    for shift in shifts {
        if shift.at - last > pause || shift.at - begin > longest {
            (begin, sum) = (shift.at, 0.0);
            moved.clear();
        }
        last = shift.at;
        sum += shift.value;
        moved.push(&shift.moved);
        if sum > SHIFT_LIMIT {
            let what = format!("content moved by {sum:.3}: {}", moved.join(" | "));
            return Some(Failure::new(Kind::LayoutShift, page, what));
        }
    }
    None
}

/// Returns the failure of an address that is requested more often than its cadence and the actions
/// explain. `requests` and `actions` (times) are those of the last [`RATE_WINDOW`].
pub fn request_rate(requests: &[Request], actions: &[f64], now: f64) -> Option<Failure> {
    let since = now - RATE_WINDOW;
    let recent = actions.iter().filter(|at| **at >= since).count();
    let mut count: HashMap<String, usize> = HashMap::new();
    for request in requests.iter().filter(|request| request.at >= since) {
        let path = request.path.split('?').next().unwrap_or_default();
        // One socket carries all frames; their rate is that of typing.
        if request.method != "SOCKET" {
            *count
                .entry(format!("{} {path}", request.method))
                .or_default() += 1;
        }
    }
    let (what, count) = count.into_iter().max_by_key(|(_, count)| *count)?;
    if count <= RATE_LIMIT + RATE_PER_ACTION * recent {
        return None;
    }
    let place = what.replace("/api/", "/");
    let key = match place.split_once(' ') {
        Some((method, path)) => format!(
            "{method} {}",
            page_of(&path.replace("workbenches/", "sessions/"))
        ),
        None => place,
    };
    let what = format!("{count} requests {what} in 10 s with {recent} actions");
    Some(Failure::new(Kind::RequestRate, &key, what))
}

/// Returns the failure of a page that shows what no person wrote, or nothing.
pub fn odd_text(page: &str, look: &Look) -> Option<Failure> {
    const ODD: [&str; 4] = ["undefined", "NaN", "[object Object]", "Some("];
    if look.is_whole && look.text.trim().is_empty() {
        return Some(Failure::new(
            Kind::OddText,
            &format!("{page}: nothing"),
            "the page is empty",
        ));
    }
    let line = look
        .text
        .lines()
        .find(|line| ODD.iter().any(|odd| has_word(line, odd)))?;
    let key = format!("{page}: {line}");
    Some(Failure::new(
        Kind::OddText,
        &key,
        format!("the page says “{line}”"),
    ))
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        !is_letter(before) && (word.ends_with('(') || !is_letter(after))
    })
}

/// Returns in which rows a page and the API differ, one sentence each.
pub fn differences(shown: &[Row], known: &[Row]) -> Vec<String> {
    let by_id = |rows: &[Row]| -> HashMap<String, Row> {
        rows.iter()
            .map(|row| (row.id.clone(), row.clone()))
            .collect()
    };
    let (mine, theirs) = (by_id(shown), by_id(known));
    let mut found = Vec::new();
    for (id, row) in &mine {
        match theirs.get(id) {
            None => found.push(format!(
                "the page shows “{}”, which doesn't exist",
                row.name
            )),
            Some(other) if other.name != row.name => {
                found.push(format!("“{}” is called “{}”", row.name, other.name));
            }
            Some(other) if !row.status.is_empty() && other.status != row.status => {
                found.push(format!(
                    "“{}” is {}, not {}",
                    row.name, other.status, row.status
                ));
            }
            Some(_) => {}
        }
    }
    let missing = theirs.iter().filter(|(id, _)| !mine.contains_key(*id));
    found.extend(missing.map(|(_, row)| format!("the page doesn't show “{}”", row.name)));
    found.sort();
    found
}

/// Returns the failure of a page that differed from the API for as long as it had time.
pub fn disagreement(page: &str, differences: &[String]) -> Option<Failure> {
    let first = differences.first()?;
    // Names and states vary between runs; the kind of the difference doesn't.
    let kind = without_digits(first);
    let kind: String = kind
        .split('“')
        .map(|part| part.rsplit('”').next().unwrap_or(part))
        .collect();
    let key = format!("{page}: {kind}");
    Some(Failure::new(
        Kind::Disagreement,
        &key,
        differences.join("; "),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monkey::step::Control;
    use serde_json::json;

    fn found(is_disabled: bool, is_settled: bool) -> Found {
        let control = Control {
            role: "button".into(),
            name: "Stop".into(),
            ordinal: 0,
        };
        Found {
            control,
            node: 1,
            is_disabled,
            is_settled,
        }
    }

    #[test]
    fn only_a_live_control_must_change_something() {
        let none = Effect::default();
        let dead = nothing_happened("/account", &found(false, false), false, none);
        assert_eq!(dead.unwrap().key, "/account: button “Stop”");
        assert_eq!(
            nothing_happened("/", &found(true, false), false, none),
            None
        );
        assert_eq!(
            nothing_happened("/", &found(false, true), false, none),
            None
        );
        assert_eq!(
            nothing_happened("/", &found(false, false), true, none),
            None
        );
        let says = Effect { tree: true, ..none };
        assert_eq!(
            nothing_happened("/", &found(false, false), false, says),
            None
        );
    }

    #[test]
    fn a_crash_hides_the_errors_that_come_with_it() {
        let look = Look {
            crash: Some("Vestibule console 1\nTime: x\n\npanicked at a.rs:1:2:\noops".into()),
            errors: vec!["unreachable".into()],
            ..Look::default()
        };
        let all = page_errors(&look);
        assert_eq!(all.len(), 1);
        assert_eq!(
            (all[0].kind, all[0].key.as_str()),
            (Kind::Crash, "panicked at a.rs:#:#: oops")
        );
        let look = Look {
            crash: None,
            url: "/account".into(),
            ..look
        };
        assert_eq!(page_errors(&look)[0].key, "/account: unreachable");
    }

    #[test]
    fn refused_requests_are_no_errors_of_the_page() {
        let origin = "http://v.localhost:1";
        let message = |level: &str, source: &str, text: &str| json!({ "level": level, "source": source, "message": text });
        let of = |message: Value| console_errors(&[message], origin).len();
        assert_eq!(
            of(message(
                "SEVERE",
                "network",
                "http://v.localhost:1/api/x - status of 404"
            )),
            0
        );
        assert_eq!(
            of(message(
                "SEVERE",
                "network",
                "http://v.localhost:1/api/x - status of 500 ()"
            )),
            1
        );
        assert_eq!(
            of(message(
                "SEVERE",
                "javascript",
                "http://v.localhost:1/a.js 1:2 TypeError"
            )),
            1
        );
        assert_eq!(
            of(message(
                "SEVERE",
                "console-api",
                "http://app.v.localhost:1/x.js 1:2 oops"
            )),
            0
        );
        assert_eq!(
            of(message(
                "WARNING",
                "console-api",
                "http://v.localhost:1/x.js 1:2 slow"
            )),
            0
        );
        assert_eq!(
            of(message(
                "SEVERE",
                "security",
                "Refused: Content Security Policy"
            )),
            1
        );
    }

    #[test]
    fn focus_must_not_get_lost_by_an_action() {
        let look = |is_focus_lost| Look {
            is_focus_lost,
            focus: "“Stop”".into(),
            ..Look::default()
        };
        assert!(lost_focus("/", "click", &look(false), &look(true)).is_some());
        assert!(lost_focus("/", "Tab", &look(false), &look(true)).is_none());
        assert!(lost_focus("/", "click", &look(true), &look(true)).is_none());
        assert!(lost_focus("/", "click", &look(false), &look(false)).is_none());
    }

    #[test]
    fn shifts_add_up_in_a_burst_only() {
        let shift = |at, value| Shift {
            at,
            value,
            moved: "p".into(),
        };
        assert!(shifted("/", &[shift(0.0, 0.06), shift(900.0, 0.06)]).is_some());
        assert!(shifted("/", &[shift(0.0, 0.06), shift(1_100.0, 0.06)]).is_none());
        let slow: Vec<Shift> = (0..12u32)
            .map(|n| shift(f64::from(n) * 900.0, 0.012))
            .collect();
        assert!(shifted("/", &slow).is_none());
    }

    #[test]
    fn requests_are_counted_by_address_and_allowed_by_action() {
        let many = |count: u32, path: &str| -> Vec<Request> {
            let one = |n| Request {
                at: f64::from(n) * 100.0,
                method: "GET".into(),
                path: format!("{path}?n={n}"),
            };
            (0..count).map(one).collect()
        };
        let path = "/api/workbenches/wb-1";
        assert!(request_rate(&many(10, path), &[], 9_000.0).is_none());
        let fails = request_rate(&many(30, path), &[], 9_000.0).unwrap();
        assert_eq!(fails.key, "GET /sessions/:id");
        assert!(request_rate(&many(30, path), &[0.0; 7], 9_000.0).is_none());
        // Those of earlier are forgotten.
        assert!(request_rate(&many(30, path), &[], 12_500.0).is_none());
    }

    #[test]
    fn text_that_no_person_wrote_is_found_by_words() {
        let of = |text: &str| {
            odd_text(
                "/",
                &Look {
                    text: text.into(),
                    is_whole: true,
                    ..Look::default()
                },
            )
            .is_some()
        };
        assert!(of("Started NaN min ago") && of("a\nundefined") && of("Some(3)") && of("  "));
        assert!(!of("NaNcy runs") && !of("Something (new)") && !of("an undefinedness"));
    }

    #[test]
    fn rows_are_compared_by_identifier_name_and_status() {
        let row = |id: &str, name: &str, status: &str| Row {
            id: id.into(),
            name: name.into(),
            status: status.into(),
        };
        let page = [
            row("1", "A", "Running"),
            row("2", "B", ""),
            row("4", "D", ""),
        ];
        let api = [
            row("1", "A", "Stopped"),
            row("2", "B", "Failed"),
            row("3", "C", ""),
        ];
        assert_eq!(
            differences(&page, &api),
            [
                "the page doesn't show “C”",
                "the page shows “D”, which doesn't exist",
                "“A” is Stopped, not Running",
            ]
        );
        let key = |text: &str| disagreement("/", &[text.to_owned()]).unwrap().key;
        assert_eq!(
            key("“A” is Stopped, not Running"),
            key("“B” is Stopped, not Running")
        );
        assert!(disagreement("/", &[]).is_none());
    }
}
