use super::*;
use proptest::prelude::*;
use std::ops::RangeInclusive;
use vestibule_model::ids::MessageId;

fn event(seq: u64, kind: &str, text: &str) -> TranscriptEvent {
    TranscriptEvent {
        seq,
        kind: EventKind::from(kind),
        text: text.to_owned(),
        message_id: Some(MessageId::new(format!("m-{}", seq / 100))),
        ..TranscriptEvent::default()
    }
}

fn events(range: RangeInclusive<u64>) -> Vec<TranscriptEvent> {
    range
        .map(|seq| event(seq, "stdout", &format!("line {seq}.")))
        .collect()
}

/// Returns a page of a transcript with the events from 1 to `last`.
fn page(range: RangeInclusive<u64>, last: u64) -> TranscriptPage {
    TranscriptPage {
        items: events(range),
        first: 1,
        last,
    }
}

fn held(transcript: &Transcript) -> Vec<u64> {
    transcript.events().map(|event| event.seq).collect()
}

fn ends(transcript: &Transcript) -> (u64, u64) {
    (transcript.first(), transcript.last())
}

/// A reconnected socket sends again what was not acknowledged.
#[test]
fn replayed_events_are_shown_once() {
    let mut transcript = Transcript::default();
    assert!(transcript.take(events(1..=3), true));
    assert!(!transcript.take(events(2..=3), true));
    assert!(transcript.take(events(2..=5), true));
    assert_eq!(held(&transcript), [1, 2, 3, 4, 5]);
}

#[test]
fn a_gap_drops_what_is_before_it() {
    let mut transcript = Transcript::default();
    transcript.take(events(1..=3), true);
    transcript.take(events(10..=11), true);
    assert_eq!(held(&transcript), [10, 11]);
    assert!(!transcript.has_earlier());
}

#[test]
fn a_reader_at_the_end_holds_the_newest_and_pages_back() {
    let mut transcript = Transcript::default();
    transcript.show(page(2_501..=3_000, 3_000));
    transcript.take(events(3_001..=3_800), true);
    assert_eq!(ends(&transcript), (2_801, 3_800));
    assert!(transcript.has_earlier());
    transcript.extend(page(2_301..=2_800, 3_800));
    // Read above the end: nothing that is on the screen goes.
    transcript.take(events(3_801..=3_900), false);
    assert_eq!(ends(&transcript), (2_301, 3_900));
    // A page that does not fit is no part of it.
    transcript.extend(page(1..=10, 3_900));
    transcript.extend(page(4_000..=4_001, 4_001));
    assert_eq!(ends(&transcript), (2_301, 3_900));
    assert!(transcript.has_later());
}

#[test]
fn the_window_slides_back_and_forth() {
    let mut transcript = Transcript::default();
    transcript.show(page(9_501..=10_000, 10_000));
    while transcript.has_earlier() {
        let first = transcript.first();
        transcript.extend(page(first - 500..=first - 1, 10_000));
        assert!(transcript.events.len() <= MOST);
    }
    let most = MOST as u64;
    assert_eq!(ends(&transcript), (1, most));
    assert!(transcript.has_later() && transcript.holds(1) && !transcript.holds(most + 1));
    // New events are known, and not held.
    assert!(transcript.take(events(10_001..=10_002), false));
    assert!(!transcript.take(events(10_001..=10_002), true));
    assert_eq!((transcript.last(), transcript.newest()), (most, 10_002));
    while transcript.has_later() {
        let last = transcript.last();
        transcript.extend(page(last + 1..=(last + 500).min(10_002), 10_002));
        assert!(transcript.events.len() <= MOST);
    }
    assert_eq!(ends(&transcript), (10_003 - most, 10_002));
    // It is live again.
    transcript.take(events(10_003..=10_003), true);
    assert_eq!(ends(&transcript), (9_004, 10_003));
    transcript.show(page(401..=500, 10_003));
    assert_eq!(ends(&transcript), (401, 500));
}

#[test]
fn a_full_window_of_a_reader_takes_no_more() {
    let mut transcript = Transcript::default();
    transcript.take(events(1..=9_000), false);
    assert_eq!(ends(&transcript), (1, MOST as u64));
    assert!(transcript.has_later());
}

#[test]
fn pieces_of_an_answer_or_line_are_a_row() {
    let mut transcript = Transcript::default();
    let mut list = vec![
        event(1, "user", "hi"),
        event(2, "assistant", "```\na"),
        event(3, "assistant", "b\n```"),
        event(4, "stdout", "x"),
        event(5, "stdout", "y"),
        event(6, "stdout", "z"),
        event(7, "exit", "Done"),
    ];
    list[3].continues = true;
    transcript.take(list, true);
    let spans = |break_at| {
        let spans = transcript.spans(break_at).into_iter();
        spans
            .map(|span| (span.first, span.last))
            .collect::<Vec<_>>()
    };
    assert_eq!(spans(None), [(1, 1), (2, 3), (4, 5), (6, 6), (7, 7)]);
    assert_eq!(spans(Some(3)).len(), 6);
    let text = |first, last| {
        transcript
            .row(Span { first, last })
            .expect("a row")
            .event
            .text
    };
    assert_eq!(text(2, 3), "```\na\nb\n```");
    assert_eq!(text(4, 5), "xy");
    assert_eq!(output_of(&transcript.turn(7)), "```\na\nb\n```");
}

