// Runs before anything is painted, so that a chosen theme never flashes; without a choice the system's is used.
const chosen = localStorage.getItem("bundlesmith.theme");
if (chosen) document.documentElement.dataset.theme = chosen;
