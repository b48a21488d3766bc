//! Ends of the app, and their reports by the container.

use crate::support::{Runner, SERVES, until};
use nix::sys::signal::Signal;
use vestibule_model::observed::Exit;

#[test]
fn exit_codes_and_signals_are_those_of_the_app() {
    for (script, code, exit) in [
        ("exit 0", 0, Exit::Code(0)),
        ("exit 1", 1, Exit::Code(1)),
        ("exit 2", 2, Exit::Code(2)),
        ("exit 143", 143, Exit::Code(143)),
        ("kill -SEGV $$", 139, Exit::Signal(11)),
        ("kill -KILL $$", 137, Exit::Signal(9)),
    ] {
        let (seen, message, _) = Runner::of(script).end();
        assert_eq!((seen, message.exit), (Some(code), Some(exit)), "{script}");
    }
}

#[test]
fn program_that_is_missing_is_told_from_one_that_cannot_be_started() {
    let (code, message, _) = Runner::with(&["/no/such/program"], &[]).end();
    let why =
        "The image has no program `/no/such/program`. An administrator can change the app's image.";
    assert_eq!(
        (code, message.exit),
        (Some(127), Some(Exit::NotFound(why.into())))
    );
    let (code, message, _) = Runner::with(&["/etc/hostname"], &[]).end();
    assert_eq!(code, Some(126));
    assert!(
        matches!(message.exit, Some(Exit::StartError(_))),
        "{message:?}"
    );
}

#[test]
fn output_is_passed_on_without_secrets_and_its_end_is_kept() {
    let script = "echo first; echo key: $KEY; echo Error: no $KEY >&2; exit 3";
    let mut runner = Runner::with(&["sh", "-c", script], &[("KEY", "hunter22")]);
    let (code, message, output) = runner.end();
    let expected = "first\nkey: [redacted]\nError: no [redacted]\n";
    assert_eq!((code, output.as_str()), (Some(3), expected));
    assert_eq!(message.output, expected);
    assert_eq!(
        message.last_error_line().as_deref(),
        Some("Error: no [redacted]")
    );
}

#[test]
fn flood_is_passed_on_whole_and_the_message_fits() {
    let script = "head -c 3000000 /dev/zero | tr '\\0' x; echo; echo last";
    let (code, message, output) = Runner::of(script).end();
    assert_eq!((code, output.len()), (Some(0), 3_000_006));
    assert!(message.to_text().len() <= 4096 && message.output.ends_with("x\nlast\n"));
}

#[tokio::test]
async fn a_request_to_end_reaches_the_app() {
    let mut runner = Runner::of(SERVES);
    runner.ready().await;
    runner.signal(Signal::SIGTERM);
    let (code, message, _) = runner.end();
    assert_eq!((code, message.exit), (Some(143), Some(Exit::Signal(15))));
}

#[tokio::test]
async fn process_that_the_app_leaves_behind_is_collected() {
    let runner =
        Runner::of("(sleep 0.2 & echo $! > orphan.tmp; mv orphan.tmp orphan); exec sleep 600");
    let file = runner.folder.path().join("files/orphan");
    let orphan = until("an orphan", async || std::fs::read_to_string(&file).ok()).await;
    let process = format!("/proc/{}", orphan.trim());
    // A process that has ended and was not collected keeps its number.
    until("collected orphan", async || {
        (!std::path::Path::new(&process).exists()).then_some(())
    })
    .await;
}

#[test]
fn variable_that_is_not_text_stops_no_app() {
    use std::os::unix::ffi::OsStrExt as _;
    let mut runner = Runner::with_raw("exit 3", ("ODD", std::ffi::OsStr::from_bytes(b"\xff")));
    let (code, message, _) = runner.end();
    assert_eq!((code, message.exit), (Some(3), Some(Exit::Code(3))));
}

#[test]
fn port_that_is_taken_is_an_error_of_the_start() {
    let (mut runner, _taken) = Runner::with_a_taken_port();
    let (code, message, _) = runner.end();
    let Some(Exit::StartError(why)) = message.exit else {
        panic!("{message:?}");
    };
    assert_eq!(code, Some(126));
    assert!(why.contains("cannot be used"), "{why}");
    assert!(!runner.folder.path().join("files/began").exists());
}
