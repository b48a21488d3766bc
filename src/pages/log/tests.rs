//! The log view in a real browser: rendered lines, scroll position and search.

use super::{LogSource, LogView};
use crate::testing::{MountedPage, answer, eval, refresh_pollers, stub_server, until};
use leptos::prelude::*;
use serde_json::json;
use std::fmt::Write;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlElement, HtmlInputElement};

/// Mounts a log of its own for each test; without the style sheet, with a fixed height.
fn open(name: &'static str, text: &str, is_main: bool) -> MountedPage {
    stub_server();
    mount(name, text, is_main)
}

/// Mounts a log whose server is stubbed already.
fn mount(name: &'static str, text: &str, is_main: bool) -> MountedPage {
    eval(
        "document.getElementById('log-style')?.remove();
         const style = document.createElement('style');
         style.id = 'log-style';
         style.textContent = '.log-scroll { height: 400px; overflow: auto } \
             .log-line { display: flex; height: 20px; line-height: 20px; white-space: pre; font: 12px monospace } \
             .log-probe { position: absolute; visibility: hidden }';
         document.head.append(style);",
    );
    set_response(name, text, 0);
    MountedPage::mount(move || {
        let source = LogSource {
            name: "Log",
            path: Signal::stored(Some(format!("/api/{name}"))),
            is_live: Signal::stored(true),
            empty: Signal::stored("Nothing yet."),
            download: Signal::stored(None),
            is_main,
            id: Signal::stored(name.to_owned()),
            last_line: None,
        };
        view! { <LogView source=source /> }.into_any()
    })
}

/// Sets the server's responses.
fn set_response(name: &str, text: &str, skipped: u64) {
    let body =
        json!({"text": text, "skippedBytes": skipped, "endsAt": skipped + text.len() as u64});
    answer(&format!("/api/{name}"), 200, &body);
}

fn lines(count: usize) -> String {
    (1..=count).fold(String::new(), |mut text, number| {
        let _ = writeln!(text, "line {number}");
        text
    })
}

/// Returns the rendered lines.
fn drawn(stage: &MountedPage) -> Vec<String> {
    let all = stage.text_of_all(".log-lines .log-code");
    assert!(all.len() < 120, "{} lines are drawn", all.len());
    all
}

fn last(stage: &MountedPage) -> String {
    drawn(stage).pop().unwrap_or_default()
}

async fn until_shown(stage: &MountedPage, line: &str) {
    until(line, || drawn(stage).iter().any(|shown| shown == line)).await;
}

fn is_at_end(scroll: &HtmlElement) -> bool {
    scroll.scroll_height() - scroll.scroll_top() - scroll.client_height() < 24
}

#[wasm_bindgen_test]
async fn only_visible_lines_of_a_hundred_thousand_are_rendered() {
    let stage = open("many", &lines(100_000), false);
    until_shown(&stage, "line 100000").await;
    let scroll = stage.wait(".log-scroll").await;
    until("the end", || is_at_end(&scroll)).await;
    assert!(scroll.scroll_height() >= 100_000 * 20);
    scroll.set_scroll_top(50_000 * 20);
    until_shown(&stage, "line 50001").await;
    assert!(!drawn(&stage).contains(&"line 100000".to_owned()));
    assert!(stage.text().contains("100000 lines"));
}

#[wasm_bindgen_test]
async fn end_is_followed_until_the_user_scrolls_up() {
    let text = lines(100);
    let stage = open("follow", &text, false);
    let scroll = stage.wait(".log-scroll").await;
    until_shown(&stage, "line 100").await;
    until("the end", || is_at_end(&scroll)).await;
    let first = text.len() as u64;
    set_response("follow", "more 1\nmore", first);
    refresh_pollers();
    until_shown(&stage, "more").await;
    until("the end again", || is_at_end(&scroll)).await;

    // Also while a frame is requested that would scroll to the end.
    eval("window.dispatchEvent(new Event('resize'))");
    scroll.set_scroll_top(0);
    until("a way back", || stage.text().contains("Follow")).await;
    set_response("follow", " 2\nmore 3\n", first + 11);
    refresh_pollers();
    until("it is known", || stage.text().contains("103 lines")).await;
    assert_eq!(scroll.scroll_top(), 0, "what one reads does not move");
    let back = stage.find(".log-actions .button").expect("Follow");
    back.click();
    until_shown(&stage, "more 3").await;
    until("the end at last", || is_at_end(&scroll)).await;
    // FIELD 18: "A reconnect duplicates the log."
    let more: Vec<String> = drawn(&stage)
        .into_iter()
        .filter(|l| l.starts_with("more"))
        .collect();
    assert_eq!(more, ["more 1", "more 2", "more 3"]);
}

