//! Compressed copies (`.br`, `.gz`) beside each file of the console, so that the server never
//! compresses anything.

use crate::parallel;
use crate::project::files_below;
use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;
use flate2::{Compression, write::GzEncoder};
use std::fs;
use std::io::Write;
use std::path::Path;

/// Writes the copies of every file in the folder.
pub fn folder(folder: &Path) -> Result<()> {
    parallel::each(&files_below(folder)?, |path| {
        let content =
            fs::read(path).with_context(|| format!("failed to read {}", path.display()))?;
        for (ending, copy) in [("br", brotli(&content)?), ("gz", gzip(&content)?)] {
            let path = format!("{}.{ending}", path.display());
            fs::write(&path, copy).with_context(|| format!("failed to write {path}"))?;
        }
        Ok(())
    })
}

fn brotli(mut content: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    // Quality 11 is the best.
    let params = BrotliEncoderParams {
        quality: 11,
        size_hint: content.len(),
        ..Default::default()
    };
    brotli::BrotliCompress(&mut content, &mut out, &params)
        .context("failed to compress with brotli")?;
    Ok(out)
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(content)
        .and_then(|()| gzip.finish())
        .context("failed to compress with gzip")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn copies_unpack_to_the_original() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("inner/app.js");
        let text = "a line that comes again and again\n".repeat(200);
        fs::create_dir(home.path().join("inner")).unwrap();
        fs::write(&file, &text).unwrap();

        folder(home.path()).unwrap();

        let brotli = fs::read(file.with_extension("js.br")).unwrap();
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &brotli[..], &mut unpacked).unwrap();
        assert_eq!(unpacked, text.as_bytes());
        let gzip = fs::read(file.with_extension("js.gz")).unwrap();
        let mut unpacked = String::new();
        flate2::read::GzDecoder::new(&gzip[..])
            .read_to_string(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked, text);
    }
}
