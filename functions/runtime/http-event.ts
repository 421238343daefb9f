import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** A request as API Gateway's HTTP API hands it over, payload format 2.0. */
export type HttpEvent = APIGatewayProxyEventV2;

/** A header, whatever the case it was written in. */
export function headerOf(event: HttpEvent, name: string): string | undefined {
  const entry = Object.entries(event.headers).find(([key]) => key.toLowerCase() === name);
  return entry?.[1];
}

/** The query as sent: API Gateway joins repeated parameters by commas, which values may have themselves. */
export function queryOf(event: HttpEvent): Readonly<Record<string, string | string[]>> {
  const parameters = new URLSearchParams(event.rawQueryString);
  return Object.fromEntries(
    [...new Set(parameters.keys())].map((name) => {
      const [first = '', ...others] = parameters.getAll(name);
      return [name, others.length === 0 ? first : [first, ...others]];
    }),
  );
}

/** Absent on AWS and null on the emulator for a path without parameters. */
export function pathParametersOf(event: HttpEvent): Readonly<Record<string, string | undefined>> {
  return event.pathParameters ?? {};
}
