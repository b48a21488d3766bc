//! Has the server built again when the console that it carries has changed.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Other builds read the console from the disk at each request.
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed=../../dist");
    }
}
