//! The `weir` command: reads its arguments and hands over to the library.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// One MySQL in front of many.
#[derive(Debug, Parser)]
#[command(name = "weir", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve clients until interrupted.
    Serve {
        /// The process configuration.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Check the configuration and every rule file; list all problems. Exit status 1 if there are any.
    Check {
        /// The process configuration.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Show where a statement goes and what is sent there.
    Explain {
        /// The process configuration.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// The logical schema; may be omitted when there is one only.
        #[arg(long)]
        schema: Option<String>,
        /// The statement.
        sql: String,
    },
    /// Start two private instances, load sample data through Weir, show a tour, and keep serving.
    Demo(weir::demo::Options),
}

fn main() -> ExitCode {
    let Arguments { command } = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return weir::console::fail(&format!("cannot start: {error}")),
    };
    runtime.block_on(async {
        match command {
            Command::Serve { config } => weir::console::serve(&config).await,
            Command::Check { config } => weir::console::check(&config),
            Command::Explain { config, schema, sql } => weir::console::explain(&config, schema.as_deref(), &sql),
            Command::Demo(options) => weir::console::demo(options).await,
        }
    })
}
