//! Files that arrive at once, and in parts.

use axum::{body::Body, http::Method};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{clock::Clock as _, ids::WorkspaceId};
use futures_util::stream;
use serde_json::{Value, json};
use testkit::database::TestDatabase;
use tokio::sync::oneshot;
use web::upkeep;

use crate::{
    app::{Answer, Client, TestApp},
    imports::ended,
    sweep::blobs,
};

testkit::on_both_databases! {
    a_file_arrives_whole_and_becomes_a_photo,
    parts_arrive_across_a_restart,
    any_server_goes_on_with_an_upload_and_imports_it,
    of_two_servers_that_take_one_part_the_first_does,
    parts_that_do_not_fit_are_refused,
    uploads_end_and_are_given_up,
    an_upload_is_nobody_elses,
}

const TUS: (&str, &str) = ("tus-resumable", "1.0.0");

async fn announce(client: &Client<'_>, name: &str, length: usize) -> Answer {
    let metadata = format!("filename {}", STANDARD.encode(name));
    let length = length.to_string();
    let headers = [
        TUS,
        ("upload-length", length.as_str()),
        ("upload-metadata", metadata.as_str()),
    ];
    client.raw(Method::POST, "/api/uploads/tus", &headers, "").await
}

async fn part(client: &Client<'_>, path: &str, offset: usize, bytes: impl Into<Body>) -> Answer {
    let offset = offset.to_string();
    let headers = [
        TUS,
        ("upload-offset", offset.as_str()),
        ("content-type", "application/offset+octet-stream"),
    ];
    client.raw(Method::PATCH, path, &headers, bytes).await
}

fn header(answer: &Answer, name: &str) -> String {
    answer.headers[name].to_str().unwrap().to_owned()
}

fn path(created: &Answer) -> String {
    header(created, "location").replace("http://studio.test", "")
}

async fn a_file_arrives_whole_and_becomes_a_photo(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let form = anna
        .form("/api/uploads", &[("C:\\photos\\TS-1.jpg", b"a photo")])
        .await
        .expect(201);
    assert_eq!(form.text("/name"), "TS-1.jpg");
    assert_eq!(form.text("/mediaType"), "image/jpeg");
    assert_eq!(
        (&form.body["width"], &form.body["height"], &form.body["bytes"]),
        (&json!(1000), &json!(1500), &json!(7))
    );
    let raw = anna
        .raw(Method::POST, "/api/uploads?name=again.jpg", &[], "a photo")
        .await
        .expect(201);
    assert_eq!(raw.text("/sha256"), form.text("/sha256"));
    assert_ne!(raw.text("/id"), form.text("/id"));
    let product = anna
        .post("/api/products", &json!({ "sku": "TS-1" }))
        .await
        .expect(201);
    let put = format!(
        "/api/products/{}/photos/front?upload={}",
        product.text("/id"),
        form.text("/id")
    );
    let put = anna.raw(Method::PUT, &put, &[], "").await.expect(200);
    assert_eq!(put.text("/photos/0/name"), "TS-1.jpg");
    assert_eq!(put.text("/photos/0/sha256"), form.text("/sha256"));
    let model = anna
        .post("/api/models", &json!({ "name": "Mara" }))
        .await
        .expect(201);
    let add = format!(
        "/api/models/{}/photos?upload={}",
        model.text("/id"),
        raw.text("/id")
    );
    let add = anna.raw(Method::POST, &add, &[], "").await.expect(201);
    assert_eq!(add.text("/photos/0/name"), "again.jpg");
    // The two sides of a product are two photos.
    for side in ["left", "right", "left"] {
        let path = format!("/api/products/{}/photos/side?side={side}", product.text("/id"));
        anna.raw(Method::PUT, &path, &[], side).await.expect(200);
    }
    let product = anna
        .get(&format!("/api/products/{}", product.text("/id")))
        .await
        .expect(200);
    assert_eq!(product.body["photos"].as_array().unwrap().len(), 3);
    // What cannot be used.
    anna.form("/api/uploads", &[]).await.expect(422);
    anna.form("/api/uploads", &[("a.jpg", b"")]).await.expect(422);
    let bad = anna.form("/api/uploads", &[("a.jpg", b"bad")]).await.expect(422);
    assert_eq!(bad.text("/errors/0/field"), "file");
    anna.form("/api/uploads", &[("a.zip", b"no zip")])
        .await
        .expect(422);
    let kind = ("content-type", "multipart/form-data; boundary=edge");
    anna.raw(Method::POST, "/api/uploads", &[kind], "--edge\r\nbroken")
        .await
        .expect(400);
    anna.raw(
        Method::POST,
        "/api/uploads",
        &[("content-type", "multipart/form-data")],
        "",
    )
    .await
    .expect(400);
    let left = std::fs::read_dir(app.scratch.path()).unwrap().count();
    assert_eq!(left, 0, "nothing waits once it is a blob, or refused");
    assert_eq!(blobs(&app, "uploads").await, Vec::<String>::new());
}

