// The page, put together.
document.getElementById("turns").textContent = "Bundlesmith";
