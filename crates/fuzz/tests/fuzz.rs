//! Fuzz targets. Each runs for a second, and with `cargo xtask test fuzz` for 20; the variable
//! `VESTIBULE_FUZZ_SECONDS` sets another time.

use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use std::path::Path;
use vestibule_client::log::{Limits, Log, LogRow};
use vestibule_engine::local::catalogue::Catalogue;
use vestibule_fuzz::run;
use vestibule_model::listing::ListVersion;
use vestibule_server::hosts::{Addressee, addressee};
use vestibule_server::named_host::{is_loopback, named_host};
use vestibule_server::proxy::headers::{Forwarded, to_app, to_browser};
use vestibule_server::public_url::PublicUrl;

const CONSOLE: &str = "https://v.example.org";
const ORIGIN: &str = "https://wb-7k2m9x4q.v.example.org";

/// Reads header lines as far as they are headers.
fn headers(input: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let name = HeaderName::from_bytes(line[..colon].trim_ascii());
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    headers
}

/// Returns all values of a header.
fn exact_values(headers: &HeaderMap, name: &str) -> Vec<String> {
    let values = headers.get_all(name).iter();
    values
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .collect()
}

/// Returns all values of a header as lower-case text.
fn values(headers: &HeaderMap, name: &str) -> Vec<String> {
    let exact = exact_values(headers, name);
    exact.iter().map(|value| value.to_lowercase()).collect()
}

fn names(headers: &HeaderMap) -> Vec<String> {
    headers
        .keys()
        .map(|name| name.as_str().to_owned())
        .collect()
}

#[test]
fn header_rules() {
    let words = [
        "Cookie: ",
        "Set-Cookie: ",
        "__Host-vestibule=x",
        "vestibule-app=x",
        "; Domain=",
        "; ",
        "=",
        "Connection: ",
        "close, ",
        "upgrade",
        "Upgrade: websocket",
        "TE: trailers",
        "Transfer-Encoding: chunked",
        "X-Forwarded-For: 6.6.6.6",
        "X-Real-IP: ",
        "Forwarded: for=x",
        "Clear-Site-Data: ",
        "\"cookies\"",
        "\"*\"",
        "\"cache\"",
        ", ",
        "X-Accel-Redirect: /",
        "X-Sendfile: /",
        "X-Frame-Options: ",
        "DENY",
        "ALLOWALL",
        "Content-Security-Policy: ",
        "frame-ancestors *",
        "Location: ",
        "http://127.0.0.1:20001/",
        "\n",
    ];
    run("header_rules", &words, |input| {
        let sent = headers(input);
        let mut asked = sent.clone();
        let from = Forwarded {
            client: Some([10, 0, 0, 7].into()),
            scheme: "https",
            host: "wb-7k2m9x4q.v.example.org",
        };
        to_app(&mut asked, &from);
        for cookie in exact_values(&asked, "cookie")
            .iter()
            .flat_map(|line| line.split(';'))
        {
            let name = cookie.trim().trim_start_matches('=').split('=').next();
            let name = name.unwrap_or_default().trim();
            assert!(
                !matches!(name, "__Host-vestibule" | "vestibule"),
                "{asked:?}"
            );
        }
        assert_eq!(values(&asked, "x-forwarded-for"), ["10.0.0.7"]);
        assert!(!asked.contains_key("x-real-ip") && !asked.contains_key("forwarded"));
        assert!(
            !asked.contains_key("transfer-encoding") && !asked.contains_key("proxy-connection")
        );

        let mut answered = sent.clone();
        to_browser(
            &mut answered,
            false,
            Some("127.0.0.1:20001"),
            ORIGIN,
            CONSOLE,
        );
        for cookie in exact_values(&answered, "set-cookie") {
            let mut parts = cookie.split(';');
            let name = parts.next().and_then(|pair| pair.split('=').next());
            assert!(!matches!(
                name.map(str::trim),
                Some("__Host-vestibule" | "vestibule")
            ));
            assert!(
                !parts.any(|part| part.trim().to_lowercase().starts_with("domain=")),
                "{answered:?}"
            );
        }
        for name in names(&answered) {
            let is_order = name.starts_with("x-accel-") && name != "x-accel-buffering";
            assert!(!is_order && !name.starts_with("x-sendfile"), "{answered:?}");
        }
        for value in values(&answered, "clear-site-data") {
            assert!(
                !value.contains("cookies") && !value.contains('*'),
                "{answered:?}"
            );
        }
        let policies = values(&answered, "content-security-policy");
        let is_limited = policies
            .iter()
            .any(|policy| policy.contains("frame-ancestors"));
        let refuses = values(&answered, "x-frame-options");
        assert!(is_limited || !refuses.is_empty(), "{answered:?}");
        assert!(!answered.contains_key("upgrade") && !answered.contains_key("connection"));
        if sent.get("location").is_none() {
            assert!(!answered.contains_key("location"));
        }
        (
            names(&asked),
            names(&answered),
            refuses.len(),
            policies.len(),
        )
    });
}

