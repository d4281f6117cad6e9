// DescribeLocalStatus, a call of our own: what runs where, for people.
import { makeJsonAction } from './action.ts';

/** Whoever looks again and again does not cost more than one look every few seconds. */
const MAX_AGE_MS = 2_000;

export const describeLocalStatus = makeJsonAction(
  'DescribeLocalStatus',
  async (_input, { databases, place }) => ({
    ...place,
    ...(await databases.describe(MAX_AGE_MS)),
  }),
);
