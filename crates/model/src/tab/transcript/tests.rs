use super::*;

#[test]
fn lines_of_known_agents_are_understood_and_others_stay_output() {
    for (line, kind, expected) in [
        (
            r#"{"type":"assistant","message":{"content":[{"type":"text","text":"Hi"}]}}"#,
            EventKind::Assistant,
            "Hi",
        ),
        (
            r#"{"type":"assistant","message":{"content":[{"type":"tool_use","name":"Bash","input":{"command":"ls"}}]}}"#,
            EventKind::Tool,
            r#"Bash {"command":"ls"}"#,
        ),
        (
            r#"{"type":"user","message":{"content":[{"type":"tool_result","content":"a b"}]}}"#,
            EventKind::Tool,
            "a b",
        ),
        (
            r#"{"type":"item.completed","item":{"type":"agent_message","text":"Done"}}"#,
            EventKind::Assistant,
            "Done",
        ),
        (
            r#"{"type":"item.completed","item":{"type":"command_execution","command":"ls","aggregated_output":"a"}}"#,
            EventKind::Tool,
            "$ ls\na",
        ),
        (
            r#"{"type":"text","part":{"text":"Hello"}}"#,
            EventKind::Assistant,
            "Hello",
        ),
        (
            r#"{"type":"error","message":"no key"}"#,
            EventKind::Status,
            "no key",
        ),
        (
            r#"{"type":"system","subtype":"init"}"#,
            EventKind::Status,
            "system: init",
        ),
        (
            r#"{"type":"strange"}"#,
            EventKind::Stdout,
            r#"{"type":"strange"}"#,
        ),
        (r#"{"type":7}"#, EventKind::Stdout, r#"{"type":7}"#),
        ("plain", EventKind::Stdout, "plain"),
        ("{broken", EventKind::Stdout, "{broken"),
        (
            r#"{"type":"text","text":"\u001b]0;x\u0007y"}"#,
            EventKind::Assistant,
            "y",
        ),
    ] {
        assert_eq!(
            understand(line, true),
            (kind, expected.to_owned()),
            "{line}"
        );
    }
    let line = r#"{"type":"text","text":"x"}"#;
    assert_eq!(
        understand(line, false),
        (EventKind::Stdout, line.to_owned())
    );
}
