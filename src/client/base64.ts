/** The service's base64url as what it stands for, one character for each byte. */
export const fromBase64Url = (text: string): string => atob(text.replaceAll("-", "+").replaceAll("_", "/"));
