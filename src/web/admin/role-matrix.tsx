/** Every role against every permission. It scrolls inside its frame, where the screen is narrower. */
import type { Schemas } from "../../client/index.ts";
import { say } from "./roles-texts.ts";

interface MatrixProps {
  roles: Schemas["Role"][];
  permissions: Schemas["Permission"][];
}

export function Matrix({ roles, permissions }: MatrixProps) {
  const described = new Map(permissions.map(({ name, description }) => [name, description]));
  const names = [...new Set(["*", ...described.keys(), ...roles.flatMap(({ permissions }) => permissions)])];
  return (
    <div class="scroll" role="group" aria-label={say.matrix} tabIndex={0}>
      <table class="matrix">
        <caption class="for-readers">{say.matrix}</caption>
        <thead>
          <tr>
            <th scope="col">{say.permission}</th>
            {roles.map(({ id, name }) => (
              <th key={id} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((permission) => (
            <tr key={permission}>
              <th scope="row">
                <code>{breakable(permission)}</code>
                <span class="below soft">{described.get(permission) ?? describe(permission)}</span>
              </th>
              {roles.map(({ id, permissions }) => (
                <td key={id}>{covers(permissions, permission) ? <Yes /> : <No />}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** As the service reads a role: by name, by group, or all. */
const covers = (permissions: string[], wanted: string) =>
  [wanted, wanted.replace(/:.*/, ":*"), "*"].some((each) => permissions.includes(each));

/** `users:write` breaks after its colon, and nowhere else. */
const breakable = (permission: string) => permission.split(/(?<=:)/).flatMap((part) => [part, <wbr key={part} />]);

function describe(permission: string): string {
  if (permission === "*") return say.all;
  return permission.endsWith(":*") ? say.allOf(permission.slice(0, -2)) : say.elsewhere;
}

const Yes = () => (
  <span class="yes">
    <span aria-hidden="true">✓</span>
    <span class="for-readers">{say.yes}</span>
  </span>
);
const No = () => (
  <span class="no">
    <span aria-hidden="true">·</span>
    <span class="for-readers">{say.no}</span>
  </span>
);
