//! `tolem one-time-code`: the telephone of a client of the internet bank, for whoever has no authenticator at hand.

use participant::SystemClock;
use serde_json::json;
use terms::Clock as _;

use crate::country::one_time_secret;
use crate::exit::Failure;
use crate::output;

/// Prints what the client's authenticator shows now: six digits.
pub(crate) fn one_time_code(client: &str, json: bool) -> Result<(), Failure> {
    let secret = one_time_secret(client).unwrap_or(client);
    let code = bank::one_time_code(secret, SystemClock.now()).map_err(Failure::usage)?;
    output::one(json, &json!({ "code": code }), || code.clone());
    Ok(())
}
