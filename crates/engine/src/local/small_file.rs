//! Reader of files that people write: catalogues, settings, secrets.

use nix::libc::O_NONBLOCK;
use std::fs::OpenOptions;
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Largest size of such a file: 1 MiB.
const MAX_BYTES: u64 = 1024 * 1024;

/// Reads a file whole. A device or a pipe is refused, which could have no end or no begin.
pub fn read(file: &Path) -> io::Result<Vec<u8>> {
    let refused = |why: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, why.to_owned()));
    // Opening a pipe would wait for its writer.
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(O_NONBLOCK)
        .open(file)?;
    let found = opened.metadata()?;
    if found.is_dir() {
        return refused("it is a folder");
    }
    if !found.is_file() {
        return refused("it is not a regular file");
    }
    let mut bytes = Vec::new();
    opened.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return refused("it is larger than 1 MiB");
    }
    Ok(bytes)
}

/// Reads a file of text whole.
pub fn read_text(file: &Path) -> io::Result<String> {
    let bytes = read(file)?;
    String::from_utf8(bytes)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::stat::Mode;

    /// Faults, RL: each of these had kept the program from starting and from ending.
    #[test]
    fn only_regular_files_of_a_bounded_size_are_read() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("apps.toml");
        let why = |file: &Path| read_text(file).expect_err("refused").to_string();
        std::fs::write(&file, "[[app]]\n").expect("written");
        assert_eq!(read_text(&file).expect("read"), "[[app]]\n");
        std::fs::write(&file, b"\xff").expect("written");
        assert_eq!(why(&file), "it is not UTF-8 text");
        std::fs::write(&file, vec![b'#'; 1024 * 1024]).expect("written");
        assert!(read(&file).is_ok());
        std::fs::write(&file, vec![b'#'; 1024 * 1024 + 1]).expect("written");
        assert_eq!(why(&file), "it is larger than 1 MiB");
        assert_eq!(why(dir.path()), "it is a folder");
        for device in ["/dev/full", "/dev/zero"] {
            assert_eq!(why(Path::new(device)), "it is not a regular file");
        }
        let pipe = dir.path().join("pipe");
        nix::unistd::mkfifo(&pipe, Mode::S_IRUSR | Mode::S_IWUSR).expect("made");
        assert_eq!(why(&pipe), "it is not a regular file");
    }
}
