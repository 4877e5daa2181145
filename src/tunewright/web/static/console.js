// Adds keys to pages that work without it. An element with data-key="c" is clicked (a field is focused) by that key;
// elements with data-row are walked with j and k; "?" shows the keys.
"use strict";
(() => {
  const rows = () => Array.from(document.querySelectorAll("[data-row]"));
  const typing = (element) =>
    element instanceof HTMLElement &&
    (element.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(element.tagName)) &&
    !["checkbox", "radio"].includes(element.type);

  const step = (by) => {
    const all = rows();
    if (!all.length) return false;
    const at = all.indexOf(document.activeElement);
    const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by));
    all[next].focus();
    all[next].scrollIntoView({ block: "nearest" });
    return true;
  };

  const press = (key) => {
    const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!(target instanceof HTMLElement) || target.hasAttribute("disabled")) return false;
    if (typing(target)) {
      target.focus();
    } else {
      target.click();
    }
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (event.key === "Escape" && typing(event.target)) {
      event.target.blur();
      return;
    }
    if (typing(event.target)) return;
    const dialog = document.getElementById("keys");
    if (event.key === "?" && dialog instanceof HTMLDialogElement) {
      event.preventDefault();
      if (dialog.open) dialog.close();
      else dialog.showModal();
      return;
    }
    if (dialog instanceof HTMLDialogElement && dialog.open) return;
    const moved = event.key === "j" ? step(1) : event.key === "k" ? step(-1) : false;
    if (moved || press(event.key)) event.preventDefault();
  });

  // On a narrow screen the menu scrolls sideways: show where we are.
  document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  // A form is sent once: a second key while the page loads must not decide the next finding.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });
})();
