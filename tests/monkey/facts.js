// Returns what the page says about workspaces and workbenches: a list, or one workbench on its page.
const isShown = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
const status = (e) => [...e.querySelectorAll('[data-k8s-status]')].find(isShown)?.dataset.k8sStatus ?? '';
const path = location.pathname;
const main = document.querySelector('main');
if (/^\/workspaces\/[^/]+\/sessions\/[^/]+(\/tabs\/[^/]+)?$/.test(path)) {
    const id = path.split('/')[4];
    const is = main ? status(main) : '';
    return { kind: 'workbench', id, rows: is ? [{ id, name: '', status: is }] : [] };
}
if (/^\/workspaces\/[^/]+$/.test(path)) {
    const rows = [...document.querySelectorAll('main tr')].filter((row) => row.querySelector('.row-link')).map((row) => {
        const link = row.querySelector('.row-link');
        return { id: link.dataset.row, name: link.title, status: status(row) };
    });
    return { kind: 'workspace', id: path.split('/')[2], rows, isPart: location.search !== '' };
}
if (path === '/workspaces') {
    const links = [...document.querySelectorAll('main a.card-title')].filter((link) => /^\/workspaces\/[^/]+$/.test(link.pathname));
    return { kind: 'workspaces', id: '', rows: links.map((link) => ({ id: link.pathname.split('/')[2], name: link.textContent.trim(), status: '' })) };
}
return null;
