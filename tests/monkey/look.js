// Reports the state of the page, and what happened since the last look. The argument asks for the text.
const probe = window.monkey;
const focused = document.activeElement;
const crash = document.querySelector('dialog.crash[open]');
const isLost = !focused || focused === document.body || focused === document.documentElement;
const describe = (e) => e ? `<${e.localName}> “${(e.ariaLabel || e.innerText || e.title || e.name || e.id || '').trim().slice(0, 60)}”` : 'nothing';
const control = probe?.control;
const isOnControl = control && focused && (control === focused || control.contains(focused));
return {
    url: location.pathname + location.search,
    document: probe?.document ?? 0,
    focus: describe(focused),
    isFocusLost: isLost,
    isFocusMoved: !isLost && !isOnControl && focused !== probe?.before,
    crash: crash ? crash.querySelector('pre')?.textContent ?? 'no report' : null,
    errors: probe?.errors.splice(0) ?? [],
    requests: probe?.requests.splice(0) ?? [],
    shifts: probe?.shifts.splice(0) ?? [],
    effects: probe?.effects ?? 0,
    text: arguments[0] ? document.body?.innerText ?? '' : '',
    isWhole: Boolean(probe) && document.readyState === 'complete',
    at: Date.now(),
};
