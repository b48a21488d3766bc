//! The actions of the room. The cause names the first one, the stage the others.

use crate::effect::Effect;
use crate::pages::shared::{Destructive, WorkbenchStage};
use crate::pages::spec::{SIZE_FIELD, TIME_LIMIT_FIELD};
use crate::pages::workbench::context::WorkbenchContext;
use crate::pages::workbench::edit_dialog::prefetch_dialogs;
use crate::pages::workbench::focus;
use crate::pages::workbench::frame::Entry;
use crate::pages::workbench::message::MessageButton;
use crate::pages::workbench::overlay_card::NewTab;
use crate::pages::workbench::texts;
use crate::routes::Page;
use crate::store::AppCatalogue;
use crate::ui::{Button, ButtonVariant, Icon};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use vestibule_model::causes::{Cause, Remedy};

/// Time for which the actions of a run stay after its end, and for which those of a start do nothing: no
/// other action takes the place of the one under a pointer at the moment of a press.
const SETTLE_MILLIS: u32 = 1_100;

/// The actions.
#[component]
pub fn Actions(stage: Memo<WorkbenchStage>) -> impl IntoView {
    let context = WorkbenchContext::expect();
    let catalogue = AppCatalogue::expect();
    let cause = Memo::new(move |_| {
        let sizes = catalogue.sizes(&context.workbench.app.read()).len();
        context.notable_cause().map(|cause| cause.for_sizes(sizes))
    });
    let (shown, is_settling) = use_settled(stage);
    // The press may remove the button: the focus then moves to the heading, not to the top of the
    // page.
    let was_pressed = StoredValue::new(false);
    Effect::new(move |_| {
        shown.track();
        cause.track();
        context.ui.is_adding_secret.track();
        context.ui.is_editing.track();
        if was_pressed.get_value() {
            focus::keep();
        }
    });
    // An end that is not shown yet has no cause yet.
    let told = move || {
        let is_coming = stage.get().is_ended() && !shown.get().is_ended();
        cause.get().filter(|_| !is_coming)
    };
    view! {
        <div
            class="actions"
            on:click=move |_| was_pressed.set_value(true)
            on:pointerenter=|_| prefetch_dialogs()
            on:focusin=|_| prefetch_dialogs()
        >
            <SlowFrameActions />
            {move || of_stage(context, shown.get(), is_settling.into(), told())}
        </div>
    }
}

/// Returns the stage, with an end delayed, and whether its actions have just changed.
fn use_settled(stage: Memo<WorkbenchStage>) -> (RwSignal<WorkbenchStage>, RwSignal<bool>) {
    let shown = RwSignal::new(stage.get_untracked());
    let is_settling = RwSignal::new(false);
    let timer = StoredValue::<Option<Timeout>, LocalStorage>::new_local(None);
    Effect::new(move |before: Option<WorkbenchStage>| {
        let now = stage.get();
        if before.is_some_and(|before| before.is_ended() != now.is_ended()) {
            is_settling.set(true);
            timer.set_value(Some(Timeout::new(SETTLE_MILLIS, move || {
                if let Some(now) = stage.try_get_untracked() {
                    shown.try_set(now);
                }
                is_settling.try_set(false);
            })));
        }
        let waits = now.is_ended() && is_settling.get_untracked();
        if !waits && shown.get_untracked() != now {
            shown.set(now);
        }
        now
    });
    (shown, is_settling)
}

/// Returns the button for the cause's action, or `None` if that is to wait, or if `of_stage` shows it.
fn primary(context: WorkbenchContext, cause: &Cause, stage: WorkbenchStage) -> Option<AnyView> {
    let WorkbenchContext { commands, ui, .. } = context;
    let label = cause.action.label();
    let refusals = context.workbench.refusals;
    let button = |refused: Signal<Option<String>>, on_press: Callback<()>| {
        view! {
            <Button variant=ButtonVariant::Primary busy=commands.task.busy refused on_press=on_press>{label}</Button>
        }
        .into_any()
    };
    Some(match cause.action.clone() {
        Remedy::OpenSecret { name } => button(
            refusals.secret.into(),
            Callback::new(move |()| ui.open_secret_form(name.clone())),
        ),
        Remedy::KeepWaiting => button(
            refusals.start.into(),
            Callback::new(move |()| commands.extend()),
        ),
        Remedy::Edit | Remedy::EditEnvironment | Remedy::Rename => {
            button(refusals.update.into(), Callback::new(move |()| ui.edit("")))
        }
        Remedy::EditSize | Remedy::EditTimeLimit => {
            let field = match cause.action {
                Remedy::EditSize => SIZE_FIELD,
                _ => TIME_LIMIT_FIELD,
            };
            button(
                refusals.update.into(),
                Callback::new(move |()| ui.edit(field)),
            )
        }
        Remedy::NewWorkbench => {
            let watch = context.workbench.watch;
            let workbench = watch.workbench.read_untracked();
            let href = Page::NewWorkbench(workbench.as_ref()?.workspace_id.clone()).path();
            view! { <a class="button" data-variant=ButtonVariant::Primary.as_str() href=href>{label}</a> }
                .into_any()
        }
        Remedy::CopyForAdministrator => view! { <MessageButton context /> }.into_any(),
        Remedy::StartAgain if !stage.is_ended() => button(
            refusals.restart(),
            Callback::new(move |()| commands.restart()),
        ),
        Remedy::OpenInNewTab => view! { <NewTab variant=ButtonVariant::Primary /> }.into_any(),
        // The card contains the end of the log.
        Remedy::OpenLog | Remedy::StartAgain | Remedy::Stop | Remedy::Wait => return None,
    })
}

