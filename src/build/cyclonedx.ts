// What is used of the CycloneDX library, without its validators and their packages. Loaded when an SBOM is made.
import * as Enums from '@cyclonedx/cyclonedx-library/Enums';
import * as Models from '@cyclonedx/cyclonedx-library/Models';
import * as Serialize from '@cyclonedx/cyclonedx-library/Serialize';
import * as Spec from '@cyclonedx/cyclonedx-library/Spec';

export { Enums, Models, Serialize, Spec };
