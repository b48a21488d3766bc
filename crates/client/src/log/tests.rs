//! Arbitrary output in arbitrary chunks.

use super::*;
use proptest::prelude::*;

fn log(chunks: &[&[u8]]) -> Log {
    let mut log = Log::default();
    for chunk in chunks {
        log.write(chunk);
    }
    log
}

fn rows(log: &Log) -> Vec<LogRow> {
    (0..log.count())
        .filter_map(|place| log.row(place))
        .collect()
}

/// Returns the lines with their styles in brackets.
fn styled_lines(text: &str) -> Vec<String> {
    let log = log(&[text.as_bytes()]);
    rows(&log).iter().map(styled_line).collect()
}

fn styled_line(row: &LogRow) -> String {
    let LogRow::Line(_, line) = row else {
        return "gap".to_owned();
    };
    let (mut styled_lines, mut at) = (String::new(), 0);
    for span in &line.spans {
        let end = usize::try_from(span.end).expect("small");
        let (text, classes) = (&line.text[at..end], span.style.classes());
        if classes.is_empty() {
            styled_lines.push_str(text);
        } else {
            styled_lines.push_str(&format!("[{}: {text}]", classes.replace("sgr-", "")));
        }
        at = end;
    }
    styled_lines.push_str(&line.text[at..]);
    styled_lines
}

#[test]
fn lines_have_numbers_and_the_last_is_shown_before_it_ends() {
    let log = log(&[b"one\r\n\ntw", b"o"]);
    let plain = |text: &str| Line {
        text: text.to_owned(),
        ..Line::default()
    };
    let expected = [
        LogRow::Line(1, plain("one")),
        LogRow::Line(2, plain("")),
        LogRow::Line(3, plain("two")),
    ];
    assert_eq!(rows(&log), expected);
    assert_eq!(
        (log.lines(), log.is_open(1), log.is_open(2)),
        (3, false, true)
    );
    assert_eq!(log.text(), "one\n\ntwo\n");
    assert_eq!(
        (log.place_of(3), log.place_of(4), log.place_of(0)),
        (Some(2), None, None)
    );
}

#[test]
fn colours_become_names_and_last_over_lines() {
    assert_eq!(
        styled_lines("\x1b[1;31merror\x1b[0m: no \x1b[4mway\nstill\x1b[m. \x1b[7mx"),
        [
            "[red bold: error]: no [underlined: way]",
            "[underlined: still]. [inverse: x]"
        ]
    );
    assert_eq!(
        styled_lines("\x1b[38;5;46ma\x1b[38;2;0;0;255mb"),
        ["[bright-green: a][bright-blue: b]"]
    );
}

#[test]
fn a_progress_bar_is_written_over() {
    assert_eq!(styled_lines(" 10%\r 50%\r100%\n"), ["100%"]);
    assert_eq!(styled_lines("loading...\rdone\x1b[K\n"), ["done"]);
    assert_eq!(styled_lines("loading...\r\x1b[2Kdone"), ["done"]);
    assert_eq!(styled_lines("abc\x08\x08X"), ["aXc"]);
    assert_eq!(styled_lines("abc\x1b[1GX\x1b[1CY"), ["XbY"]);
    assert_eq!(styled_lines("ab\x1b[3Cc\x1b[1K"), ["      "]);
}

#[test]
fn other_escape_sequences_are_removed() {
    for odd in [
        "a\x1b]0;a title\x07b",
        "a\x1b]0;a title\x1b\\b",
        "a\x1b]8;;https://example.org\x07b\x1b]8;;\x07",
        "a\x1b[2Jb\x1b[H\x1b[?25l\x1b[?1049h\x1b[6n",
        "a\x1bP1$tx\x1b\\b",
        "a\x1b_apc\x1b\\b",
        "a\x1b(Bb\x1b=\x1bM",
        "a\x1b[1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;18;19;20;21;22;23;24;25;26;27;28;29;30;31;32;33;34Hb",
    ] {
        assert_eq!(styled_lines(odd), ["ab"], "{odd:?}");
    }
}

#[test]
fn incomplete_escape_sequence_hides_at_most_its_line() {
    assert_eq!(styled_lines("a\x1b]0;no end\nb"), ["a", "b"]);
    assert_eq!(styled_lines("a\x1bPno end\nb\x1b\\"), ["a", "b"]);
    let long = ["a\x1b]0;", &"x".repeat(2 * LONGEST_ESCAPE), "end\n"].concat();
    let last = styled_lines(&long).pop().expect("a line");
    assert!(last.ends_with("end"), "{}", last.len());
}

