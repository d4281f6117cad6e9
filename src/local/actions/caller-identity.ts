// GetCallerIdentity of STS.
import { makeAction } from './action.ts';

export const getCallerIdentity = makeAction('sts', 'GetCallerIdentity', {}, (_input, context) => ({
  Arn: context.callerArn,
  UserId: 'AIDALOCAL00000000000',
  Account: context.place.accountId,
}));
