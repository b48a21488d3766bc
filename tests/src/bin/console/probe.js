// Runs in every page that is measured, before anything of it: it notes when things are painted.
// Times are in milliseconds of the machine's clock, so that they compare with the server's.
window.probe = (() => {
  const now = () => performance.timeOrigin + performance.now();

  // A message that is sent in a frame's callback is heard once that frame was painted.
  const painted = () => new Promise((resolve) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(now());
    port2.postMessage(null);
  }));

  // When the page first shows what fits: looked at in each frame.
  const shown = (fits) => new Promise((resolve) => {
    const look = () => (fits() ? painted().then(resolve) : requestAnimationFrame(look));
    look();
  });

  const shows = (css, text) => () => [...document.querySelectorAll(css)].some(
    (one) => one.checkVisibility() && (text === null || one.textContent.includes(text)),
  );

  // The longest time for which the page did nothing else, until `end` is done.
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

  // How long the frames took while the page was scrolled from here to there in so many steps.
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

  // When the last click was, as the browser has it.
  let clicked = 0;
  addEventListener('click', (event) => { clicked = performance.timeOrigin + event.timeStamp; }, true);

  return { now, painted, shown, shows, longestTask, scroll, clicked: () => clicked };
})();
