// What a call of the AWS SDK fails with.

export interface SeenFault {
  readonly code: string;
  readonly message: string;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
}

/** The fault of a call that has to fail; `code` is the one on the wire. */
export async function faultOf(call: Promise<unknown>): Promise<SeenFault> {
  const error = await call.then(
    () => undefined,
    (thrown) => thrown,
  );
  if (error === undefined) throw new Error('the call succeeded');
  if (error.$metadata === undefined) throw error;
  return {
    code: error.Code ?? error.name,
    message: error.message,
    status: error.$metadata.httpStatusCode,
    requestId: error.$metadata.requestId,
  };
}
