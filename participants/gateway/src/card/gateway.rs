//! The card page's conversation with the gateway: signed messages over mutual TLS, without card data in any
//! of them.
//!
//! The seam has two sides: the caller of `participant`, and the gateway of the tests.

use std::future::Future;
use std::sync::Arc;

use participant::{CallFailure, Caller, Host};
use terms::Bin;
use wire::card::{
    BeginCardPayment, BeginCardPaymentResponse, CancelCardPayment, CancelCardPaymentResponse,
    ConcludeCardPayment, ConcludeCardPaymentResponse, LookUpCardPayment, LookUpCardPaymentResponse,
};
use wire::{Request, RequestHeader};

/// The gateway, seen from its card page.
pub(crate) trait Gateway: Send + Sync + 'static {
    /// The header of a new message to it.
    fn header(&self) -> RequestHeader;

    /// What the page has to show.
    fn look_up(
        &self,
        request: &LookUpCardPayment,
    ) -> impl Future<Output = Result<LookUpCardPaymentResponse, CallFailure>> + Send;

    /// The person has confirmed: the attempt goes on record before the bank is asked.
    fn begin(
        &self,
        request: &BeginCardPayment,
    ) -> impl Future<Output = Result<BeginCardPaymentResponse, CallFailure>> + Send;

    /// What the bank's processing said.
    fn conclude(
        &self,
        request: &ConcludeCardPayment,
    ) -> impl Future<Output = Result<ConcludeCardPaymentResponse, CallFailure>> + Send;

    /// The person goes back without paying.
    fn cancel(
        &self,
        request: &CancelCardPayment,
    ) -> impl Future<Output = Result<CancelCardPaymentResponse, CallFailure>> + Send;
}

/// The real gateway.
pub(crate) struct CalledGateway {
    host: Arc<Host>,
    caller: Caller,
    bin: Bin,
}

impl CalledGateway {
    /// The gateway with this number; each exchange opens and closes a connection of its own.
    ///
    /// # Errors
    /// Where our TLS key is not usable.
    pub(crate) fn new(host: Arc<Host>, bin: Bin) -> anyhow::Result<Self> {
        Ok(Self { caller: Caller::closing(host.clone())?, host, bin })
    }

    async fn call<R>(&self, request: &R) -> Result<R::Response, CallFailure>
    where
        R: Request + Sync,
        R::Response: Clone,
    {
        self.caller.call(self.bin, request).await.map(|answer| answer.get().clone())
    }
}

impl Gateway for CalledGateway {
    fn header(&self) -> RequestHeader {
        self.host.header()
    }

    async fn look_up(&self, request: &LookUpCardPayment) -> Result<LookUpCardPaymentResponse, CallFailure> {
        self.call(request).await
    }

    async fn begin(&self, request: &BeginCardPayment) -> Result<BeginCardPaymentResponse, CallFailure> {
        self.call(request).await
    }

    async fn conclude(
        &self,
        request: &ConcludeCardPayment,
    ) -> Result<ConcludeCardPaymentResponse, CallFailure> {
        self.call(request).await
    }

    async fn cancel(&self, request: &CancelCardPayment) -> Result<CancelCardPaymentResponse, CallFailure> {
        self.call(request).await
    }
}
