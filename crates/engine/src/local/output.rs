//! Bounded log of a process's output.
//!
//! `output.log` grows to [`SEGMENT_BYTES`], then becomes `output.<offset>.log`, where the offset is
//! the number of bytes before it; only the newest of those is kept. So there are never more than
//! two segments, and removed bytes can still be counted.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use vestibule_model::run::RunLog;

/// Maximum length of a segment. Two segments are kept.
pub const SEGMENT_BYTES: u64 = 1024 * 1024;

const CURRENT: &str = "output.log";

/// Writer of the log, which drops the oldest output when there is too much.
pub struct OutputLog {
    dir: PathBuf,
    file: Option<File>,
    /// Number of bytes before the current segment.
    offset: u64,
    length: u64,
    segment: u64,
}

impl OutputLog {
    /// Continues where an earlier writer ended.
    pub fn open(dir: &Path) -> Self {
        Self::with_segments(dir, SEGMENT_BYTES)
    }

    /// Creates the output with another maximum length of segments.
    pub fn with_segments(dir: &Path, segment: u64) -> Self {
        let offset = earlier(dir).map_or(0, |(path, offset)| {
            offset + std::fs::metadata(path).map_or(0, |m| m.len())
        });
        let mut log = Self {
            dir: dir.to_owned(),
            file: None,
            offset,
            length: 0,
            segment,
        };
        log.reopen();
        log
    }

    /// Returns the number of bytes so far.
    pub fn written(&self) -> u64 {
        self.offset + self.length
    }

    /// Appends output. Bytes that cannot be written, on a full disk for example, are lost: the app
    /// must not wait for its log.
    pub fn write(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.length >= self.segment {
                self.rotate();
            }
            let room = usize::try_from(self.segment.saturating_sub(self.length).max(1))
                .unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(bytes.len().min(room));
            if self.file.is_none() {
                self.reopen();
            }
            let written = self.file.as_mut().map(|file| file.write_all(now));
            if !matches!(written, Some(Ok(()))) {
                self.file = None;
                return;
            }
            self.length += now.len() as u64;
            bytes = later;
        }
    }

    /// Appends a line of Vestibule's own.
    pub fn note(&mut self, text: &str) {
        self.write(format!("\n[vestibule] {text}\n").as_bytes());
    }

    fn reopen(&mut self) {
        let opened = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(self.dir.join(CURRENT));
        if let Ok(file) = opened {
            self.length = file.metadata().map_or(0, |m| m.len());
            self.file = Some(file);
        }
    }

    fn rotate(&mut self) {
        self.file = None;
        let old = earlier(&self.dir);
        let kept = self.dir.join(format!("output.{}.log", self.offset));
        if std::fs::rename(self.dir.join(CURRENT), kept).is_err() {
            // The limit comes first: a segment that cannot be renamed is dropped.
            let _ = std::fs::remove_file(self.dir.join(CURRENT));
        }
        if let Some((path, _)) = old {
            let _ = std::fs::remove_file(path);
        }
        self.offset += self.length;
        self.length = 0;
        self.reopen();
    }
}

/// Longest quoted line, in characters.
const QUOTED: usize = 240;
/// Number of lines at the end of an output among which the error is.
const LAST_LINES: usize = 20;

/// Returns the last line that reports an error, without colours, or the last line if none does.
pub fn last_error_line(text: &str) -> Option<String> {
    let lines = text.lines().rev().map(without_escapes);
    let lines: Vec<String> = lines
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty() && !line.starts_with("[vestibule]"))
        .take(LAST_LINES)
        .collect();
    let reports_error = |line: &&String| {
        let line = line.to_ascii_lowercase();
        [
            "error",
            "exception",
            "fatal",
            "panicked",
            "failed",
            "cannot",
            "denied",
            "no such",
        ]
        .iter()
        .any(|word| line.contains(word))
    };
    let line = lines.iter().find(reports_error).or(lines.first())?;
    Some(match line.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}\u{2026}", &line[..end]),
        None => line.clone(),
    })
}