async fn parts_arrive_across_a_restart(database: TestDatabase) {
    let mut app = TestApp::new(&database).await;
    let token = app.register("anna@example.com").await.token.clone().unwrap();
    let able = app
        .nobody()
        .raw(Method::OPTIONS, "/api/uploads/tus", &[], "")
        .await
        .expect(204);
    assert_eq!(header(&able, "tus-version"), "1.0.0");
    assert_eq!(header(&able, "tus-extension"), "creation,termination,expiration");
    let anna = app.nobody().with_token(&token);
    let made = announce(&anna, "TS-1_front.jpg", 10).await.expect(201);
    assert!(header(&made, "upload-expires").ends_with("GMT"));
    let path = path(&made);
    let id = path.rsplit('/').next().unwrap().to_owned();
    let first = part(&anna, &path, 0, "abcd").await.expect(204);
    assert_eq!(header(&first, "upload-offset"), "4");
    let early = anna
        .post("/api/products/import", &json!({ "uploads": [id] }))
        .await
        .expect(409);
    assert_eq!(early.text("/code"), "upload_not_whole");

    app.restart();
    let anna = app.nobody().with_token(&token);
    let stands = anna.raw(Method::HEAD, &path, &[TUS], "").await.expect(200);
    assert_eq!(header(&stands, "upload-offset"), "4");
    assert_eq!(header(&stands, "upload-length"), "10");
    assert!(header(&stands, "cache-control").contains("no-store"));
    let wrong = part(&anna, &path, 3, "xxx").await.expect(409);
    assert_eq!(wrong.text("/code"), "wrong_offset");
    part(&anna, &path, 4, "efgh").await.expect(204);
    let last = part(&anna, &path, 8, "ij").await.expect(204);
    assert_eq!(header(&last, "upload-offset"), "10");
    let upload = anna.get(&format!("/api/uploads/{id}")).await.expect(200);
    assert_eq!(upload.body["finished"], true);
    assert_eq!(
        upload.text("/sha256"),
        "72399361da6a7754fec986dca5b7cbaf1c810a28ded4abaf56b2106d06cb78b0"
    );
    let stands = anna.raw(Method::HEAD, &path, &[TUS], "").await.expect(200);
    assert_eq!(header(&stands, "upload-offset"), "10");
    part(&anna, &path, 10, "").await.expect(204);
}

