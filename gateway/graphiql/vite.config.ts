import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  base: "/graphiql/",
  plugins: [react()],
  build: {
    target: "es2022",
    // Nothing becomes a data: address, so that the page's content security policy needs none.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Monaco, the editor, is most of the page and changes only with its version.
    chunkSizeWarningLimit: 5000,
  },
  worker: { format: "es" },
});
