//! Warnings about settings that are valid and lock people out.

use crate::public_url::PublicUrl;
use crate::trusted_proxies::TrustedProxies;
use std::net::SocketAddr;

/// Returns the warnings, each with the setting to change.
pub fn warnings(
    listen: SocketAddr,
    public: &PublicUrl,
    insecure_cookies: bool,
    proxies: &TrustedProxies,
) -> Vec<String> {
    let mut warnings = lock_outs(listen, public, insecure_cookies);
    let is_behind_proxy = listen.ip().is_loopback() && !public.is_local();
    if is_behind_proxy && *proxies == TrustedProxies::default() {
        warnings.push(
            "every visitor seems to come from the proxy, so that strangers who try passwords can keep others from \
             signing in; set --trusted-proxies to the proxy's address, such as 127.0.0.1, and have it send X-Forwarded-For"
                .to_owned(),
        );
    }
    if !public.is_local() && !public.has_own_site_for_apps() {
        warnings.push(
            "apps share a site with the console, so that an app can set cookies until the browser forgets the \
             console's and its user is signed out; set --apps-url to an address of another site for apps"
                .to_owned(),
        );
    }
    if insecure_cookies {
        warnings.push(
            "with --insecure-cookies a script of any app can replace a person's session by another user's; use it only \
             where you trust every app"
                .to_owned(),
        );
    }
    warnings
}

/// Returns the warnings about addresses that lock people out.
fn lock_outs(listen: SocketAddr, public: &PublicUrl, insecure_cookies: bool) -> Vec<String> {
    let mut warnings = Vec::new();
    let is_for_others = !listen.ip().is_loopback();
    if public.is_local() {
        if is_for_others {
            warnings.push(format!(
                "the server listens on {listen}, but its public address {public} leads every browser to the browser's \
                 own machine: nobody gets in from another one; set --public-url to the address that people use, or \
                 listen on 127.0.0.1"
            ));
        }
    } else if public.scheme() == "http" && !insecure_cookies {
        warnings.push(format!(
            "nobody can sign in at the public address {public}: browsers keep the session's cookie over https only; set \
             --public-url to an https:// address, and put a proxy in front that ends TLS"
        ));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Security: 400 cookies that an app sets sign the console out where both share a site.
    #[test]
    fn a_shared_site_is_told_with_its_cure() {
        let told = |public: &str, apps: Option<&str>| {
            let public: PublicUrl = public.parse().expect("an address");
            let public = match apps {
                Some(apps) => public
                    .with_apps(apps.parse().expect("an address"))
                    .expect("fits"),
                None => public,
            };
            let listen = "10.0.0.7:8080".parse().expect("an address");
            let all = warnings(listen, &public, false, &TrustedProxies::default());
            all.iter().any(|one| one.contains("--apps-url"))
        };
        assert!(told("https://vestibule.example.org", None));
        assert!(!told(
            "https://vestibule.example.org",
            Some("https://apps.example.net")
        ));
        assert!(!told("http://vestibule.localhost:8080", None));
    }

    #[test]
    fn addresses_that_lock_people_out_cause_a_warning() {
        for (listen, public, insecure, named) in [
            (
                "127.0.0.1:8080",
                "http://vestibule.localhost:8080",
                false,
                None,
            ),
            ("[::1]:8080", "http://localhost:8080", false, None),
            (
                "127.0.0.1:8080",
                "https://vestibule.example.org",
                false,
                None,
            ),
            ("0.0.0.0:8080", "https://vestibule.example.org", false, None),
            (
                "0.0.0.0:8080",
                "http://vestibule.localhost:8080",
                false,
                Some("0.0.0.0:8080"),
            ),
            (
                "10.0.0.7:80",
                "https://vestibule.localhost",
                false,
                Some("10.0.0.7:80"),
            ),
            (
                "127.0.0.1:8080",
                "http://example.org",
                false,
                Some("https://"),
            ),
            (
                "0.0.0.0:80",
                "http://vestibule.lan",
                false,
                Some("https://"),
            ),
            ("127.0.0.1:8080", "http://example.org", true, None),
        ] {
            let listen = listen.parse().expect("an address");
            let public = public.parse().expect("an address");
            let message = lock_outs(listen, &public, insecure);
            assert_eq!(
                message.len(),
                usize::from(named.is_some()),
                "{listen} {public}"
            );
            for (message, named) in message.iter().zip(named) {
                assert!(
                    message.contains(named) && message.contains("--public-url"),
                    "{message}"
                );
            }
        }
    }
}
