/** The package ships its sources and no declarations. It marks the definition it is given. */
declare module 'asl-validator' {
  function aslValidator(definition: unknown): {
    readonly isValid: boolean;
    errorsText(separator?: string): string;
  };
  export = aslValidator;
}
