/** `/docs`: the contract for people, from `/openapi.json`. The document brings the errors, which this page takes in. */
import { render } from "preact";
import { Reference } from "./reference.tsx";
import "../style/application.css";
import "../style/docs.css";

const errors = document.querySelector("dl")!;
errors.remove();
const page = document.getElementById("page")!;
page.replaceChildren();
render(<Reference errors={errors} />, page);
