//! `photogen admin`: what the operator does from the machine itself, also while the service runs.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use domain::{account::Email, ids::WorkspaceId};
use store::{
    Store,
    ids::Ids,
    users::{Registration, User},
};
use web::auth::{password, secret};

use crate::{clock, serve::Storage, settings};

/// Manage people and credits of a service, from the machine that it runs on.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    storage: Storage,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a user with a workspace; the password comes from PHOTOGEN_PASSWORD, or one is made and printed
    CreateUser {
        /// The address
        email: Email,
        /// Let the user run the platform
        #[arg(long)]
        admin: bool,
    },
    /// Let a user run the platform
    MakeAdmin {
        /// The address
        email: Email,
    },
    /// Give a workspace credits
    Grant {
        /// A user's address, for the oldest of their workspaces
        email: Email,
        /// How many
        credits: u32,
        /// Another of their workspaces
        #[arg(long, value_name = "ID")]
        workspace: Option<String>,
    },
    /// Let a user sign in no more, from now on
    Disable {
        /// The address
        email: Email,
    },
    /// Let a disabled user sign in again
    Enable {
        /// The address
        email: Email,
    },
}

/// Does it.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        if let Some(rows) = args.storage.rows_file().filter(|_| args.storage.is_new()) {
            eprintln!(
                "note: no service has kept anything in {} yet; if yours has another folder, name it: --data DIR, or PHOTOGEN_DATA",
                rows.display()
            );
        }
        let store = args.storage.store().await?;
        let done = act(&store, &args.command).await;
        store.close().await;
        done
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn act(store: &Store, command: &Command) -> anyhow::Result<()> {
    match command {
        Command::CreateUser { email, admin } => create(store, email, *admin).await?,
        Command::MakeAdmin { email } => {
            store
                .set_user_admin(&user(store, email).await?.id(), true)
                .await?;
            println!("{email} runs the platform");
        }
        Command::Grant {
            email,
            credits,
            workspace,
        } => grant(store, email, *credits, workspace.as_deref()).await?,
        Command::Disable { email } => {
            set_active(store, email, false).await?;
            println!("{email} is signed out and cannot sign in");
        }
        Command::Enable { email } => {
            set_active(store, email, true).await?;
            println!("{email} can sign in");
        }
    }
    Ok(())
}

async fn user(store: &Store, email: &Email) -> anyhow::Result<User> {
    let found = store.user_by_email(email).await?;
    found.with_context(|| format!("nobody is registered as {email}"))
}

async fn set_active(store: &Store, email: &Email, active: bool) -> anyhow::Result<()> {
    let id = user(store, email).await?.id();
    let now_ms = clock::of(store).await?.now_ms();
    store.set_user_active(&id, active, now_ms).await?;
    Ok(())
}

async fn create(store: &Store, email: &Email, admin: bool) -> anyhow::Result<()> {
    let told = |error: web::Error| anyhow::anyhow!("{}", error.detail());
    let (password, made) = match settings::read("PHOTOGEN_PASSWORD") {
        Some(password) => (password, false),
        None => (secret::new().map_err(told)?, true),
    };
    domain::account::check_password(&password, email)?;
    let hash = password::hash(password.clone()).await.map_err(told)?;
    let name = email.as_str().split('@').next().unwrap_or_default();
    let new = Registration {
        email,
        name,
        password_hash: &hash,
        admin,
        workspace: &format!("{name}'s workspace"),
        credits: 0,
    };
    let clock = clock::of(store).await?;
    let now_ms = clock.now_ms();
    let (_, workspace) = store.register(&Ids::new(clock), &new, now_ms).await?;
    println!("{email} is registered; workspace {workspace}");
    if made {
        println!("password: {password}");
    }
    Ok(())
}

async fn grant(store: &Store, email: &Email, credits: u32, workspace: Option<&str>) -> anyhow::Result<()> {
    let memberships = store.memberships(&user(store, email).await?.id()).await?;
    let mut found = memberships
        .into_iter()
        .filter(|one| workspace.is_none_or(|id| one.workspace.as_str() == id));
    let Some(membership) = found.next() else {
        bail!("{email} is no member of such a workspace");
    };
    let clock = clock::of(store).await?;
    let now_ms = clock.now_ms();
    let workspace: &WorkspaceId = &membership.workspace;
    store.grant(&Ids::new(clock), workspace, credits, now_ms).await?;
    let balance = store.balance(workspace).await?.available;
    println!("{} has {balance} credits", membership.name);
    Ok(())
}
