//! Transcript of an agent tab: numbered events in files of bounded size.
//!
//! Each event is a line of JSON. An append is one write, so what a crash leaves of it is at most an
//! unfinished line, which the next opening removes. A line also has the number that the event had in
//! the agent's session, so that no event is recorded twice.

use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use vestibule_model::tab::transcript::TranscriptEvent;

/// Size at which a file becomes the older one, and the older one is removed.
const MAX_FILE: u64 = 32 * 1024 * 1024;
/// Number of events between two entries of a file's index.
const STRIDE: u64 = 128;
/// Largest size of the events of a page.
const MAX_PAGE_SIZE: usize = 1024 * 1024;

/// Line of a file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Record {
    /// The event.
    pub(super) event: TranscriptEvent,
    /// Session and number of the event there; `None`: the server's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<(String, u64)>,
}

/// Transcript.
#[derive(Debug)]
pub(super) struct Transcript {
    dir: PathBuf,
    older: Option<Segment>,
    newer: Option<Segment>,
    source: Option<(String, u64)>,
}

#[derive(Debug)]
struct Segment {
    file: File,
    first: u64,
    last: u64,
    size: u64,
    /// Offset of each [`STRIDE`]th event.
    index: Vec<u64>,
}

impl Transcript {
    /// Opens the transcript in a folder, which need not exist.
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        let mut source = None;
        let older = Segment::open(&dir.join("older.jsonl"), &mut source)?;
        let newer = Segment::open(&dir.join("newer.jsonl"), &mut source)?;
        Ok(Self {
            dir: dir.to_owned(),
            older,
            newer,
            source,
        })
    }

    /// Returns the number of the oldest kept event; 0: there is none.
    pub(super) fn first(&self) -> u64 {
        let first = self.older.as_ref().or(self.newer.as_ref());
        first.map_or(0, |segment| segment.first)
    }

    /// Returns the number of the newest event; 0: there is none.
    pub(super) fn last(&self) -> u64 {
        let last = self.newer.as_ref().or(self.older.as_ref());
        last.map_or(0, |segment| segment.last)
    }

    /// Returns the number of the newest recorded event of a session.
    pub(super) fn last_of(&self, session: &str) -> u64 {
        match &self.source {
            Some((known, number)) if known == session => *number,
            _ => 0,
        }
    }

    /// Adds events, and numbers them. After an error none of them was added.
    pub(super) fn append(&mut self, mut records: Vec<Record>) -> io::Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        if self
            .newer
            .as_ref()
            .is_some_and(|newer| newer.size > MAX_FILE)
        {
            fs::rename(self.dir.join("newer.jsonl"), self.dir.join("older.jsonl"))?;
            self.older = self.newer.take();
        }
        let begin = self.last() + 1;
        let mut lines = Vec::new();
        let mut offsets = Vec::new();
        for (number, record) in (begin..).zip(&mut records) {
            record.event.seq = number;
            offsets.push((number, lines.len() as u64));
            serde_json::to_writer(&mut lines, record)?;
            lines.push(b'\n');
        }
        if self.newer.is_none() {
            self.newer = Some(Segment::create(&self.dir, begin)?);
        }
        let Some(newer) = &mut self.newer else {
            return Ok(());
        };
        if let Err(error) = newer.file.write_all_at(&lines, newer.size) {
            // The written bytes are beyond the recorded size, and are overwritten.
            let _ = newer.file.set_len(newer.size);
            if newer.last < newer.first {
                self.newer = None;
            }
            return Err(error);
        }
        for (number, offset) in offsets {
            if (number - newer.first).is_multiple_of(STRIDE) {
                newer.index.push(newer.size + offset);
            }
            newer.last = number;
        }
        newer.size += lines.len() as u64;
        let mut sources = records.into_iter().filter_map(|record| record.source);
        self.source = sources.next_back().or(self.source.take());
        Ok(())
    }

    /// Returns at most `limit` events after a number, oldest first.
    pub(super) fn after(&self, number: u64, limit: usize) -> io::Result<Vec<TranscriptEvent>> {
        let mut found = Vec::new();
        let mut size = 0;
        for segment in [&self.older, &self.newer].into_iter().flatten() {
            if segment.last <= number || found.len() >= limit || size >= MAX_PAGE_SIZE {
                continue;
            }
            segment.read(number + 1, |event, bytes| {
                size += bytes;
                found.push(event);
                found.len() < limit && size < MAX_PAGE_SIZE
            })?;
        }
        Ok(found)
    }

    /// Returns at most the last `limit` events before a number, oldest first.
    pub(super) fn before(&self, number: u64, limit: usize) -> io::Result<Vec<TranscriptEvent>> {
        let end = number.min(self.last() + 1);
        let begin = end.saturating_sub(limit as u64).max(1);
        let mut found = Vec::new();
        // Long ones are cut at the front: the newest are wanted.
        let mut at = begin;
        while at < end {
            let page = self.after(at - 1, usize::try_from(end - at).unwrap_or(limit))?;
            let Some(last) = page.last() else { break };
            at = last.seq + 1;
            found.extend(page);
        }
        let mut size = 0;
        let kept = found.iter().rev().take_while(|event| {
            let is_first = size == 0;
            size += event.text.len() + 128;
            is_first || size < MAX_PAGE_SIZE
        });
        let kept = kept.count();
        Ok(found.split_off(found.len() - kept))
    }
}

impl Segment {
    fn create(dir: &Path, first: u64) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        Ok(Self {
            file: options.mode(0o600).open(dir.join("newer.jsonl"))?,
            first,
            last: first - 1,
            size: 0,
            index: Vec::new(),
        })
    }

    /// Opens a file, and removes what follows its last readable line. `None`: it has no event.
    fn open(path: &Path, source: &mut Option<(String, u64)>) -> io::Result<Option<Self>> {
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut segment: Option<Self> = None;
        let (mut size, mut index) = (0, Vec::new());
        let (mut first, mut last) = (0, 0);
        let mut reader = BufReader::with_capacity(256 * 1024, file.try_clone()?);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line)?;
            if !line.ends_with(b"\n") {
                break;
            }
            let Ok(record) = serde_json::from_slice::<Record>(&line) else {
                break;
            };
            let seq = record.event.seq;
            if last > 0 && seq != last + 1 || seq == 0 {
                break;
            }
            if first == 0 {
                first = seq;
            }
            if (seq - first).is_multiple_of(STRIDE) {
                index.push(size);
            }
            last = seq;
            size += read as u64;
            if record.source.is_some() {
                *source = record.source;
            }
        }
        if file.metadata()?.len() > size {
            file.set_len(size)?;
        }
        if last > 0 {
            segment = Some(Self {
                file,
                first,
                last,
                size,
                index,
            });
        }
        Ok(segment)
    }

    /// Reads events from a number on, until `take` returns `false`.
    fn read(
        &self,
        from: u64,
        mut take: impl FnMut(TranscriptEvent, usize) -> bool,
    ) -> io::Result<()> {
        let skipped = from.saturating_sub(self.first) / STRIDE;
        let entry = usize::try_from(skipped).map_err(io::Error::other)?;
        let Some(offset) = self.index.get(entry) else {
            return Ok(());
        };
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(*offset))?;
        let mut reader = BufReader::with_capacity(64 * 1024, file.take(self.size - offset));
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line)?;
            if read == 0 {
                return Ok(());
            }
            let record: Record = serde_json::from_slice(&line)?;
            if record.event.seq >= from && !take(record.event, read) {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests;
