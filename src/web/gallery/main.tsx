/** Every component in every state: for whoever builds a page, and for the tests that look at them. */
import { render } from "preact";
import { LocationProvider } from "preact-iso";
import { Frame } from "../components/frame.tsx";
import { Gallery } from "./gallery.tsx";
import "../style/application.css";

const LINKS = [
  { href: "/gallery", title: "Components" },
  { href: "/sign-in", title: "Sign in" },
];

render(
  <LocationProvider>
    <Frame home="/gallery" title="For developers" person="Ada Lovelace" links={LINKS} items={[]}>
      <Gallery />
    </Frame>
  </LocationProvider>,
  document.getElementById("page")!,
);
