//! A server on a free port of this machine that does what it is made for, and misbehaves on command.

use std::{
    collections::VecDeque,
    convert::Infallible,
    error::Error,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{StreamExt, future::BoxFuture, stream};
use http_body_util::{BodyExt, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Request, Response,
    body::{Frame, Incoming},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;

pub(crate) type Fault = Box<dyn Error + Send + Sync>;
pub(crate) type Body = UnsyncBoxBody<Bytes, Fault>;
pub(crate) type Answer = Result<Response<Body>, Fault>;
pub(crate) type Handler = Arc<dyn Fn(Request<Incoming>) -> BoxFuture<'static, Answer> + Send + Sync>;

/// What the server does with a request instead of what it should.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trouble {
    /// Nothing: it does it well.
    None,
    /// Answers 500 and does not do it.
    Error500,
    /// Does it, and hangs up without an answer.
    LosesReply,
    /// Does it, so late.
    Slow(Duration),
    /// Does it, and cuts the answer's body in half.
    CutsReply,
    /// Says nothing for longer than anybody waits.
    Silent,
}

/// It ends with the test's runtime.
#[derive(Clone)]
pub(crate) struct Server {
    /// Its address, without a slash at the end.
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    troubles: VecDeque<Trouble>,
    always: Option<Trouble>,
    asked: Vec<String>,
}

impl Server {
    pub(crate) async fn start(handler: Handler) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            state: Arc::default(),
        };
        let serving = server.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (serving, handler) = (serving.clone(), Arc::clone(&handler));
                let service =
                    service_fn(move |request| serving.clone().answer(Arc::clone(&handler), request));
                let connection = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                tokio::spawn(async move {
                    // A connection that is cut on purpose ends with an error.
                    let _ = connection.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        server
    }

    /// What it does with the next requests.
    pub(crate) fn misbehave(&self, troubles: impl IntoIterator<Item = Trouble>) {
        self.state.lock().unwrap().troubles.extend(troubles);
    }

    /// What it does with every request from now on.
    pub(crate) fn always(&self, trouble: Trouble) {
        self.state.lock().unwrap().always = Some(trouble);
    }

    /// Method and path of every request so far; forgets them.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().asked)
    }

    async fn answer(self, handler: Handler, request: Request<Incoming>) -> Answer {
        let trouble = {
            let mut state = self.state.lock().unwrap();
            state
                .asked
                .push(format!("{} {}", request.method(), request.uri()));
            let next = state.troubles.pop_front();
            next.or(state.always).unwrap_or(Trouble::None)
        };
        match trouble {
            Trouble::None => handler(request).await,
            Trouble::Error500 => {
                // Read first: a server that hangs up on a request is another trouble.
                request.into_body().collect().await?;
                Ok(Response::builder().status(500).body(text("it broke"))?)
            }
            Trouble::LosesReply => {
                let reply = handler(request).await?;
                reply.into_body().collect().await?;
                Err("the reply is lost".into())
            }
            Trouble::Slow(wait) => {
                tokio::time::sleep(wait).await;
                handler(request).await
            }
            Trouble::CutsReply => cut(handler(request).await?).await,
            Trouble::Silent => std::future::pending().await,
        }
    }
}

/// A body.
pub(crate) fn text(body: impl Into<Bytes>) -> Body {
    http_body_util::Full::new(body.into())
        .map_err(|never: Infallible| match never {})
        .boxed_unsync()
}

async fn cut(reply: Response<Body>) -> Answer {
    let (mut parts, body) = reply.into_parts();
    let body = body.collect().await?.to_bytes();
    parts.headers.insert("content-length", body.len().into());
    let half = body.slice(..body.len() / 2);
    let cut: Fault = io::Error::from(io::ErrorKind::ConnectionReset).into();
    // The half must have left before the connection is cut.
    let end = stream::once(async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Err(cut)
    });
    let frames = stream::iter([Ok(Frame::data(half))]).chain(end);
    Ok(Response::from_parts(
        parts,
        StreamBody::new(frames).boxed_unsync(),
    ))
}
