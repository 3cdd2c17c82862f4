//! The gateway as its neighbours meet it: over mutual TLS, by signed messages, against the real `gateway::serve`.
//!
//! `world` makes a small country with a clock that a test sets, `standins` the neighbours the gateway calls, `talk` what
//! clients say. Each test module is one question about the product. Nothing here sleeps to be right: what happens later
//! is polled for, with deadlines far beyond what it needs.

mod account_page;
mod books;
mod browser;
mod card_messages;
mod confidential;
mod consoles;
mod evidence;
mod exchange;
mod facts;
mod forged;
mod logs;
mod matters;
mod money;
mod officers;
mod outbox;
mod overview;
mod receipts;
mod reconciliation;
mod refunds;
mod refusals;
mod registers;
mod rights_matrix;
mod settlement;
mod signing_key;
mod spending;
mod stamps;
mod standins;
mod talk;
mod world;
