import ipaddr from 'ipaddr.js';

/** The only IPv6 addresses that IANA gives to networks of the internet (RFC 4291, section 2.4). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether the address is one of the public internet: neither private, shared, link-local, loopback,
 * multicast, reserved, nor one that only wraps another (IPv4-mapped, 6to4, Teredo, NAT64), by the
 * registries of special-purpose addresses that ipaddr.js keeps. Instance metadata is link-local or private.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  if (address.range() !== 'unicast') return false;
  return !(address instanceof ipaddr.IPv6) || address.match(GLOBAL_UNICAST);
}
