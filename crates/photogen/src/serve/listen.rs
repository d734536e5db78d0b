//! Connections: taken, kept to their time, and ended gently.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    http::{HeaderMap, HeaderName},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::IpNet;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};
use tower::ServiceExt as _;
use tower_http::timeout::TimeoutBody;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// How long a client may take for the head of a request, and leave a connection idle.
const HEAD_MAX: Duration = Duration::from_secs(30);
/// How long the next bytes of a body may be waited for.
const BODY_PAUSE_MAX: Duration = Duration::from_secs(30);
/// The wait after a connection could not be taken, when too many files are open.
const PAUSE: Duration = Duration::from_millis(200);

/// Serves until it is stopped; then what has begun is finished and nothing new is taken.
///
/// A request that came through one of the trusted proxies is of the client that the proxy names.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    trusted: Vec<IpNet>,
    stop: impl Future<Output = ()>,
) {
    let trusted: Arc<[IpNet]> = trusted.into();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_MAX);
    let (stopping, stopped) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => {}
            taken = listener.accept() => match taken {
                Ok((stream, peer)) => {
                    let peer = Peer { address: peer, trusted: Arc::clone(&trusted) };
                    connections.spawn(answer(http.clone(), router.clone(), stream, peer, stopped.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(PAUSE).await;
                }
            },
        }
    }
    drop((listener, stopping));
    while connections.join_next().await.is_some() {}
}

/// Answers what comes over one connection. A client that goes away, or is too slow, ends its own connection alone.
async fn answer(
    http: http1::Builder,
    router: Router,
    stream: TcpStream,
    peer: Peer,
    mut stopped: watch::Receiver<()>,
) {
    // Small answers go out at once.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let bounded = |body| Body::new(TimeoutBody::new(BODY_PAUSE_MAX, body));
        let mut request: Request = request.map(bounded);
        let client = peer.client(request.headers());
        request.extensions_mut().insert(ConnectInfo(client));
        router.clone().oneshot(request)
    });
    let mut connection = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopped.changed() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// Who is at the other end of a connection.
struct Peer {
    address: SocketAddr,
    trusted: Arc<[IpNet]>,
}

impl Peer {
    /// Who asks: the peer, or, where that is a trusted proxy, the last of the addresses in `X-Forwarded-For` that is none. What
    /// stands before that one anybody could have written.
    fn client(&self, headers: &HeaderMap) -> SocketAddr {
        let is_trusted = |address: IpAddr| {
            let address = address.to_canonical();
            self.trusted.iter().any(|network| network.contains(&address))
        };
        if !is_trusted(self.address.ip()) {
            return self.address;
        }
        let named = headers.get_all(FORWARDED_FOR).iter();
        let named: Vec<IpAddr> = named
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|text| text.trim().parse().ok())
            .collect();
        let client = named.iter().rev().find(|address| !is_trusted(**address));
        client
            .or(named.first())
            .map_or(self.address, |client| SocketAddr::new(*client, 0))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_client_is_named_by_trusted_proxies_alone() {
        let of = |peer: &str, named: &[&'static str]| {
            let peer = Peer {
                address: peer.parse().unwrap(),
                trusted: ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()].into(),
            };
            let mut headers = HeaderMap::new();
            for value in named {
                headers.append(FORWARDED_FOR, HeaderValue::from_static(value));
            }
            peer.client(&headers).ip().to_string()
        };
        assert_eq!(of("203.0.113.9:1", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(of("10.1.1.1:1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(
            of("10.1.1.1:1", &["6.6.6.6, 198.51.100.1, 10.2.2.2"]),
            "198.51.100.1"
        );
        assert_eq!(of("10.1.1.1:1", &["6.6.6.6", "198.51.100.1"]), "198.51.100.1");
        assert_eq!(of("[::ffff:10.1.1.1]:1", &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(of("10.1.1.1:1", &["unknown"]), "10.1.1.1");
        assert_eq!(of("10.1.1.1:1", &["10.3.3.3"]), "10.3.3.3");
        assert_eq!(of("[::1]:1", &[]), "::1");
    }
}
