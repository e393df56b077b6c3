/** Every way a request can fail: a stable code, its status and its texts. To fail, `throw new AppError(code)`. */

const catalogue = {
  invalid_json: [400, "Corps JSON invalide", "Invalid JSON body"],
  incomplete_body: [400, "Corps de requête incomplet", "Incomplete request body"],
  invalid_link: [400, "Lien invalide, déjà utilisé ou expiré", "Link invalid, already used or expired"],
  invalid_cursor: [400, "Curseur de pagination invalide", "Invalid pagination cursor"],
  unsupported_subprotocol: [400, "Sous-protocole WebSocket non pris en charge", "Unsupported WebSocket subprotocol"],
  authentication_required: [401, "Authentification requise", "Authentication required"],
  invalid_token: [401, "Jeton invalide ou expiré", "Invalid or expired token"],
  invalid_ticket: [401, "Ticket invalide, expiré ou déjà utilisé", "Invalid, expired or used ticket"],
  invalid_credentials: [401, "Email ou mot de passe incorrect", "Incorrect e-mail or password"],
  invalid_refresh_token: [401, "Jeton de rafraîchissement invalide ou expiré", "Invalid or expired refresh token"],
  refresh_token_reused: [
    401,
    "Jeton de rafraîchissement déjà utilisé : la session a été fermée",
    "Refresh token already used: the session has been ended",
  ],
  invalid_two_factor_token: [
    401,
    "Connexion en deux étapes invalide ou expirée : reconnectez-vous",
    "Invalid or expired two-step login: log in again",
  ],
  invalid_code: [401, "Code incorrect ou expiré", "Incorrect or expired code"],
  invalid_passkey: [401, "Connexion refusée avec cette clé d'accès", "This passkey could not sign you in"],
  unknown_passkey: [
    401,
    "Cette clé d'accès n'est plus enregistrée : vous pouvez la supprimer de votre appareil",
    "This passkey is no longer registered: you can delete it from your device",
  ],
  invalid_federation: [
    401,
    "Cette connexion par un autre service n'est plus valable : recommencez",
    "This sign-in with another service is no longer valid: start again",
  ],
  federation_denied: [401, "Connexion annulée chez l'autre service", "Sign-in cancelled at the other service"],
  federation_refused: [401, "Ce compte ne peut pas se connecter ainsi", "This account can't sign in this way"],
  address_not_provided: [
    401,
    "L'autre service n'a communiqué aucune adresse email",
    "The other service has given no e-mail address",
  ],
  address_not_proven: [
    401,
    "L'autre service ne garantit pas cette adresse email : créez d'abord un compte, puis associez-le",
    "The other service doesn't vouch for this e-mail address: create an account first, then link it",
  ],
  forbidden: [403, "Permission insuffisante", "Insufficient permission"],
  origin_not_allowed: [403, "Origine non autorisée", "Origin not allowed"],
  reauthentication_required: [403, "Réauthentification requise", "Reauthentication required"],
  two_factor_required: [
    403,
    "Cette action exige de vous être connecté avec un code de votre application d'authentification ou une clé d'accès",
    "This action requires a login with an authenticator code or a passkey",
  ],
  not_grantable: [
    403,
    "Vous ne pouvez pas accorder une permission que vous n'avez pas",
    "You can't grant a permission you don't have",
  ],
  above_you: [
    403,
    "Ce compte ou ce rôle a des permissions que vous n'avez pas",
    "This account or role has permissions you don't have",
  ],
  not_found: [404, "Ressource introuvable", "Not found"],
  method_not_allowed: [405, "Méthode non autorisée", "Method not allowed"],
  email_taken: [409, "Cette adresse email est déjà utilisée", "This e-mail address is already in use"],
  sign_in_to_link: [
    409,
    "Un compte a déjà cette adresse : connectez-vous, puis associez l'autre service depuis votre compte",
    "An account has this address already: sign in, then link the other service from your account",
  ],
  identity_taken: [
    409,
    "Ce compte externe est déjà associé à un autre compte",
    "This account of the other service is linked to another account",
  ],
  two_factor_method_on: [409, "Cette méthode est déjà activée", "This method is already turned on"],
  passkey_taken: [409, "Cette clé d'accès est déjà enregistrée", "This passkey is already registered"],
  too_many_passkeys: [
    409,
    "Ce compte a déjà le nombre maximal de clés d'accès : supprimez-en une d'abord",
    "This account has as many passkeys as it may have: remove one first",
  ],
  too_many_api_keys: [
    409,
    "Ce compte a déjà le nombre maximal de clés d'API : révoquez-en une d'abord",
    "This account has as many API keys as it may have: revoke one first",
  ],
  last_way_in: [
    409,
    "Sans cela, vous ne pourriez plus vous connecter : ajoutez d'abord un autre moyen de connexion",
    "You could no longer sign in without it: add another way to sign in first",
  ],
  authenticator_lost: [
    409,
    "Les codes de cette application ne peuvent plus être vérifiés : utilisez une autre méthode, puis configurez l'application à nouveau",
    "Codes from this authenticator can no longer be checked: use another method, then set the authenticator up again",
  ],
  last_admin: [409, "Il doit rester au moins un administrateur actif", "At least one active administrator must remain"],
  role_in_use: [
    409,
    "Ce rôle est encore attribué : indiquez celui qui le remplacera",
    "This role is in use: name a replacement",
  ],
  role_name_taken: [409, "Ce nom de rôle est déjà utilisé", "This role name is already in use"],
  system_role: [409, "Un rôle système ne peut être ni supprimé ni renommé", "System roles can't be deleted or renamed"],
  already_answered: [409, "Vous avez déjà répondu à cette notification", "You have already answered this notification"],
  payload_too_large: [413, "Corps de requête trop volumineux", "Request body too large"],
  unsupported_media_type: [
    415,
    "Type de contenu non pris en charge : voir l'en-tête Accept",
    "Unsupported request body type: see the Accept header",
  ],
  unknown_role: [422, "Ce rôle n'existe pas", "This role does not exist"],
  validation_failed: [422, "Données invalides", "Invalid data"],
  incorrect_password: [422, "Mot de passe actuel incorrect", "Incorrect current password"],
  incorrect_passkey: [422, "Cette clé d'accès n'a pas pu être vérifiée", "This passkey could not be verified"],
  incorrect_code: [422, "Code incorrect ou expiré", "Incorrect or expired code"],
  rate_limited: [429, "Trop de requêtes, réessayez plus tard", "Too many requests, try again later"],
  upgrade_required: [
    426,
    "Cette adresse n'accepte que les connexions WebSocket",
    "This address only accepts WebSocket connections",
  ],
  too_many_sockets: [429, "Trop de connexions ouvertes", "Too many open connections"],
  too_many_attempts: [429, "Trop de tentatives, réessayez plus tard", "Too many attempts, try again later"],
  internal_error: [500, "Erreur interne", "Internal error"],
  provider_unavailable: [
    503,
    "L'autre service ne répond pas : réessayez dans un instant",
    "The other service is not answering: try again in a moment",
  ],
  service_unavailable: [503, "Service momentanément indisponible", "Service temporarily unavailable"],
} as const satisfies Record<string, readonly [status: number, fr: string, en: string]>;

export type ErrorCode = keyof typeof catalogue;
export type Locale = "fr" | "en";

/** A text in every language of the service. */
export type Text = Record<Locale, string>;

/** One invalid field: a JSON pointer into the request, and the problem with it. */
export interface FieldError {
  pointer: string;
  detail: Text;
}

interface AppErrorOptions {
  errors?: FieldError[];
  headers?: Record<string, string>;
  /** For the log only; never sent. */
  cause?: unknown;
}

export const ERROR_CODES = Object.keys(catalogue) as ErrorCode[];

export function describeError(code: ErrorCode): {
  status: (typeof catalogue)[ErrorCode][0];
  title: string;
  detail: Text;
} {
  const [status, fr, en] = catalogue[code];
  return { status, title: en, detail: { fr, en } };
}

export class AppError extends Error {
  readonly code: ErrorCode;
  readonly errors: FieldError[] | undefined;
  readonly headers: Record<string, string>;

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    super(code, { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
  }
}

/** Makes the error for a single invalid field. */
export function invalidField(pointer: string, detail: Text): AppError {
  return new AppError("validation_failed", { errors: [{ pointer, detail }] });
}
