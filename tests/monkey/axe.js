// Runs axe-core; the result is a list of rules with the elements that break them.
const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ['violations'], iframes: false }).then(
    (found) => done(found.violations.map((one) => ({
        rule: one.id, help: one.help,
        at: one.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 200)} ${node.any.concat(node.all, node.none).map((check) => check.message).join(' ').slice(0, 200)}`),
    }))),
    (error) => done(String(error)),
);
