// With scripts, a question from the home page is answered on its chat's own page, where it can stream.
import { keys } from "./keys.js";

for (const form of document.querySelectorAll('form[action="/assistant/say"]')) {
  const later = document.createElement("input");
  Object.assign(later, { type: "hidden", name: "later", value: "1" });
  form.append(later);
}
keys(document.getElementById("text"));
