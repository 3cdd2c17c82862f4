//! One folder of the CA in a test, with a clock that the test moves.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use national_ca::{IssueRequest, NationalCa, RootRequest, Settings, router};
use pki::issue::{Issued, Organisation, Profile};
use pki::{CrlPolicy, SuiteId, Trust};
use terms::{Clock, Moment};
use tower::ServiceExt;

/// A clock that the story moves.
pub(crate) struct Watch(AtomicI64);

impl Clock for Watch {
    fn now(&self) -> Moment {
        Moment::from_unix_microseconds(self.0.load(Ordering::SeqCst))
    }
}

/// One folder of the CA, opened by as many processes as the story needs.
pub(crate) struct Story {
    pub(crate) folder: PathBuf,
    pub(crate) watch: Arc<Watch>,
    pub(crate) ca: Arc<NationalCa>,
}

pub(crate) fn settings() -> Settings {
    Settings::new("https://localhost:7001/crl/national-ca.crl")
}

pub(crate) fn root_request() -> RootRequest {
    RootRequest { common_name: "ҰКО (сынақ)".parse().unwrap(), suite: SuiteId::P256, life_days: 3650 }
}

impl Story {
    pub(crate) fn begin() -> Self {
        Self::begin_with(settings())
    }

    pub(crate) fn begin_with(settings: Settings) -> Self {
        static FOLDERS: AtomicU32 = AtomicU32::new(0);
        let name = format!("ca-{}-{}", std::process::id(), FOLDERS.fetch_add(1, Ordering::SeqCst));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _absent = fs::remove_dir_all(&folder);
        let start: Moment = "2026-11-22T12:00:00+05:00".parse().unwrap();
        let watch = Arc::new(Watch(AtomicI64::new(start.unix_microseconds())));
        let ca = NationalCa::init(&folder, &root_request(), settings, watch.clone()).unwrap();
        Self { folder, watch, ca: Arc::new(ca) }
    }

    pub(crate) fn another_process(&self) -> NationalCa {
        NationalCa::open(&self.folder, settings(), self.watch.clone()).unwrap()
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.watch.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust::new(vec![self.ca.certificate()], CrlPolicy::default())
    }

    pub(crate) fn current_number(&self) -> u64 {
        self.ca.current_crl().unwrap().number
    }

    pub(crate) async fn fetch(&self, path: &str) -> (StatusCode, String, Vec<u8>) {
        self.ask(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, kind: &str, body: Vec<u8>) -> (StatusCode, String, Vec<u8>) {
        self.ask(Request::post(path).header("content-type", kind).body(Body::from(body)).unwrap()).await
    }

    async fn ask(&self, request: Request<Body>) -> (StatusCode, String, Vec<u8>) {
        let response = router(self.ca.clone()).oneshot(request).await.unwrap();
        let status = response.status();
        let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
        let body = response.into_body().collect().await.unwrap().to_bytes().to_vec();
        (status, kind.unwrap_or_default(), body)
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        let _best_effort = fs::remove_dir_all(&self.folder);
    }
}

pub(crate) fn signing(ca: &NationalCa) -> Issued {
    let organisation = Organisation {
        name: "«Қазына» банкі".parse().unwrap(),
        bin: "500140000017".parse().unwrap(),
    };
    let profile = Profile::ParticipantSigning { organisation };
    ca.issue(IssueRequest { profile, suite: SuiteId::P256, life_days: 365 }).unwrap()
}
