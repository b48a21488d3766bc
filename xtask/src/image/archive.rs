//! Archive of an image with one layer (OCI Image Format Specification 1.1), which registry tools take as
//! `oci-archive:FILE`.
//!
//! Nothing in it depends on the time or the machine, so that the same program gives the same image.

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use tar::{Builder, EntryType, Header};

/// User of a container for which nobody names another one; it is not the superuser.
const USER: &str = "65532:65532";
/// Path of the program in the image, and its entry point.
const PROGRAM: &str = "vestibule";

/// Image with a program.
pub struct Image<'a> {
    /// The program; it must not need any library.
    pub program: &'a Path,
    /// Tag that registry tools find in the archive.
    pub tag: &'a str,
    /// Architecture in the words of Go, such as `amd64`.
    pub architecture: &'a str,
}

/// Content of an archive, by its digest.
struct Blob {
    digest: String,
    content: Vec<u8>,
}

impl Image<'_> {
    /// Writes the archive.
    pub fn write(&self, path: &Path) -> Result<()> {
        let written = self
            .content()
            .and_then(|content| File::create(path).and_then(|mut file| file.write_all(&content)));
        written.with_context(|| format!("failed to write the image {}", path.display()))
    }

    fn content(&self) -> io::Result<Vec<u8>> {
        let layer = self.layer()?;
        let mut packed = GzBuilder::new().write(Vec::new(), Compression::best());
        packed.write_all(&layer)?;
        let packed = Blob::new(packed.finish()?);
        let config = Blob::of(&json!({
            "architecture": self.architecture,
            "os": "linux",
            "config": {
                "User": USER,
                "Entrypoint": [format!("/{PROGRAM}")],
                "WorkingDir": "/",
            },
            "rootfs": { "type": "layers", "diff_ids": [digest(&layer)] },
            "history": [{ "created_by": "cargo xtask image" }],
        }));
        let manifest = Blob::of(&json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": config.described("application/vnd.oci.image.config.v1+json"),
            "layers": [packed.described("application/vnd.oci.image.layer.v1.tar+gzip")],
        }));
        let mut listed = manifest.described("application/vnd.oci.image.manifest.v1+json");
        listed["platform"] = json!({ "architecture": self.architecture, "os": "linux" });
        listed["annotations"] = json!({ "org.opencontainers.image.ref.name": self.tag });
        let index = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [listed],
        });
        let mut archive = Builder::new(Vec::new());
        let layout = json!({ "imageLayoutVersion": "1.0.0" });
        file(
            &mut archive,
            "oci-layout",
            0o644,
            layout.to_string().as_bytes(),
        )?;
        file(
            &mut archive,
            "index.json",
            0o644,
            index.to_string().as_bytes(),
        )?;
        for folder in ["blobs/", "blobs/sha256/"] {
            folder_entry(&mut archive, folder, 0o755)?;
        }
        for blob in [&config, &manifest, &packed] {
            let path = format!("blobs/{}", blob.digest.replace(':', "/"));
            file(&mut archive, &path, 0o644, &blob.content)?;
        }
        archive.into_inner()
    }

    /// Returns the files of a container: the program, and a folder for temporary files.
    fn layer(&self) -> io::Result<Vec<u8>> {
        let mut layer = Builder::new(Vec::new());
        folder_entry(&mut layer, "tmp/", 0o1777)?;
        file(&mut layer, PROGRAM, 0o755, &fs::read(self.program)?)?;
        layer.into_inner()
    }
}

impl Blob {
    fn new(content: Vec<u8>) -> Self {
        Self {
            digest: digest(&content),
            content,
        }
    }

    fn of(value: &Value) -> Self {
        Self::new(value.to_string().into_bytes())
    }

    /// Returns the descriptor by which others refer to it.
    fn described(&self, kind: &str) -> Value {
        json!({ "mediaType": kind, "digest": self.digest, "size": self.content.len() })
    }
}

fn digest(content: &[u8]) -> String {
    let hash = Sha256::digest(content);
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

fn file(archive: &mut Builder<Vec<u8>>, path: &str, mode: u32, content: &[u8]) -> io::Result<()> {
    let size = u64::try_from(content.len()).map_err(io::Error::other)?;
    let mut header = header(EntryType::Regular, mode, size);
    archive.append_data(&mut header, path, content)
}

fn folder_entry(archive: &mut Builder<Vec<u8>>, path: &str, mode: u32) -> io::Result<()> {
    let mut header = header(EntryType::Directory, mode, 0);
    archive.append_data(&mut header, path, io::empty())
}

/// Returns the header of an entry of the superuser, without a time.
fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::collections::BTreeMap;
    use std::io::Read as _;

    /// Returns content and mode of each file of an archive, by its path.
    fn files(archive: &[u8]) -> BTreeMap<String, (Vec<u8>, u32)> {
        let mut archive = tar::Archive::new(archive);
        let entries = archive.entries().expect("an archive");
        entries
            .map(|entry| {
                let mut entry = entry.expect("an entry");
                let path = entry.path().expect("a path").display().to_string();
                let mode = entry.header().mode().expect("a mode");
                let mut content = Vec::new();
                entry.read_to_end(&mut content).expect("readable");
                (path, (content, mode))
            })
            .collect()
    }

    fn image() -> Vec<u8> {
        let program = tempfile::NamedTempFile::new().expect("a file");
        fs::write(program.path(), "the program").expect("written");
        let archive = tempfile::NamedTempFile::new().expect("a file");
        let image = Image {
            program: program.path(),
            tag: "1.2",
            architecture: "amd64",
        };
        image.write(archive.path()).expect("written");
        fs::read(archive.path()).expect("readable")
    }

    #[test]
    fn every_reference_leads_to_a_blob_with_its_digest_and_size() {
        let files = files(&image());
        let json = |text: &[u8]| serde_json::from_slice::<Value>(text).expect("JSON");
        let blob = |reference: &Value| -> Vec<u8> {
            let digest_of = reference["digest"].as_str().expect("a digest");
            let (content, _) = &files[&format!("blobs/{}", digest_of.replace(':', "/"))];
            assert_eq!(digest(content), digest_of);
            assert_eq!(reference["size"], content.len());
            content.clone()
        };
        assert_eq!(json(&files["oci-layout"].0)["imageLayoutVersion"], "1.0.0");
        let index = json(&files["index.json"].0);
        let listed = &index["manifests"][0];
        let tag = &listed["annotations"]["org.opencontainers.image.ref.name"];
        assert_eq!(tag, "1.2");
        let manifest = json(&blob(listed));
        let config = json(&blob(&manifest["config"]));
        assert_eq!(config["config"]["Entrypoint"], json!(["/vestibule"]));
        assert_eq!(config["architecture"], "amd64");
        let mut layer = Vec::new();
        let packed = blob(&manifest["layers"][0]);
        GzDecoder::new(&packed[..])
            .read_to_end(&mut layer)
            .expect("a layer");
        assert_eq!(config["rootfs"]["diff_ids"], json!([digest(&layer)]));
        let inside = self::files(&layer);
        assert_eq!(inside["vestibule"], (b"the program".to_vec(), 0o755));
        assert_eq!(inside["tmp/"].1, 0o1777);
        assert_eq!(inside.len(), 2);
    }

    #[test]
    fn same_program_gives_the_same_image() {
        assert_eq!(digest(&image()), digest(&image()));
    }
}
