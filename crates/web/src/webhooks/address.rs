//! Where calls may go: to servers of the internet, never to what only this server reaches.
//!
//! A name is looked up once, at the moment of the call; what was found is checked, and the connection goes to just that.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

/// The longest address.
const LENGTH_MAX: usize = 2_000;

/// An address that may be called, as far as it shows before its name is looked up.
pub fn check(text: &str, private: bool) -> Result<Url, String> {
    if text.len() > LENGTH_MAX {
        return Err(format!("use {LENGTH_MAX} characters or fewer"));
    }
    let url: Url = text
        .parse()
        .map_err(|_| "give a whole address: https://shop.example.com/hooks".to_owned())?;
    if url.scheme() != "https" && !(private && url.scheme() == "http") {
        return Err("an address of a webhook begins with https://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("leave the name and password out: calls are signed".to_owned());
    }
    let host = url.host_str().ok_or("the address names no server")?;
    let literal = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    // Names that are never of the internet (RFC 6761, RFC 6762, and `internal` as ICANN reserves it), with or without a last dot.
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let is_local = ["localhost", "local", "internal"]
        .iter()
        .any(|end| name == *end || name.ends_with(&format!(".{end}")));
    let is_private = is_local || literal.is_ok_and(|address| !is_public(address));
    if is_private && !private {
        return Err(NOT_PUBLIC.to_owned());
    }
    Ok(url)
}

const NOT_PUBLIC: &str = "this address is of no server on the internet";

/// Looks up names; with `private` false, those of servers on the internet alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resolver {
    pub(super) private: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if !private && found.iter().any(|address| !is_public(address.ip())) {
                return Err(NOT_PUBLIC.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// An address of the internet, by the registries of special addresses of IANA.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = match a {
        0 | 10 | 127 | 224.. => true,
        100 => (64..128).contains(&b),
        169 => b == 254,
        172 => (16..32).contains(&b),
        192 => (b == 168) || (b == 0 && (c == 0 || c == 2)) || (b == 88 && c == 99),
        198 => b == 18 || b == 19 || (b == 51 && c == 100),
        203 => b == 0 && c == 113,
        _ => false,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let [a, b, ..] = address.segments();
    // Global unicast, without what stands for an IPv4 address or documents: Teredo and its like, 6to4, 2001:db8::/32, 3fff::/20.
    let special = (a == 0x2001 && (b < 0x200 || b == 0xdb8)) || a == 0x2002 || a == 0x3fff;
    (0x2000..0x4000).contains(&a) && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_servers_of_the_internet_are_called() {
        for good in [
            "https://shop.example.com/hooks?a=b",
            "https://93.184.215.14/",
            "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]:8443/",
            "https://172.32.0.1/",
            "https://100.128.0.1/",
        ] {
            assert!(check(good, false).is_ok(), "{good}");
        }
        for bad in [
            "http://shop.example.com/",
            "ftp://shop.example.com/",
            "shop.example.com",
            "https://",
            "https://me:secret@shop.example.com/",
            "https://localhost/",
            "https://api.localhost/",
            "https://localhost./",
            "https://x.internal/",
            "https://printer.local./",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://0.0.0.0/",
            "https://10.0.0.1/",
            "https://172.16.0.1/",
            "https://172.31.255.255/",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://198.18.0.1/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://[::1]/",
            "https://[::]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:a9fe:a9fe]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
            "https://[ff02::1]/",
        ] {
            assert!(check(bad, false).is_err(), "{bad}");
        }
        assert!(check("http://127.0.0.1:9/", true).is_ok());
        assert!(check(&format!("https://a.example/{}", "x".repeat(2_000)), true).is_err());
    }

    #[tokio::test]
    async fn a_name_of_a_private_address_is_refused_when_it_is_looked_up() {
        let look = |private| Resolver { private }.resolve("localhost".parse().unwrap());
        assert!(look(true).await.is_ok());
        assert!(look(false).await.is_err());
    }
}