async fn any_server_goes_on_with_an_upload_and_imports_it(database: TestDatabase) {
    let one = TestApp::new(&database).await;
    let other = one.beside();
    let here = one.register("anna@example.com").await;
    let there = other.nobody().with_token(here.token.as_ref().unwrap());
    let photo = path(&announce(&here, "TS-1_front.jpg", 10).await.expect(201));
    part(&here, &photo, 0, "abcd").await.expect(204);
    let stands = there.raw(Method::HEAD, &photo, &[TUS], "").await.expect(200);
    assert_eq!(header(&stands, "upload-offset"), "4");
    // What arrives before a call is cut off counts, at whichever server it arrived.
    let cut = [Ok("ef"), Err(std::io::Error::other("cut off"))];
    let cut = Body::from_stream(stream::iter(cut));
    part(&there, &photo, 4, cut).await.expect(400);
    let last = part(&here, &photo, 6, "ghij").await.expect(204);
    assert_eq!(header(&last, "upload-offset"), "10");
    let table = path(&announce(&here, "list.csv", 19).await.expect(201));
    part(&here, &table, 0, "sku,name\n").await.expect(204);
    part(&there, &table, 9, "TS-1,Shirt").await.expect(204);

    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let whole = there
        .get(&format!("/api/uploads/{}", id(&photo)))
        .await
        .expect(200);
    assert_eq!(
        whole.text("/sha256"),
        "72399361da6a7754fec986dca5b7cbaf1c810a28ded4abaf56b2106d06cb78b0"
    );
    let uploads = json!({ "uploads": [id(&table), id(&photo)] });
    for dry_run in [true, false] {
        let path = format!("/api/products/import?dry_run={dry_run}");
        let sent = there.post(&path, &uploads).await.expect(202);
        let done = ended(&here, &sent.text("/importId")).await;
        assert_eq!(done["counts"]["created"], 2, "{done}");
    }
    let found = here.get("/api/products?q=TS-1").await.expect(200);
    assert_eq!(found.text("/items/0/name"), "Shirt");

    // An import of what was given up meanwhile says what to do, and ends.
    let import = one.ids.next();
    std::fs::create_dir_all(one.scratch.path().join("imports").join(&import)).unwrap();
    let sent = json!([{ "name": "list.csv", "place": { "file": "0" }, "upload": id(&table) }]).to_string();
    let (workspace, now_ms) = (WorkspaceId(here.workspace.clone()), one.clock.now_ms());
    there.raw(Method::DELETE, &table, &[TUS], "").await.expect(204);
    one.store
        .add_import(&import, &workspace, None, false, &sent, "anna", now_ms)
        .await
        .unwrap();
    web::take_up(&one.app).await.unwrap();
    let failed = ended(&there, &import).await;
    assert_eq!(
        failed["reason"],
        "its files are not here any more; send them again"
    );
}

async fn of_two_servers_that_take_one_part_the_first_does(database: TestDatabase) {
    let one = TestApp::new(&database).await;
    let token = one.register("anna@example.com").await.token.clone().unwrap();
    let other = one.beside();
    let here = one.nobody().with_token(&token);
    let there = other.nobody().with_token(&token);
    let path = path(&announce(&here, "TS-1_front.jpg", 8).await.expect(201));
    let (begin, begun) = oneshot::channel();
    let (go_on, goes_on) = oneshot::channel();
    let slow = stream::once(async move {
        begin.send(()).unwrap();
        goes_on.await.unwrap();
        Ok::<_, std::io::Error>("slow")
    });
    let (slow, quick) = tokio::join!(part(&here, &path, 0, Body::from_stream(slow)), async {
        begun.await.unwrap();
        let quick = part(&there, &path, 0, "fast").await;
        go_on.send(()).unwrap();
        quick
    });
    quick.expect(204);
    assert_eq!(slow.expect(409).text("/code"), "wrong_offset");
    assert_eq!(
        blobs(&one, "uploads").await.len(),
        1,
        "what did not count is removed"
    );
    part(&here, &path, 4, "fast").await.expect(204);
    let stands = there.raw(Method::HEAD, &path, &[TUS], "").await.expect(200);
    assert_eq!(header(&stands, "upload-offset"), "8");
}

async fn parts_that_do_not_fit_are_refused(database: TestDatabase) {
    let app = TestApp::with(&database, |config| {
        config.upload_bytes_max = 100;
        config.import_bytes_max = 1000;
    })
    .await;
    let anna = app.register("anna@example.com").await;
    announce(&anna, "a.jpg", 101).await.expect(413);
    announce(&anna, "a.zip", 101).await.expect(201);
    announce(&anna, "a.zip", 1001).await.expect(413);
    announce(&anna, "a.jpg", 0).await.expect(422);
    let too_much = anna
        .raw(Method::POST, "/api/uploads?name=a.jpg", &[], vec![1; 101])
        .await
        .expect(413);
    assert_eq!(too_much.text("/code"), "too_large");
    let path = path(&announce(&anna, "a.jpg", 4).await.expect(201));
    part(&anna, &path, 0, "abcdef").await.expect(413);
    let octets = ("content-type", "application/offset+octet-stream");
    let post = "/api/uploads/tus";
    for (method, path, headers, status) in [
        (Method::POST, post, vec![("upload-length", "4")], 412),
        (Method::POST, post, vec![TUS], 400),
        (Method::POST, post, vec![TUS, ("upload-length", "-4")], 400),
        (
            Method::POST,
            post,
            vec![TUS, ("upload-length", "99999999999999999999")],
            400,
        ),
        (
            Method::POST,
            post,
            vec![TUS, ("upload-length", "4"), ("upload-metadata", "filename ***")],
            400,
        ),
        (Method::PATCH, &*path, vec![TUS, ("upload-offset", "0")], 415),
        (Method::PATCH, &*path, vec![TUS, octets], 400),
        (
            Method::PATCH,
            &*path,
            vec![TUS, octets, ("upload-offset", "x")],
            400,
        ),
        (
            Method::PATCH,
            &*path,
            vec![TUS, octets, ("upload-offset", "1")],
            409,
        ),
        (Method::HEAD, &*path, vec![], 412),
        (Method::DELETE, &*path, vec![], 412),
    ] {
        let answer = anna.raw(method.clone(), path, &headers, "").await;
        assert_eq!(answer.status.as_u16(), status, "{method} {headers:?}");
    }
    // Whole, and no photo: refused and gone.
    part(&anna, &path, 0, "bad!").await.expect(422);
    anna.raw(Method::HEAD, &path, &[TUS], "").await.expect(404);
}

