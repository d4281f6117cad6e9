// DescribeAccountAttributes and DescribeCertificates: what belongs to the account rather than to a cluster.
import { Fault, invalidValue } from '../faults.ts';
import { xmlList } from '../http/xml.ts';
import { text } from '../parameters.ts';
import { makeAction } from './action.ts';
import { FILTERS } from './filters.ts';
import { CERTIFICATES } from './instance-settings.ts';
import { PAGING, readPage } from './paging.ts';

/** Nothing here is limited but by the machine; the numbers are what RDS would allow at most. */
const MOST = 1000;

export const describeAccountAttributes = makeAction(
  'rds',
  'DescribeAccountAttributes',
  {},
  (_input, { store }) => {
    const used = {
      DBClusters: store.clusters.list().length,
      DBInstances: store.instances.list().length,
      ManualClusterSnapshots: store.snapshots.list().length,
      DBSubnetGroups: store.subnetGroups.list().length,
    };
    const quotas = Object.entries(used).map(([name, count]) => ({
      AccountQuotaName: name,
      Used: count,
      Max: MOST,
    }));
    return { AccountQuotas: xmlList('AccountQuota', quotas) };
  },
);

export const describeCertificates = makeAction(
  'rds',
  'DescribeCertificates',
  { CertificateIdentifier: text, Filters: FILTERS, ...PAGING },
  (input, { place }) => {
    if (input.Filters?.length) throw invalidValue(`Unrecognized filter name: ${input.Filters[0]?.Name}`);
    const wanted = input.CertificateIdentifier;
    const names = CERTIFICATES.filter((name) => !wanted || name === wanted);
    if (names.length === 0) throw new Fault('CertificateNotFound', `Certificate ${wanted} not found.`, 404);
    const page = readPage(names, (name) => name, input);
    const certificates = page.items.map((name) => ({
      CertificateIdentifier: name,
      CertificateType: 'CA',
      CertificateArn: `arn:aws:rds:${place.region}::cert:${name}`,
      CustomerOverride: false,
    }));
    return {
      DefaultCertificateForNewLaunches: CERTIFICATES[0],
      Certificates: xmlList('Certificate', certificates),
      Marker: page.marker,
    };
  },
);
