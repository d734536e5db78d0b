//! An S3 server: the protocol by `s3s`, which checks every signature, the bytes in files by `s3s-fs`.

use std::{path::Path, sync::Arc};

use http_body_util::BodyExt;
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;

use crate::server::{Fault, Handler, Server};

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
    let handler: Handler = Arc::new(move |request| {
        let service = service.clone();
        Box::pin(async move {
            let reply = service
                .call(request.map(s3s::Body::from))
                .await
                .map_err(|error| format!("{error:?}"))?;
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
