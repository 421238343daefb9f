/** Freezes a value to its leaves and drops what is undefined, as a store that writes items does. */
export function deepFrozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined) Reflect.deleteProperty(value, name);
    else deepFrozen(field);
  }
  return Object.freeze(value);
}
