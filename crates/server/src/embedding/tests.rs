//! Behaviour of browsers, header by header.

use super::*;
use proptest::prelude::*;

const CONSOLE: &str = "http://vestibule.localhost:8080";
const APP: &str = "http://wb-7k2m9x4q.vestibule.localhost:8080";

fn judge(status: u16, headers: &[(&str, &str)]) -> FramingVerdict {
    verdict(&Answer {
        status,
        headers,
        app: APP,
        console: CONSOLE,
    })
}

fn refused(status: u16, headers: &[(&str, &str)]) -> Option<EmbeddingProblem> {
    match judge(status, headers) {
        FramingVerdict::Refused(finding) => Some(finding.why),
        FramingVerdict::Fine | FramingVerdict::Follow(_) | FramingVerdict::Doubtful(_) => None,
    }
}

#[test]
fn field_39_x_frame_options_are_read_as_the_browser_reads_them() {
    for value in [
        "DENY",
        " SameOrigin ",
        "SAMEORIGIN, sameorigin",
        "deny, nonsense",
        "ALLOWALL, x",
    ] {
        let found = refused(200, &[("X-Frame-Options", value)]);
        assert_eq!(found, Some(EmbeddingProblem::XFrameOptions), "{value}");
    }
    for value in [
        "",
        "ALLOWALL",
        "allow-from https://a.org",
        "nonsense, rubbish",
    ] {
        assert_eq!(refused(200, &[("x-frame-options", value)]), None, "{value}");
    }
    let two = [("x-frame-options", "SAMEORIGIN"), ("X-FRAME-OPTIONS", "x")];
    assert_eq!(refused(200, &two), Some(EmbeddingProblem::XFrameOptions));
    assert!(!x_frame_options_refuses(["SAMEORIGIN"], APP, APP));
}

#[test]
fn field_39_frame_ancestors_are_read_as_the_browser_reads_them() {
    for policy in [
        "frame-ancestors 'none'",
        "frame-ancestors 'self'",
        "default-src 'self'; frame-ancestors 'self'",
        "frame-ancestors https://vestibule.localhost:8080",
        "frame-ancestors https:",
        "frame-ancestors vestibule.localhost",
        "frame-ancestors vestibule.localhost:9090",
        "frame-ancestors *.vestibule.localhost:8080",
        "frame-ancestors *, frame-ancestors 'self'",
        "frame-ancestors 'self', frame-ancestors *",
        "frame-ancestors 'none'; frame-ancestors *",
        "Frame-Ancestors",
        "frame-ancestors ;",
        "frame-ancestors evilvestibule.localhost:8080 .localhost:8080 :8080",
    ] {
        let found = refused(200, &[("Content-Security-Policy", policy)]);
        assert_eq!(found, Some(EmbeddingProblem::FrameAncestors), "{policy}");
    }
    for policy in [
        "default-src 'none'",
        "frame-ancestors *",
        "frame-ancestors http:",
        "frame-ancestors 'self' http://vestibule.localhost:8080",
        "frame-ancestors HTTP://Vestibule.LOCALHOST:8080/",
        "frame-ancestors vestibule.localhost:8080",
        "frame-ancestors vestibule.localhost:*",
        "frame-ancestors *.localhost:*",
        "frame-ancestors 'none'x http://*:8080",
        "frame-ancestors-x 'none'",
    ] {
        assert_eq!(
            refused(200, &[("content-security-policy", policy)]),
            None,
            "{policy}"
        );
    }
    let report = [(
        "content-security-policy-report-only",
        "frame-ancestors 'none'",
    )];
    assert_eq!(refused(200, &report), None);
}

#[test]
fn frame_ancestors_counts_before_x_frame_options() {
    let allowed = [
        ("x-frame-options", "DENY"),
        ("content-security-policy", "frame-ancestors *"),
    ];
    assert_eq!(refused(200, &allowed), None);
    let without = [
        ("x-frame-options", "DENY"),
        ("content-security-policy", "default-src *"),
    ];
    assert_eq!(
        refused(200, &without),
        Some(EmbeddingProblem::XFrameOptions)
    );
    let both = [
        ("x-frame-options", "ALLOWALL"),
        ("content-security-policy", "frame-ancestors *"),
        ("content-security-policy", "frame-ancestors 'none'"),
    ];
    assert_eq!(refused(200, &both), Some(EmbeddingProblem::FrameAncestors));
}

#[test]
fn schemes_and_ports_are_upgraded_as_browsers_do() {
    let app = "http://wb-a.apps.example.org";
    let met = |policy: &str, app: &str, console: &str| {
        frame_ancestors_refuses([policy], app, console) == Some(false)
    };
    let console = "https://console.example.org";
    for policy in [
        "frame-ancestors console.example.org",
        "frame-ancestors http://console.example.org:80",
        "frame-ancestors https://*.example.org:443",
        "frame-ancestors http:",
    ] {
        assert!(met(policy, app, console), "{policy}");
    }
    let policy = "frame-ancestors console.example.org";
    assert!(!met(
        policy,
        "https://wb-a.apps.example.org",
        "http://console.example.org"
    ));
    assert!(!met(
        "frame-ancestors *.example.org",
        app,
        "https://example.org"
    ));
    assert!(met(
        "frame-ancestors [::1]:8080",
        "http://[::1]:1",
        "http://[::1]:8080"
    ));
}

