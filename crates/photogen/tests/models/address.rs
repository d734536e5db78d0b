//! The publisher's address: continued, refused, lying.

use crate::{
    server::{Reply, Server},
    world::{World, deliver, source},
};

/// A world whose card has this server, then a working wheel.
fn with_wheel_behind(replies: &[Reply]) -> (World, Server) {
    let world = World::new();
    let server = Server::start(&world.payload, replies);
    let wheel = world.wheel(&[("tiny.onnx", &world.payload)]);
    world.client("python3", &deliver(&wheel));
    world.card(&format!("{}, {}", server.source(), source("pypi", &wheel, "")));
    (world, server)
}

#[test]
fn a_good_address_is_enough() {
    let (world, server) = with_wheel_behind(&[Reply::Whole]);
    let said = world.models(&["pull", "tiny"]);
    said.assert(0, &["fetching tiny.onnx"]);
    assert!(said.out.contains("pulled from http://127.0.0.1"), "{}", said.out);
    world.assert_whole();
    assert_eq!(server.ranges(), [None]);
}

#[test]
fn a_broken_transfer_is_continued_where_it_stopped() {
    let (world, server) = with_wheel_behind(&[Reply::BreakOffAfter(70_000), Reply::Whole]);
    world.models(&["pull", "tiny"]).assert(0, &[]);
    world.assert_whole();
    let ranges = server.ranges();
    assert!(matches!(ranges[..], [None, Some(1..=70_000)]), "{ranges:?}");
}

#[test]
fn the_next_pull_continues_what_the_last_one_left() {
    let world = World::new();
    let broken = Reply::BreakOffAfter(10_000);
    let server = Server::start(&world.payload, &[broken, broken, broken, Reply::Whole]);
    world.card(&server.source());
    world
        .models(&["pull", "tiny"])
        .assert(1, &["the transfer stopped at", "the next pull continues there"]);
    assert!(!world.model().exists());
    world.models(&["pull", "tiny"]).assert(0, &[]);
    world.assert_whole();
    assert!(
        server.ranges()[3].is_some_and(|start| start > 0),
        "{:?}",
        server.ranges()
    );
}

#[test]
fn a_server_that_cannot_continue_starts_over() {
    let (world, _server) = with_wheel_behind(&[Reply::BreakOffAfter(70_000), Reply::IgnoreRange]);
    world.models(&["pull", "tiny"]).assert(0, &[]);
    world.assert_whole();
}

#[test]
fn what_the_address_does_wrong_is_said_and_the_package_is_used() {
    for (reply, says) in [
        (Reply::NotFound, "the server answered 404"),
        (Reply::OtherBytes, "is pinned: not used"),
        (Reply::Endless, "the server sends more than"),
    ] {
        let (world, _server) = with_wheel_behind(&[reply]);
        let said = world.models(&["pull", "tiny"]);
        said.assert(
            0,
            &[
                "publisher's address not usable",
                says,
                "taking it from the package tiny-model 1.0",
            ],
        );
        world.assert_whole();
    }
}

#[test]
fn nobody_listening_is_one_clear_line() {
    let (world, _server) = with_wheel_behind(&[Reply::Whole]);
    let wheel = world.wheel(&[("tiny.onnx", &world.payload)]);
    world.card(&format!(
        "{{ url = 'http://127.0.0.1:9/x' }}, {}",
        source("pypi", &wheel, "")
    ));
    world
        .models(&["pull", "tiny"])
        .assert(0, &["onnection refused", "taking it from the package"]);
    world.assert_whole();
}
