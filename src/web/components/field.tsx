/** Fields with their label, hint and error; a screen reader hears all three. */
import { useId, useState } from "preact/hooks";
import type { ComponentChildren, InputHTMLAttributes } from "preact";
import { common } from "../shared/common.ts";
import { useFieldError } from "./form.tsx";
import { say } from "./texts.ts";

interface Described {
  name: string;
  label: string;
  hint?: string;
  /** Says so beside the label. */
  optional?: boolean;
}

interface Frame extends Described {
  id: string;
  error: string | undefined;
  children: ComponentChildren;
}

function FieldFrame({ id, label, hint, optional, error, children }: Frame) {
  return (
    <div class="field">
      <label for={id}>
        {label} {optional && <span class="optional">({say.optional})</span>}
      </label>
      {children}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

/** What ties a control to its label, hint and error. */
function useControl({ name, hint, optional }: Described) {
  const id = useId();
  const error = useFieldError(name);
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return {
    id,
    error,
    control: {
      id,
      name,
      required: !optional,
      "aria-invalid": error ? ("true" as const) : undefined,
      "aria-describedby": described || undefined,
    },
  };
}

export interface FieldProps extends Described {
  type?: "text" | "email" | "tel" | "search" | "number" | "date";
  value?: string;
  autocomplete?: string;
  inputMode?: "text" | "email" | "numeric" | "tel" | "search" | "url";
  maxLength?: number;
  minLength?: number;
  placeholder?: string;
  autoFocus?: boolean;
  onInput?: (event: InputEvent & { currentTarget: HTMLInputElement }) => void;
}

/** Where nobody follows the typing, `value` is only what a field begins with: drawn again, it keeps what was typed. */
const beginning = ({ value, ...input }: { value?: string; onInput?: unknown }): object =>
  value === undefined || input.onInput ? { value, ...input } : { defaultValue: value, ...input };

export function Field({ name, label, hint, optional, type = "text", ...input }: FieldProps) {
  const described = { name, label, ...(hint && { hint }), ...(optional && { optional }) };
  const { id, error, control } = useControl(described);
  return (
    <FieldFrame {...described} id={id} error={error}>
      <input {...({ ...beginning(input), ...control, type } as InputHTMLAttributes)} />
    </FieldFrame>
  );
}

/** A password that its owner may look at. @param autocomplete `current-password`, or `new-password`. */
export function PasswordField({ name, label, hint, ...input }: Omit<FieldProps, "type" | "optional">) {
  const described = { name, label, ...(hint && { hint }) };
  const { id, error, control } = useControl(described);
  const [shown, show] = useState(false);
  return (
    <FieldFrame {...described} id={id} error={error}>
      <div class="reveal">
        <input
          {...({ ...input, ...control, type: shown ? "text" : "password" } as InputHTMLAttributes)}
          autocapitalize="none"
          spellcheck={false}
          maxLength={1024}
        />
        <button
          type="button"
          class="plain"
          aria-pressed={shown}
          aria-label={common.showPassword}
          onClick={() => show(!shown)}
        >
          {shown ? common.hide : common.show}
        </button>
      </div>
    </FieldFrame>
  );
}

interface TextAreaProps extends Described {
  value?: string;
  maxLength?: number;
  rows?: number;
  onInput?: (event: InputEvent & { currentTarget: HTMLTextAreaElement }) => void;
}

export function TextArea({ name, label, hint, optional, rows = 5, ...area }: TextAreaProps) {
  const described = { name, label, ...(hint && { hint }), ...(optional && { optional }) };
  const { id, error, control } = useControl(described);
  return (
    <FieldFrame {...described} id={id} error={error}>
      <textarea {...beginning(area)} {...control} rows={rows} />
    </FieldFrame>
  );
}

interface SelectProps extends Described {
  options: [value: string, text: string][];
  value?: string;
  onChange?: (event: Event & { currentTarget: HTMLSelectElement }) => void;
}

export function Select({ name, label, hint, optional, options, value: chosen, ...select }: SelectProps) {
  const described = { name, label, ...(hint && { hint }), ...(optional && { optional }) };
  const { id, error, control } = useControl(described);
  return (
    <FieldFrame {...described} id={id} error={error}>
      <select {...select} {...control}>
        {options.map(([value, text]) => (
          <option key={value} value={value} selected={value === chosen}>
            {text}
          </option>
        ))}
      </select>
    </FieldFrame>
  );
}

interface CheckboxProps extends Omit<Described, "optional"> {
  checked?: boolean;
  /** What the form sends for it; "on" if it doesn't say. */
  value?: string;
  onChange?: (event: Event & { currentTarget: HTMLInputElement }) => void;
}

export function Checkbox({ label, hint, checked, ...input }: CheckboxProps) {
  const id = useId();
  const state = checked === undefined ? {} : input.onChange ? { checked } : { defaultChecked: checked };
  return (
    <div class="check">
      <input {...input} {...state} id={id} type="checkbox" aria-describedby={hint ? `${id}-hint` : undefined} />
      <div>
        <label for={id}>{label}</label>
        {hint && (
          <p class="small soft" id={`${id}-hint`}>
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