async fn uploads_end_and_are_given_up(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let given_up = path(&announce(&anna, "a.jpg", 4).await.expect(201));
    anna.raw(Method::DELETE, &given_up, &[TUS], "").await.expect(204);
    anna.raw(Method::HEAD, &given_up, &[TUS], "").await.expect(404);
    let late = path(&announce(&anna, "a.jpg", 4).await.expect(201));
    part(&anna, &late, 0, "ab").await.expect(204);
    let photo = anna
        .form("/api/uploads", &[("a.jpg", b"a photo")])
        .await
        .expect(201);
    app.pass_ms(24 * 3_600_000 + 1);
    let anna = app.sign_in("anna@example.com").await;
    part(&anna, &late, 2, "cd").await.expect(410);
    assert_eq!(blobs(&app, "uploads").await.len(), 1);
    web::take_up(&app.app).await.unwrap();
    anna.raw(Method::HEAD, &late, &[TUS], "").await.expect(404);
    app.pass_ms(3_600_000);
    upkeep::once(&app.app).await.unwrap();
    assert_eq!(blobs(&app, "uploads").await, Vec::<String>::new());
    let anna = app.sign_in("anna@example.com").await;
    let photo = anna
        .get(&format!("/api/uploads/{}", photo.text("/id")))
        .await
        .expect(200);
    assert_eq!(photo.body["expiresMs"], Value::Null);
}

async fn an_upload_is_nobody_elses(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let eve = app.register("eve@example.com").await;
    let photo = anna
        .form("/api/uploads", &[("a.jpg", b"a photo")])
        .await
        .expect(201)
        .text("/id");
    let tus = path(&announce(&anna, "a.jpg", 4).await.expect(201));
    eve.get(&format!("/api/uploads/{photo}")).await.expect(404);
    eve.delete(&format!("/api/uploads/{photo}")).await.expect(404);
    eve.raw(Method::HEAD, &tus, &[TUS], "").await.expect(404);
    part(&eve, &tus, 0, "abcd").await.expect(404);
    eve.raw(Method::DELETE, &tus, &[TUS], "").await.expect(404);
    let product = eve
        .post("/api/products", &json!({ "sku": "E" }))
        .await
        .expect(201)
        .text("/id");
    let put = format!("/api/products/{product}/photos/front?upload={photo}");
    eve.raw(Method::PUT, &put, &[], "").await.expect(404);
    eve.post("/api/products/import", &json!({ "uploads": [photo] }))
        .await
        .expect(404);

    let reviewer = app.reviewer_of(&anna).await;
    reviewer
        .form("/api/uploads", &[("a.jpg", b"a photo")])
        .await
        .expect(403);
    announce(&reviewer, "a.jpg", 4).await.expect(403);
    part(&reviewer, &tus, 0, "abcd").await.expect(403);
    reviewer.get(&format!("/api/uploads/{photo}")).await.expect(200);
    anna.delete(&format!("/api/uploads/{photo}")).await.expect(200);
    anna.get(&format!("/api/uploads/{photo}")).await.expect(404);
}
