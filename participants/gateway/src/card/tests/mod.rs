//! The card page against a gateway that remembers and a bank's processing on loopback TLS.

mod course;
mod secrets;
mod world;
