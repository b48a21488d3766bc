// Runs first in every measured page and records when things are painted. Times are in milliseconds
// of the machine's clock, so that they compare with the server's.
window.probe = (() => {
  const now = () => performance.timeOrigin + performance.now();

  // A message sent in a frame's callback is received after that frame was painted.
  const painted = () => new Promise((resolve) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(now());
    port2.postMessage(null);
  }));

  // Resolves with the paint time of the first frame in which `fits` returns true.
  const shown = (fits) => new Promise((resolve) => {
    const look = () => (fits() ? painted().then(resolve) : requestAnimationFrame(look));
    look();
  });

  const shows = (css, text) => () => [...document.querySelectorAll(css)].some(
    (one) => one.checkVisibility() && (text === null || one.textContent.includes(text)),
  );

  // Resolves with the longest task of the page until `end` is resolved.
  const longestTask = async (end) => {
    let longest = 0;
    let last = performance.now();
    let isOver = false;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      const at = performance.now();
      longest = Math.max(longest, at - last);
      last = at;
      if (!isOver) { port2.postMessage(null); }
    };
    port2.postMessage(null);
    await end;
    isOver = true;
    return longest;
  };

  // Resolves with the duration of each frame while the page scrolls from one position to another.
  const scroll = async (from, to, steps) => {
    const frames = [];
    scrollTo(0, from);
    await painted();
    let last = await new Promise(requestAnimationFrame);
    for (let step = 1; step <= steps; step += 1) {
      scrollTo(0, from + ((to - from) * step) / steps);
      const at = await new Promise(requestAnimationFrame);
      frames.push(at - last);
      last = at;
    }
    return frames;
  };

  // Time of the last click, as reported by the browser.
  let clicked = 0;
  addEventListener('click', (event) => { clicked = performance.timeOrigin + event.timeStamp; }, true);

  return { now, painted, shown, shows, longestTask, scroll, clicked: () => clicked };
})();
