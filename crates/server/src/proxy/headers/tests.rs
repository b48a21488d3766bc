//! Headers on their way to an app and back, one kind after the other.

use super::*;

const CONSOLE: &str = "http://vestibule.localhost:8080";
const ORIGIN: &str = "http://wb-aaaa.vestibule.localhost:8080";

fn map(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    headers
}

fn sent(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let mut headers = map(pairs);
    let from = Forwarded {
        client: Some([127, 0, 0, 1].into()),
        scheme: "http",
        host: "wb-aaaa.vestibule.localhost:8080",
    };
    to_app(&mut headers, &from);
    headers
}

fn shown(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let mut headers = map(pairs);
    to_browser(&mut headers, false, Some("127.0.0.1:4000"), ORIGIN, CONSOLE);
    headers
}

fn all(headers: &HeaderMap, name: &str) -> Vec<String> {
    let values = headers.get_all(name).iter();
    values
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .collect()
}

#[test]
fn hop_by_hop_headers_do_not_pass() {
    let pairs = [
        ("connection", "close, X-Private"),
        ("x-private", "1"),
        ("keep-alive", "timeout=5"),
        ("proxy-connection", "keep-alive"),
        ("proxy-authenticate", "Basic"),
        ("proxy-authorization", "Basic eA=="),
        ("te", "gzip"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "h2c"),
        ("x-kept", "1"),
    ];
    for headers in [sent(&pairs), shown(&pairs)] {
        for (name, _) in &pairs[..pairs.len() - 1] {
            assert!(!headers.contains_key(*name), "{name}");
        }
        assert_eq!(all(&headers, "x-kept"), ["1"]);
    }
}

#[test]
fn trailers_pass_when_the_browsers_side_takes_them() {
    assert!(!sent(&[("connection", "TE"), ("te", "gzip")]).contains_key("te"));
    let headers = sent(&[
        ("connection", "TE"),
        ("te", "gzip, Trailers"),
        ("trailer", "x-sum"),
    ]);
    assert_eq!(
        (all(&headers, "te"), all(&headers, "connection")),
        (vec!["trailers".to_owned()], vec!["te".to_owned()])
    );
    assert_eq!(all(&headers, "trailer"), ["x-sum"]);
    assert_eq!(all(&shown(&[("trailer", "x-sum")]), "trailer"), ["x-sum"]);
}

#[test]
fn an_upgrade_that_is_asked_for_properly_passes() {
    let headers = sent(&[
        ("connection", "keep-alive, Upgrade"),
        ("upgrade", "websocket"),
    ]);
    assert_eq!(
        (all(&headers, "connection"), all(&headers, "upgrade")),
        (vec!["upgrade".into()], vec!["websocket".into()])
    );
}

#[test]
fn the_servers_cookies_never_reach_the_app() {
    let headers = sent(&[
        (
            "cookie",
            "__Host-vestibule=a; theme=dark; __Host-vestibule-app=b",
        ),
        ("cookie", "vestibule=c; vestibule-app=d"),
        ("cookie", "_xsrf=1; vestibules=2"),
    ]);
    assert_eq!(
        all(&headers, "cookie"),
        ["theme=dark", "_xsrf=1; vestibules=2"]
    );
    assert!(!sent(&[("cookie", "__Host-vestibule=a")]).contains_key("cookie"));
}

