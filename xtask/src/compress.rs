//! Compressed copies (`.br`, `.gz`) beside each file of the built console, made once so that the
//! server never compresses anything.

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};
use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// The copies of a file.
pub struct Copies {
    /// Brotli, the best quality.
    pub brotli: Vec<u8>,
    /// Gzip, the best level.
    pub gzip: Vec<u8>,
}

/// Copies that are there already, by the content they are of.
#[derive(Default)]
pub struct Known(HashMap<Vec<u8>, Copies>);

impl Known {
    /// Reads a folder that trunk is about to empty.
    pub fn read(folder: &Path) -> Self {
        let mut known = HashMap::new();
        for path in originals(folder).unwrap_or_default() {
            let read = |suffix| fs::read(with_suffix(&path, suffix)).ok();
            if let (Ok(content), Some(brotli), Some(gzip)) =
                (fs::read(&path), read("br"), read("gz"))
            {
                known.insert(content, Copies { brotli, gzip });
            }
        }
        Self(known)
    }
}

/// Writes the copies of every file in the folder. What is known is not made again.
pub fn folder(folder: &Path, mut known: Known) -> Result<()> {
    let mut new = Vec::new();
    for path in originals(folder)? {
        let content =
            fs::read(&path).with_context(|| format!("failed to read {}", path.display()))?;
        match known.0.remove(&content) {
            Some(copies) => write(&path, &copies)?,
            None => new.push((path, content)),
        }
    }
    // The largest first, so that no core is left alone with it at the end.
    new.sort_by_key(|(_, content)| std::cmp::Reverse(content.len()));
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some((path, content)) = new.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(error) = copies(content).and_then(|copies| write(path, &copies))
                        && let Ok(mut failures) = failures.lock()
                    {
                        failures.push(error);
                    }
                }
            });
        }
    });
    match failures.into_inner().unwrap_or_default().pop() {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// Compresses one file's content in both ways.
pub fn copies(content: &[u8]) -> Result<Copies> {
    let mut brotli = Vec::new();
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: content.len(),
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &content[..], &mut brotli, &params)
        .context("failed to compress with brotli")?;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    let gzip = gzip
        .write_all(content)
        .and_then(|()| gzip.finish())
        .context("failed to compress with gzip")?;
    Ok(Copies { brotli, gzip })
}

/// Every file below the folder that is no compressed copy, sorted.
pub fn originals(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = files_below(folder)?;
    found.retain(|path| {
        path.extension()
            .is_none_or(|extension| extension != "br" && extension != "gz")
    });
    Ok(found)
}

/// Every file below the folder, sorted.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries =
        fs::read_dir(folder).with_context(|| format!("failed to list {}", folder.display()))?;
    for entry in entries {
        let path = entry
            .with_context(|| format!("failed to list {}", folder.display()))?
            .path();
        if path.is_dir() {
            found.extend(files_below(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn write(path: &Path, copies: &Copies) -> Result<()> {
    for (suffix, content) in [("br", &copies.brotli), ("gz", &copies.gzip)] {
        let path = with_suffix(path, suffix);
        fs::write(&path, content).with_context(|| format!("failed to write {}", path.display()))?;
    }
    Ok(())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn copies_unpack_to_the_original_and_known_ones_are_kept() {
        let home = std::env::temp_dir().join(format!("xtask-compress-{}", std::process::id()));
        fs::create_dir_all(home.join("inner")).unwrap();
        let text = "a line that comes again and again\n".repeat(200);
        fs::write(home.join("inner/app.js"), &text).unwrap();

        folder(&home, Known::default()).unwrap();
        let brotli = fs::read(home.join("inner/app.js.br")).unwrap();
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &brotli[..], &mut unpacked).unwrap();
        assert_eq!(unpacked, text.as_bytes());
        let gzip = fs::read(home.join("inner/app.js.gz")).unwrap();
        let mut unpacked = String::new();
        flate2::read::GzDecoder::new(&gzip[..])
            .read_to_string(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked, text);

        // A copy that is known is taken as it is: here one that no compressor would make.
        fs::write(home.join("inner/app.js.br"), b"marked").unwrap();
        let known = Known::read(&home);
        fs::remove_file(home.join("inner/app.js.br")).unwrap();
        folder(&home, known).unwrap();
        assert_eq!(fs::read(home.join("inner/app.js.br")).unwrap(), b"marked");
        fs::remove_dir_all(home).unwrap();
    }
}
