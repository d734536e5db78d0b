//! Fetching finished pictures from addresses that a reply names: never from this network, never with the key.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use reqwest::{
    Client, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};

use super::{
    Address,
    client::{self, Lost},
};
use crate::vendor::{Fault, HttpReply};

/// Redirects followed, each checked like the first address.
const REDIRECTS_MAX: usize = 3;
/// Longest picture file in bytes.
const FILE_MAX: usize = 100 << 20;
/// Longest wait for a picture file.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Fetches from the hosts that an engine's card names.
pub(super) struct Fetcher {
    /// Resolves public addresses only.
    public: Client,
    /// For the engine's own server, wherever the operator has put it.
    own: Client,
}

impl Fetcher {
    pub(super) fn new(own: Client) -> Result<Self, String> {
        let public = Client::builder()
            .https_only(true)
            .no_proxy()
            .redirect(Policy::none())
            .dns_resolver(Arc::new(PublicOnly))
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { public, own })
    }

    /// The file behind an address.
    pub(super) async fn fetch(&self, address: &Address, text: &str) -> Result<HttpReply, Fault> {
        let mut url =
            Url::parse(text).map_err(|_| Fault::broken("the reply names an address that is none"))?;
        for _ in 0..=REDIRECTS_MAX {
            let own = url.origin() == address.base.origin();
            if !own {
                allowed(&url, &address.result_hosts).map_err(Fault::Misconfigured)?;
            }
            let client = if own { &self.own } else { &self.public };
            let reply = client::fetch(client, url.clone(), TIMEOUT, FILE_MAX).await;
            let reply = reply.map_err(|lost| match lost {
                Lost::NotSent(reason) | Lost::NoReply(reason) => {
                    Fault::retry(format!("the finished picture could not be fetched: {reason}"))
                }
            })?;
            match (reply.status, reply.header("location")) {
                (300..400, Some(target)) => {
                    let target = url.join(target);
                    url = target.map_err(|_| Fault::broken("a picture's address leads nowhere"))?;
                }
                (404 | 403 | 410, _) => {
                    return Err(Fault::Broken(expired(reply.status)));
                }
                (status, _) if !reply.is_success() => {
                    return Err(Fault::retry(format!(
                        "the finished picture's host answered HTTP {status}"
                    )));
                }
                _ => return Ok(reply),
            }
        }
        Err(Fault::broken("a picture's address leads round in circles"))
    }
}

/// A picture that was made and is not there any more.
pub(super) fn expired(status: u16) -> String {
    format!("the finished picture is gone (HTTP {status}): its address has expired")
}

/// Only https, only hosts of the card, and no host that is a number of this network.
fn allowed(url: &Url, hosts: &[String]) -> Result<(), String> {
    let host = url
        .host_str()
        .unwrap_or_default()
        .trim_end_matches('.')
        .to_ascii_lowercase();
    let number = host.trim_matches(['[', ']']).parse::<IpAddr>();
    let is_listed = hosts.iter().any(|known| match known.strip_prefix('.') {
        Some(parent) => host.len() > parent.len() && host.ends_with(known.as_str()) && !parent.is_empty(),
        None => host == *known,
    });
    if url.scheme() == "https" && is_listed && number.is_err() && url.port().is_none() {
        Ok(())
    } else {
        Err(format!(
            "a picture at `{}://{host}` is not fetched: the engine's card does not name that host; add it to its result_hosts if it is the vendor's",
            url.scheme()
        ))
    }
}

/// Resolves names to addresses of the public internet alone.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(format!("{} has no public address", name.as_str()).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// An address that anybody on the internet could have been given.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => ip.to_ipv4_mapped().map_or_else(|| is_public_v6(ip), is_public_v4),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let special = a == 192 && b == 0 && c == 0;
    let benchmark = a == 198 && (18..20).contains(&b);
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_unspecified()
        || ip.is_documentation()
        || ip.is_broadcast()
        || ip.is_multicast()
        || shared
        || special
        || benchmark
        || a == 0
        || a >= 240)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let first = ip.segments()[0];
    let documentation = first == 0x2001 && ip.segments()[1] == 0xdb8;
    // Translated and tunnelled addresses could hide a private one.
    let translated = first == 0x64 || first == 0x2002 || (first == 0x2001 && ip.segments()[1] == 0);
    let in_use = first & 0xe000 == 0x2000;
    in_use && !documentation && !translated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_numbers_are_connected_to() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.8",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "104.18.0.1"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn only_https_on_hosts_of_the_card() {
        let hosts = [".replicate.delivery".to_owned(), "cdn.fashn.ai".to_owned()];
        let check = |text: &str| allowed(&Url::parse(text).unwrap(), &hosts).is_ok();
        assert!(check("https://pbxt.replicate.delivery/a/b.png"));
        assert!(check("https://cdn.fashn.ai/x.png?y=1"));
        for text in [
            "http://cdn.fashn.ai/x.png",
            "https://cdn.fashn.ai:8443/x.png",
            "https://evil.example/cdn.fashn.ai",
            "https://replicate.delivery.evil.example/x",
            "https://evilreplicate.delivery/x",
            "https://cdn.fashn.ai@evil.example/x",
            "https://127.0.0.1/x",
            "https://[::1]/x",
            "ftp://cdn.fashn.ai/x",
            "file:///etc/passwd",
        ] {
            assert!(!check(text), "{text}");
        }
    }
}