#[test]
fn the_output_of_a_turn_without_an_answer_is_that_of_its_command() {
    let mut transcript = Transcript::default();
    transcript.take(
        vec![
            event(99, "stdout", "other"),
            event(100, "user", "ls"),
            event(101, "stdout", "\u{1b}[31ma\u{1b}[0m"),
            event(102, "stderr", "b"),
            event(103, "exit", "Done"),
        ],
        true,
    );
    assert_eq!(output_of(&transcript.turn(103)), "a\nb\n");
    assert_eq!(output_of(&transcript.turn(500)), "");
}

#[test]
fn a_search_reaches_the_begin_of_the_transcript() {
    let mut transcript = Transcript::default();
    transcript.show(page(901..=1_000, 1_000));
    let mut search = TranscriptSearch::new("LINE 1");
    search.begin(&transcript);
    assert_eq!(search.found().len(), 1);
    assert_eq!(search.progress(), 10);
    while let Some(before) = search.next_before() {
        search.read_page(&page(before - 100..=before - 1, 1_000));
    }
    assert_eq!((search.found().len(), search.progress()), (112, 100));
    assert_eq!(search.step(true), Some(1_000));
    assert_eq!(search.step(true), Some(199));
    assert_eq!(search.current(), Some((111, 199)));
    assert_eq!(search.step(false), Some(1_000));
    assert_eq!(search.step(false), Some(1));
    assert_eq!(search.step(true), Some(1_000));
    // New events are searched.
    search.read_events(events(1_001..=1_100).iter());
    assert_eq!(search.found().len(), 212);
}

#[test]
fn a_search_away_from_the_end_begins_with_the_newest_page() {
    let mut transcript = Transcript::default();
    transcript.show(page(1..=100, 1_000));
    let mut search = TranscriptSearch::new("line 1000");
    search.begin(&transcript);
    assert_eq!(search.next_before(), Some(u64::MAX));
    search.read_page(&page(501..=1_000, 1_000));
    assert_eq!(search.next_before(), Some(501));
    assert_eq!(search.step(false), Some(1_000));
    let mut empty = TranscriptSearch::new("x");
    empty.begin(&Transcript::default());
    empty.read_page(&TranscriptPage::default());
    assert_eq!((empty.next_before(), empty.step(true)), (None, None));
    assert_eq!(TranscriptSearch::new("").next_before(), None);
}

/// A page may know of events that are still on their way.
#[test]
fn events_that_a_page_knew_of_are_held_when_they_come() {
    let mut transcript = Transcript::default();
    transcript.show(page(501..=600, 600));
    transcript.extend(page(401..=500, 603));
    assert!(transcript.has_later());
    assert!(transcript.take(events(601..=604), true));
    assert_eq!(ends(&transcript), (401, 604));
    assert!(!transcript.has_later());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// With any pages and events in any order, the held part has no gap and no event twice.
    #[test]
    fn the_held_part_has_no_gap(
        steps in prop::collection::vec((0_u8..5, 1_u64..12_000, 0_u64..1_000, any::<bool>()), 0..40)
    ) {
        let mut transcript = Transcript::default();
        let mut newest = 0;
        for (step, at, count, is_following) in steps {
            newest = newest.max(transcript.newest());
            match step {
                0 => transcript.show(page(at..=at + count, newest)),
                1 => transcript.extend(page(at..=at + count, newest)),
                2 if transcript.first() > 1 => {
                    let first = transcript.first();
                    transcript.extend(page(first.saturating_sub(count).max(1)..=first - 1, newest));
                }
                3 => {
                    let last = transcript.last();
                    transcript.extend(page(last + 1..=last + 1 + count, newest));
                }
                _ => {
                    transcript.take(events(newest + 1..=newest + count), is_following);
                }
            }
            let held = held(&transcript);
            prop_assert!(held.len() <= MOST);
            prop_assert!(held.windows(2).all(|pair| pair[0] + 1 == pair[1]));
            prop_assert!(transcript.last() <= transcript.newest());
            for seq in [transcript.first(), transcript.last()] {
                prop_assert_eq!(transcript.get(seq).map(|event| event.seq).unwrap_or(0), seq);
            }
            let spans = transcript.spans(Some(at));
            prop_assert_eq!(spans.iter().map(|span| span.last + 1 - span.first).sum::<u64>(), held.len() as u64);
        }
    }
}