#[test]
fn control_and_direction_characters_are_shown_as_symbols() {
    assert_eq!(styled_lines("\0\x07\x7f\tx\x0c"), ["␀␇␡     x␌"]);
    // Reversing the direction of writing makes one text look like another.
    assert_eq!(
        styled_lines("if \u{202e}x\u{2066}"),
        ["if \u{fffd}x\u{fffd}"]
    );
    let log = log(&[b"\xff\xfe\xc3\n<b>&amp;</b>\xe2\x82\n"]);
    assert_eq!(log.lines(), 2);
    assert!(log.text().contains("<b>&amp;</b>"), "as it was written");
}

#[test]
fn a_line_without_an_end_is_shown_in_pieces() {
    let text = "ä".repeat(3 * PIECE + 5);
    let log = log(&[text.as_bytes(), b"\nnext\n"]);
    assert_eq!((log.count(), log.lines(), log.longest()), (5, 2, PIECE));
    let numbers: Vec<_> = rows(&log).iter().map(LogRow::number).collect();
    assert_eq!(numbers, [1, 1, 1, 1, 2]);
    assert_eq!(log.text(), [text.as_str(), "\nnext\n"].concat());
    assert_eq!((log.place_of(1), log.place_of(2)), (Some(0), Some(4)));
}

#[test]
fn log_is_bounded_and_counts_dropped_lines() {
    let few = Limits {
        rows: 10,
        bytes: usize::MAX,
    };
    let mut log = Log::within(few);
    for number in 1..=100 {
        log.write(format!("line {number}\n").as_bytes());
    }
    assert_eq!(
        (log.count(), log.gone(), log.dropped(), log.lines()),
        (10, 90, 90, 100)
    );
    assert!(matches!(log.row(0), Some(LogRow::Line(91, _))));
    assert_eq!((log.place_of(90), log.place_of(95)), (None, Some(4)));
}

fn answer(text: &str, skipped_bytes: u64) -> RunLog {
    RunLog {
        text: text.to_owned(),
        skipped_bytes,
        ends_at: skipped_bytes + text.len() as u64,
    }
}

#[test]
fn responses_are_appended_and_gaps_are_marked() {
    let mut log = Log::default();
    assert!(!log.is_known());
    assert_eq!(log.take(&answer("", 0)), LogChange::Replaced);
    assert!(log.is_known());
    assert_eq!(log.take(&answer("", 0)), LogChange::Same);
    assert_eq!(log.take(&answer("one\ntw", 0)), LogChange::Grown);
    assert_eq!(log.take(&answer("o\n", 6)), LogChange::Grown);
    // FIELD 18: "A reconnect duplicates the log."
    assert_eq!(log.take(&answer("", 8)), LogChange::Same);
    assert_eq!(log.take(&answer("one\ntwo\n", 0)), LogChange::Same);
    assert_eq!(log.text(), "one\ntwo\n");
    assert_eq!(
        log.take(&answer("\x1b[31mlast", 2_000_008)),
        LogChange::Grown
    );
    assert_eq!(
        log.text(),
        "one\ntwo\n… 2 MB of output were not kept\nlast\n"
    );
    assert_eq!((log.place_of(2), log.place_of(3)), (Some(1), None));
    assert_eq!(log.take(&answer("other\n", 0)), LogChange::Replaced);
    assert_eq!((log.text().as_str(), log.ends_at()), ("other\n", 6));
    assert!(log.is_whole());
    let mut late = Log::default();
    late.take(&answer("the end\n", 500));
    assert!(matches!(
        late.row(0),
        Some(LogRow::Gap {
            bytes: 500,
            after: 0
        })
    ));
}

/// The number of dropped lines is unknown, so early and late readers must not number the same line
/// differently.
#[test]
fn line_number_is_the_same_for_all_readers_or_absent() {
    let all = (1..=9).map(|n| format!("line {n}\n")).collect::<String>();
    let mut live = Log::default();
    live.take(&answer(&all, 0));
    let mut late = Log::default();
    late.take(&answer(&all[..14], 0));
    late.take(&answer(&all[42..], 42));
    assert!(live.is_whole() && !late.is_whole());
    let numbers = |log: &Log| {
        let named = |row| match row {
            LogRow::Line(number, line) if log.is_numbered(number) => Some((line.text, number)),
            _ => None,
        };
        rows(log).into_iter().filter_map(named).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&live).len(), 9);
    assert_eq!(numbers(&late), numbers(&live)[..2]);
    assert_eq!((late.place_of(2), late.place_of(3)), (Some(1), None));
}

#[test]
fn sizes_are_formatted() {
    let sizes = [0, 999, 1_000, 1_250, 123_456, 2_000_000, 5_400_000_000];
    let text = sizes.map(size);
    assert_eq!(
        text,
        [
            "0 bytes",
            "999 bytes",
            "1 KB",
            "1.2 KB",
            "123 KB",
            "2 MB",
            "5.4 GB"
        ]
    );
}