/// Returns the actions of a stage. What stops comes first as long as it is there: a cause that is found
/// later doesn't move it.
fn of_stage(
    context: WorkbenchContext,
    stage: WorkbenchStage,
    is_settling: Signal<bool>,
    cause: Option<Cause>,
) -> AnyView {
    let commands = context.commands;
    let busy = commands.task.busy;
    let first = cause.as_ref().map(|cause| &cause.action);
    let refusals = context.workbench.refusals;
    let own = cause
        .as_ref()
        .and_then(|cause| primary(context, cause, stage));
    match stage {
        WorkbenchStage::Starting { late, again } => {
            let extend = (late && first != Some(&Remedy::KeepWaiting)).then(|| {
                view! {
                    <Button busy=busy refused=refusals.start on_press=move || commands.extend()>{texts::KEEP_WAITING}</Button>
                }
            });
            let retry = (late && first != Some(&Remedy::StartAgain)).then(|| {
                view! {
                    <Button busy=busy refused=refusals.restart() on_press=move || commands.restart()>{texts::START_AGAIN}</Button>
                }
            });
            let label = if late || again {
                texts::STOP
            } else {
                texts::CANCEL
            };
            view! {
                <StopButton label=label is_settling=is_settling />
                {own}
                {extend}
                {retry}
                <EditButton edits=true />
                <DeleteButton />
            }
            .into_any()
        }
        WorkbenchStage::Running | WorkbenchStage::Unknown => view! {
            <StopButton label=texts::STOP is_settling=is_settling />
            {own}
            <DeleteButton />
        }
        .into_any(),
        WorkbenchStage::Stopping => {
            // Keeps the pressed button in place, with the progress as its label.
            let has_answered = context
                .workbench
                .watch
                .workbench
                .with_untracked(|w| w.as_ref().is_some_and(|w| w.has_answered()));
            let label = if has_answered {
                texts::STOPPING_NOW
            } else {
                texts::CANCELLING
            };
            view! {
                <Button busy=true><Icon name="stop" />{label}</Button>
                {own}
                <DeleteButton />
            }
            .into_any()
        }
        WorkbenchStage::Ended { .. } => {
            let is_new = context
                .workbench
                .watch
                .workbench
                .with_untracked(|w| w.as_ref().is_some_and(|w| w.run.is_none()));
            let is_first = matches!(first, None | Some(Remedy::StartAgain | Remedy::OpenLog));
            let variant = if is_first {
                ButtonVariant::Primary
            } else {
                ButtonVariant::Plain
            };
            let is_administrator = context.run.reader.is_administrator();
            let for_administrator_too =
                !is_administrator && cause.as_ref().is_some_and(Cause::is_for_administrator_too);
            // Settings do not change the app.
            let can_edit = first != Some(&Remedy::NewWorkbench);
            // The first button does it.
            let edits = !matches!(first, Some(Remedy::EditSize | Remedy::EditTimeLimit));
            view! {
                {own}
                <Button variant=variant busy=busy refused=refusals.start on_press=move || commands.start()>
                    <Icon name="play" />
                    {if is_new { texts::START } else { texts::START_AGAIN }}
                </Button>
                {for_administrator_too.then(|| view! { <MessageButton context /> })}
                {can_edit.then(|| view! { <EditButton edits /> })}
                <DeleteButton />
            }
            .into_any()
        }
        WorkbenchStage::Deleting => ().into_any(),
    }
}

/// Actions while a running app takes long to open.
#[component]
fn SlowFrameActions() -> impl IntoView {
    let frame = WorkbenchContext::expect().frame;
    let is_slow =
        Memo::new(move |_| *frame.entry.read() == Entry::Slow && frame.state.read().is_open());
    move || {
        is_slow.get().then(|| {
            view! {
                <Button variant=ButtonVariant::Primary on_press=move || frame.try_again()>{texts::TRY_AGAIN}</Button>
                <Button on_press=move || frame.entry.set(Entry::Inside)>{texts::SHOW_AS_IS}</Button>
                <NewTab variant=ButtonVariant::Plain />
            }
        })
    }
}

/// Stops the run, or cancels the start.
#[component]
fn StopButton(label: &'static str, is_settling: Signal<bool>) -> impl IntoView {
    let context = WorkbenchContext::expect();
    let refused = Signal::derive(move || {
        let settling = is_settling.get().then(|| texts::SETTLING.to_owned());
        settling.or_else(|| context.workbench.refusals.stop.get())
    });
    view! {
        <Button busy=context.commands.task.busy refused on_press=move || context.commands.stop()>
            <Icon name="stop" />
            {label}
        </Button>
    }
}

#[component]
fn EditButton(edits: bool) -> impl IntoView {
    let WorkbenchContext { ui, workbench, .. } = WorkbenchContext::expect();
    let refusals = workbench.refusals;
    view! {
        {edits.then(|| view! {
            <Button variant=ButtonVariant::Quiet refused=refusals.update on_press=move || ui.edit("")>{texts::EDIT_SETTINGS}</Button>
        })}
        <Button variant=ButtonVariant::Quiet refused=refusals.share on_press=move || ui.is_sharing.set(true)>{texts::SHARE}</Button>
    }
}

#[component]
fn DeleteButton() -> impl IntoView {
    let context = WorkbenchContext::expect();
    view! {
        <span class="apart">
            <Button
                variant=ButtonVariant::Quiet
                refused=context.workbench.refusals.delete
                on_press=move || context.commands.confirm(Destructive::Delete)
            >
                <Icon name="trash" />
                {texts::DELETE}
            </Button>
        </span>
    }
}
