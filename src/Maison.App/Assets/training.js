// Training: shows the runs as the server renders them, whenever they have changed.
import { events } from "./events.js";

for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
  try {
    const answer = await fetch("/admin/training/watch", { headers: { accept: "text/event-stream" } });
    if (answer.redirected || !answer.ok) break;
    for await (const { data } of events(answer.body)) {
      document.getElementById("runs").replaceChildren(document.createRange().createContextualFragment(data));
      wait = 500;
    }
  } catch { /* The server went away; it is asked again. */ }
  await new Promise(r => setTimeout(r, wait));
}
