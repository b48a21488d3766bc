//! The help, as a newcomer asks for it.

use std::fs;
use std::process::Command;

#[test]
fn run_help_prints_without_set_up_or_build() {
    let home = tempfile::tempdir().unwrap();
    for args in [&["run", "--help"][..], &["run", "--demo", "-h"], &[]] {
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(args)
            .env("VESTIBULE_CACHE", home.path().join("cache"))
            // Any set-up or build would need another program.
            .env("PATH", "")
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{args:?}");
        assert!(text.contains("--listen ADDR:PORT"), "{text}");
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}