#[test]
fn forwarding_headers_of_the_client_are_replaced() {
    let headers = sent(&[
        ("x-forwarded-for", "1.2.3.4"),
        ("x-forwarded-user", "admin"),
        ("forwarded", "for=1.2.3.4"),
        // Security review, finding 33.
        ("x-real-ip", "1.2.3.4"),
    ]);
    assert!(!headers.contains_key("x-real-ip"));
    assert_eq!(all(&headers, "x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(all(&headers, "x-forwarded-proto"), ["http"]);
    assert_eq!(
        all(&headers, "x-forwarded-host"),
        ["wb-aaaa.vestibule.localhost:8080"]
    );
    assert!(!headers.contains_key("x-forwarded-user") && !headers.contains_key("forwarded"));
}

#[test]
fn an_apps_cookies_stay_on_its_own_origin() {
    let headers = shown(&[
        ("set-cookie", "a=1; Domain=vestibule.localhost; Path=/"),
        ("set-cookie", "domain=kept; domain =.localhost; Secure"),
        ("set-cookie", "__Host-vestibule-app=evil; Path=/; Secure"),
        ("set-cookie", "=vestibule-app=evil; Path=/"),
    ]);
    assert_eq!(
        all(&headers, "set-cookie"),
        ["a=1; Path=/", "domain=kept; Secure"]
    );
}

/// Browsers send cookies of another site in a frame only with these attributes.
#[test]
fn cookies_of_an_app_of_another_site_are_partitioned() {
    let mut headers = HeaderMap::new();
    for cookie in [
        "a=1; Domain=apps.example; SameSite=Lax; Path=/",
        "samesite=kept; secure; HttpOnly; Partitioned",
    ] {
        headers.append("set-cookie", HeaderValue::from_static(cookie));
    }
    let (app, console) = ("https://wb-aaaa.apps.example", "https://vestibule.example");
    to_browser(&mut headers, false, None, app, console);
    assert_eq!(
        all(&headers, "set-cookie"),
        [
            "a=1; Path=/; SameSite=None; Secure; Partitioned",
            "samesite=kept; HttpOnly; SameSite=None; Secure; Partitioned"
        ]
    );
}

#[test]
fn redirects_to_where_the_app_listens_stay_on_its_origin() {
    let translated = |location| all(&shown(&[("location", location)]), "location").remove(0);
    assert_eq!(
        translated("http://127.0.0.1:4000/tree"),
        format!("{ORIGIN}/tree")
    );
    assert_eq!(translated("http://localhost:4000"), ORIGIN);
    assert_eq!(
        translated("http://localhost:40001/x"),
        "http://localhost:40001/x"
    );
    assert_eq!(translated("/login?next=%2F"), "/login?next=%2F");

    let mut headers = map(&[("location", "http://wb-aaaa.v.example.org/lab")]);
    let origin = "https://wb-aaaa.v.example.org";
    to_browser(&mut headers, false, Some("127.0.0.1:4000"), origin, CONSOLE);
    assert_eq!(
        all(&headers, "location"),
        [format!("{origin}/lab")],
        "an app that knows nothing of TLS in front of it"
    );
}

#[test]
fn only_the_console_and_the_app_itself_may_frame_it() {
    let headers = shown(&[("content-security-policy", "default-src 'self'")]);
    assert_eq!(
        all(&headers, "content-security-policy"),
        [
            "default-src 'self'".to_owned(),
            format!("frame-ancestors 'self' {CONSOLE}")
        ]
    );
    let refused = shown(&[("x-frame-options", "DENY")]);
    assert!(
        !refused.contains_key("content-security-policy"),
        "it would override the refusal"
    );
}

#[test]
fn a_frame_option_that_browsers_ignore_is_replaced_by_a_policy() {
    let ours = format!("frame-ancestors 'self' {CONSOLE}");
    for ignored in ["ALLOWALL", "ALLOW-FROM https://x.example", "", "nonsense"] {
        let headers = shown(&[("x-frame-options", ignored)]);
        assert!(!headers.contains_key("x-frame-options"), "{ignored}");
        let policies = all(&headers, "content-security-policy");
        assert_eq!(policies, std::slice::from_ref(&ours), "{ignored}");
    }
    for obeyed in ["DENY", "sameorigin", "SAMEORIGIN, SAMEORIGIN"] {
        let headers = shown(&[("x-frame-options", obeyed)]);
        assert_eq!(all(&headers, "x-frame-options"), [obeyed]);
        assert!(!headers.contains_key("content-security-policy"), "{obeyed}");
    }
    let policy = "default-src 'self'; Frame-Ancestors *";
    let headers = shown(&[
        ("x-frame-options", "DENY"),
        ("content-security-policy", policy),
    ]);
    let policies = all(&headers, "content-security-policy");
    assert_eq!(
        policies,
        [policy.to_owned(), ours],
        "browsers obey the policy"
    );
}

#[test]
fn an_app_gives_the_proxy_in_front_no_orders() {
    let headers = shown(&[
        ("x-accel-redirect", "/internal/secret.txt"),
        ("x-accel-expires", "86400"),
        ("x-sendfile", "/etc/passwd"),
        ("x-lighttpd-send-file", "/etc/passwd"),
        ("x-accel-buffering", "no"),
    ]);
    let names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
    assert_eq!(names, ["x-accel-buffering", "content-security-policy"]);
}

#[test]
fn an_app_clears_only_what_belongs_to_its_origin() {
    let cleared = |value| all(&shown(&[("clear-site-data", value)]), "clear-site-data");
    assert_eq!(cleared("\"cookies\""), [""; 0]);
    assert_eq!(cleared("\"*\""), [""; 0]);
    let all_kinds = "\"cache\", \"cookies\",\"storage\", \"clientHints\"";
    assert_eq!(cleared(all_kinds), ["\"cache\", \"storage\""]);
}

#[test]
fn an_app_cannot_pass_for_the_gateway() {
    assert!(!shown(&[("x-vestibule-gateway", "timeout")]).contains_key("x-vestibule-gateway"));
}

/// Reliability review, finding 6.
#[test]
fn an_apps_rules_about_frames_can_be_replaced() {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("x-frame-options", "DENY"),
        (
            "content-security-policy",
            "default-src 'self'; Frame-Ancestors 'none', script-src *",
        ),
        ("content-security-policy", "frame-ancestors 'none'"),
    ] {
        headers.append(name, HeaderValue::from_static(value));
    }
    replace_framing(&mut headers, "http://console");
    assert!(!headers.contains_key("x-frame-options"));
    assert_eq!(
        all(&headers, "content-security-policy"),
        [
            "default-src 'self'",
            "script-src *",
            "frame-ancestors 'self' http://console"
        ]
    );
}

/// Reliability review, finding 6.
#[test]
fn only_the_apps_own_origin_moves_to_another_host() {
    let own = "http://wb-a.vestibule.localhost:8080";
    for (sent, reported) in [
        (own, "http://127.0.0.1:1"),
        ("http://evil.example", "http://evil.example"),
    ] {
        let mut headers = HeaderMap::new();
        headers.append("origin", HeaderValue::from_static(sent));
        move_origin(&mut headers, own, "127.0.0.1:1");
        assert_eq!(all(&headers, "origin"), [reported]);
    }
}
