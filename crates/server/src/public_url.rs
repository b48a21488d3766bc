//! Public address of the console, and the origins of the apps below it.

use std::fmt;
use std::str::FromStr;
use url::{Host, Url};
use vestibule_model::ids::WorkbenchId;

/// The public address: scheme, host and port, without a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    scheme: Scheme,
    host: String,
    port: u16,
    /// The address below which apps have their names, if it is not this one.
    apps: Option<Box<PublicUrl>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

impl Scheme {
    const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl PublicUrl {
    /// Returns the address of a server on this machine that was given no public address.
    pub fn local(port: u16) -> Self {
        Self {
            scheme: Scheme::Http,
            host: "vestibule.localhost".to_owned(),
            port,
            apps: None,
        }
    }

    /// Sets another address for the apps' names, which must be a site of its own: cookies for a
    /// whole site would reach the console otherwise.
    pub fn with_apps(self, apps: Self) -> Result<Self, String> {
        if apps.scheme != self.scheme {
            return Err(format!(
                "the apps' address {apps} and the public address {self} must both be https, or both http"
            ));
        }
        let is_below = |one: &str, other: &str| format!(".{one}").ends_with(&format!(".{other}"));
        if is_below(&apps.host, &self.host) || is_below(&self.host, &apps.host) {
            return Err(format!(
                "the apps' address {apps} is of the same site as the public address {self}: it needs a domain of its \
                 own, such as vestibule-apps.example, or leave --apps-url out"
            ));
        }
        Ok(Self {
            apps: Some(Box::new(apps)),
            ..self
        })
    }

    /// Returns whether the apps are of another site than the console.
    pub fn has_own_site_for_apps(&self) -> bool {
        self.apps.is_some()
    }

    /// Returns host and port below which apps have their names, as [`Self::authority`] does.
    pub fn apps_authority(&self) -> String {
        self.apps.as_deref().unwrap_or(self).authority()
    }

    /// Returns `http` or `https`.
    pub const fn scheme(&self) -> &'static str {
        self.scheme.name()
    }

    /// Returns the host name, in lower case.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns `true` if browsers resolve it to their own machine.
    pub fn is_local(&self) -> bool {
        self.host == "localhost" || self.host.ends_with(".localhost")
    }

    /// Returns host and port as they stand in a `Host` header: the scheme's own port is left out.
    pub fn authority(&self) -> String {
        format!("{}{}", self.host, self.port_suffix())
    }

    /// Returns the origin as browsers write it, such as `http://vestibule.localhost:8080`.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme(), self.authority())
    }

    /// Returns the origin of a workbench's app.
    pub fn app_origin(&self, id: &WorkbenchId) -> String {
        self.app_origin_pattern().replace("{id}", id.as_str())
    }

    /// Returns the origin of every app, with `{id}` where the workbench's id goes.
    pub fn app_origin_pattern(&self) -> String {
        format!("{}://{{id}}.{}", self.scheme(), self.apps_authority())
    }

    /// Returns the source expression of a Content-Security-Policy that allows every app's origin.
    pub fn app_origins_for_csp(&self) -> String {
        format!("{}://*.{}", self.scheme(), self.apps_authority())
    }

    fn port_suffix(&self) -> String {
        if self.port == self.scheme.default_port() {
            String::new()
        } else {
            format!(":{}", self.port)
        }
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin())
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|error| format!("{text:?} is no address: {error}"))?;
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err(format!("{text:?} does not begin with http:// or https://")),
        };
        let is_plain = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !is_plain {
            return Err(format!(
                "{text:?} has more than a scheme, a host and a port"
            ));
        }
        let port = url.port().unwrap_or(scheme.default_port());
        if port == 0 {
            return Err(format!("0 in {text:?} is not a port"));
        }
        let host = match url.host() {
            Some(Host::Domain(host)) => host.to_owned(),
            _ => {
                return Err(format!(
                    "{text:?} has an IP address: a host name is needed, because each app gets a name below it"
                ));
            }
        };
        check_host(&host).map_err(|why| format!("{why} in {text:?}"))?;
        Ok(Self {
            scheme,
            host,
            port,
            apps: None,
        })
    }
}

/// Refuses names that DNS or certificates do not take, so that apps' names below them work.
fn check_host(host: &str) -> Result<(), String> {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if host.len() > 190 || !host.split('.').all(is_label) {
        return Err(format!("{host:?} is not a host name"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> PublicUrl {
        text.parse().expect("a good address")
    }

    #[test]
    fn an_address_gives_origins_as_browsers_write_them() {
        let local = read("http://Vestibule.localhost:8080/");
        assert_eq!(local.origin(), "http://vestibule.localhost:8080");
        assert_eq!(
            local.app_origin(&"wb-7k2m9x4q".into()),
            "http://wb-7k2m9x4q.vestibule.localhost:8080"
        );
        let far = read("https://vestibule.example.org:443");
        assert_eq!(far.authority(), "vestibule.example.org");
        assert_eq!(far.app_origins_for_csp(), "https://*.vestibule.example.org");
    }

    /// Security review, findings 10 and 17: a site of their own keeps the apps' cookies from the
    /// console.
    #[test]
    fn apps_may_have_a_site_of_their_own() {
        let console = read("https://vestibule.example.org");
        let both = console.clone().with_apps(read("https://apps.example.net"));
        let both = both.expect("another site");
        assert!(both.has_own_site_for_apps() && !console.has_own_site_for_apps());
        assert_eq!(both.origin(), "https://vestibule.example.org");
        let id = "wb-7k2m9x4q".into();
        assert_eq!(both.app_origin(&id), "https://wb-7k2m9x4q.apps.example.net");
        assert_eq!(both.app_origins_for_csp(), "https://*.apps.example.net");
        for same in [
            "https://vestibule.example.org",
            "https://apps.vestibule.example.org",
            "https://example.org",
            "http://apps.example.net",
        ] {
            assert!(console.clone().with_apps(read(same)).is_err(), "{same}");
        }
    }

    #[test]
    fn wrong_addresses_are_refused_with_the_reason() {
        for bad in [
            "",
            "vestibule.localhost",
            "ftp://vestibule.localhost",
            "http://",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
            "http://host:0",
            "http://host:99999",
            "http://host/path",
            "http://user@host",
            "http://-host",
            "http://ho st",
        ] {
            assert!(bad.parse::<PublicUrl>().is_err(), "{bad}");
        }
    }
}
