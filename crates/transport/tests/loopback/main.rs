//! Servers, clients and attackers on loopback ports that the system chooses.
//!
//! Waits are far longer than what they wait for, and limits under test are short, so that a slow machine
//! makes a test slower and not wrong.

mod body;
mod browser;
mod client;
mod renewal;
mod server;
mod stream;
mod world;