/// Removes terminal escape sequences and control characters.
fn without_escapes(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\u{1b}' {
            if rest.next_if_eq(&'[').is_some() {
                // A sequence ends with its first letter.
                while rest.next_if(|c| !c.is_ascii_alphabetic()).is_some() {}
                rest.next();
            }
        } else if !c.is_control() || c == '\t' {
            plain.push(c);
        }
    }
    plain
}

/// Returns the end of the output in a folder, after the first `after` bytes. If there are fewer
/// bytes, the reader's position belongs to other output and is ignored.
pub fn tail(dir: &Path, after: u64, max_bytes: usize) -> RunLog {
    let mut kept = Vec::new();
    let mut offset = 0;
    if let Some((path, start)) = earlier(dir) {
        offset = start;
        read_end(&path, max_bytes, &mut kept, &mut offset);
    }
    read_end(&dir.join(CURRENT), max_bytes, &mut kept, &mut offset);
    let surplus = kept.len().saturating_sub(max_bytes);
    let known = after.checked_sub(offset).map(usize::try_from);
    let start = match known {
        Some(Ok(known)) if (surplus..=kept.len()).contains(&known) => known,
        // A cut inside a character would show as a replacement character.
        _ => (surplus..kept.len())
            .take(4)
            .find(|i| surplus == 0 || !is_inner(kept[*i]))
            .unwrap_or(surplus),
    };
    let shown = whole_characters(&kept[start..]);
    RunLog {
        text: String::from_utf8_lossy(shown).into_owned(),
        skipped_bytes: offset + start as u64,
        ends_at: offset + (start + shown.len()) as u64,
    }
}

/// Returns the kept segments, oldest first, with the number of bytes before each.
pub fn segments(dir: &Path) -> Vec<(u64, PathBuf)> {
    let mut found: Vec<_> = earlier(dir)
        .map(|(path, start)| (start, path))
        .into_iter()
        .collect();
    let start = found.first().map_or(0, |(start, path)| {
        start + std::fs::metadata(path).map_or(0, |m| m.len())
    });
    found.push((start, dir.join(CURRENT)));
    found
}

