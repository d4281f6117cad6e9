// DescribeDBEngineVersions and DescribeOrderableDBInstanceOptions: what clusters can be made with.
import type { EngineVersion } from '../databases.ts';
import { type XmlElement, xmlList } from '../http/xml.ts';
import { listZones } from '../network.ts';
import { boolean, required, text } from '../parameters.ts';
import { type ActionContext, makeAction } from './action.ts';
import { listLogTypes } from './cluster-settings.ts';
import { FILTERS, type Fields, filterItems } from './filters.ts';
import { CERTIFICATES, listInstanceClasses } from './instance-settings.ts';
import { PAGING, readPage } from './paging.ts';
import { checkEngine, ENGINE_PORTS, familyOf, listVersions } from './versions.ts';

const FIELDS: Fields<EngineVersion> = {
  engine: ({ engine }) => [engine],
  'engine-version': ({ version }) => [version],
  'db-parameter-group-family': (version) => [familyOf(version)],
  'engine-mode': () => ['provisioned'],
  status: () => ['available'],
};

export const describeDBEngineVersions = makeAction(
  'rds',
  'DescribeDBEngineVersions',
  {
    Engine: text,
    EngineVersion: text,
    DBParameterGroupFamily: text,
    DefaultOnly: boolean,
    IncludeAll: boolean,
    ListSupportedCharacterSets: boolean,
    ListSupportedTimezones: boolean,
    Filters: FILTERS,
    ...PAGING,
  },
  (input, { databases }) => {
    const { Engine: engine, EngineVersion: wanted, DBParameterGroupFamily: family } = input;
    const newest = [...listEngines()].map((name) => listVersions(databases, name)[0]);
    const found = databases.engineVersions
      .filter((one) => !engine || one.engine === engine)
      .filter((one) => !wanted || one.version === wanted || one.majorVersion === wanted)
      .filter((one) => !family || familyOf(one) === family)
      .filter((one) => !input.DefaultOnly || newest.includes(one));
    const keyOf = ({ engine: name, version }: EngineVersion) => `${name} ${version}`;
    const page = readPage(filterItems(found, input.Filters, FIELDS), keyOf, input);
    return {
      DBEngineVersions: xmlList('DBEngineVersion', page.items.map(formatVersion)),
      Marker: page.marker,
    };
  },
);

function listEngines() {
  return Object.keys(ENGINE_PORTS).map(checkEngine);
}

function formatVersion(version: EngineVersion): XmlElement {
  return {
    Engine: version.engine,
    EngineVersion: version.version,
    MajorEngineVersion: version.majorVersion,
    DBParameterGroupFamily: familyOf(version),
    DBEngineDescription: version.engine === 'aurora-postgresql' ? 'Aurora (PostgreSQL)' : 'Aurora (MySQL)',
    DBEngineVersionDescription: version.description,
    Status: 'available',
    ValidUpgradeTarget: xmlList('UpgradeTarget', []),
    ExportableLogTypes: xmlList('member', listLogTypes(version.engine)),
    SupportsLogExportsToCloudwatchLogs: true,
    SupportedEngineModes: xmlList('member', ['provisioned']),
    SupportsReadReplica: false,
    SupportsGlobalDatabases: false,
    SupportsParallelQuery: false,
    SupportsBabelfish: false,
    SupportsLimitlessDatabase: false,
    SupportedCACertificateIdentifiers: xmlList('member', CERTIFICATES),
    ServerlessV2FeaturesSupport: { MinCapacity: 0, MaxCapacity: 256 },
    TagList: xmlList('Tag', []),
  };
}

interface Option {
  readonly version: EngineVersion;
  readonly instanceClass: string;
}

export const describeOrderableDBInstanceOptions = makeAction(
  'rds',
  'DescribeOrderableDBInstanceOptions',
  {
    Engine: required(text),
    EngineVersion: text,
    DBInstanceClass: text,
    LicenseModel: text,
    AvailabilityZoneGroup: text,
    Vpc: boolean,
    Filters: FILTERS,
    ...PAGING,
  },
  (input, context) => {
    const { EngineVersion: wanted, DBInstanceClass: wantedClass } = input;
    const versions = listVersions(context.databases, checkEngine(input.Engine)).filter(
      ({ version, majorVersion }) => !wanted || version === wanted || majorVersion === wanted,
    );
    const classes = listInstanceClasses().filter((name) => !wantedClass || name === wantedClass);
    const all = versions.flatMap((version) => classes.map((instanceClass) => ({ version, instanceClass })));
    const keyOf = (option: Option) => `${option.instanceClass} ${option.version.version}`;
    const page = readPage(filterItems(all, input.Filters, {}), keyOf, input);
    const options = page.items.map((option) => formatOption(context, option));
    return {
      OrderableDBInstanceOptions: xmlList('OrderableDBInstanceOption', options),
      Marker: page.marker,
    };
  },
);

function formatOption({ place }: ActionContext, { version, instanceClass }: Option): XmlElement {
  const zones = listZones(place.region).map((Name) => ({ Name }));
  return {
    Engine: version.engine,
    EngineVersion: version.version,
    DBInstanceClass: instanceClass,
    LicenseModel: version.engine === 'aurora-postgresql' ? 'postgresql-license' : 'general-public-license',
    AvailabilityZones: xmlList('AvailabilityZone', zones),
    Vpc: true,
    StorageType: 'aurora',
    MultiAZCapable: false,
    ReadReplicaCapable: false,
    SupportsStorageEncryption: true,
    SupportsIops: false,
    SupportsEnhancedMonitoring: true,
    SupportsIAMDatabaseAuthentication: true,
    SupportsPerformanceInsights: true,
    SupportsClusters: true,
    SupportsGlobalDatabases: false,
    SupportedEngineModes: xmlList('member', ['provisioned']),
    SupportedNetworkTypes: xmlList('member', ['IPV4']),
  };
}