#[test]
fn redirects_may_stay_and_may_not_leave() {
    let to = |place| refused(302, &[("Location", place)]);
    for place in [
        "/lab",
        "lab?next=https://a.org/",
        "?a=b:c",
        "#x",
        "http://WB-7k2m9x4q.vestibule.localhost:8080/lab",
        "//wb-7k2m9x4q.vestibule.localhost:8080/",
    ] {
        let on = FramingVerdict::Follow(place.to_owned());
        assert_eq!(judge(302, &[("location", place)]), on, "{place}");
    }
    for place in [
        "https://login.example.org/",
        "//login.example.org/",
        "\\\\login.example.org",
        "http://wb-7k2m9x4q.vestibule.localhost:9090/",
        "https://wb-7k2m9x4q.vestibule.localhost:8080/",
        "http://vestibule.localhost:8080/",
        "http://wb-7k2m9x4q.vestibule.localhost:8080@a.org/",
        "mailto:ada@example.org",
        "javascript:alert(1)",
    ] {
        assert_eq!(to(place), Some(EmbeddingProblem::RedirectedAway), "{place}");
    }
    assert_eq!(refused(301, &[]), Some(EmbeddingProblem::BrokenRedirect));
    let FramingVerdict::Refused(finding) =
        judge(307, &[("location", "https://login.example.org/a?b")])
    else {
        panic!("refused");
    };
    assert_eq!(
        finding.sentence,
        "The app sends the browser on to https://login.example.org, which may not be shown inside \
         the console."
    );
    assert_eq!(finding.action, Remedy::OpenInNewTab);
    assert_eq!(finding.evidence, "https://login.example.org/a");
}

#[test]
fn field_6_each_status_without_an_app_has_its_reason() {
    let html = [("content-type", "text/html; charset=utf-8")];
    for (status, why) in [
        (401, EmbeddingProblem::SignInNeeded),
        (403, EmbeddingProblem::Forbidden),
        (404, EmbeddingProblem::NotFound),
        (410, EmbeddingProblem::NotFound),
        (429, EmbeddingProblem::BadRequest),
        (500, EmbeddingProblem::AppError),
        (502, EmbeddingProblem::NotAnswering),
        (503, EmbeddingProblem::NotAnswering),
        (204, EmbeddingProblem::Empty),
        (0, EmbeddingProblem::Empty),
    ] {
        assert_eq!(refused(status, &html), Some(why), "{status}");
    }
    for status in [200, 203, 206, 304] {
        assert_eq!(judge(status, &html), FramingVerdict::Fine, "{status}");
    }
    // The first obstacle is reported.
    let denied = [("x-frame-options", "DENY")];
    assert_eq!(refused(502, &denied), Some(EmbeddingProblem::NotAnswering));
    assert_eq!(refused(401, &denied), Some(EmbeddingProblem::XFrameOptions));
}

#[test]
fn a_report_carries_the_finding() {
    let fine = report(judge(200, &[]));
    assert!(fine.embeddable && fine.offered().is_none());
    let refused = report(judge(200, &[("x-frame-options", "DENY")]));
    assert_eq!(refused.why, EmbeddingProblem::XFrameOptions.as_str());
    assert_eq!(refused.offered(), Some(Remedy::OpenInNewTab));
    let broken = report(judge(500, &[]));
    assert_eq!(broken.offered(), Some(Remedy::OpenLog));
    for one in [fine, refused, broken] {
        let text = serde_json::to_string(&one).expect("writable");
        let back: Embedding = serde_json::from_str(&text).expect("readable");
        assert_eq!(back, one);
    }
}

#[test]
fn a_page_of_no_bytes_is_empty() {
    let empty = [("Content-Length", "0"), ("content-type", "text/html")];
    assert_eq!(refused(200, &empty), Some(EmbeddingProblem::Empty));
    assert_eq!(
        judge(200, &[("content-length", "10")]),
        FramingVerdict::Fine
    );
}

#[test]
fn a_redirect_is_not_refused_by_its_own_headers() {
    let headers = [("x-frame-options", "DENY"), ("location", "/lab")];
    let answer = |status| Answer {
        status,
        headers: &headers,
        app: APP,
        console: CONSOLE,
    };
    assert!(refuses_framing(&answer(200)));
    assert!(!refuses_framing(&answer(302)));
}

#[test]
fn no_ticket_is_quoted() {
    for verdict in [
        endless_redirect("/a?ticket=hush"),
        broken_redirect("http://[?ticket=hush"),
    ] {
        let FramingVerdict::Refused(finding) = verdict else {
            panic!("refused");
        };
        assert!(!finding.evidence.contains("hush"), "{finding:?}");
    }
    let FramingVerdict::Doubtful(finding) = slow(Millis::from_secs(5)) else {
        panic!("doubtful");
    };
    assert_eq!(finding.sentence, "The app has not answered within 5 s.");
}

