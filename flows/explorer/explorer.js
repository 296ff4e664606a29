// What the explorer does in the browser without asking the server: lighting facts, hiding types, moving by keyboard.
window.papergraph = (() => {
  const listOf = (text) => (text || "").split(" ").filter(Boolean);

  // Light some sentences and mentions on the page that is shown, and nothing else; bring the first into view.
  function light(paper, marks) {
    const wanted = new Set(marks);
    const sheet = paper.querySelector(".sheet");
    if (!sheet) return;
    let first = null;
    for (const element of sheet.querySelectorAll("[data-mark]")) {
      const on = listOf(element.dataset.mark).some((mark) => wanted.has(mark));
      element.classList.toggle("lit", on);
      if (on && !first) first = element;
    }
    sheet.classList.toggle("has-lit", wanted.size > 0);
    if (first) first.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "smooth" });
  }

  function addressOf(target) {
    const address = new URL(window.location.href);
    if (!target || target.shelf) address.searchParams.delete("at"); // an upload is nobody else's
    else address.searchParams.set("at", JSON.stringify(target));
    return address;
  }

  // What is shown now gets an address of its own, to which the Back button leads.
  function remember(target) {
    const address = addressOf(target);
    if (address.href !== window.location.href) window.history.pushState(null, "", address);
  }
  window.addEventListener("popstate", () => window.location.reload());

  // True if a click was dealt with here: a fact of the page that is shown, in the way it is shown.
  function here(place) {
    const target = JSON.parse(place.dataset.go);
    const paper = place.closest(".pg-paper");
    if (!paper || !place.classList.contains("pg-fact")) {
      remember(target);
      return false;
    }
    window.history.replaceState(null, "", addressOf(target));
    const pressed = place.getAttribute("aria-pressed") === "true";
    for (const fact of paper.querySelectorAll(".pg-fact")) fact.setAttribute("aria-pressed", "false");
    place.setAttribute("aria-pressed", String(!pressed));
    light(paper, pressed ? [] : target.lit);
    return true;
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("#pg-latest, #pg-common")) remember(null);
  });

  // Types that are not wanted stay away from the next page too.
  const hidden = new Set();
  document.addEventListener("change", (event) => {
    const type = event.target.dataset && event.target.dataset.type;
    if (!type || !event.target.closest(".pg-paper")) return;
    if (event.target.checked) hidden.delete(type);
    else hidden.add(type);
    event.target.closest(".pg-paper").classList.toggle(`without-${type}`, !event.target.checked);
  });
  function hideTypes() {
    for (const box of document.querySelectorAll(".pg-paper [data-type]:checked")) {
      if (!hidden.has(box.dataset.type)) continue;
      box.checked = false;
      box.closest(".pg-paper").classList.add(`without-${box.dataset.type}`);
    }
  }

  // A picture that does not come: the server's reason above it, and a button to ask again.
  async function sayWhy(picture) {
    const answer = await fetch(picture.src).catch(() => null);
    const reason = !answer ? "the explorer does not answer" : answer.ok ? "it came too late" : await answer.text();
    const note = document.createElement("div");
    note.className = "pg-message warning";
    note.setAttribute("role", "status");
    note.textContent = `The picture of this page is not there: ${reason}. Choose Text to read the page. `;
    const again = document.createElement("button");
    again.type = "button";
    again.textContent = "Try again";
    again.addEventListener("click", () => {
      note.remove();
      picture.src = picture.src;
    });
    note.append(again);
    picture.closest(".sheet").before(note);
  }

  document.addEventListener(
    "error",
    (event) => {
      const picture = event.target;
      if (picture instanceof HTMLImageElement && picture.closest(".sheet")) sayWhy(picture);
    },
    true, // errors do not bubble
  );

  // Arrows: down from the search into what was found, and up and down in any list of facts or results.
  function move(event) {
    const step = event.key === "ArrowDown" ? 1 : -1;
    const list = event.target.closest("#pg-search, .pg-found, .pg-facts");
    if (!list) return;
    const places = [...document.querySelectorAll(list.matches(".pg-facts") ? ".pg-fact" : "#pg-found [data-go]")];
    const next = places[places.indexOf(event.target) + step];
    if (next) next.focus();
    else if (step < 0 && list.matches(".pg-found")) document.querySelector("#pg-search textarea, #pg-search input").focus();
    else return;
    event.preventDefault();
  }

  // Answers to what was typed first may come late, and take the result away on which the focus is.
  let inFound = false;
  document.addEventListener("focusin", (event) => (inFound = event.target.closest(".pg-found") !== null));
  // Enter waits for the answer to what is typed then: those to fewer letters come first.
  let wanted = null;
  function goToWanted() {
    const found = document.querySelector("#pg-found .pg-found");
    if (wanted === null || !found || found.dataset.typed !== wanted) return;
    wanted = null;
    found.querySelector("[data-go]").click();
  }

  new MutationObserver(() => {
    hideTypes();
    goToWanted();
    const first = document.querySelector("#pg-found [data-go]");
    if (inFound && first && document.activeElement === document.body) first.focus();
  }).observe(document.documentElement, { childList: true, subtree: true });

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    wanted = event.key === "Enter" && event.target.closest("#pg-search") ? event.target.value.trim().split(/\s+/).join(" ") : null;
    if (wanted) goToWanted();
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") move(event);
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.closest("#pg-sql"))
      document.getElementById("pg-run").click();
    else if ((event.key === "Enter" || event.key === " ") && event.target.matches("svg [data-go]")) {
      event.target.dispatchEvent(new MouseEvent("click", { bubbles: true }));
      event.preventDefault();
    } else if ((event.key === "ArrowLeft" || event.key === "ArrowRight") && !typing && !event.altKey) {
      const name = event.key === "ArrowLeft" ? "Previous page" : "Next page";
      const step = document.querySelector(`.pg-steps [data-step="${name}"]`);
      if (step && step.offsetParent) step.click();
    } else if (event.key === "/" && !typing) {
      document.querySelector("#pg-search textarea, #pg-search input").focus();
      event.preventDefault();
    }
  });

  return { here };
})();
