//! The one binary `tolem`: every participant, the demonstration, the walk, and the tools around them.
//!
//! Here the clock and the randomness are made and handed down; here processes are started and stopped. What a
//! participant does is its own crate's affair. Data goes to stdout, talk to stderr, and the exit code says how it ended.

mod access;
mod bank_day;
mod bench;
mod ca;
mod cli;
mod clock;
mod country;
mod data_key;
mod demo;
mod evidence;
mod exit;
mod history;
mod inspect;
mod journal;
mod key;
mod maintenance;
// An allocator, and calls that exist only in the C library; each block there says why it is sound.
#[allow(unsafe_code)]
mod memory;
mod officer;
mod output;
mod pin;
mod print;
mod receipt;
mod reconcile;
mod refund;
mod register;
mod report;
mod search;
mod secrecy;
mod serve;
mod settlement;
mod telephone;
mod voice;
mod walk;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{AtmCommand, Command};
use crate::exit::Failure;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return cli::not_understood(&error),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .on_thread_park(memory::wipe_idle_stack)
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return exit::report(&Failure::from(anyhow::Error::new(error)), cli.json),
    };
    match runtime.block_on(run(cli.command, cli.json)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => exit::report(&failure, cli.json),
    }
}

async fn run(command: Command, json: bool) -> Result<(), Failure> {
    match command {
        Command::Demo(arguments) => demo::run(arguments, json).await,
        Command::Walk(arguments) => walk::run(arguments, json).await,
        Command::Serve(arguments) => serve::run(arguments).await,
        Command::Ca(command) => ca::run(command, json).await,
        Command::Key(command) => key::run(command, json),
        Command::Payment(command) => inspect::run(command, json).await,
        Command::Evidence(command) => evidence::run(command, json).await,
        Command::Report(arguments) => report::run(arguments, json).await,
        Command::Pin(command) => pin::run(command, json),
        Command::Journal(command) => journal::run(command, json).await,
        Command::Register(command) => register::run(command, json).await,
        Command::Reconcile(arguments) => reconcile::run(arguments, json).await,
        Command::Claim(command) => settlement::claim(command, json).await,
        Command::Refund(command) => refund::run(command, json).await,
        Command::Statement(command) => settlement::statement(command, json).await,
        Command::Payout(command) => settlement::payout(command, json).await,
        Command::Day(command) => settlement::day(command, json).await,
        Command::Contract(command) => journal::contracts(command, json).await,
        Command::DataKey(command) => data_key::run(command, json).await,
        Command::Receipt(command) => receipt::run(command, json),
        Command::Agency(arguments) => maintenance::agency(arguments, json).await,
        Command::Atm(AtmCommand::Paper { paper, config }) => maintenance::paper(paper, &config, json),
        Command::OneTimeCode { client } => telephone::one_time_code(&client, json),
        Command::Bank(arguments) => bank_day::bank(&arguments, json),
        Command::Readings(arguments) => maintenance::readings(&arguments, json).await,
        Command::Bus(arguments) => maintenance::bus(arguments, json).await,
        Command::Bench(command) => bench::run(command, json).await,
        Command::BenchLimit { config } => Ok(bench::serve_limit(&config).await?),
        Command::BenchRegisterStep { step, config, folder, rows } => {
            Ok(bench::register_step(&step, &config, &folder, rows).await?)
        }
        Command::States => print::states(json),
        Command::Faults => print::faults(json),
        Command::Rights => print::rights(json),
        Command::Access(command) => access::run(command, json).await,
        Command::Officer(command) => officer::run(command, json).await,
        Command::Config => print::config(json),
        Command::Migrate(arguments) => maintenance::migrate(arguments, json),
        Command::Backup(arguments) => maintenance::backup(arguments, json),
        Command::Restore(arguments) => maintenance::restore(arguments, json),
        Command::Completions { shell } => cli::completions(shell, json),
        Command::Man => cli::manual(json),
    }
}
