use super::*;
use vestibule_model::tab::transcript::EventKind;

fn line(text: &str, number: u64) -> Record {
    Record {
        event: TranscriptEvent {
            kind: EventKind::Stdout,
            text: text.to_owned(),
            ..TranscriptEvent::default()
        },
        source: Some(("s".to_owned(), number)),
    }
}

fn fill(transcript: &mut Transcript, numbers: std::ops::Range<u64>, size: usize) {
    let text = "x".repeat(size);
    let records = numbers.map(|number| line(&format!("{number} {text}"), number));
    transcript.append(records.collect()).expect("appended");
}

fn seqs(events: &[TranscriptEvent]) -> Vec<u64> {
    events.iter().map(|event| event.seq).collect()
}

#[test]
fn pages_have_every_event_once_in_order_also_after_a_restart() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut transcript = Transcript::open(dir.path()).expect("opened");
    assert_eq!((transcript.first(), transcript.last()), (0, 0));
    assert_eq!(transcript.after(0, 10).expect("read"), []);
    for begin in (1..1000).step_by(37) {
        fill(&mut transcript, begin..begin + 37, 10);
    }
    for transcript in [&transcript, &Transcript::open(dir.path()).expect("opened")] {
        assert_eq!((transcript.first(), transcript.last()), (1, 999));
        assert_eq!(transcript.last_of("s"), 999);
        assert_eq!(transcript.last_of("other"), 0);
        let mut all = Vec::new();
        while let Some(page) = Some(transcript.after(all.len() as u64, 100).expect("read")) {
            if page.is_empty() {
                break;
            }
            all.extend(page);
        }
        assert_eq!(seqs(&all), (1..1000).collect::<Vec<_>>());
        assert!(all[499].text.starts_with("500 "));
        let before = transcript.before(500, 3).expect("read");
        assert_eq!(seqs(&before), [497, 498, 499]);
        let newest = transcript.before(u64::MAX, 2).expect("read");
        assert_eq!(seqs(&newest), [998, 999]);
        assert_eq!(transcript.before(1, 5).expect("read"), []);
        assert_eq!(transcript.after(999, 5).expect("read"), []);
    }
}

/// A crash in the middle of a write leaves half a line.
#[test]
fn unfinished_line_is_removed_and_written_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut transcript = Transcript::open(dir.path()).expect("opened");
    fill(&mut transcript, 1..4, 10);
    drop(transcript);
    let path = dir.path().join("newer.jsonl");
    let whole = fs::read(&path).expect("read");
    for lost in 1..60 {
        fs::write(&path, &whole[..whole.len() - lost]).expect("written");
        let mut transcript = Transcript::open(dir.path()).expect("opened");
        assert_eq!(
            (transcript.last(), transcript.last_of("s")),
            (2, 2),
            "{lost}"
        );
        fill(&mut transcript, 3..5, 10);
        let all = Transcript::open(dir.path()).expect("opened");
        assert_eq!(seqs(&all.after(0, 10).expect("read")), [1, 2, 3, 4]);
    }
}

#[test]
fn size_is_bounded_and_the_oldest_events_go_first() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut transcript = Transcript::open(dir.path()).expect("opened");
    let size = 1024 * 1024;
    for number in 1..110 {
        fill(&mut transcript, number..number + 1, size);
    }
    let reopened = Transcript::open(dir.path()).expect("opened");
    for transcript in [&transcript, &reopened] {
        let (first, last) = (transcript.first(), transcript.last());
        assert_eq!(last, 109);
        assert!((109 - 70..109 - 30).contains(&first), "{first}");
        let page = transcript.after(0, 1000).expect("read");
        assert_eq!(seqs(&page), [first], "a page is bounded in size");
        assert_eq!(seqs(&transcript.before(110, 1000).expect("read")), [109]);
    }
    let sizes = fs::read_dir(dir.path()).expect("a folder").map(|entry| {
        let entry = entry.expect("an entry");
        entry.metadata().expect("metadata").len()
    });
    assert!(sizes.sum::<u64>() < 3 * MAX_FILE);
}
