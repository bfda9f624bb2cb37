// Says that both are at work while a battle is made, and sends its form once.
for (const form of document.querySelectorAll("form[data-waiting]"))
  form.addEventListener("submit", e => {
    const button = form.querySelector("button");
    if (button.getAttribute("aria-disabled")) { e.preventDefault(); return; }
    button.setAttribute("aria-disabled", "true");
    button.textContent = form.dataset.waiting;
  });
addEventListener("pageshow", e => { if (e.persisted) location.reload(); });
