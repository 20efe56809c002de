import "graphiql/setup-workers/vite";
// The parts of graphiql/style.css without its fonts (0.5 MB as data: addresses) and its copy of the editor's sheet.
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./page.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { Page } from "./Page";

const root = document.getElementById("page");
if (!root) throw new Error("index.html has no element with the id 'page'");
createRoot(root).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);
