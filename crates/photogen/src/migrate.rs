//! `photogen migrate`: brings a database to this version, before the servers that need it start.

use std::process::ExitCode;

use crate::serve::Storage;

/// Bring the database to this version. Safe to run twice, and from two machines at once.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    storage: Storage,
}

/// Migrates.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let store = args.storage.store().await?;
        store.close().await;
        anyhow::Ok(())
    })?;
    println!(
        "the database is at the version of photogen {}",
        env!("CARGO_PKG_VERSION")
    );
    Ok(ExitCode::SUCCESS)
}
