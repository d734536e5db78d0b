//! An S3 server: the protocol by `s3s`, which checks every signature, the bytes in files by `s3s-fs`.

use std::{
    collections::HashSet,
    path::Path,
    sync::{Arc, Mutex},
};

use http_body_util::BodyExt;
use hyper::{Method, Response};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;

use crate::server::{Fault, Handler, Server, text};

pub(crate) const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
/// With characters that an address must escape.
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub(crate) const BUCKET: &str = "photos";

/// Starts a server with one empty bucket whose files are under a folder.
pub(crate) async fn start(root: &Path) -> Server {
    std::fs::create_dir_all(root.join(BUCKET)).unwrap();
    let mut service = S3ServiceBuilder::new(FileSystem::new(root).unwrap());
    service.set_auth(SimpleAuth::from_single(KEY, SECRET));
    let service = service.build();
    let ended: Arc<Mutex<HashSet<String>>> = Arc::default();
    let handler: Handler = Arc::new(move |request| {
        let (service, ended) = (service.clone(), Arc::clone(&ended));
        Box::pin(async move {
            // The server under this one says "access denied" of an upload that has ended, S3 "no such upload".
            let upload = request.uri().to_string();
            let ends = request.method() == Method::POST && upload.contains("uploadId=");
            if ended.lock().unwrap().contains(&upload) {
                let body = "<Error><Code>NoSuchUpload</Code><Message>It is not there.</Message></Error>";
                return Ok(Response::builder().status(404).body(text(body))?);
            }
            let reply = service
                .call(request.map(s3s::Body::from))
                .await
                .map_err(|error| format!("{error:?}"))?;
            if ends && reply.status().is_success() {
                ended.lock().unwrap().insert(upload);
            }
            Ok(reply.map(|body| body.map_err(Fault::from).boxed_unsync()))
        })
    });
    Server::start(handler).await
}

/// The address of a folder in the bucket.
pub(crate) fn address(server: &Server, folder: &str) -> String {
    let secret = SECRET.replace('/', "%2F").replace('+', "%2B");
    format!(
        "s3://{KEY}:{secret}@{BUCKET}{folder}?region=us-east-1&endpoint={}",
        server.url
    )
}
