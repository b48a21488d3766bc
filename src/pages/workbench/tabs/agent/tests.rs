//! The transcript in a real browser: Markdown, pages in both directions, and the search.

use super::find::TranscriptFind;
use super::rows::Rows;
use super::scroll::TranscriptScroll;
use super::transcript::Reader;
use super::window::TranscriptWindow;
use crate::effect::Effect;
use crate::testing::{MountedPage, eval, until};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::{Value, json};
use vestibule_client::transcript::{MOST, Transcript};
use vestibule_model::ids::TabId;
use vestibule_model::tab::transcript::TranscriptEvent;
use wasm_bindgen_test::wasm_bindgen_test;

/// Number of events of the stubbed server.
const TOTAL: u64 = 6_500;

/// Mounts a transcript; without the style sheet, with a fixed height and rows of unequal ones.
fn open(seen: Option<u64>) -> (MountedPage, TranscriptWindow, TranscriptFind) {
    eval(&format!(
        "document.getElementById('transcript-style')?.remove();
         const style = document.createElement('style');
         style.id = 'transcript-style';
         style.textContent = '.transcript {{ position: fixed; inset: 0 0 auto; height: 400px; overflow: auto; font: 12px monospace; white-space: pre-wrap }} \
             .transcript[data-held] {{ overflow-anchor: none }} \
             .row {{ content-visibility: auto; contain-intrinsic-block-size: auto 19px }} \
             .row:nth-child(7n) {{ padding-bottom: 30px }}';
         document.head.append(style);
         window.fetch = async (address, init) => {{
           const query = new URL(new Request(address, init).url).searchParams;
           const to = query.has('after')
             ? Math.min({TOTAL}, Number(query.get('after')) + 500)
             : Math.min({TOTAL}, Number(query.get('before') ?? Infinity) - 1);
           const from = query.has('after') ? Number(query.get('after')) + 1 : Math.max(1, to - 499);
           const items = [];
           for (let seq = from; seq <= to; seq++) items.push({{ seq, kind: 'stdout', text: `line ${{seq}}.` }});
           return new Response(JSON.stringify({{ items, first: 1, last: {TOTAL} }}));
         }};"
    ));
    let created = StoredValue::new_local(None);
    let page = MountedPage::mount(move || {
        let window = TranscriptWindow::new(StoredValue::new(TabId::new("t-1")));
        let scroll = TranscriptScroll::new(window);
        let find = TranscriptFind::new(window, scroll);
        let rows = Rows::new(window, Memo::new(move |_| seen));
        Effect::new(move |_| {
            window.transcript.track();
            if window.is_following.get() {
                scroll.to_end();
            }
        });
        created.set_value(Some((window, find)));
        view! { <Reader window=window scroll=scroll find=find rows=rows /> }.into_any()
    });
    let (window, find) = created.get_value().expect("just mounted");
    (page, window, find)
}

fn events(list: Value) -> Vec<TranscriptEvent> {
    serde_json::from_value(list).expect("events")
}

fn said(seq: u64, text: &str) -> Vec<TranscriptEvent> {
    events(json!([{"seq": seq, "kind": "assistant", "text": text, "messageId": "m-1"}]))
}

fn number(script: &str) -> f64 {
    eval(script).as_f64().expect("a number")
}

/// Returns the numbers of the rendered rows.
fn rendered() -> Vec<u64> {
    let script = "[...document.querySelectorAll('.row')].map((row) => row.dataset.seq).join(' ')";
    let all = eval(script).as_string().expect("a text");
    all.split_whitespace()
        .map(|seq| seq.parse().expect("a number"))
        .collect()
}

fn is_at_end() -> bool {
    let left = "(() => { const t = document.querySelector('.transcript');
        return t.scrollHeight - t.scrollTop - t.clientHeight })()";
    number(left) < 25.0
}

fn ends(window: TranscriptWindow) -> (u64, u64) {
    window
        .transcript
        .with_untracked(|all| (all.first(), all.last()))
}

#[wasm_bindgen_test]
async fn an_answer_is_elements_and_its_finished_blocks_stay() {
    let (page, window, _) = open(None);
    window.is_known.set(true);
    let text = "# Plan\n\n<script>window.ran = 1</script>\n\n[a](javascript:b) [c](https://e.org)\n\n```sh\nls";
    window.take(said(1, text));
    page.wait(".markdown pre").await;
    eval("document.querySelector('.markdown h4').dataset.kept = 'yes'");
    window.take(said(2, "pwd\n```\n| a |\n|---|\n| b |"));
    page.wait(".markdown table").await;
    assert_eq!(page.text_of_all(".markdown pre code"), ["ls\npwd\n"]);
    assert_eq!(page.text_of_all(".markdown h4[data-kept]"), ["Plan"]);
    assert_eq!(page.text_of_all(".markdown a"), ["c"]);
    assert!(page.find(".markdown script").is_none());
    let all = page.text();
    assert!(all.contains("<script>window.ran = 1</script>"), "{all}");
    assert!(all.contains("a (javascript:b)"), "{all}");
}