/// Returns `true` if a byte continues a UTF-8 character.
pub fn is_inner(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

/// Returns the bytes without a last character that is incomplete.
pub fn whole_characters(bytes: &[u8]) -> &[u8] {
    let end = bytes.len();
    let begun = (end.saturating_sub(3)..end)
        .rev()
        .find(|i| bytes[*i] & 0xc0 == 0xc0);
    match begun.map(|i| (i, std::str::from_utf8(&bytes[i..]))) {
        Some((i, Err(error))) if error.valid_up_to() == 0 && error.error_len().is_none() => {
            &bytes[..i]
        }
        _ => bytes,
    }
}

/// Appends a segment's end to `kept`, and adds the bytes left out to `skipped`.
fn read_end(path: &Path, max_bytes: usize, kept: &mut Vec<u8>, skipped: &mut u64) {
    let Ok(mut file) = File::open(path) else {
        return;
    };
    let length = file.metadata().map_or(0, |m| m.len());
    // Four more than asked for, so that a cut can move to a character's beginning.
    let start = length.saturating_sub(max_bytes as u64 + 4);
    if start > 0 {
        *skipped += start + kept.len() as u64;
        kept.clear();
    }
    if file.seek(SeekFrom::Start(start)).is_ok() {
        // After an error the bytes read so far are shown.
        let _ = file.take(length - start).read_to_end(kept);
    }
}

/// Returns the segment before the current one, with the number of bytes before it.
fn earlier(dir: &Path) -> Option<(PathBuf, u64)> {
    let entries = std::fs::read_dir(dir).ok()?;
    entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let offset = name
                .to_str()?
                .strip_prefix("output.")?
                .strip_suffix(".log")?;
            Some((entry.path(), offset.parse().ok()?))
        })
        .max_by_key(|(_, offset)| *offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endless_output_stays_within_two_segments() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut log = OutputLog::open(dir.path());
        let chunk = vec![b'x'; 300_000];
        for _ in 0..20 {
            log.write(&chunk);
        }
        log.write(b"the end");
        let on_disk: u64 = std::fs::read_dir(dir.path())
            .expect("read")
            .flatten()
            .map(|e| e.metadata().map_or(0, |m| m.len()))
            .sum();
        assert!(on_disk <= 2 * SEGMENT_BYTES, "{on_disk}");
        let tail = tail(dir.path(), 0, 64 * 1024);
        assert_eq!(tail.text.len(), 64 * 1024);
        assert!(tail.text.ends_with("xthe end"));
        assert_eq!(tail.skipped_bytes, 6_000_007 - 64 * 1024);
    }

    #[test]
    fn tail_spans_segments_and_writers() {
        let dir = tempfile::tempdir().expect("a folder");
        OutputLog::open(dir.path()).write(&vec![b'a'; 1024 * 1024]);
        OutputLog::open(dir.path()).write(b"bcd");
        let end = tail(dir.path(), 0, 5);
        assert_eq!(end.text, "aabcd");
        assert_eq!(end.skipped_bytes, 1024 * 1024 + 3 - 5);
        let all = tail(dir.path(), 0, 4 << 20);
        assert_eq!((all.text.len(), all.skipped_bytes), (1024 * 1024 + 3, 0));
    }

    #[test]
    fn cut_never_splits_a_character() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut log = OutputLog::open(dir.path());
        log.write("ä€🙂".as_bytes());
        let end = tail(dir.path(), 0, 5);
        assert_eq!((end.text.as_str(), end.skipped_bytes), ("🙂", 5));
        log.write(b"\xff\x00");
        assert!(tail(dir.path(), 0, 100).text.ends_with("🙂\u{fffd}\0"));
        let nothing = tail(&dir.path().join("none"), 0, 10);
        assert_eq!(nothing, RunLog::default());
    }

    #[test]
    fn follower_reads_each_byte_once_and_no_half_characters() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut log = OutputLog::open(dir.path());
        let (mut text, mut after) = (String::new(), 0);
        for byte in "one ä two € three 🙂".bytes() {
            log.write(&[byte]);
            let changes = tail(dir.path(), after, 100);
            assert_eq!(changes.skipped_bytes, after);
            text.push_str(&changes.text);
            after = changes.ends_at;
        }
        assert_eq!(text, "one ä two € three 🙂");
        let nothing = tail(dir.path(), after, 100);
        assert_eq!((nothing.text.as_str(), nothing.ends_at), ("", after));
        // A reader too far behind, or of other output: from the oldest kept byte.
        assert_eq!(tail(dir.path(), 1, 4).text, "🙂");
        assert_eq!(tail(dir.path(), after + 1, 100).text, text);
        // Bytes that aren't text are not held back.
        log.write(b"\xff\xff");
        assert_eq!(tail(dir.path(), after, 100).text, "\u{fffd}\u{fffd}");
    }

    #[test]
    fn missing_folder_does_not_block_the_writer() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut log = OutputLog::open(&dir.path().join("gone"));
        log.write(b"output");
        assert_eq!(log.written(), 0);
    }

    #[test]
    fn last_error_is_quoted_without_colours_and_notes() {
        let traceback = "Traceback (most recent call last):\n  File \"a.py\", line 1\n\
            \x1b[31mModuleNotFoundError: No module named 'x'\x1b[0m\nbye\n\n[vestibule] ended\n";
        assert_eq!(
            last_error_line(traceback).as_deref(),
            Some("ModuleNotFoundError: No module named 'x'")
        );
        assert_eq!(last_error_line("one\ntwo\n").as_deref(), Some("two"));
        assert_eq!(last_error_line("[vestibule] ended\n"), None);
        let long = last_error_line(&"\u{e4}".repeat(1_000)).expect("a line");
        assert_eq!(long.chars().count(), QUOTED + 1);
    }
}
