// Hearing the floor: one stream, opened again by itself; says when it is lost, and when reporting is.

const SILENCE_MS = 12_000;
const AGAIN_MS = 2_000;

export function listen({ snapshot, contact, agent, levels, time, state }) {
  let stream = null;
  let heardMs = Date.now();
  let now = "connecting";

  function become(next) {
    if (next === now) return;
    now = next;
    state(next);
  }

  function hear(take, stands = "live") {
    return (event) => {
      heardMs = Date.now();
      const data = JSON.parse(event.data);
      if (data.now_ms) time(data.now_ms);
      if (stands) become(stands);
      take(data);
    };
  }

  function open() {
    stream?.close();
    stream = new EventSource("/v1/floor/stream");
    stream.addEventListener("snapshot", hear(snapshot));
    stream.addEventListener("contact", hear(contact));
    stream.addEventListener("agent", hear(agent));
    stream.addEventListener("away", hear(() => {}, "away"));
    stream.addEventListener("beat", hear((beat) => { if (beat.service_levels) levels(beat.service_levels); }, null));
    stream.addEventListener("ended", () => { become("ended"); stream.close(); });
    stream.onerror = () => { if (now !== "ended") become("lost"); };
  }

  setInterval(() => {
    if (now === "ended") return;
    const quietMs = Date.now() - heardMs;
    const closed = stream.readyState === EventSource.CLOSED;
    if (quietMs > SILENCE_MS) become("lost");
    if (quietMs > SILENCE_MS || (closed && quietMs > AGAIN_MS)) { heardMs = Date.now(); open(); }
  }, 1000);
  open();
}