#[test]
fn search_ignores_case() {
    assert_eq!(
        finds("Error: ERROR error", "error"),
        [(0, 5), (7, 12), (13, 18)]
    );
    assert_eq!(finds("aaaa", "aa"), [(0, 2), (2, 4)]);
    assert_eq!(finds("ä Straße ÄÖ", "äö"), [(11, 15)]);
    assert_eq!(finds("École", "éCOLE"), [(0, 6)]);
    assert_eq!(finds("ä x", "X"), [(3, 4)]);
    assert!(finds("abc", "").is_empty() && finds("", "a").is_empty());
}

#[test]
fn search_wraps_around() {
    let mut log = log(&[b"a\nb a\nc\nA"]);
    let mut search = LogSearch::new("a");
    search.update(&log);
    assert_eq!((search.count(), search.current()), ((3, false), None));
    let at = |found: Option<Match>| found.map(|found| (found.row, found.start));
    assert_eq!(at(search.step(false, 1)), Some((1, 2)), "starts at the row");
    assert_eq!(at(search.step(false, 0)), Some((3, 0)));
    assert_eq!(at(search.step(false, 0)), Some((0, 0)));
    assert_eq!(at(search.step(true, 0)), Some((3, 0)));
    log.write(b"a\nnone\na\n");
    search.update(&log);
    assert_eq!(search.count().0, 5);
    assert_eq!(search.current().map(|(number, _)| number), Some(3));
    let nothing = LogSearch::new("nowhere").step(false, 0);
    assert_eq!(nothing, None);
}

fn output() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        4 => "[a-zä✓ ]{0,12}".prop_map(String::into_bytes),
        2 => Just(b"\n".to_vec()),
        1 => Just(b"\r".to_vec()),
        1 => Just(b"\x08".to_vec()),
        2 => "\x1b\\[[0-9;:?]{0,8}[A-Zm]".prop_map(String::into_bytes),
        1 => "\x1b[\\]P_X][a-z;]{0,6}(\x07|\x1b\\\\)?".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..8),
        1 => (0usize..PIECE * 2).prop_map(|count| vec![b'x'; count]),
    ];
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}

proptest! {
    /// FIELD 18: chunks come as the network cuts them.
    #[test]
    fn any_split_gives_the_same(output in output(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let whole = log(&[&output]);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(output.len() + 1)).collect();
        cuts.sort_unstable();
        let mut split = Log::default();
        let mut at = 0;
        for cut in cuts.into_iter().chain([output.len()]) {
            split.write(&output[at..cut]);
            at = cut;
        }
        prop_assert_eq!(rows(&split), rows(&whole));
    }

    #[test]
    fn any_output_is_bounded_and_in_order(output in prop::collection::vec(output(), 0..12), rows_kept in 1usize..20) {
        let limits = Limits { rows: rows_kept, bytes: 40_000 };
        let mut log = Log::within(limits);
        let mut search = LogSearch::new("x");
        for chunk in &output {
            log.write(chunk);
            search.update(&log);
            prop_assert!(log.count() <= rows_kept + 1);
            prop_assert!(log.text().len() <= limits.bytes + 2 * 4 * PIECE);
        }
        let numbers: Vec<u64> = rows(&log).iter().map(LogRow::number).collect();
        prop_assert!(numbers.is_sorted());
        let breaks: usize = output.iter().flatten().filter(|byte| **byte == b'\n').count();
        prop_assert!(log.lines() == breaks as u64 || log.lines() == breaks as u64 + 1);
        for (place, row) in rows(&log).into_iter().enumerate() {
            let LogRow::Line(number, line) = row else { continue };
            prop_assert!(!line.text.contains(|c: char| c.is_control()));
            prop_assert!(line.text.chars().count() <= PIECE);
            prop_assert!(line.spans.is_sorted_by_key(|span| span.end));
            for span in &line.spans {
                prop_assert!(line.text.is_char_boundary(span.end as usize));
            }
            let first = log.place_of(number);
            prop_assert!(first.is_some_and(|first| first <= place));
        }
        // Incremental and complete searches agree.
        let mut fresh = LogSearch::new("x");
        fresh.update(&log);
        prop_assert_eq!(fresh.count(), search.count());
    }

    #[test]
    fn matches_contain_the_searched_text(text in "[a-zäÖßΣς]{0,30}", query in "[a-zäÖßΣ]{1,3}") {
        for (start, end) in finds(&text, &query) {
            prop_assert!(end > start && text.is_char_boundary(start) && text.is_char_boundary(end));
        }
        prop_assert!(!finds(&[text.as_str(), &query].concat(), &query).is_empty());
    }
}
