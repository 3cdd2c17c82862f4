//! A participant as a process has it: its host, its files, its doors. What it decides is not here.
//!
//! Loopback ports that the system chooses, limits that are short where they are meant to be exceeded, waits far longer
//! than what they wait for: a slow machine makes a test slower and not wrong.

mod health;
mod messages;
mod outbox;
mod pins;
mod renewal;
mod revocation_list;
mod revocation_sources;
mod world;
