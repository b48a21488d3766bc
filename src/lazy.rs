//! Code that is fetched when it is first needed, so that a page's first load carries that page alone.
//!
//! `cargo xtask build` sets `cfg(split)` and cuts the program at every [`lazy!`] function. Under
//! `trunk serve` the program stays whole, and the code is there at once. Leptos' own `#[lazy]` is
//! not used: it always splits, and panics where a part cannot be fetched.

mod texts;

use crate::ui::{Button, Notice, Skeleton};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

/// Error: the code could not be fetched. The network is down, or a newer console was installed.
#[derive(Debug, Clone, Copy)]
pub struct NotLoaded;

impl fmt::Display for NotLoaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(texts::NOT_LOADED)
    }
}

impl std::error::Error for NotLoaded {}

#[cfg(split)]
impl From<leptos::wasm_split::SplitLoaderError> for NotLoaded {
    fn from(_: leptos::wasm_split::SplitLoaderError) -> Self {
        Self
    }
}

/// A function that renders a view from its arguments.
pub type Render<A> = fn(A) -> AnyView;

/// Future of a function whose code is being fetched.
pub type Fetching<F> = Pin<Box<dyn Future<Output = Result<F, NotLoaded>>>>;

/// Handle of a function whose code may still have to be fetched.
pub struct Lazy<F: 'static> {
    loaded: &'static OnceLock<F>,
    fetch: fn() -> Fetching<F>,
}

impl<F> Clone for Lazy<F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for Lazy<F> {}

/// Declares functions that live in the named part of the program. Calling one returns its
/// [`Lazy`] handle.
macro_rules! lazy {
    ($part:ident: $($(#[$doc:meta])* pub fn $name:ident($arg:ident: $args:ty) -> $out:ty $body:block)+) => {$(
        $(#[$doc])*
        pub fn $name() -> $crate::lazy::Lazy<fn($args) -> $out> {
            fn body($arg: $args) -> $out $body

            #[cfg(split)]
            #[leptos::wasm_split::wasm_split($part, wasm_split_path = ::leptos::wasm_split, fallible)]
            fn $name() -> Result<fn($args) -> $out, $crate::lazy::NotLoaded> {
                Ok(body)
            }

            #[cfg(not(split))]
            async fn $name() -> Result<fn($args) -> $out, $crate::lazy::NotLoaded> {
                Ok(body)
            }

            static LOADED: std::sync::OnceLock<fn($args) -> $out> = std::sync::OnceLock::new();
            $crate::lazy::Lazy::new(&LOADED, || Box::pin($name()))
        }
    )+};
}
pub(crate) use lazy;

impl<F: Copy + Send + Sync> Lazy<F> {
    /// Returns a handle; [`lazy!`] calls this.
    pub const fn new(loaded: &'static OnceLock<F>, fetch: fn() -> Fetching<F>) -> Self {
        Self { loaded, fetch }
    }

    /// Fetches the code, unless it is there.
    pub async fn get(self) -> Result<F, NotLoaded> {
        if let Some(function) = self.loaded.get() {
            return Ok(*function);
        }
        let function = (self.fetch)().await?;
        Ok(*self.loaded.get_or_init(|| function))
    }

    /// Fetches the code before it is needed. A failure is ignored: it is fetched again when needed.
    pub fn prefetch(self) {
        if self.loaded.get().is_none() {
            spawn_local(async move {
                let _ = self.get().await;
            });
        }
    }
}

impl<A: Clone + Send + Sync + 'static> Lazy<Render<A>> {
    /// Renders a page, with a skeleton until its code is there.
    pub fn page(self, args: A) -> AnyView {
        let skeleton = || view! { <div class="page"><Skeleton lines=5 /></div> }.into_any();
        show(self.code(args), skeleton, true)
    }

    /// Renders a part of a page, with nothing until its code is there.
    pub fn view(self, args: A) -> AnyView {
        self.view_or(args, || ().into_any())
    }

    /// Renders a view, with `placeholder` until its code is there. An error inside the view, or the
    /// failure to fetch its code, replaces the view by a notice with "Try again".
    pub fn view_or(self, args: A, placeholder: fn() -> AnyView) -> AnyView {
        show(self.code(args), placeholder, false)
    }

    fn code(self, args: A) -> Code {
        Code {
            render: Arc::new(move || self.loaded.get().map(|render| render(args.clone()))),
            load: Arc::new(move || Box::pin(async move { self.get().await.map(drop) })),
        }
    }
}

/// Code of a view together with its arguments. One type for all views, so that what follows is
/// compiled once.
#[derive(Clone)]
struct Code {
    /// Renders the view, or returns `None` until its code is there.
    render: Arc<dyn Fn() -> Option<AnyView> + Send + Sync>,
    load: Arc<dyn Fn() -> Fetching<()> + Send + Sync>,
}

fn show(code: Code, placeholder: fn() -> AnyView, is_page: bool) -> AnyView {
    let attempt = RwSignal::new(0_u32);
    let view = move || {
        attempt.track();
        if let Some(view) = (code.render)() {
            return view;
        }
        let outcome = RwSignal::new(None::<Result<(), NotLoaded>>);
        let loading = (code.load)();
        spawn_local(async move {
            let loaded = loading.await;
            outcome.try_set(Some(loaded));
        });
        let render = code.render.clone();
        let view = move || match outcome.get() {
            Some(Ok(())) => Ok(render()),
            Some(Err(error)) => Err(error),
            None => Ok(Some(placeholder())),
        };
        view.into_any()
    };
    view! { <ViewBoundary attempt is_page>{view}</ViewBoundary> }.into_any()
}

/// Shows a notice in place of its children while one of them has failed. "Try again" changes
/// `attempt`, by which the children are to render again.
#[component]
fn ViewBoundary(attempt: RwSignal<u32>, is_page: bool, children: Children) -> impl IntoView {
    let fallback = move |errors: ArcRwSignal<Errors>| {
        let retry = move || attempt.update(|attempt| *attempt += 1);
        view! {
            <div class:page=is_page>
                <Notice>
                    <p>{move || errors.read().iter().next().map(|(_, error)| error.to_string())}</p>
                    <div class="notice-actions">
                        <Button on_press=retry>{texts::TRY_AGAIN}</Button>
                        <a class="button" href="" rel="external">{texts::RELOAD}</a>
                    </div>
                </Notice>
            </div>
        }
    };
    view! { <ErrorBoundary fallback>{children()}</ErrorBoundary> }
}
