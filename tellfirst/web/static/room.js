// What makes the room live where scripts run: clocks that tick, and parts that are drawn again when something happened.
// Without it every page is whole; a reload shows what is new.
"use strict";
(() => {
  const body = document.body;
  let ahead = Date.parse(body.dataset.now) - Date.now();

  const two = (number) => String(number).padStart(2, "0");
  const spelt = (seconds) => {
    const d = Math.floor(seconds / 86400), h = Math.floor(seconds / 3600) % 24;
    const m = Math.floor(seconds / 60) % 60, s = seconds % 60;
    if (d) return `${d} d ${h} h`;
    if (h) return `${h} h ${m} min`;
    return m ? `${m} min ${s} s` : `${s} s`;
  };
  const tick = () => {
    const now = Date.now() + ahead;
    for (const one of document.querySelectorAll("[data-tick]")) {
      const at = new Date(now);
      one.textContent = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
    }
    for (const one of document.querySelectorAll("[data-clock]")) {
      const left = Date.parse(one.parentElement.dateTime) - now;
      one.textContent = `${spelt(Math.floor(Math.abs(left) / 1000))} ${left < 0 ? "late" : "left"}`;
      if (left < 0 && one.closest("[data-fresh]")) one.parentElement.classList.add("late");
    }
  };
  tick();
  setInterval(tick, 1000);

  if (!body.dataset.live || !window.EventSource) return;
  const state = document.querySelector("[data-live-state]");
  const otherwise = state.textContent;
  let known = null, drawing = false;

  const isBusy = (part) => part.contains(document.activeElement) && document.activeElement !== body;
  const drawAgain = async () => {
    if (drawing || document.hidden || !document.querySelector("[data-fresh]")) return;
    drawing = true;
    try {
      const answer = await fetch(location.href, { headers: { "X-Room-Live": "1" }, redirect: "error" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-fresh]")) {
        const fresh = page.querySelector(`[data-fresh="${part.dataset.fresh}"]`);
        if (fresh && !isBusy(part) && fresh.innerHTML !== part.innerHTML) part.replaceWith(fresh);
      }
      document.title = page.title;
      tick();
    } catch {
      state.textContent = otherwise;
    } finally {
      drawing = false;
    }
  };

  const stream = new EventSource(body.dataset.live);
  stream.addEventListener("open", () => { state.textContent = state.dataset.on; });
  stream.addEventListener("error", () => { state.textContent = otherwise; });
  stream.addEventListener("mark", (said) => {
    const mark = JSON.parse(said.data);
    ahead = Date.parse(mark.now) - Date.now();
    if (known !== null && known !== mark.changed) drawAgain();
    known = mark.changed;
  });
})();
