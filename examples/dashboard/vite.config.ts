import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  base: "/dashboard/",
  plugins: [react()],
  build: {
    target: "es2022",
    // Nothing becomes a data: address, so that the page's content security policy needs none.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
