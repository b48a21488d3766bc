//! Bounded log of a build: its beginning and its end are kept, and the bytes between them are
//! counted. The beginning shows the steps, the end shows the error.

use crate::local::output::{OutputLog, is_inner, segments, whole_characters};
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use vestibule_model::run::RunLog;

/// Length of the beginning that is kept.
pub(super) const HEAD_BYTES: u64 = 256 * 1024;
/// Maximum length of each of the two segments of the end.
pub(super) const SEGMENT_BYTES: u64 = 512 * 1024;

const HEAD: &str = "head.log";

/// Writer of the log. Bytes that cannot be written, on a full disk for example, are lost: the build
/// must not wait for its log.
pub(super) struct BuildLog {
    head: Option<File>,
    head_length: u64,
    rest: OutputLog,
}

impl BuildLog {
    /// Starts an empty log.
    pub(super) fn open(dir: &Path) -> Self {
        // The build itself reports a folder that cannot be created.
        let _ = std::fs::create_dir_all(dir);
        let head = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(dir.join(HEAD));
        Self {
            head: head.ok(),
            head_length: 0,
            rest: OutputLog::with_segments(dir, SEGMENT_BYTES),
        }
    }

    /// Returns the number of bytes so far.
    pub(super) fn length(&self) -> u64 {
        self.head_length + self.rest.written()
    }

    pub(super) fn write(&mut self, bytes: &[u8]) {
        let room = match &self.head {
            Some(_) => HEAD_BYTES.saturating_sub(self.head_length),
            None => 0,
        };
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let (now, later) = bytes.split_at(bytes.len().min(room));
        if let Some(head) = self.head.as_mut().filter(|_| !now.is_empty()) {
            if head.write_all(now).is_ok() {
                self.head_length += now.len() as u64;
            } else {
                // The beginning must not have a gap: it ends here.
                let _ = head.set_len(self.head_length);
                self.head = None;
            }
        }
        self.rest.write(later);
    }

    /// Appends a line of Vestibule's own.
    pub(super) fn note(&mut self, text: &str) {
        let gap = if self.length() == 0 { "" } else { "\n" };
        self.write(format!("{gap}[vestibule] {text}\n").as_bytes());
    }
}

/// File with a part of the output.
struct Piece {
    start: u64,
    end: u64,
    path: PathBuf,
}

/// Returns the output after the first `after` bytes, oldest first, or its end if there is no
/// `after`. The output after a gap is in the next answer.
pub(super) fn read(dir: &Path, after: Option<u64>, max_bytes: usize) -> RunLog {
    let pieces = pieces(dir);
    let end = pieces.last().map_or(0, |piece| piece.end);
    let most = max_bytes as u64;
    let start = match after {
        Some(after) if after <= end => after,
        // The position belongs to other output.
        Some(_) => 0,
        None => end.saturating_sub(most).max(unbroken(&pieces)),
    };
    let mut bytes = Vec::new();
    let mut reported = start;
    for piece in pieces.iter().filter(|piece| piece.end > start) {
        if bytes.is_empty() {
            reported = reported.max(piece.start);
        } else if piece.start != reported + bytes.len() as u64 {
            break;
        }
        let room = most.saturating_sub(bytes.len() as u64);
        let from = (reported + bytes.len() as u64).saturating_sub(piece.start);
        if let Ok(mut file) = File::open(&piece.path)
            && file.seek(SeekFrom::Start(from)).is_ok()
        {
            let length = (piece.end - piece.start - from).min(room);
            // After an error in the middle, the bytes read so far are returned.
            let _ = file.take(length).read_to_end(&mut bytes);
        }
    }
    // The end does not begin with half a character.
    let cut = match after {
        None if reported > 0 => bytes.iter().take(3).take_while(|b| is_inner(**b)).count(),
        _ => 0,
    };
    let shown = whole_characters(&bytes[cut..]);
    RunLog {
        text: String::from_utf8_lossy(shown).into_owned(),
        skipped_bytes: reported + cut as u64,
        ends_at: reported + (cut + shown.len()) as u64,
    }
}

/// Returns where the last part without a gap begins.
fn unbroken(pieces: &[Piece]) -> u64 {
    let gap = |pair: &&[Piece]| pair[0].end != pair[1].start;
    let broken = pieces.windows(2).rfind(gap).map(|pair| pair[1].start);
    broken.or(pieces.first().map(|p| p.start)).unwrap_or(0)
}

fn pieces(dir: &Path) -> Vec<Piece> {
    let head = dir.join(HEAD);
    let length = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
    let head_length = length(&head);
    let mut pieces = vec![Piece {
        start: 0,
        end: head_length,
        path: head,
    }];
    for (start, path) in segments(dir) {
        let start = head_length + start;
        pieces.push(Piece {
            start,
            end: start + length(&path),
            path,
        });
    }
    pieces.retain(|piece| piece.end > piece.start);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginning_and_end_of_endless_output_are_kept() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut log = BuildLog::open(dir.path());
        log.write(b"the beginning\n");
        // An endless line: no newline anywhere.
        for _ in 0..50 {
            log.write(&vec![b'x'; 100_000]);
        }
        log.write("the ende ä".as_bytes());
        let total = 14 + 5_000_000 + 11;
        assert_eq!(log.length(), total);
        let kept: u64 = pieces(dir.path()).iter().map(|p| p.end - p.start).sum();
        assert!(kept <= HEAD_BYTES + 2 * SEGMENT_BYTES, "{kept}");
        let end = read(dir.path(), None, 1_000);
        assert!(end.text.ends_with("xthe ende ä") && end.text.len() <= 1_000);
        assert_eq!(end.ends_at, total);
        // Read on from the beginning: each byte that is kept once, in order, the gap seen as one.
        let (mut at, mut reported, mut gaps) = (0, 0, 0);
        loop {
            let next = read(dir.path(), Some(at), 64 * 1024);
            if next.text.is_empty() {
                break;
            }
            gaps += usize::from(next.skipped_bytes != at);
            reported += next.text.len() as u64;
            assert_eq!(next.ends_at, next.skipped_bytes + next.text.len() as u64);
            at = next.ends_at;
        }
        assert_eq!((at, reported, gaps), (total, kept, 1));
        assert!(
            read(dir.path(), Some(0), 100)
                .text
                .starts_with("the beginning")
        );
        let strange = read(dir.path(), Some(total + 1), 100);
        assert_eq!(strange.skipped_bytes, 0, "of another build");
    }

    #[test]
    fn short_log_is_complete() {
        let dir = tempfile::tempdir().expect("a folder");
        assert_eq!(read(&dir.path().join("none"), None, 10), RunLog::default());
        let mut log = BuildLog::open(dir.path());
        log.note("Step 1 of 1: cat");
        log.write(b"\xff\x00\x1b[31m\xf0\x9f");
        let all = read(dir.path(), None, 100);
        assert_eq!(
            all.text,
            "[vestibule] Step 1 of 1: cat\n\u{fffd}\0\u{1b}[31m"
        );
        log.write(b"\x99\x82!");
        let rest = read(dir.path(), Some(all.ends_at), 100);
        assert_eq!(rest.text, "🙂!", "told once it is whole");
        let again = BuildLog::open(dir.path());
        assert_eq!(again.length(), 0);
    }
}
