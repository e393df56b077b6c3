/** The name of the service, as its operator wants it shown. */
import { service } from "../shared/service.ts";

export function Brand({ href }: { href: string }) {
  return (
    <a class="brand" href={href}>
      {service.logo ? (
        <img src={service.logo} alt={service.product} />
      ) : (
        <>
          <span class="mark" aria-hidden="true">
            {[...service.product][0]}
          </span>
          {service.product}
        </>
      )}
    </a>
  );
}
