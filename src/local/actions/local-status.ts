// DescribeLocalStatus, a call of our own: what runs where, for people.
import { makeJsonAction } from './action.ts';

export const describeLocalStatus = makeJsonAction(
  'DescribeLocalStatus',
  {},
  async (_input, { databases, place }) => ({
    ...place,
    ...(await databases.describe()),
  }),
);
