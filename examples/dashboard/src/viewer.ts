/** Who looks: everything on the page is in their language and time zone. */
import { createContext, useContext } from "react";
import { graphql } from "./gql";
import type { ViewerQuery } from "./gql/graphql";
import { wordsOf } from "./words";

export const VIEWER = graphql(`
  query Viewer {
    viewer {
      name
      email
      roleLabel
      locale
      timeZone
      access
      helpdesk {
        email
        phone
      }
    }
  }
`);

export type Viewer = ViewerQuery["viewer"];

export const ViewerContext = createContext<Viewer | null>(null);

export function useViewer(): Viewer & { words: ReturnType<typeof wordsOf> } {
  const viewer = useContext(ViewerContext);
  if (viewer === null) throw new Error("This part of the page is for who has signed in.");
  return { ...viewer, words: wordsOf(viewer.locale) };
}
