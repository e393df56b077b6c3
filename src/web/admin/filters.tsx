/** Controls that narrow a list: they act at once, so they stand in no form. */
import type { InputHTMLAttributes } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

const PAUSE_MS = 300;

interface FilterProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

/** Acts when the reader stops typing. */
export function FilterText({
  label,
  value,
  onChange,
  type = "search",
  placeholder,
}: FilterProps & { type?: "search" | "date"; placeholder?: string }) {
  const id = useId();
  const pause = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(pause.current), []);
  return (
    <div class="filter">
      <label for={id}>{label}</label>
      <input
        {...({ id, type, value, placeholder, autocomplete: "off", spellcheck: false } as InputHTMLAttributes)}
        onInput={({ currentTarget: { value } }) => {
          clearTimeout(pause.current);
          pause.current = setTimeout(() => onChange(value), PAUSE_MS);
        }}
      />
    </div>
  );
}

export function FilterSelect({
  label,
  value,
  onChange,
  options,
}: FilterProps & { options: [value: string, text: string][] }) {
  const id = useId();
  return (
    <div class="filter">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={({ currentTarget: { value } }) => onChange(value)}>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** In the address, so that going back to the list, or sharing it, finds them again. */
export function useFilters<Name extends string>(names: readonly Name[]) {
  const [filters, setFilters] = useState(() => {
    const asked = new URLSearchParams(location.search);
    return Object.fromEntries(names.map((name) => [name, asked.get(name) ?? ""])) as Record<Name, string>;
  });
  const change = (changed: Partial<Record<Name, string>>) => {
    const now = { ...filters, ...changed };
    const search = new URLSearchParams(Object.entries<string>(now).filter(([, value]) => value)).toString();
    history.replaceState(history.state, "", location.pathname + (search && `?${search}`));
    setFilters(now);
  };
  return [filters, change] as const;
}
