//! Access to the files of the built console.

use rust_embed::EmbeddedFile;

/// Returns a file of the console by its path, or `None` if there is no such file. The program embeds
/// the files, and not this library, so that both it and the console can be compiled at once.
pub type ConsoleFiles = fn(&str) -> Option<EmbeddedFile>;
