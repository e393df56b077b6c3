/** What the document says about this service (src/pages/application.ts), read once. */
export interface Service {
  product: string;
  /** The address of a picture, or empty. */
  logo: string;
  registration: "open" | "verified";
  passwordMinLength: number;
  /** Whether a code by mail signs in. */
  emailCode: boolean;
  /** The other services that people may sign in with. */
  providers: { id: string; name: string }[];
  /** Where a finished sign-in may lead besides this service. */
  origins: string[];
}

export const service: Service = JSON.parse(document.querySelector<HTMLMetaElement>('meta[name="service"]')!.content);

/** Undefined for one that is not configured any more. */
export const providerName = (provider: string | null) => service.providers.find(({ id }) => id === provider)?.name;
