/** Passkeys as the browser makes and uses them; where it doesn't speak the API's JSON yet, we translate. */

/** What a browser may have of the passkeys of today. */
interface Abilities {
  parseCreationOptionsFromJSON?: (options: unknown) => PublicKeyCredentialCreationOptions;
  parseRequestOptionsFromJSON?: (options: unknown) => PublicKeyCredentialRequestOptions;
  signalAllAcceptedCredentials?: (all: Record<string, unknown>) => Promise<void>;
  signalCurrentUserDetails?: (details: Record<string, unknown>) => Promise<void>;
}

const abilities = (globalThis as unknown as { PublicKeyCredential?: Abilities }).PublicKeyCredential;

export const canUsePasskeys = abilities !== undefined;

/** @throws DOMException NotAllowedError if the reader closes the browser's dialog; InvalidStateError if this device has one. */
export async function createPasskey(options: object): Promise<never> {
  const publicKey = abilities!.parseCreationOptionsFromJSON?.(options) ?? readCreation(options as CreationJson);
  return toJson((await navigator.credentials.create({ publicKey })) as PublicKeyCredential);
}

/** @throws DOMException NotAllowedError if the reader closes the browser's dialog. */
export async function usePasskey(options: object): Promise<never> {
  const publicKey = abilities!.parseRequestOptionsFromJSON?.(options) ?? readRequest(options as RequestJson);
  return toJson((await navigator.credentials.get({ publicKey })) as PublicKeyCredential);
}

interface Accepted {
  rpId: string;
  userHandle: string | null;
  passkeys: { credentialId: string }[];
}

/** Tells the browser which passkeys still work, so that it offers no others. */
export async function keepOnly({ rpId, userHandle, passkeys }: Accepted): Promise<void> {
  if (!userHandle) return;
  const allAcceptedCredentialIds = passkeys.map(({ credentialId }) => credentialId);
  await abilities
    ?.signalAllAcceptedCredentials?.({ rpId, userId: userHandle, allAcceptedCredentialIds })
    .catch(() => {});
}

interface Person {
  email: string;
  prenom: string;
  nom: string;
}

/** Tells the browser what to call the account, where it offers its passkeys. */
export async function nameAccount({ rpId, userHandle }: Accepted, { email, prenom, nom }: Person): Promise<void> {
  if (!userHandle) return;
  const details = { rpId, userId: userHandle, name: email, displayName: `${prenom} ${nom}` };
  await abilities?.signalCurrentUserDetails?.(details).catch(() => {});
}

export const canNameAccounts = abilities?.signalCurrentUserDetails !== undefined;

/** Whether somebody has only changed their mind. */
export const isChangeOfMind = (error: unknown): boolean =>
  error instanceof DOMException && (error.name === "NotAllowedError" || error.name === "AbortError");

interface DescriptorJson {
  id: string;
  type: "public-key";
  transports?: AuthenticatorTransport[];
}
interface CreationJson extends Omit<PublicKeyCredentialCreationOptions, "challenge" | "user" | "excludeCredentials"> {
  challenge: string;
  user: { id: string; name: string; displayName: string };
  excludeCredentials: DescriptorJson[];
}
interface RequestJson extends Omit<PublicKeyCredentialRequestOptions, "challenge" | "allowCredentials"> {
  challenge: string;
  allowCredentials: DescriptorJson[];
}

const readDescriptor = ({ id, ...rest }: DescriptorJson) => ({ ...rest, id: decode(id) });

function readCreation(options: CreationJson): PublicKeyCredentialCreationOptions {
  const { challenge, user, excludeCredentials } = options;
  return {
    ...options,
    challenge: decode(challenge),
    user: { ...user, id: decode(user.id) },
    excludeCredentials: excludeCredentials.map(readDescriptor),
  };
}

function readRequest(options: RequestJson): PublicKeyCredentialRequestOptions {
  const { challenge, allowCredentials } = options;
  return { ...options, challenge: decode(challenge), allowCredentials: allowCredentials.map(readDescriptor) };
}

/** The credential as the API takes it. */
function toJson(credential: PublicKeyCredential): never {
  if ("toJSON" in credential) return credential.toJSON() as never;
  const { id, rawId, type, response } = credential as PublicKeyCredential;
  const made = response as AuthenticatorAttestationResponse & AuthenticatorAssertionResponse;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"] as const;
  const binary = parts.flatMap((part) => (made[part] ? [[part, encode(made[part])]] : []));
  const transports = made.getTransports?.();
  return {
    id,
    rawId: encode(rawId),
    type,
    response: { ...Object.fromEntries(binary), ...(transports && { transports }) },
    clientExtensionResults: (credential as PublicKeyCredential).getClientExtensionResults(),
  } as never;
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.codePointAt(0)!);
}

function encode(bytes: ArrayBuffer): string {
  const binary = Array.from(new Uint8Array(bytes), (byte) => String.fromCodePoint(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
