/** Registers an application, or changes one. Whether it has a secret is decided once. */
import { useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { Confirm } from "../components/dialog.tsx";
import { Checkbox, Field, Select, TextArea } from "../components/field.tsx";
import { freshly } from "../components/reauthentication.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { isRefusal } from "../shared/refusal.ts";
import { say } from "./applications-texts.ts";
import { toList, withLists } from "./lists.ts";

type Application = Schemas["Application"];
type Kind = "web" | "public" | "machine";

/** An application has no kind: it follows from whether people sign in to it, and whether it has a secret. */
export const kindOf = ({ isPublic, redirectUris }: Application): Kind =>
  isPublic ? "public" : redirectUris.length > 0 ? "web" : "machine";

/** What has one entry on each line, as the API names it. */
const LISTS = ["redirectUris", "postLogoutRedirectUris", "permissions", "audiences"] as const;
type List = (typeof LISTS)[number];

const NAMES: Record<Kind, string> = { web: say.webName, public: say.publicName, machine: say.machineName };

interface ApplicationFormProps {
  /** Undefined: a new one. */
  application: Application | undefined;
  onClose: () => void;
  /** @param secret of a new one that isn't public. */
  onDone: (secret?: string) => Promise<void>;
}

export function ApplicationForm({ application, onClose, onDone }: ApplicationFormProps) {
  const [kind, choose] = useState<Kind>(application ? kindOf(application) : "web");
  const kinds: Kind[] = !application ? ["web", "public", "machine"] : ["web", "machine"];
  const signsIn = kind !== "machine";
  return (
    <Confirm
      title={application ? say.editOne(application.name) : say.register}
      act={application ? say.edit : say.register}
      onClose={onClose}
      confirm={async ({ name = "", isFirstParty, ...texts }) => {
        const lists = Object.fromEntries(LISTS.map((name) => [name, toList(texts[name])])) as Pick<Application, List>;
        const backchannelLogoutUri = texts["backchannelLogoutUri"]?.trim() || null;
        const body = { name, isFirstParty: isFirstParty !== undefined, backchannelLogoutUri, ...lists };
        const { message, secret } = await withLists(lists, () =>
          freshly(() => send(application, body, kind)).catch(atPermissions),
        );
        // The dialog with the secret says it, too.
        if (!secret) toast(message);
        await onDone(secret);
      }}
    >
      <Field
        name="name"
        label={say.name}
        hint={say.nameHint}
        value={application?.name ?? ""}
        maxLength={100}
        autocomplete="off"
      />
      {application?.isPublic ? (
        <p class="soft">{say.public}</p>
      ) : (
        <Select
          name="kind"
          label={say.kind}
          value={kind}
          hint={say[kind]}
          options={kinds.map((each) => [each, NAMES[each]])}
          onChange={({ currentTarget }) => choose(currentTarget.value as Kind)}
        />
      )}
      {signsIn && (
        <>
          <ListField
            name="redirectUris"
            label={say.redirectUris}
            hint={say.redirectUrisHint}
            of={application}
            required
          />
          <ListField name="postLogoutRedirectUris" label={say.logoutUris} hint={say.linesHint} of={application} />
          <Field
            name="backchannelLogoutUri"
            label={say.backchannel}
            hint={say.backchannelHint}
            value={application?.backchannelLogoutUri ?? ""}
            maxLength={1000}
            autocomplete="off"
            optional
          />
        </>
      )}
      <ListField name="permissions" label={say.permissions} hint={say.permissionsHint} of={application} rows={3} />
      <ListField name="audiences" label={say.audiences} hint={say.audiencesHint} of={application} />
      {signsIn && (application?.source ?? "administrator") === "administrator" && (
        <Checkbox
          name="isFirstParty"
          label={say.firstParty}
          hint={say.firstPartyHint}
          checked={application?.isFirstParty ?? false}
        />
      )}
    </Confirm>
  );
}

interface ListFieldProps {
  name: List;
  label: string;
  hint: string;
  of: Application | undefined;
  rows?: number;
  required?: boolean;
}

function ListField({ name, of, rows = 2, required = false, ...texts }: ListFieldProps) {
  return <TextArea name={name} value={of?.[name].join("\n") ?? ""} rows={rows} optional={!required} {...texts} />;
}

async function send(
  application: Application | undefined,
  body: Schemas["NewApplication"],
  kind: Kind,
): Promise<{ message: string; secret?: string | undefined }> {
  if (!application) return client.admin.post("/applications", { body: { ...body, isPublic: kind === "public" } });
  // Its tokens end with a change of what they say, so what is the same isn't sent.
  const changed = Object.entries(body).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(application[field as keyof Application]),
  );
  return client.admin.patch("/applications/{id}", { path: { id: application.id }, body: Object.fromEntries(changed) });
}

/** Only the permissions can be what the reader may not give. */
function atPermissions(error: unknown): never {
  if (isRefusal(error) && error.code === "not_grantable")
    error.errors = [{ pointer: "#/permissions", detail: error.message }];
  throw error;
}
