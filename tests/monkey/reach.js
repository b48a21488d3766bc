function () {
    // Brings an element on the screen; returns a point at which a click reaches it, as a person's would.
    const e = this.nodeType === 1 ? this : this.parentElement;
    if (!e?.isConnected) return { state: 'gone' };
    const link = e.closest('a[href]');
    if (e.closest('a[download], a[target]:not([target=_self]), input[type=file]')) return { state: 'outside' };
    for (const block of ['nearest', 'center']) {
        e.scrollIntoView({ block, inline: block, behavior: 'instant' });
        for (const target of [e, ...(e.labels ?? [])]) {
            for (const box of target.getClientRects()) {
                if (box.width < 2 || box.height < 2) continue;
                for (const [right, down] of [[0.5, 0.5], [0.2, 0.5], [0.8, 0.5]]) {
                    const [x, y] = [box.left + box.width * right, box.top + box.height * down];
                    const hit = document.elementFromPoint(x, y);
                    if (!hit || (hit !== target && !target.contains(hit))) continue;
                    if (window.monkey) {
                        window.monkey.control = e;
                        window.monkey.before = document.activeElement;
                    }
                    const leadsHere = link ? link.href.split('#')[0] === location.href.split('#')[0] : false;
                    return { state: 'there', x, y, leadsHere, isDisabled: e.matches(':disabled, [aria-disabled=true]') };
                }
            }
        }
    }
    return { state: 'covered' };
}