#[wasm_bindgen_test]
async fn output_is_never_interpreted_as_markup() {
    let text =
        "\u{1b}[31m<b>bold</b>\u{1b}[0m <img src=x onerror=window.broken=1>\u{1b}]0;title\u{7}!";
    let stage = open("markup", text, false);
    until("it is shown", || stage.text().contains("<b>bold</b>")).await;
    assert_eq!(
        last(&stage),
        "<b>bold</b> <img src=x onerror=window.broken=1>!"
    );
    let red = stage.find(".log-code .sgr-red").expect("in red");
    assert_eq!(red.text_content().as_deref(), Some("<b>bold</b>"));
    assert!(stage.find(".log-code img, .log-code b").is_none());
}

#[wasm_bindgen_test]
async fn matches_are_highlighted_and_scrolled_to() {
    let mut text = lines(3_000);
    text.push_str("the NEEDLE and a needle\n");
    text.push_str(&lines(2_000));
    let stage = open("search", &text, false);
    until_shown(&stage, "line 2000").await;
    let input: HtmlInputElement = stage.wait(".log-finder input").await.unchecked_into();
    input.set_value("needle");
    let press = || {
        eval(
            "document.querySelector('.log-finder input')
               .dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))",
        )
    };
    press();
    until("the first", || stage.text().contains("1 of 2")).await;
    until("it is in sight", || {
        stage.find("mark[data-current]").is_some()
    })
    .await;
    assert_eq!(stage.text_of_all("mark"), ["NEEDLE", "needle"]);
    press();
    until("the second", || stage.text().contains("2 of 2")).await;
    press();
    until("round again", || stage.text().contains("1 of 2")).await;
}

#[wasm_bindgen_test]
async fn a_line_has_an_address() {
    eval("history.replaceState(null, '', '#L700')");
    let stage = open("address", &lines(1_000), true);
    until_shown(&stage, "line 700").await;
    let chosen = stage.wait("[data-chosen]").await;
    assert_eq!(chosen.text_content().as_deref(), Some("line 700"));
    until("its name", || stage.text().contains("Line 700")).await;
    let other = stage.find("a[href='#L702']").expect("its number is a link");
    other.click();
    until("the address", || {
        location().hash().as_deref() == Ok("#L702")
    })
    .await;
    eval("history.replaceState(null, '', location.pathname)");
}

/// Delays between the steps by which a line of the address is reached, in milliseconds.
#[derive(Debug, Clone, Copy)]
struct Delays {
    /// Until the server answers.
    answer: u32,
    /// Until a requested frame is drawn.
    frame: u32,
    /// Until a changed size is reported.
    size: u32,
    /// Until a line is rendered with its height: before that the browser scrolls less far.
    height: u32,
}

impl Delays {
    /// Returns each combination of an early and a late step.
    fn all() -> impl Iterator<Item = Self> {
        (0..24).map(|place| Self {
            answer: [0, 8, 80][place % 3],
            frame: [0, 50][place / 3 % 2],
            size: [0, 50][place / 6 % 2],
            height: [0, 120][place / 12 % 2],
        })
    }