#[test]
fn files_are_refused_and_pages_are_not() {
    for headers in [
        [("content-type", "application/octet-stream")],
        [("content-type", "application/zip")],
        [("content-type", "application/pdf")],
        [("content-disposition", "Attachment; filename=\"a.html\"")],
    ] {
        assert_eq!(
            refused(200, &headers),
            Some(EmbeddingProblem::Download),
            "{headers:?}"
        );
    }
    for kind in [
        "",
        "text/plain",
        "application/xhtml+xml",
        "application/json",
        "image/svg+xml",
    ] {
        assert_eq!(
            judge(200, &[("content-type", kind)]),
            FramingVerdict::Fine,
            "{kind}"
        );
    }
    assert_eq!(
        judge(200, &[("content-disposition", "inline")]),
        FramingVerdict::Fine
    );
}

fn cookie(line: &str, app: &str, console: &str) -> Option<String> {
    match verdict(&Answer {
        status: 200,
        headers: &[("Set-Cookie", line)],
        app,
        console,
    }) {
        FramingVerdict::Doubtful(finding) => {
            assert_eq!(finding.why, EmbeddingProblem::CookieLost);
            Some(finding.sentence + &finding.evidence)
        }
        FramingVerdict::Fine => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn lost_cookies_are_reported_without_their_values() {
    for line in [
        "a=1",
        "a=1; SameSite=Lax; Path=/",
        "__Host-a=1; Secure; Path=/",
        "a=1; Domain=localhost",
    ] {
        assert_eq!(cookie(line, APP, CONSOLE), None, "{line}");
    }
    for line in [
        "a=hush; SameSite=None",
        "__Host-a=hush; Secure; Path=/; Domain=localhost",
        "__Secure-a=hush",
        "a=hush; Domain=example.org",
    ] {
        let reported = cookie(line, APP, CONSOLE).expect(line);
        assert!(!reported.contains("hush"), "{reported}");
    }
    let (app, console) = (
        "https://wb-a.apps.example.org",
        "https://console.example.org",
    );
    assert_eq!(cookie("a=1; SameSite=Strict", app, console), None);
    let elsewhere = "https://console.example.net";
    assert!(cookie("a=1", app, elsewhere).is_some());
    assert_eq!(cookie("a=1; SameSite=None; Secure", app, elsewhere), None);
    let plain = "http://wb-a.apps.example.org";
    assert!(cookie("a=1; Secure", plain, "http://console.example.org").is_some());
}

#[test]
fn every_finding_has_a_sentence_and_advice() {
    let headers: [&[(&str, &str)]; 4] = [
        &[],
        &[("x-frame-options", "DENY")],
        &[("content-security-policy", "frame-ancestors")],
        &[("content-type", "application/zip")],
    ];
    for status in 0..=600 {
        for headers in headers {
            if let FramingVerdict::Refused(finding) | FramingVerdict::Doubtful(finding) =
                judge(status, headers)
            {
                assert!(finding.sentence.ends_with('.') && finding.advice.ends_with('.'));
                assert!(!finding.action.label().is_empty());
            }
        }
    }
}

proptest! {
    #[test]
    fn any_headers_are_read(
        status in any::<u16>(),
        name in proptest::sample::select(vec![
            "location", "content-security-policy", "x-frame-options", "set-cookie", "content-type",
        ]),
        value in "(.|frame-ancestors |'self'|\\*\\.|://|:|\\[|\\]|;|=|,|@|Domain=|__Host-){0,12}",
        app in "(http://|[a-z\\[\\]:.@0-9]){0,6}",
    ) {
        let headers = [(name, value.as_str())];
        for app in [APP, app.as_str()] {
            verdict(&Answer { status, headers: &headers, app, console: CONSOLE });
        }
    }

    #[test]
    fn naming_the_console_lets_it_in_and_naming_another_does_not(
        host in "[a-z]{1,6}(\\.[a-z]{1,6}){0,3}",
        other in "[a-z]{7,9}",
        port in 1u16..,
        others in proptest::collection::vec("[a-z]{1,5}:[0-9]{1,4}|'none'|'self'|ftp:", 0..3),
    ) {
        let console = format!("http://{host}:{port}");
        let mut sources = others;
        sources.push(format!("http://{other}.{host}:{port}"));
        let without = format!("frame-ancestors {}", sources.join(" "));
        sources.push(console.clone());
        let with = format!("frame-ancestors {}", sources.join(" "));
        let refuses = |policy: &str| frame_ancestors_refuses([policy], APP, &console);
        prop_assert_eq!(refuses(&with), Some(false));
        let is_named_anyway = sources[..sources.len() - 2].contains(&format!("{host}:{port}"));
        prop_assert_eq!(refuses(&without), Some(!is_named_anyway));
    }
}
