//! Uploads into memory.

use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use vestibule_engine::uploads::{Upload, UploadError};
use vestibule_model::tab::attachment::numbered;

/// Uploaded files, of all workbenches.
#[derive(Clone, Default)]
pub struct FakeUploads(Arc<State>);

#[derive(Default)]
struct State {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    is_full: AtomicBool,
    is_blocked: AtomicBool,
}

struct FakeUpload {
    all: FakeUploads,
    name: String,
    content: Vec<u8>,
}

impl FakeUploads {
    pub fn begin(&self, name: &str) -> Result<Box<dyn Upload>, UploadError> {
        if self.0.is_blocked.load(Ordering::Relaxed) {
            let why = "The workbench's attachments is a link or a file, not a folder.";
            return Err(UploadError::Blocked(why.to_owned()));
        }
        Ok(Box::new(FakeUpload {
            all: self.clone(),
            name: name.to_owned(),
            content: Vec::new(),
        }))
    }

    /// Lets every write fail for want of room.
    pub fn fill_up(&self) {
        self.0.is_full.store(true, Ordering::Relaxed);
    }

    /// Refuses every upload.
    pub fn block(&self) {
        self.0.is_blocked.store(true, Ordering::Relaxed);
    }

    /// Returns the complete files.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.0.files.lock().expect("the files").clone()
    }
}

#[async_trait]
impl Upload for FakeUpload {
    async fn write(&mut self, bytes: Bytes) -> io::Result<()> {
        if self.all.0.is_full.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.content.extend(bytes);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<String, UploadError> {
        let mut files = self.all.0.files.lock().expect("the files");
        let names = (0..).map(|number| numbered(&self.name, number));
        let mut paths = names.map(|name| format!("attachments/{name}"));
        let path = paths.find(|path| !files.contains_key(path));
        let path = path.expect("numbers do not end");
        files.insert(path.clone(), self.content);
        Ok(path)
    }
}
