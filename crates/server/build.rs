//! Says where the built console lies, and has the server built again when it has changed.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let here = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    // Without `..`: builds that read the console from the disk compare it with resolved paths, and
    // it may not be there yet.
    if let Ok(root) = Path::new(&here).join("../..").canonicalize() {
        println!(
            "cargo::rustc-env=VESTIBULE_DIST={}",
            root.join("dist").display()
        );
    }
    // Other builds read the console from the disk at each request.
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed=../../dist");
    }
}
