//! Each target for a second, in every run of the tests.

use testkit::fuzz::bounded;

#[test]
fn no_target_panics_or_hangs() {
    std::thread::scope(|scope| {
        for target in fuzz::targets() {
            scope.spawn(move || bounded(&target));
        }
    });
}
