//! Random histories, each played in a database of its own.

use std::fmt::Debug;

use proptest::{
    strategy::Strategy,
    test_runner::{Config, TestRunner},
};
use testkit::database::{Engine, TestDatabase};

/// Plays so many of them.
pub(crate) fn play_many<Step: Debug>(
    engine: Engine,
    cases: u32,
    steps: &impl Strategy<Value = Vec<Step>>,
    play: impl AsyncFn(&TestDatabase, &[Step]),
) {
    let config = Config {
        cases,
        ..Config::default()
    };
    let played = TestRunner::new(config).run(steps, move |steps| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        if let Some(database) = TestDatabase::new(engine) {
            runtime.block_on(play(&database, steps.as_slice()));
        }
        Ok(())
    });
    played.unwrap();
}
