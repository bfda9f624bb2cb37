// Enter sends, Shift+Enter begins a new line; nothing while an input method composes.
export function keys(box) {
  box.addEventListener("keydown", e => {
    if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
    e.preventDefault();
    if (box.value.trim()) box.form.requestSubmit();
  });
}
