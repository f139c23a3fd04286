/* The one name that the page's scripts share, and the data that the page carries. */
const simworth = { questions: {}, charts: {} };
simworth.data = JSON.parse(document.getElementById("data").textContent);