#[wasm_bindgen_test]
async fn a_wide_block_of_code_is_reached_by_keyboard() {
    let (page, window, _) = open(None);
    let wide = format!("```\n{}\n```\n\n```\nshort\n```", "wide ".repeat(200));
    window.take(said(1, &wide));
    eval(
        "document.getElementById('transcript-style').textContent += ' pre { overflow-x: auto; white-space: pre }'",
    );
    page.wait("pre[tabindex='0']").await;
    assert_eq!(page.text_of_all("pre:not([tabindex])"), ["short\n"]);
}

#[wasm_bindgen_test]
async fn pages_come_and_go_while_the_row_that_is_read_stays() {
    let (_page, window, _) = open(None);
    spawn_local(window.show_newest());
    until("the end", || {
        rendered().last() == Some(&TOTAL) && is_at_end()
    })
    .await;
    assert_eq!(rendered().len(), 500);
    until("the reader to scroll up", || {
        if window.is_following.get_untracked() {
            // Down and up again: the browser may report an earlier move to the end only after this one.
            eval("(() => { const t = document.querySelector('.transcript'); t.scrollTop = t.scrollTop ? 0 : 40 })()");
        }
        !window.is_following.get_untracked()
    })
    .await;
    until("the pages that are needed at once", || {
        ends(window).0 < TOTAL - 499 && !window.is_reading.get_untracked()
    })
    .await;
    while window.transcript.with_untracked(Transcript::has_earlier) {
        let first = ends(window).0;
        // The row that is at the top when the page comes is still there afterwards.
        eval(
            "(() => { const t = document.querySelector('.transcript'); t.scrollTop = 0;
            window.anchor = document.querySelector('.row') })()",
        );
        until("an earlier page", || {
            ends(window).0 < first && !window.is_reading.get_untracked()
        })
        .await;
        let moved = number(
            "anchor.getBoundingClientRect().top - document.querySelector('.transcript').getBoundingClientRect().top",
        );
        assert!((-40.0..=80.0).contains(&moved), "it moved by {moved}");
        assert!(!window.is_following.get_untracked());
        let (first, last) = ends(window);
        assert_eq!(rendered(), (first..=last).collect::<Vec<_>>());
    }
    assert_eq!(ends(window), (1, MOST as u64));
    while window.transcript.with_untracked(Transcript::has_later) {
        let last = ends(window).1;
        eval(
            "(() => { const t = document.querySelector('.transcript'); t.scrollTop = t.scrollHeight })()",
        );
        until("a later page", || {
            ends(window).1 > last && !window.is_reading.get_untracked()
        })
        .await;
        let (first, last) = ends(window);
        assert_eq!(rendered(), (first..=last).collect::<Vec<_>>());
    }
    // The end is followed again.
    until("the end", || {
        eval("(() => { const t = document.querySelector('.transcript'); t.scrollTop = t.scrollHeight })()");
        window.is_following.get_untracked()
    })
    .await;
    window.take(events(
        json!([{"seq": TOTAL + 1, "kind": "stdout", "text": "new"}]),
    ));
    until("the new line", || {
        rendered().last() == Some(&(TOTAL + 1)) && is_at_end()
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_search_reads_what_is_not_held_and_marks_it() {
    let (page, window, find) = open(None);
    spawn_local(window.show_newest());
    until("the end", || rendered().last() == Some(&TOTAL)).await;
    find.open();
    page.wait("[role=search] input").await;
    find.set_text("LINE 7.");
    page.wait(".row[data-found=current] mark").await;
    assert_eq!(page.text_of_all("mark"), ["line 7."]);
    assert_eq!(page.text_of_all(".transcript-found"), ["1 of 1"]);
    until("it is visible", || {
        let is_visible = "(() => { const at = document.querySelector('[data-found=current]').getBoundingClientRect();
            const box = document.querySelector('.transcript').getBoundingClientRect();
            return at.top >= box.top && at.bottom <= box.bottom })()";
        eval(is_visible).as_bool() == Some(true)
    })
    .await;
    until("the whole transcript", || {
        !find.is_searching.get_untracked()
    })
    .await;
    find.set_text("line 649");
    until("eleven matches", || {
        page.text_of_all(".transcript-found") == ["11 of 11"]
    })
    .await;
    find.step(false);
    until("the first", || {
        page.text_of_all(".transcript-found") == ["1 of 11"]
    })
    .await;
    until("it is shown", || {
        page.text_of_all("[data-found=current] mark") == ["line 649"]
    })
    .await;
    find.close();
    until("no mark", || page.find("mark").is_none()).await;
    window.is_following.set(true);
    until("the end", || {
        rendered().last() == Some(&TOTAL) && is_at_end()
    })
    .await;
}

#[wasm_bindgen_test]
async fn what_is_new_is_set_apart() {
    let (page, window, _) = open(Some(2));
    window.take(said(1, "one"));
    window.take(said(2, "two"));
    page.wait(".transcript-new").await;
    assert_eq!(rendered(), [1, 2]);
    let before = "document.querySelector('.transcript-new').closest('.row').dataset.seq";
    assert_eq!(eval(before).as_string().as_deref(), Some("2"));
}
