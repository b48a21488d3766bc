//! Session cookies of the console and of the apps' origins.

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::time::Duration;
use cookie::{Cookie, SameSite};

/// Lifetime of a cookie in the browser, the longest that browsers accept (RFC 6265bis section 5.5).
/// The server ends a session seven days after its last use.
const KEPT: Duration = Duration::days(400);

/// Names and attributes of the cookies.
///
/// The prefix `__Host-` makes browsers keep a cookie to exactly this host (RFC 6265bis section
/// 4.1.3.2); it needs `Secure`, which some browsers do not grant to plain http on loopback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cookies {
    /// `true` if cookies are `Secure`; false only with `--insecure-cookies`.
    pub secure: bool,
    /// `true` if apps are of another site than the console, so that its frames are cross-site.
    pub apps_are_cross_site: bool,
}

impl Cookies {
    /// Returns the name of the console's session cookie.
    pub const fn console(self) -> &'static str {
        if self.secure {
            "__Host-vestibule"
        } else {
            "vestibule"
        }
    }

    /// Returns the name of the session cookie on an app's own origin.
    pub const fn app(self) -> &'static str {
        if self.secure {
            "__Host-vestibule-app"
        } else {
            "vestibule-app"
        }
    }

    /// Returns the name of the cookie by which a browser that has signed in is known again.
    pub const fn device(self) -> &'static str {
        if self.secure {
            "__Host-vestibule-device"
        } else {
            "vestibule-device"
        }
    }

    /// Returns the beginning of the names of the cookies that tie a sign-in through a provider to the
    /// browser. Each sign-in has one of its own, so that two tabs do not end each other's.
    pub const fn sign_in(self) -> &'static str {
        if self.secure {
            "__Host-vestibule-sign-in-"
        } else {
            "vestibule-sign-in-"
        }
    }

    /// Returns the name of the cookie of a sign-in with this state.
    pub fn sign_in_of(self, state: &str) -> String {
        let hash = crate::tokens::hash(state);
        format!("{}{}", self.sign_in(), &hash[..hash.len().min(12)])
    }

    /// Returns a `Set-Cookie` value that keeps a sign-in under way.
    pub fn set_sign_in(self, name: &str, value: &str) -> HeaderValue {
        let life = Duration::try_from(crate::oidc::LIFE).unwrap_or(Duration::ZERO);
        self.header(name, value, life)
    }

    /// Returns a `Set-Cookie` value that keeps a session.
    pub fn set(self, name: &str, value: &str) -> HeaderValue {
        self.header(name, value, KEPT)
    }

    /// Returns a `Set-Cookie` value that keeps a session on an app's origin.
    ///
    /// For an app of another site it is partitioned (CHIPS): browsers then send it in the console's
    /// frame, and in frames of no other site.
    pub fn set_app(self, value: &str) -> HeaderValue {
        let mut cookie = self.cookie(self.app(), value, KEPT);
        if self.apps_are_cross_site {
            cookie.set_same_site(SameSite::None);
            cookie.set_partitioned(true);
        }
        text(&cookie)
    }

    /// Returns a `Set-Cookie` value that removes the cookie.
    pub fn clear(self, name: &str) -> HeaderValue {
        self.header(name, "", Duration::ZERO)
    }

    fn header(self, name: &str, value: &str, max_age: Duration) -> HeaderValue {
        text(&self.cookie(name, value, max_age))
    }

    fn cookie<'a>(self, name: &'a str, value: &'a str, max_age: Duration) -> Cookie<'a> {
        Cookie::build((name, value))
            .path("/")
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Lax)
            .max_age(max_age)
            .build()
    }
}

fn text(cookie: &Cookie<'_>) -> HeaderValue {
    HeaderValue::from_str(&cookie.to_string())
        .expect("names and values are of letters, digits, - and _, which headers can carry")
}

/// Error of a request with several cookies of one name. Without the prefix `__Host-` an app's script
/// can add one that hides the user's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ambiguous;

/// Returns the value of a cookie, or `None` if the request has none of this name.
pub fn read(headers: &HeaderMap, name: &str) -> Result<Option<String>, Ambiguous> {
    let mut values = all(headers)
        .filter(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned());
    let value = values.next();
    match values.next() {
        Some(_) => Err(Ambiguous),
        None => Ok(value),
    }
}

/// Returns the names and values of the cookies whose names begin so and go on as the hash of a state does.
pub fn read_all(headers: &HeaderMap, prefix: &str) -> Vec<(String, String)> {
    let found = all(headers).filter(|cookie| {
        let rest = cookie.name().strip_prefix(prefix);
        rest.is_some_and(|rest| {
            rest.chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        })
    });
    found
        .map(|cookie| (cookie.name().to_owned(), cookie.value().to_owned()))
        .collect()
}

fn all(headers: &HeaderMap) -> impl Iterator<Item = Cookie<'_>> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_cookie_stays_on_its_host_and_out_of_scripts() {
        let cookies = Cookies {
            secure: true,
            apps_are_cross_site: false,
        };
        let value = cookies.set(cookies.console(), "abc");
        assert_eq!(
            value.to_str().ok(),
            Some("__Host-vestibule=abc; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=34560000")
        );
        let plain = Cookies {
            secure: false,
            ..cookies
        };
        let value = plain.clear(plain.app());
        assert_eq!(
            value.to_str().ok(),
            Some("vestibule-app=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0")
        );
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; broken"));
        headers.append(
            header::COOKIE,
            HeaderValue::from_static("__Host-vestibule=tok; b=2"),
        );
        let value = read(&headers, "__Host-vestibule").expect("one");
        assert_eq!(value.as_deref(), Some("tok"));
        assert_eq!(read(&headers, "vestibule"), Ok(None));
    }
}
