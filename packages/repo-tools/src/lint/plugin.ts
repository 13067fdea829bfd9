/** The house's own lint rules. Each file says what its rule guards and why. */
import { disableNeedsReason } from "./disable-needs-reason.ts";
import { encodedUrls } from "./encoded-urls.ts";
import { fileNames } from "./file-names.ts";
import { importBoundaries } from "./import-boundaries.ts";
import { noModuleMocks } from "./no-module-mocks.ts";
import { noShell } from "./no-shell.ts";
import { processAccess } from "./process-access.ts";

export default {
  meta: { name: "house" },
  rules: {
    "disable-needs-reason": disableNeedsReason,
    "encoded-urls": encodedUrls,
    "file-names": fileNames,
    "import-boundaries": importBoundaries,
    "no-module-mocks": noModuleMocks,
    "no-shell": noShell,
    "process-access": processAccess,
  },
};
