// Runs before every page of a window: counts what the page does, for `look.js`.
(() => {
    if (window !== window.top || window.monkey) return;
    const probe = {
        document: Math.random(), errors: [], requests: [], shifts: [], effects: 0,
        before: null, control: null,
    };
    Object.defineProperty(window, 'monkey', { value: probe });
    const text = (error) => String(error?.stack ?? error?.message ?? error).slice(0, 600);
    addEventListener('error', (event) => {
        if (event instanceof ErrorEvent) probe.errors.push(`${event.message}\n${text(event.error)}`);
    });
    addEventListener('unhandledrejection', (event) => {
        probe.errors.push(`unhandled rejection: ${text(event.reason)}`);
    });
    const sends = (method, address) => {
        const url = new URL(address, location.href);
        if (url.host !== location.host || !url.pathname.startsWith('/api')) return;
        probe.requests.push({ at: Date.now(), method, path: url.pathname + url.search });
    };
    const { fetch, EventSource, WebSocket } = window;
    window.fetch = function (input, init) {
        const isRequest = input instanceof Request;
        sends(init?.method ?? (isRequest ? input.method : 'GET'), isRequest ? input.url : input);
        return fetch.call(this, input, init);
    };
    const open = XMLHttpRequest.prototype.open;
    XMLHttpRequest.prototype.open = function (method, url, ...rest) {
        sends(method, url);
        return open.call(this, method, url, ...rest);
    };
    window.EventSource = class extends EventSource {
        constructor(url, options) { super(url, options); sends('STREAM', url); }
    };
    window.WebSocket = class extends WebSocket {
        send(data) { sends('SOCKET', this.url.replace(/^ws/, 'http')); super.send(data); }
    };
    // Effects that are no part of the accessibility tree.
    const counts = (object, name) => {
        const method = object?.[name];
        if (!method) return;
        object[name] = function (...rest) { probe.effects += 1; return method.apply(this, rest); };
    };
    counts(Clipboard.prototype, 'writeText');
    counts(Clipboard.prototype, 'write');
    counts(Element.prototype, 'requestFullscreen');
    counts(Document.prototype, 'exitFullscreen');
    const click = HTMLElement.prototype.click;
    HTMLElement.prototype.click = function () {
        if (this.matches('input[type=file], a[download]')) {
            probe.effects += 1;
            // The system's dialog and a file on the disk are nobody's here.
            return undefined;
        }
        return click.call(this);
    };
    document.addEventListener('scroll', () => { probe.effects += 1; }, { capture: true, passive: true });
    const describe = (node) => {
        const element = node?.nodeType === 1 ? node : node?.parentElement;
        if (!element) return 'a removed element';
        return `<${element.localName} class="${element.className?.baseVal ?? element.className}"> ${element.textContent.trim().slice(0, 40)}`;
    };
    new PerformanceObserver((list) => {
        for (const shift of list.getEntries()) {
            if (shift.hadRecentInput) continue;
            const moved = shift.sources.map((source) => {
                const { previousRect: was, currentRect: is } = source;
                return `${describe(source.node)} from ${Math.round(was.x)},${Math.round(was.y)} to ${Math.round(is.x)},${Math.round(is.y)}`;
            }).slice(0, 3).join('; ');
            probe.shifts.push({ at: performance.timeOrigin + shift.startTime, value: shift.value, moved });
        }
    }).observe({ type: 'layout-shift', buffered: true });
})();