#[test]
fn host_names() {
    let words = [
        "v.example.org",
        "wb-7k2m9x4q",
        ".",
        ":",
        ":443",
        ":80",
        "@",
        "127.0.0.1",
        "[::1]",
        "localhost",
        "%00",
        "/",
        "#",
        "xn--",
        "..",
        "http://",
        "\u{130}",
    ];
    run("host_names", &words, |input| {
        let text = String::from_utf8_lossy(input).into_owned();
        for public in ["https://v.example.org", "http://v.example.org:8080"] {
            let public: PublicUrl = public.parse().expect("an address");
            let whom = addressee(&text, &public);
            let host = text.to_ascii_lowercase();
            match &whom {
                Addressee::Console => assert!(host.starts_with(&public.authority()), "{text:?}"),
                Addressee::App(id) => {
                    let name = format!("{}.{}", id.as_str(), public.authority());
                    assert!(host.starts_with(&name), "{text:?}");
                    let rest = &host[name.len()..];
                    assert!(matches!(rest, "" | ":443" | ":80"), "{text:?}");
                }
                Addressee::Other => {}
            }
            if is_loopback(&text) {
                assert_eq!(whom, Addressee::Other, "{text:?}");
            }
        }
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_bytes(input) {
            headers.append("host", value);
        }
        let uri: Uri = text.parse().unwrap_or_default();
        let named = named_host(&uri, &headers).map(str::len);
        (
            named,
            is_loopback(&text),
            uri.authority().is_some(),
            text.len(),
        )
    });
}

#[test]
fn ansi_log() {
    let words = [
        "\u{1b}[",
        "\u{1b}]8;;http://x\u{7}",
        "0m",
        "38;5;",
        "48;2;1;2;3m",
        "\r",
        "\n",
        "\r\n",
        "\t",
        "\u{8}",
        "\u{1b}[K",
        "\u{1b}[2K",
        "\u{1b}[99999999999G",
        "\u{1b}P",
        "\u{1b}\\",
        "\u{202e}",
        "\u{9b}",
        "\u{fffd}",
        "🙂",
        "\0",
        "é",
    ];
    run("ansi_log", &words, |input| {
        let limits = Limits {
            rows: 50,
            bytes: 20_000,
        };
        let mut whole = Log::within(limits);
        whole.write(input);
        let mut pieces = Log::within(limits);
        for piece in input.chunks(3) {
            pieces.write(piece);
        }
        let shown = rows(&whole);
        assert_eq!(shown, rows(&pieces), "the pieces made a difference");
        for (text, spans) in &shown {
            assert!(!text.chars().any(char::is_control), "{text:?}");
            assert!(
                spans.iter().all(|end| text.is_char_boundary(*end)),
                "{text:?}"
            );
        }
        let shape: Vec<_> = shown
            .iter()
            .map(|(text, spans)| (text.len(), spans.len()))
            .collect();
        (shape, whole.gone())
    });
}

/// Returns texts and ends of spans.
fn rows(log: &Log) -> Vec<(String, Vec<usize>)> {
    (0..log.count())
        .filter_map(|row| match log.row(row) {
            Some(LogRow::Line(_, line)) => Some(line),
            _ => None,
        })
        .map(|line| {
            let ends = line.spans.iter().map(|span| span.end as usize);
            (line.text.clone(), ends.collect())
        })
        .collect()
}

#[test]
fn cursors() {
    let words = [
        "k7wq2m9x",
        ".",
        "17",
        "-",
        "1758000000000",
        "run-",
        "18446744073709551615",
        "9223372036854775808",
        "+",
    ];
    run("cursors", &words, |input| {
        let text = String::from_utf8_lossy(input).into_owned();
        let place = vestibule_server::controllers::runs::place(&text);
        if let Some((at, id)) = &place {
            let again = format!("{}.{}", at.as_millis(), id.as_str());
            let read = vestibule_server::controllers::runs::place(&again);
            assert_eq!(read.as_ref(), place.as_ref(), "{text:?}");
        }
        let after = vestibule_server::controllers::runs::after(&text, "Use a number.").ok();
        let number = ListVersion::from(text.as_str()).number_in("k7wq2m9x");
        if number.is_some() {
            assert!(text.starts_with("k7wq2m9x."), "{text:?}");
        }
        (place.is_some(), after, number, text.len())
    });
}

#[test]
fn catalogue() {
    let words = [
        "[[app]]\n",
        "name = \"a\"\n",
        "command = [\"x\", \"{port}\"]\n",
        "{dir}",
        "{socket}",
        "{",
        "}",
        "\"",
        "[app.readiness]\n",
        "path = \"/\"\n",
        "status = [200]\n",
        "build = [[\"sh\"]]\n",
        "env = { A = \"{origin}\" }\n",
        "most_running = ",
        "-1",
        "99999999999999999999",
        "title = ",
        "\"\"\"",
        "\\u0000",
        "host = \"127.0.0.1:{port}\"\n",
        "timeout_seconds = ",
        "failure_threshold = ",
    ];
    run("catalogue", &words, |input| {
        let text = String::from_utf8_lossy(input).into_owned();
        match Catalogue::parse(Path::new("apps.toml"), &text) {
            Ok(catalogue) => {
                for app in catalogue.apps() {
                    assert!(!app.command.is_empty(), "{app:?}");
                    let is_label = |byte: u8| {
                        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
                    };
                    assert!(
                        !app.name.is_empty() && app.name.bytes().all(is_label),
                        "{app:?}"
                    );
                    assert!(app.path.starts_with('/'), "{app:?}");
                    assert!(catalogue.get(&app.name).is_some());
                }
                (catalogue.apps().len(), String::new())
            }
            Err(error) => {
                let said = error.to_string();
                assert!(said.len() < 64 * 1024, "a refusal of {} bytes", said.len());
                // Inputs that differ only by names and numbers have the same shape.
                (
                    0,
                    said.chars()
                        .filter(|c| c.is_alphabetic())
                        .take(120)
                        .collect(),
                )
            }
        }
    });
}
