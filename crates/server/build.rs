//! Passes the folder of the built console to the compiler.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let here = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    // Without `..`: debug builds read the console from the disk and compare resolved paths, and the
    // folder may not exist yet.
    if let Ok(root) = Path::new(&here).join("../..").canonicalize() {
        println!(
            "cargo::rustc-env=VESTIBULE_DIST={}",
            root.join("dist").display()
        );
    }
}