    /// Applies them to the page until [`restore`] is called. With more lines than fit, the text has less
    /// room, as beside a scroll bar.
    fn apply(self) {
        let Self {
            answer,
            frame,
            size,
            height,
        } = self;
        eval(&format!(
            "window.in_time = {{
                 fetch: window.fetch, frame: window.requestAnimationFrame, observer: window.ResizeObserver }};
             const pause = (ms) => new Promise((done) => setTimeout(done, ms));
             window.fetch = async (address, init) => {{
                 if ({answer} > 0) await pause({answer});
                 return window.in_time.fetch(address, init);
             }};
             window.requestAnimationFrame = (draw) => {frame} > 0
                 ? setTimeout(() => window.in_time.frame.call(window, draw), {frame})
                 : window.in_time.frame.call(window, draw);
             window.ResizeObserver = class extends window.in_time.observer {{
                 constructor(changed) {{
                     super((all, self) => {size} > 0 ? setTimeout(() => changed(all, self), {size}) : changed(all, self));
                 }}
             }};
             const style = document.createElement('style');
             style.id = 'delays';
             style.textContent = '.log-scroll:has(.log-line:nth-child(9)) {{ border-right: 15px solid }}'
                 + ({height} > 0 ? '.log-lines {{ max-height: 500px; overflow: hidden }}' : '');
             document.head.append(style);
             setTimeout(() => {{
                 style.textContent = style.textContent.replace('max-height', '--none').replace('overflow', '--no');
             }}, {height});"
        ));
    }
}

/// Ends the delays.
fn restore() {
    eval(
        "window.fetch = window.in_time.fetch;
         window.requestAnimationFrame = window.in_time.frame;
         window.ResizeObserver = window.in_time.observer;
         document.getElementById('delays').remove();",
    );
}

/// Waits until nothing has been drawn for longer than any delay.
async fn until_quiet() {
    eval(
        "window.still = 0; window.seen = '';
         window.watch = setInterval(() => {
             const scroll = document.querySelector('.log-scroll');
             const now = `${scroll.scrollTop} ${scroll.scrollHeight} ${scroll.textContent.length}`;
             window.still = now === window.seen ? window.still + 1 : 0;
             window.seen = now;
         }, 20);",
    );
    until("quiet", || eval("window.still").as_f64() >= Some(20.0)).await;
    eval("clearInterval(window.watch)");
}

/// The answer, frames and reports of sizes come in any order on a busy machine. A late frame once scrolled
/// back to where the log was before.
#[wasm_bindgen_test]
async fn a_line_of_the_address_is_reached_whichever_step_is_late() {
    for (place, delays) in Delays::all().enumerate() {
        let name: &'static str = format!("late-{place}").leak();
        eval("history.replaceState(null, '', '#L700')");
        stub_server();
        delays.apply();
        let stage = mount(name, &lines(1_000), true);
        until_shown(&stage, "line 700").await;
        until_quiet().await;
        let is_shown = drawn(&stage).iter().any(|line| line == "line 700");
        assert!(is_shown, "scrolled away again: {delays:?}");
        restore();
        eval("history.replaceState(null, '', location.pathname)");
    }
}

/// Lines after a gap have no known number.
#[wasm_bindgen_test]
async fn lines_after_a_gap_have_no_number() {
    let head = lines(2);
    let stage = open("numbers", &head, true);
    until_shown(&stage, "line 2").await;
    assert!(stage.text().contains("2 lines · "));
    set_response("numbers", "later 1\nlater 2\n", head.len() as u64 + 1_000);
    refresh_pollers();
    until_shown(&stage, "later 2").await;
    let numbers = eval(
        "[...document.querySelectorAll('.log-lines [data-number]')]
            .map((e) => e.dataset.number).join()",
    );
    assert_eq!(numbers.as_string().as_deref(), Some("1,2"));
    assert!(stage.text().contains("4 lines kept · "), "{}", stage.text());
}

#[wasm_bindgen_test]
async fn empty_log_and_errors_are_shown() {
    let stage = open("nothing", "", false);
    until("it is said", || stage.text().contains("Nothing yet.")).await;
    answer("/api/nothing", 503, &json!({}));
    refresh_pollers();
    until("the error", || {
        stage.text().contains("answers with an error")
    })
    .await;
}
