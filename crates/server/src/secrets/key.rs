//! Key of the secrets, from `VESTIBULE_KEY` or a file in the data folder.

use super::SecretCipher;
use crate::store::Store;
use anyhow::{Context as _, anyhow, bail};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use rand::RngExt as _;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use vestibule_engine::local::small_file;

/// The key's file in the data folder.
pub const FILE: &str = "secrets.key";

const VARIABLE: &str = "VESTIBULE_KEY";
const FORM: &str =
    "a key is 32 random bytes, in base64 or as 64 hexadecimal digits (`openssl rand -base64 32`)";
const WAY_OUT: &str =
    "or, if the key is lost, run `vestibule forget-secrets` and set the secrets again";

/// Returns a cipher with the key of this store's secrets. A store without secrets gets a new key if
/// none is set.
pub fn find(
    data_dir: &Path,
    variable: Option<String>,
    store: &Store,
) -> anyhow::Result<SecretCipher> {
    let are_kept = store.count_secrets()? > 0;
    let file = data_dir.join(FILE);
    let (key, place) = match variable {
        Some(text) => (
            read(&text).ok_or_else(|| anyhow!("{VARIABLE} is not a key: {FORM}"))?,
            VARIABLE.to_owned(),
        ),
        None => (from_file(&file, are_kept)?, file.display().to_string()),
    };
    let cipher = SecretCipher::new(&key);
    match store.key_mark()? {
        Some(mark) if cipher.knows(&mark) => {}
        Some(_) if are_kept => bail!(
            "the key of {place} is not the one that the secrets in the database were encrypted with; \
             put that key back, in {VARIABLE} or in {}, {WAY_OUT}",
            file.display()
        ),
        _ => store.set_key_mark(&cipher.mark())?,
    }
    Ok(cipher)
}

fn from_file(file: &Path, are_kept: bool) -> anyhow::Result<[u8; 32]> {
    let shown = file.display();
    match fs::metadata(file) {
        Ok(found) if found.permissions().mode() & 0o077 != 0 => bail!(
            "the key file {shown} may be read or written by others; run `chmod 600 {shown}`, and consider the secrets known to them"
        ),
        Ok(_) => {
            let text = small_file::read_text(file)
                .with_context(|| format!("failed to read the key file {shown}"))?;
            read(&text).ok_or_else(|| {
                anyhow!("the key file {shown} is damaged: {FORM}; put back a copy of it, {WAY_OUT}")
            })
        }
        Err(error) if error.kind() == ErrorKind::NotFound && are_kept => bail!(
            "there are secrets in the database, but not the key they were encrypted with; \
             put it back, in {shown} or in {VARIABLE}, {WAY_OUT}"
        ),
        Err(error) if error.kind() == ErrorKind::NotFound => make(file),
        Err(error) => Err(error).with_context(|| format!("failed to read the key file {shown}")),
    }
}

fn make(file: &Path) -> anyhow::Result<[u8; 32]> {
    let key: [u8; 32] = rand::rng().random();
    let write = || {
        let mut created = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(file)?;
        writeln!(created, "{}", STANDARD.encode(key))?;
        // Secrets that are sealed with it must not outlive it.
        created.sync_all()
    };
    write().with_context(|| format!("failed to make the key file {}", file.display()))?;
    Ok(key)
}

fn read(text: &str) -> Option<[u8; 32]> {
    let text = text.trim();
    let bytes = match text.len() {
        64 if text.bytes().all(|digit| digit.is_ascii_hexdigit()) => (0..64)
            .step_by(2)
            .map(|at| {
                let digits = text.get(at..at + 2)?;
                u8::from_str_radix(digits, 16).ok()
            })
            .collect::<Option<Vec<_>>>()?,
        _ => {
            let padded = format!("{}=", text.trim_end_matches('='));
            STANDARD
                .decode(&padded)
                .or_else(|_| URL_SAFE.decode(&padded))
                .ok()?
        }
    };
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::open(dir.path()).expect("a store");
        (dir, store)
    }

    fn keep_one(store: &Store, cipher: &SecretCipher) {
        let user = crate::store::NewUser::administrator("ada", String::new());
        let now = crate::clock::now();
        let user = store.create_user(&user, now).expect("works").expect("new");
        let by = crate::store::Actor::local(&user.id, "ada", now);
        let created = store.create_workspace("Lab", &by);
        let workspace = created.expect("works").expect("made").id;
        let sealed = cipher.seal(&workspace, "KEY", &"value".into());
        let kept = store.set_secret(&workspace, "KEY", &sealed, &by);
        assert!(kept.expect("works").is_some());
    }

    #[test]
    fn keys_are_read_in_both_forms() {
        let key = [0xfb; 32];
        let hex = "fb".repeat(32);
        let base64 = STANDARD.encode(key);
        for text in [
            &hex,
            &base64,
            base64.trim_end_matches('='),
            &URL_SAFE.encode(key),
        ] {
            assert_eq!(read(text), Some(key), "{text}");
        }
        for bad in [
            "",
            "secret",
            &hex[1..],
            &base64[4..],
            &"+f".repeat(32),
            &"é".repeat(32),
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() {
        let (dir, store) = place();
        let cipher = find(dir.path(), None, &store).expect("a key is made");
        let file = dir.path().join(FILE);
        let mode = fs::metadata(&file).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        keep_one(&store, &cipher);
        let again = find(dir.path(), None, &store).expect("it is found again");
        assert!(again.knows(&cipher.mark()));

        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("a mode");
        let message = find(dir.path(), None, &store).expect_err("others may read it");
        assert!(message.to_string().contains("chmod 600"), "{message}");
    }

    #[test]
    fn a_wrong_or_lost_key_stops_the_start_only_where_there_are_secrets() {
        let (dir, store) = place();
        let file = dir.path().join(FILE);
        find(dir.path(), None, &store).expect("a key is made");
        fs::remove_file(&file).expect("it is there");
        let cipher = find(dir.path(), None, &store).expect("nothing was lost with it");

        keep_one(&store, &cipher);
        let message = find(dir.path(), Some("ab".repeat(32)), &store).expect_err("another key");
        assert!(message.to_string().contains("VESTIBULE_KEY"), "{message}");
        assert!(message.to_string().contains("forget-secrets"), "{message}");
        fs::remove_file(&file).expect("it is there");
        let message = find(dir.path(), None, &store).expect_err("the key is gone");
        assert!(message.to_string().contains(FILE), "{message}");
        assert!(!file.exists(), "no other key takes its place");

        store.forget_secrets().expect("the store works");
        find(dir.path(), None, &store).expect("a new beginning");
    }

    #[test]
    fn an_invalid_key_is_refused_without_printing_it() {
        let (dir, store) = place();
        let message = find(dir.path(), Some("my password".to_owned()), &store);
        let message = message.expect_err("it is none").to_string();
        assert!(message.contains("VESTIBULE_KEY") && !message.contains("my password"));
    }
}
